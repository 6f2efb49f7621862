package app_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"sluice/cmd/internal/app"
	"sluice/config"
)

// TestAReloadChangesWhoMayReadAnOutput opens, closes and opens an output again, and
// gives it another token; the log of all that names no token and no digest.
func TestAReloadChangesWhoMayReadAnOutput(t *testing.T) {
	const first, second = "the token of the first", "the token of the second"
	digest := func(token string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(token))) }
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	s.stage.show("/a", rss(one))
	s.poll()
	if err := s.app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	a, err := app.New(t.Context(), s.cfg, func() (*config.Config, error) { return s.cfg, nil }, slog.New(slog.NewTextHandler(&logged, nil)), app.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.app = a
	t.Cleanup(func() { _ = a.Stop(context.Background()) }) // as in start
	query := func(token string) string { return "?token=" + strings.ReplaceAll(token, " ", "+") }
	steps := []struct {
		tokens                    string
		stranger, holder, another int
	}{
		{"[]", 200, 200, 200},
		{"[" + digest(first) + "]", 404, 200, 404},
		{"[" + digest(first) + ", " + digest(second) + "]", 404, 200, 200},
		{"[" + digest(second) + "]", 404, 404, 200},
		{"[]", 200, 200, 200},
	}
	for i, step := range steps {
		s.configure([]string{"a"}, "  - {name: all, was: [former], tokens: "+step.tokens+"}\n")
		if _, err := s.app.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/feeds/all", "/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json", "/feeds/former.rss"} {
			for query, want := range map[string]int{"": step.stranger, query(first): step.holder, query(second): step.another} {
				if strings.Contains(path, "former") && want == http.StatusOK {
					want = http.StatusMovedPermanently
				}
				if got := s.ask(path + query); got.Code != want {
					t.Errorf("step %d: %s%s answers %d, want %d", i, path, query, got.Code, want)
				}
			}
		}
		for _, path := range []string{"/", "/feeds.opml"} {
			if listed := strings.Contains(s.ask(path).Body.String(), "/feeds/all"); listed != (step.stranger == http.StatusOK) {
				t.Errorf("step %d: that the output is listed at %s is %v", i, path, listed)
			}
		}
	}
	for _, secret := range []string{first, strings.ReplaceAll(first, " ", "+"), digest(first)} {
		if strings.Contains(logged.String(), secret) {
			t.Errorf("a token is in the log:\n%s", &logged)
		}
	}
	if !strings.Contains(logged.String(), "output all: tokens: changed") {
		t.Errorf("the log does not say what a reload changed:\n%s", &logged)
	}
}
