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

// walk follows the links of a relation from page to page, and returns the addresses
// and what checks see of each.
func walk(t *testing.T, address, from, rel string, see func(target string, got reply)) (targets []string) {
	t.Helper()
	for target := from; target != ""; {
		got := ask(t, address, "GET", target, "Accept: text/html")
		if got.status != 200 || len(targets) > 20 {
			t.Fatalf("%s answers %d behind %q", target, got.status, targets)
		}
		targets = append(targets, target)
		see(target, got)
		target = strings.TrimPrefix(link(t, got.body, "a", rel), base)
	}
	return targets
}

func TestPagesLeadThroughAllThatThereIsAndBack(t *testing.T) {
	o := newOutputs()
	doc := long(0, 120)
	doc.Older = 2
	doc.Entries = append(doc.Entries, entry(120, "Title 7", "the same title once more")) // folded, on the first page
	o.world.Store(doc)
	address := startSite(t, o)
	want := map[string]string{
		"/feeds/world": "World & <news>", "/feeds/world/2": "World & <news>, page 2", "/feeds/world/3": "World & <news>, page 3",
		"/feeds/world/archive/2": "World & <news>, archive 2", "/feeds/world/archive/2/2": "World & <news>, archive 2, page 2",
		"/feeds/world/archive/2/3": "World & <news>, archive 2, page 3",
		"/feeds/world/archive/1":   "World & <news>, archive 1", "/feeds/world/archive/1/2": "World & <news>, archive 1, page 2",
	}
	seen := map[string]int{}
	targets := walk(t, address, "/feeds/world", "next", func(target string, got reply) {
		checkPolicy(t, got)
		for _, h := range elements(t, got.body, "h2") {
			seen[h[""]]++
		}
		if name := elements(t, got.body, "title")[0][""]; name != want[target] {
			t.Errorf("%s is called %q, want %q", target, name, want[target])
		}
		if canonical := link(t, got.body, "link", "canonical"); canonical != base+target {
			t.Errorf("%s says that it is %s", target, canonical)
		}
		lasting := target == "/feeds/world" || strings.HasPrefix(target, "/feeds/world/archive/1")
		if hidden := strings.Contains(got.body, `name="robots" content="noindex`); hidden == lasting {
			t.Errorf("%s: kept from search engines: %v", target, hidden)
		}
		head := ask(t, address, "HEAD", target)
		known := ask(t, address, "GET", target, "If-None-Match: "+got.header.Get("Etag"))
		if head.header.Get("Content-Length") != fmt.Sprint(len(got.body)) || known.status != 304 || known.header.Get("Etag") != got.header.Get("Etag") {
			t.Errorf("%s: HEAD %v, asked again %d %v", target, head.header, known.status, known.header)
		}
	})
	if len(targets) != len(want) || len(seen) != 120+120+60 {
		t.Errorf("%d entries on %q", len(seen), targets)
	}
	for title, times := range seen {
		if times != 1 {
			t.Errorf("%s stands there %d times", title, times)
		}
	}
	for target, where := range map[string]string{
		"/feeds/world/2": "Page 2 of 3", "/feeds/world/archive/2": "Archive 2, page 1 of 3", "/feeds/world/archive/1/2": "Archive 1, page 2 of 2",
	} {
		if got := ask(t, address, "GET", target); !strings.Contains(got.body, `<p class="where">`+where+"</p>") {
			t.Errorf("%s does not say at its head that it is %s", target, where)
		}
	}
	back := walk(t, address, targets[len(targets)-1], "prev", func(string, reply) {})
	slices.Reverse(back)
	if !slices.Equal(back, targets) {
		t.Errorf("there by %q\nback by %q", targets, back)
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
		"far behind the last":     {"/feeds/world/9223372036854775807", 404, ""},
		"zero":                    {"/feeds/world/0", 404, ""},
		"another spelling":        {"/feeds/world/02", 404, ""},
		"a slash at the end":      {"/feeds/world/2/", 404, ""},
		"a page of a feed":        {"/feeds/world.rss/2", 404, ""},
		"an output of before":     {"/feeds/old-world/2", 301, base + "/feeds/world/2"},
		"an unknown output":       {"/feeds/nothing/2", 404, ""},
		"a withdrawn output":      {"/feeds/gone/2", 410, ""},
		"not built yet":           {"/feeds/fresh/2", 503, ""},
		"an archive":              {"/feeds/world/archive/1", 200, ""},
		"its first by its number": {"/feeds/world/archive/1/1", 301, base + "/feeds/world/archive/1"},
		"its last":                {"/feeds/world/archive/1/2", 200, ""},
		"behind its last":         {"/feeds/world/archive/1/3", 404, ""},
		"no such archive":         {"/feeds/world/archive/3", 404, ""},
		"a damaged archive":       {"/feeds/world/archive/13", 503, ""},
		"an archive of before":    {"/feeds/old-world/archive/1/2", 301, base + "/feeds/world/archive/1/2"},
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
	if newer := link(t, ask(t, address, "GET", "/feeds/world/archive/2").body, "a", "prev"); newer != base+"/feeds/world/3" {
		t.Errorf("what came after the archives is at %s", newer)
	}
	o.world.Store(long(2, 60))
	if newer := link(t, ask(t, address, "GET", "/feeds/world/archive/2").body, "a", "prev"); newer != base+"/feeds/world/2" {
		t.Errorf("after a shorter build, what came after the archives is at %s", newer)
	}
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

func TestAPageOf50FullEntriesIsSmall(t *testing.T) {
	o := newOutputs()
	doc := document(0)
	for no := range 50 {
		e := entry(no, fmt.Sprint("A headline as newspapers write them, some seventy characters long: ", no), strings.Repeat("text ", 100))
		e.URL = fmt.Sprintf("https://example.org/2026/11/02/a-headline-as-newspapers-write-them-some-seventy-characters-long-%d", no)
		e.From, e.Language = "A newspaper of the coast", "en-GB"
		if no%2 == 0 {
			e.Others = []publish.Other{
				{Source: "Another newspaper", URL: fmt.Sprintf("https://another.example/2026/11/02/another-headline-for-the-same-%d", no)},
				{Source: "A third newspaper", URL: fmt.Sprintf("https://third.example/2026/11/02/%d", no)},
			}
		}
		doc.Entries = append(doc.Entries, e)
	}
	o.world.Store(doc)
	address := startSite(t, o)
	whole, coded := ask(t, address, "GET", "/feeds/world"), ask(t, address, "GET", "/feeds/world", "Accept-Encoding: gzip")
	if n := len(elements(t, whole.body, "details")); n != 25 || len(whole.body) >= 50_000 {
		t.Errorf("50 entries, %d with copies, in %d bytes", n, len(whole.body))
	}
	t.Logf("%d bytes, %d by gzip", len(whole.body), len(coded.body))
}

// Whatever publishers write: titles are cut, and each stands there once as it is cut.
func TestAPageIsBoundedWhateverTitlesSay(t *testing.T) {
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

func TestEachPageOfAPrivateOutputLeadsItsHolderOn(t *testing.T) {
	o := newOutputs()
	doc := long(0, 120)
	doc.Older = 2
	o.world.Store(doc)
	const held = "?token=first"
	targets := walk(t, startSite(t, o), "/feeds/club"+held, "next", func(target string, got reply) {
		if !strings.HasSuffix(target, held) || !strings.HasPrefix(got.header.Get("Cache-Control"), "private") || !strings.Contains(got.body, `content="noindex"`) {
			t.Errorf("%s: %v", target, got.header)
		}
	})
	if len(targets) != 8 {
		t.Errorf("got %q", targets)
	}
}

func TestALongDocumentIsLookedAtAnewWithEachBuild(t *testing.T) {
	o := newOutputs()
	o.world.Store(long(0, 1100))
	address := startSite(t, o)
	if got := ask(t, address, "GET", "/feeds/world/22"); len(elements(t, got.body, "article")) != 50 || link(t, got.body, "a", "next") != "" {
		t.Errorf("the last page: %d with %d entries", got.status, len(elements(t, got.body, "article")))
	}
	o.world.Store(long(1, 1101))
	if got := ask(t, address, "GET", "/feeds/world/23"); got.status != 200 || len(elements(t, got.body, "article")) != 1 {
		t.Errorf("with one entry more: %d with %d entries", got.status, len(elements(t, got.body, "article")))
	}
}

// An archive is closed when as much waits for it as a document shows: most of that is
// still in the document then.
func TestADocumentLeadsToWhatItDoesNotShow(t *testing.T) {
	o := newOutputs()
	doc := long(0, 120)
	doc.Older = 2
	for no := range 70 {
		doc.Entries[50+no].ID = fmt.Sprintf("urn:old:2:%d", no)
	}
	o.world.Store(doc)
	address := startSite(t, o)
	if older := link(t, ask(t, address, "GET", "/feeds/world/3").body, "a", "next"); older != base+"/feeds/world/archive/2/2" {
		t.Errorf("the last page leads to %s", older)
	}
	asked := o.archived.Load()
	for range 3 {
		ask(t, address, "GET", "/feeds/world/3")
		ask(t, address, "GET", "/feeds/world")
	}
	if again := o.archived.Load() - asked; again != 0 {
		t.Errorf("the archive was asked for %d times more", again)
	}
}

func TestAPageIsServedThoughItsArchiveCannotBe(t *testing.T) {
	o := newOutputs()
	doc := long(0, 20)
	doc.Older = 13
	o.world.Store(doc)
	got := ask(t, startSite(t, o), "GET", "/feeds/world")
	if older := link(t, got.body, "a", "next"); got.status != 200 || older != base+"/feeds/world/archive/13" || len(elements(t, got.body, "article")) != 20 {
		t.Errorf("got %d, which leads to %q", got.status, older)
	}
}
