package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sluice/cmd/internal/web"
	"sluice/feed/publish"
)

// long is a document of so many entries, each with a title of its own.
func long(build, entries int) *publish.Document {
	doc := document(build)
	for no := range entries {
		doc.Entries = append(doc.Entries, entry(no, fmt.Sprint("Title ", no), "text"))
	}
	return doc
}

// link returns the address of the first element of a name whose rel is given.
func link(t *testing.T, page, element, rel string) string {
	t.Helper()
	for _, e := range elements(t, page, element) {
		if e["rel"] == rel {
			return e["href"]
		}
	}
	return ""
}

func TestPagesLeadThroughTheWholeDocument(t *testing.T) {
	o := newOutputs()
	doc := long(0, 120)
	again := entry(120, "Title 7", "the same title once more") // folded, on the first page
	doc.Entries = append(doc.Entries, again)
	o.world.Store(doc)
	address := startSite(t, o)
	var titles, names []string
	newer := ""
	target := "/feeds/world"
	for target != "" {
		got := ask(t, address, "GET", target, "Accept: text/html")
		checkPolicy(t, got)
		for _, h := range elements(t, got.body, "h2") {
			titles = append(titles, h[""])
		}
		names = append(names, elements(t, got.body, "title")[0][""])
		if canonical := link(t, got.body, "link", "canonical"); canonical != base+target {
			t.Errorf("%s says that it is %s", target, canonical)
		}
		if prev := link(t, got.body, "a", "prev"); prev != newer {
			t.Errorf("%s: newer entries are at %q, want %q", target, prev, newer)
		}
		if hidden := strings.Contains(got.body, `name="robots" content="noindex`); hidden != (newer != "") {
			t.Errorf("%s: kept from search engines: %v", target, hidden)
		}
		head := ask(t, address, "HEAD", target)
		known := ask(t, address, "GET", target, "If-None-Match: "+got.header.Get("Etag"))
		if head.header.Get("Content-Length") != fmt.Sprint(len(got.body)) || known.status != 304 || known.header.Get("Etag") != got.header.Get("Etag") {
			t.Errorf("%s: HEAD %v, asked again %d %v", target, head.header, known.status, known.header)
		}
		newer = base + target
		target = strings.TrimPrefix(link(t, got.body, "a", "next"), base)
	}
	if want := []string{"World & <news>", "World & <news>, page 2", "World & <news>, page 3"}; !slices.Equal(names, want) {
		t.Errorf("the pages are called %q, want %q", names, want)
	}
	var want []string
	for _, e := range doc.Entries[:120] {
		want = append(want, e.Title)
	}
	if !slices.Equal(titles, want) {
		t.Errorf("%d titles: %q", len(titles), titles)
	}
}

func TestPageAddresses(t *testing.T) {
	o := newOutputs()
	o.world.Store(long(0, 100))
	address := startSite(t, o)
	tests := map[string]struct {
		target   string
		status   int
		location string
	}{
		"the last page":           {"/feeds/world/2", 200, ""},
		"a query means nothing":   {"/feeds/world/2?x=y", 200, ""},
		"the first by its number": {"/feeds/world/1?x=y", 301, base + "/feeds/world?x=y"},
		"behind the last":         {"/feeds/world/3", 404, ""},
		"far behind the last":     {"/feeds/world/999999999", 404, ""},
		"zero":                    {"/feeds/world/0", 404, ""},
		"another spelling":        {"/feeds/world/02", 404, ""},
		"a slash at the end":      {"/feeds/world/2/", 404, ""},
		"a page of a feed":        {"/feeds/world.rss/2", 404, ""},
		"an output of before":     {"/feeds/old-world/2", 301, base + "/feeds/world/2"},
		"an unknown output":       {"/feeds/nothing/2", 404, ""},
		"a withdrawn output":      {"/feeds/gone/2", 410, ""},
		"not built yet":           {"/feeds/fresh/2", 503, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, address, "GET", tt.target)
			if got.status != tt.status || got.header.Get("Location") != tt.location {
				t.Errorf("got %d to %q", got.status, got.header.Get("Location"))
			}
		})
	}
}

// The first page is also the address that people give to their feed readers.
func TestOlderPagesAreForPeopleAlone(t *testing.T) {
	o := newOutputs()
	o.world.Store(long(0, 60))
	got := ask(t, startSite(t, o), "GET", "/feeds/world/2", "Accept: application/atom+xml")
	if got.status != 200 || got.header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("got %d, Vary %q", got.status, got.header.Get("Vary"))
	}
}

func TestAPageFollowsItsBuild(t *testing.T) {
	o := newOutputs()
	o.world.Store(long(0, 120))
	address := startSite(t, o)
	before := ask(t, address, "GET", "/feeds/world/3")
	o.world.Store(long(1, 130))
	after := ask(t, address, "GET", "/feeds/world/3", "If-None-Match: "+before.header.Get("Etag"))
	if n := len(elements(t, after.body, "h2")); after.status != 200 || n != 30 {
		t.Errorf("a longer build: %d with %d entries", after.status, n)
	}
	o.world.Store(long(2, 60))
	if got := ask(t, address, "GET", "/feeds/world/3"); got.status != 404 {
		t.Errorf("a shorter build: %d", got.status)
	}
	o.listed = []web.Listed{{Name: "world", Title: "Renamed"}}
	if got := ask(t, address, "GET", "/feeds/world/2"); !strings.Contains(got.body, "<h1 dir=\"auto\">Renamed</h1>") {
		t.Errorf("another title: %.300s", got.body)
	}
}

func TestOutputsOfOneTitleAreToldApartInBookmarks(t *testing.T) {
	o := newOutputs()
	o.listed = append(o.listed, web.Listed{Name: "more", Title: o.listed[0].Title})
	address := startSite(t, o)
	if got := elements(t, ask(t, address, "GET", "/feeds/world").body, "title")[0][""]; got != "World & <news> (world)" {
		t.Errorf("got %q", got)
	}
	o.listed[len(o.listed)-1].Private = true // strangers must not learn of it
	if got := elements(t, ask(t, address, "GET", "/feeds/world").body, "title")[0][""]; got != "World & <news>" {
		t.Errorf("beside a private one: %q", got)
	}
}

// The titles of a page are cut, and each stands there once as it is cut.
func TestAPageIsSmallWhateverTitlesSay(t *testing.T) {
	o := newOutputs()
	doc := document(0)
	for no := range 50 {
		doc.Entries = append(doc.Entries, entry(no, fmt.Sprint(no, strings.Repeat(" word", 1000)), strings.Repeat("text ", 1000)))
	}
	o.world.Store(doc)
	got := ask(t, startSite(t, o), "GET", "/feeds/world")
	if n := len(elements(t, got.body, "h2")); n != 50 || len(got.body) > 60_000 {
		t.Errorf("%d entries in %d bytes", n, len(got.body))
	}
}
