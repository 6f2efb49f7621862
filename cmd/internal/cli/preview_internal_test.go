package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/control"
	"sluice/feed"
)

func TestLinesOfEntriesKeepToTheWidthOfTheTerminal(t *testing.T) {
	day := time.Date(2026, 11, 2, 8, 4, 5, 0, time.FixedZone("", 3600))
	entry := func(source, title string) control.PreviewEntry {
		return control.NewPreviewEntry("urn:x", title, "", feed.SourceID(source), day)
	}
	const wide = "港で渡し船が古いクレーンに衝突した"
	for name, tt := range map[string]struct {
		width int
		entry control.PreviewEntry
		note  string
		want  string
	}{
		"no terminal":        {0, entry("a", strings.Repeat("long ", 30)), "", "2026-11-02 07:04  a  " + strings.TrimSpace(strings.Repeat("long ", 30))},
		"a terminal":         {40, entry("a", "A ferry has hit the old crane"), "", "2026-11-02 07:04  a  A ferry has hit th…"},
		"wide letters":       {40, entry("a", wide), "", "2026-11-02 07:04  a  港で渡し船が古いク…"},
		"marks":              {25, entry("a", "e\u0301tude"), "", "2026-11-02 07:04  a  e\u0301tu…"},
		"a note":             {60, entry("a", "A ferry has hit the old crane"), "(from 12 to 3)", "2026-11-02 07:04  a  A ferry has hit the ol…  (from 12 to 3)"},
		"a long note":        {45, entry("a", "A ferry"), "(was a story of another name)", "2026-11-02 07:04  a  A ferry  (was a story o…"},
		"a long name":        {40, entry(strings.Repeat("s", 30), "A ferry has hit"), "", "2026-11-02 07:04  sssssssss…  A ferry h…"},
		"lines in a title":   {0, entry("a", "A\nferry\thas \x1b[31mhit"), "", "2026-11-02 07:04  a  A ferry has  [31mhit"},
		"no date":            {0, control.NewPreviewEntry("urn:x", "A", "", "a", time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)), "", "-                 a  A"},
		"narrower than that": {10, entry("a", "A ferry"), "", "2026-11-0…"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			var table entryTable
			table.add(tt.entry, tt.note)
			if err := table.print(&out, tt.width); err != nil || out.String() != tt.want+"\n" {
				t.Errorf("got  %q, %v\nwant %q", out.String(), err, tt.want)
			}
			if n := columns(strings.TrimSuffix(out.String(), "\n")); tt.width > 0 && n > tt.width {
				t.Errorf("%d columns, want %d at most", n, tt.width)
			}
		})
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for _, w := range []io.Writer{&strings.Builder{}, file, &sticky{w: file}} {
		if got := terminalWidth(w); got != 0 {
			t.Errorf("%T is %d columns wide", w, got)
		}
	}
}
