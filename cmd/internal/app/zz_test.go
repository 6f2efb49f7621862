package app_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/cmd/internal/farm"
)

func TestZZ(t *testing.T) {
	f := farm.New(farm.Options{Feeds: 1000})
	if _, err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var c strings.Builder
	dir := t.TempDir()
	fmt.Fprintf(&c, "storage:\n  path: %s\n", filepath.Join(dir, "sluice.db"))
	fmt.Fprintf(&c, "ingest:\n  workers: %d\n  per_host: {parallel: %d, spacing: 0s}\n  allow_private: [127.0.0.0/8]\nsources:\n", 64, 64)
	for i, url := range f.URLs() {
		fmt.Fprintf(&c, "  - {name: feed-%d, url: %q}\n", i, url)
	}
	c.WriteString("outputs:\n  - {name: all, title: All feeds}\n")
	cfg := parseConfig(t, c.String())
	sum, err := app.Sync(t.Context(), cfg, slog.New(slog.DiscardHandler), app.EngineOptions{}, control.SyncRequest{All: true}, func(int, int) {})
	t.Log(sum.New, err)
}
