package app_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// askWith asks with headers, each "Name: value".
func (s *stand) askWith(method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	rec := httptest.NewRecorder()
	s.app.Public().ServeHTTP(rec, r)
	return rec
}

// news asks for what is new since tags, and returns the titles.
func (s *stand) news(path string, tags ...string) (int, []string) {
	s.Helper()
	headers := []string{"A-IM: feed, gzip"}
	for _, tag := range tags {
		headers = append(headers, "If-None-Match: "+tag)
	}
	rec := s.askWith(http.MethodGet, path, headers...)
	var p part
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil && rec.Code != http.StatusNotModified {
		s.Fatal(err)
	}
	return rec.Code, titlesOf(p)
}

func TestAReaderThatAsksForChangesGetsThemAlone(t *testing.T) {
	const path = "/feeds/all.json"
	s := newStand(t, []string{"a"}, "  - {name: all, limit: 50}\n")
	s.stage.show("/a", rss(numbered(1, 60)...))
	s.poll()
	first := s.ask(path).Header().Get("ETag")
	if code, _ := s.news(path, first); code != http.StatusNotModified {
		t.Errorf("who has all is answered %d", code)
	}
	s.stage.show("/a", rss(numbered(40, 63, 45)...))
	s.poll()
	second := s.ask(path).Header().Get("ETag")
	changed := []string{"Number 63", "Number 62", "Number 61", "Number 45"}
	gz := strings.TrimSuffix(first, `"`) + `-gzip"`
	for name, tags := range map[string][]string{
		"by the tag of the first build":  {first},
		"by that of its compressed form": {gz},
		"weakly":                         {"W/" + first},
		"beside tags of nothing":         {`"x"`, first + `, "y"`},
	} {
		if code, got := s.news(path, tags...); code != http.StatusIMUsed || !cmp.Equal(got, changed) {
			t.Errorf("%s: %d with %v, want %v", name, code, got, changed)
		}
	}
	if code, got := s.news(path, first, second); code != http.StatusNotModified {
		t.Errorf("who has both builds is answered %d with %d entries", code, len(got))
	}
	for name, headers := range map[string][]string{
		"without asking for changes": {"If-None-Match: " + first},
		"refusing them":              {"If-None-Match: " + first, "A-IM: feed;q=0, vcdiff"},
		"with an unknown tag":        {`If-None-Match: "deadbeef"`, "A-IM: feed"},
		"with a tag of the RSS":      {"If-None-Match: " + s.ask("/feeds/all.rss").Header().Get("ETag"), "A-IM: feed"},
		"without a tag":              {"A-IM: feed"},
	} {
		if rec := s.askWith(http.MethodGet, path, headers...); rec.Code != http.StatusOK || rec.Header().Get("IM") != "" || rec.Header().Get("ETag") != second {
			t.Errorf("%s: %d, %v", name, rec.Code, rec.Header())
		}
	}

	s.stage.show("/a", rss(numbered(40, 133, 45)...))
	s.poll()
	code, got := s.news(path, second)
	if code != http.StatusIMUsed || len(got) != 70 || got[0] != "Number 133" || got[69] != "Number 64" {
		t.Errorf("of 70 entries that are new, beyond what a document has: %d with %d: %v", code, len(got), got)
	}
	if code, got := s.news(path, first); code != http.StatusIMUsed || len(got) != 74 {
		t.Errorf("since the first build: %d with %d entries, want 74", code, len(got))
	}
	if code, got := s.news(path, first, second); code != http.StatusIMUsed || len(got) != 70 {
		t.Errorf("who has two builds gets what came since the newer one: %d with %d entries", code, len(got))
	}
	s.restart()
	if code, got := s.news(path, second); code != http.StatusOK || len(got) != 50 {
		t.Errorf("after a restart: %d with %d entries, want the whole", code, len(got))
	}
}

func TestChangesAreAWholeFeedThatCachesLeaveAlone(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all, limit: 50, hubs: ['http://127.0.0.1:1/hub']}\n")
	s.stage.show("/a", rss(numbered(1, 60)...))
	s.poll()
	tags := map[string]string{}
	for _, ext := range []string{".rss", ".atom", ".json"} {
		tags[ext] = s.ask("/feeds/all" + ext).Header().Get("ETag")
	}
	s.stage.show("/a", rss(numbered(50, 70)...))
	s.poll()
	for ext, tag := range tags {
		path := "/feeds/all" + ext
		whole := s.ask(path)
		rec := s.askWith(http.MethodGet, path, "A-IM: feed", "If-None-Match: "+tag)
		h := rec.Header()
		want := map[string]string{
			"IM": "feed", "ETag": whole.Header().Get("ETag"), "Cache-Control": "no-store, im",
			"Content-Type": whole.Header().Get("Content-Type"), "Last-Modified": whole.Header().Get("Last-Modified"), "Link": whole.Header().Get("Link"),
		}
		for name, value := range want {
			if h.Get(name) != value {
				t.Errorf("%s: %s is %q, want %q", ext, name, h.Get(name), value)
			}
		}
		if vary := h.Get("Vary"); !strings.Contains(vary, "A-IM") || !strings.Contains(vary, "If-None-Match") || !strings.Contains(vary, "Accept-Encoding") {
			t.Errorf("%s varies by %s", ext, vary)
		}
		if n := strings.Count(rec.Body.String(), "Number "); n == 0 || n >= strings.Count(whole.Body.String(), "Number ") {
			t.Errorf("%s: %d titles of %d", ext, n, strings.Count(whole.Body.String(), "Number "))
		}
		if ext == ".atom" && !strings.Contains(rec.Body.String(), "</feed>") || strings.Contains(rec.Body.String(), "fh:complete") {
			t.Errorf("%s is no feed:\n%s", ext, rec.Body)
		}
		if !strings.Contains(rec.Body.String(), "http://127.0.0.1:1/hub") {
			t.Errorf("%s names no hub:\n%s", ext, rec.Body)
		}
		head := s.askWith(http.MethodHead, path, "A-IM: feed", "If-None-Match: "+tag)
		if d := cmp.Diff(head.Header(), h); d != "" || head.Code != http.StatusIMUsed {
			t.Errorf("%s: HEAD is answered %d, differing from GET by\n%s", ext, head.Code, d)
		}
		packed := s.askWith(http.MethodGet, path, "A-IM: feed", "If-None-Match: "+tag, "Accept-Encoding: gzip")
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatalf("%s: %v: %v", ext, err, packed.Header())
		}
		body, err := io.ReadAll(z)
		if err != nil || !bytes.Equal(body, rec.Body.Bytes()) {
			t.Errorf("%s: compressed it is something else, %v", ext, err)
		}
	}
}
