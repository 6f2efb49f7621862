package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
)

func TestRetentionTakesEntriesOutOfArchivesAndNoneOutOfADocument(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all, limit: 50}\n  - {name: odd, limit: 3, keep: 'title.endsWith(\"1\") && title < \"Number 5\"'}\n")
	for n := 0; n < 180; n += 30 {
		s.stage.show("/a", rss(numbered(n+1, n+30)...))
		s.poll()
	}
	s.stage.show("/a", rss(numbered(176, 180)...))
	s.poll()
	if err := s.app.RetainOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, oddly := s.shown("odd")
	before, all := s.back("all")
	if len(all) != 180 || len(before) != 3 {
		t.Fatalf("%d entries, %d archives", len(all), len(before))
	}
	documents := map[string]string{}
	paths := []string{"/feeds/all.atom", "/feeds/all.rss", "/feeds/all.json", "/feeds/odd.json"}
	for _, path := range paths {
		documents[path] = s.ask(path).Body.String()
	}

	s.cfg.Storage.MaxPerSource = 100
	if err := s.app.RetainOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.poll() // builds what is stale
	for _, path := range paths {
		if s.ask(path).Body.String() != documents[path] {
			t.Errorf("%s is another", path)
		}
	}
	// The newest hundred are left, and what output odd shows.
	archives, all := s.back("all")
	var want []string
	for n := 180; n > 0; n-- {
		if title := fmt.Sprintf("Number %d", n); n > 80 || slices.Contains(oddly, title) {
			want = append(want, title)
		}
	}
	slices.Sort(want)
	if slices.Sort(all); !slices.Equal(all, want) {
		t.Errorf("there are %v, want %v", all, want)
	}
	if len(archives) != len(before) {
		t.Fatalf("%d archives, there were %d", len(archives), len(before))
	}
	for path, was := range before {
		left := []string{}
		for _, title := range titlesOf(was) {
			if slices.Contains(want, title) {
				left = append(left, title)
			}
		}
		is := archives[path]
		if fmt.Sprint(titlesOf(is)) != fmt.Sprint(left) || (is.etag != was.etag) != (len(left) < len(was.Items)) || is.Next != was.Next {
			t.Errorf("%s: %v, want %v; the tag %s was %s, the next %s was %s", path, titlesOf(is), left, is.etag, was.etag, is.Next, was.Next)
		}
	}
	for _, format := range []string{"atom", "rss"} {
		if code := s.ask("/feeds/all/archive/1." + format).Code; code != http.StatusOK {
			t.Errorf("archive 1 as %s: %d", format, code)
		}
	}

	// A restart shows the same, and goes on where it was.
	s.restart()
	for _, path := range paths {
		if s.ask(path).Body.String() != documents[path] {
			t.Errorf("after a restart %s is another", path)
		}
	}
	s.stage.show("/a", rss(numbered(20, 60)...))
	for _, rep := range s.poll() {
		if rep.Merged.New != 0 || rep.Merged.Updated != 0 {
			t.Errorf("what was removed came back: %+v", rep.Merged)
		}
	}
}
