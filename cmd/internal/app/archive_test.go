package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// numbered are items from one number to another, the last first.
func numbered(from, to int, edited ...int) []string {
	var items []string
	for n := to; n >= from; n-- {
		text := ""
		for i := range 12 {
			text += fmt.Sprintf("word%d ", n*31+i)
		}
		if slices.Contains(edited, n) {
			text += "and what came of it since then in another few words"
		}
		items = append(items, fmt.Sprintf("g%d|https://t.example/%d|Number %d|%s", n, n, n, text))
	}
	return items
}

// part is a JSON Feed with the way back.
type part struct {
	Next  string `json:"next_url"`
	Items []struct{ ID, Title string }
	etag  string
}

func (s *stand) part(path string) part {
	s.Helper()
	rec := s.ask(path)
	if rec.Code != http.StatusOK {
		s.Fatalf("%s: %d", path, rec.Code)
	}
	p := part{etag: rec.Header().Get("ETag")}
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
		s.Fatal(err)
	}
	return p
}

// back follows an output to its first archive, and returns the entries of each by title,
// and what was found in all.
func (s *stand) back(output string) (archives map[string]part, all []string) {
	s.Helper()
	archives = map[string]part{}
	known := map[string]bool{}
	for path := "/feeds/" + output + ".json"; path != ""; {
		p := s.part(path)
		for _, item := range p.Items {
			if !known[item.Title] {
				all = append(all, item.Title)
			}
			known[item.Title] = true
		}
		if strings.Contains(path, "/archive/") {
			archives[path] = p
		}
		path = strings.TrimPrefix(p.Next, "https://out.example")
	}
	return archives, all
}

func titlesOf(p part) []string {
	var list []string
	for _, item := range p.Items {
		list = append(list, item.Title)
	}
	return list
}

func TestASubscriberWhoComesLateFindsAllThatEverWas(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all, limit: 50}\n  - {name: short, limit: 10}\n  - {name: odd, limit: 50, keep: 'title.endsWith(\"1\")'}\n")
	var before map[string]part
	for n := 0; n < 180; n += 30 {
		s.stage.show("/a", rss(numbered(n+1, n+30)...))
		s.poll()
		for _, output := range []string{"all", "short"} {
			archives, all := s.back(output)
			if len(all) != n+30 {
				t.Errorf("%s: of %d entries %d are found", output, n+30, len(all))
			}
			for path, was := range before {
				if is, ok := archives[path]; ok && !cmp.Equal(titlesOf(is), titlesOf(was)) {
					t.Errorf("%s had %v and has %v", path, titlesOf(was), titlesOf(is))
				}
			}
			if output == "all" {
				before = archives
			}
		}
	}
	if len(before) != 3 {
		t.Fatalf("%d archives of 180 entries, want 3", len(before))
	}

	s.stage.show("/a", rss(numbered(1, 30, 7)...))
	s.poll()
	archives, _ := s.back("all")
	for path, was := range before {
		if changed := archives[path].etag != was.etag; changed != (path == "/feeds/all/archive/1.json") {
			t.Errorf("after an edit in archive 1 the tag of %s has changed: %v", path, changed)
		}
	}

	s.restart()
	again, _ := s.back("all")
	for path, was := range archives {
		if again[path].etag != was.etag {
			t.Errorf("after a restart %s has another tag", path)
		}
	}
}

func TestAChangedRuleTakesEntriesOutOfArchivesAndBringsOthersIn(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all, limit: 50, keep: 'title != \"Number 3\"'}\n")
	for n := 0; n < 150; n += 50 {
		s.stage.show("/a", rss(numbered(n+1, n+50)...))
		s.poll()
	}
	before, all := s.back("all")
	if len(all) != 149 {
		t.Fatalf("%d entries are found, want 149", len(all))
	}
	s.configure([]string{"a"}, "  - {name: all, limit: 50, keep: 'title != \"Number 7\"'}\n")
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, all := s.back("all")
	if len(all) != 149 || slices.Contains(all, "Number 7") || !slices.Contains(all, "Number 3") {
		t.Errorf("by the new rule %d entries are found, Number 7 among them: %v, Number 3: %v", len(all), slices.Contains(all, "Number 7"), slices.Contains(all, "Number 3"))
	}
	for path, was := range before {
		want := slices.DeleteFunc(titlesOf(was), func(title string) bool { return title == "Number 7" })
		if d := cmp.Diff(titlesOf(after[path]), want); d != "" {
			t.Errorf("%s (got, want):\n%s", path, d)
		}
	}
	s.configure([]string{"a"}, "  - {name: all, limit: 50, keep: 'title != \"Number 3\"'}\n")
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again, _ := s.back("all"); !cmp.Equal(titlesOf(again["/feeds/all/archive/1.json"]), titlesOf(before["/feeds/all/archive/1.json"])) {
		t.Errorf("by the first rule archive 1 is %v again, want %v", titlesOf(again["/feeds/all/archive/1.json"]), titlesOf(before["/feeds/all/archive/1.json"]))
	}
}

func TestAnArchiveSaysWhereItStands(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all, limit: 50}\n")
	s.stage.show("/a", rss(numbered(1, 170)...))
	s.poll()
	const at = `https://out.example/feeds/all`
	for path, want := range map[string][]string{
		"/feeds/all.atom": {`<link rel="prev-archive" type="application/atom+xml" href="` + at + `/archive/3.atom"`, `rel="self" type="application/atom+xml" href="` + at + `.atom"`},
		"/feeds/all/archive/2.atom": {
			"<fh:archive", `rel="prev-archive" type="application/atom+xml" href="` + at + `/archive/1.atom"`, `rel="next-archive" type="application/atom+xml" href="` + at + `/archive/3.atom"`,
			`rel="current" type="application/atom+xml" href="` + at + `.atom"`, `rel="self" type="application/atom+xml" href="` + at + `/archive/2.atom"`, "<id>" + at + "</id>",
		},
		"/feeds/all/archive/1.rss": {"<fh:archive", `<atom:link rel="next-archive" type="application/rss+xml" href="` + at + `/archive/2.rss"`, `rel="current"`},
	} {
		body := string(get(t, s.app, path))
		for _, text := range want {
			if !strings.Contains(body, text) {
				t.Errorf("%s lacks %s:\n%s", path, text, body[:min(1200, len(body))])
			}
		}
		if strings.Contains(body, "fh:complete") {
			t.Errorf("%s says that it is complete", path)
		}
	}
	if body := string(get(t, s.app, "/feeds/all/archive/1.rss")); strings.Contains(body, "prev-archive") {
		t.Error("the first archive has one before it")
	}
	if rec := s.ask("/feeds/all/archive/4.atom"); rec.Code != http.StatusNotFound {
		t.Errorf("an archive beyond the last: %d", rec.Code)
	}
}
