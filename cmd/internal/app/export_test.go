package app_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
)

// files are those that an export hands on.
func files(t *testing.T, export func(take control.TakeFile) error) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := export(func(name string, body []byte) error {
		all[name] = bytes.Clone(body)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFilesAreWhatIsServedAlsoWithoutADaemon(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, "  - {name: all}\n  - {name: b, from: [b]}\n  - {name: none, keep: \"false\"}\n")
	s.stage.show("/a", rss(one))
	s.stage.show("/b", rss(three, two))
	s.poll()
	served := files(t, func(take control.TakeFile) error {
		_, err := s.app.Export(t.Context(), take)
		return err
	})
	for name, body := range served {
		if path := "/feeds/" + strings.TrimSuffix(name, ".html"); !bytes.Equal(s.page(path), body) {
			t.Errorf("%s: %d bytes, served are %d", name, len(body), len(s.page(path)))
		}
	}
	want := []string{"all.atom", "all.html", "all.json", "all.rss", "b.atom", "b.html", "b.json", "b.rss", "none.atom", "none.html", "none.json", "none.rss", "style.css"}
	if got := slices.Sorted(maps.Keys(served)); !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	if err := s.app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	var done app.Synced
	alone := files(t, func(take control.TakeFile) (err error) {
		done, err = app.Sync(t.Context(), s.cfg, slog.New(slog.DiscardHandler), app.EngineOptions{}, control.SyncRequest{}, func(int, int) {}, take)
		return err
	})
	if done.ExportErr != nil || fmt.Sprint(done.Exported) != "{[] []}" {
		t.Errorf("got %+v", done)
	}
	if !maps.EqualFunc(alone, served, bytes.Equal) {
		t.Errorf("without a daemon there are %q, or other bytes", slices.Sorted(maps.Keys(alone)))
	}
}

func TestArchivesAndFurtherPagesAreFilesToo(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all, limit: 60}\n")
	for n := 0; n < 240; n += 30 {
		s.stage.show("/a", rss(numbered(n+1, n+30)...))
		s.poll()
	}
	served := files(t, func(take control.TakeFile) error {
		_, err := s.app.Export(t.Context(), take)
		return err
	})
	want := []string{"all.atom", "all.html", "all.json", "all.rss", "all/2.html", "style.css"}
	archives, _ := s.back("all")
	if len(archives) < 2 {
		t.Fatalf("%d archives", len(archives))
	}
	for path := range archives {
		stem := strings.TrimSuffix(strings.TrimPrefix(path, "/feeds/"), ".json")
		want = append(want, stem+".atom", stem+".json", stem+".rss")
		for page, at := 1, stem; s.page("/feeds/"+at) != nil; page++ {
			want = append(want, at+".html")
			at = fmt.Sprintf("%s/%d", stem, page+1)
		}
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(served)); !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	for name, body := range served {
		if path := "/feeds/" + strings.TrimSuffix(name, ".html"); !bytes.Equal(s.page(path), body) {
			t.Errorf("%s: %d bytes, served are %d", name, len(body), len(s.page(path)))
		}
	}
	if err := s.app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	alone := files(t, func(take control.TakeFile) error {
		_, err := app.Sync(t.Context(), s.cfg, slog.New(slog.DiscardHandler), app.EngineOptions{}, control.SyncRequest{}, func(int, int) {}, take)
		return err
	})
	if !maps.EqualFunc(alone, served, bytes.Equal) {
		t.Errorf("without a daemon there are %q, or other bytes", slices.Sorted(maps.Keys(alone)))
	}
}

// page is what a browser is answered; nil where that is nothing.
func (s *stand) page(path string) []byte {
	req := httptest.NewRequest(http.MethodGet, path, nil)
	req.Header.Set("Accept", "text/html")
	rec := httptest.NewRecorder()
	s.app.Public().ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		return nil
	}
	return rec.Body.Bytes()
}
