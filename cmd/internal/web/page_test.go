package web_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/web"
	"sluice/feed"
	"sluice/feed/publish"

	"golang.org/x/net/html"
)

// elements parses a page and returns the elements of a name, each as its
// attributes and, under "", its text.
func elements(t *testing.T, page, name string) []map[string]string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var found []map[string]string
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != name {
			continue
		}
		e := map[string]string{}
		for _, a := range n.Attr {
			e[a.Key] = a.Val
		}
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				e[""] += d.Data
			}
		}
		found = append(found, e)
	}
	return found
}

// checkPolicy sees that a page can do nothing but show itself.
func checkPolicy(t *testing.T, got reply) {
	t.Helper()
	policy := got.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "img-src 'self' https: data:"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy %q lacks %s", policy, part)
		}
	}
	for _, style := range elements(t, got.body, "style") {
		sum := sha256.Sum256([]byte(style[""]))
		if hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, hash) {
			t.Errorf("the policy %q forbids the page's own style, %s", policy, hash)
		}
	}
	if scripts := elements(t, got.body, "script"); len(scripts) > 0 {
		t.Errorf("the page has scripts: %v", scripts)
	}
	if got.header.Get("Referrer-Policy") != "no-referrer" || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("got headers %v", got.header)
	}
}

func TestIndexNamesEveryOutputWithItsFeeds(t *testing.T) {
	address := startSite(t, newOutputs())
	got := ask(t, address, "GET", "/")
	checkPolicy(t, got)
	if got.header.Get("Vary") != "Accept-Encoding" || got.header.Get("Etag") == "" {
		t.Errorf("got %v", got.header)
	}
	var links []string
	for _, l := range elements(t, got.body, "link") {
		if l["rel"] == "alternate" {
			links = append(links, l["type"]+" "+l["href"])
		}
	}
	var want []string
	for _, name := range []string{"world", "fresh"} {
		for _, f := range [][2]string{{"atom", "atom+xml"}, {"rss", "rss+xml"}, {"json", "feed+json"}} {
			want = append(want, "application/"+f[1]+" "+base+"/feeds/"+name+"."+f[0])
		}
	}
	if !slices.Equal(links, want) {
		t.Errorf("autodiscovery: got %q, want %q", links, want)
	}
	titles := elements(t, got.body, "h2")
	if len(titles) != 2 || titles[0][""] != "World & <news>" || titles[1][""] != "fresh" {
		t.Errorf("got headings %v", titles)
	}
	again := ask(t, address, "GET", "/", "If-None-Match: "+got.header.Get("Etag"), "Accept-Encoding: gzip")
	if again.status != 304 {
		t.Errorf("an unchanged index answers %d", again.status)
	}
}

func TestIndexHasAnAnchorForEveryOutput(t *testing.T) {
	got := ask(t, startSite(t, newOutputs()), "GET", "/")
	var ids []string
	for _, e := range elements(t, got.body, "li") {
		ids = append(ids, e["id"])
	}
	if want := []string{"world", "fresh"}; !slices.Equal(ids, want) {
		t.Errorf("got anchors %q, want %q", ids, want)
	}
}

func TestASiteWithoutOutputsIsValid(t *testing.T) {
	o := newOutputs()
	o.listed = nil
	address := startSite(t, o)
	if got := ask(t, address, "GET", "/"); got.status != 200 || !strings.Contains(got.body, "No output is configured yet.") {
		t.Errorf("/: %d %s", got.status, got.body)
	}
	got := ask(t, address, "GET", "/feeds.opml")
	var list struct {
		Title string    `xml:"head>title"`
		Body  *struct{} `xml:"body"`
	}
	if err := xml.Unmarshal([]byte(got.body), &list); err != nil || list.Title == "" || list.Body == nil {
		t.Errorf("/feeds.opml: %d, %v: %s", got.status, err, got.body)
	}
}

func TestRefusalsAreALineOfPlainText(t *testing.T) {
	address := startSite(t, newOutputs())
	for target, status := range map[string]int{
		"/nothing": 404, "/feeds/nothing.rss": 404, "/feeds/gone.atom": 410, "/feeds/old-world.rss": 301, "/feeds/fresh.json": 503,
	} {
		got := ask(t, address, "GET", target)
		if got.status != status || got.header.Get("Content-Type") != "text/plain; charset=utf-8" || strings.Count(got.body, "\n") != 1 || len(got.body) < 2 {
			t.Errorf("%s: %d %s %q", target, got.status, got.header.Get("Content-Type"), got.body)
		}
	}
}

func TestPageNamesEverySourceOfAnEntry(t *testing.T) {
	o := newOutputs()
	doc := document(0)
	e := entry(0, "Boats\n again", "")
	e.From, e.Others = "Harbour & sea", []publish.Other{{Source: "The Gull", URL: "https://gull.example/7"}, {Source: "Tern"}}
	undated := entry(1, "Boats again", "") // the same title, as browsers show it
	old := entry(2, "Old", "")
	old.Date = time.Time{}
	doc.Entries = []publish.Entry{e, undated, old}
	o.world.Store(doc)
	got := ask(t, startSite(t, o), "GET", "/feeds/world")
	if n := len(elements(t, got.body, "article")); got.status != 200 || n != 2 {
		t.Fatalf("%d with %d entries, want 2:\n%s", got.status, n, got.body)
	}
	by, folded := elements(t, got.body, "p")[2][""], elements(t, got.body, "details")[0][""]
	if by != "Harbour & sea 2 November 2026, 08:00\u00a0UTC" || strings.Join(strings.Fields(folded), " ") != "Also in 3 sources The Gull Tern example 2 November 2026, 07:00 UTC" {
		t.Errorf("got %q with %q", by, folded)
	}
}

func TestListsFollowTheOutputs(t *testing.T) {
	for _, target := range []string{"/", "/feeds.opml"} {
		o := newOutputs()
		address := startSite(t, o)
		before := ask(t, address, "GET", target)
		if again := ask(t, address, "GET", target, "If-None-Match: "+before.header.Get("Etag")); again.status != 304 {
			t.Errorf("%s: got %d without a change", target, again.status)
		}
		o.listed = []web.Listed{o.listed[0], {Name: "fresh", Title: "Fresh at last"}}
		after := ask(t, address, "GET", target, "If-None-Match: "+before.header.Get("Etag"))
		if after.status != 200 || !strings.Contains(after.body, "Fresh at last") {
			t.Errorf("%s: got %d after a change", target, after.status)
		}
	}
}

func TestOPMLNamesEveryOutput(t *testing.T) {
	got := ask(t, startSite(t, newOutputs()), "GET", "/feeds.opml")
	var list struct {
		Version  string `xml:"version,attr"`
		Outlines []struct {
			Type    string `xml:"type,attr"`
			Text    string `xml:"text,attr"`
			XMLURL  string `xml:"xmlUrl,attr"`
			HTMLURL string `xml:"htmlUrl,attr"`
		} `xml:"body>outline"`
	}
	if err := xml.Unmarshal([]byte(got.body), &list); err != nil {
		t.Fatal(err)
	}
	if list.Version != "2.0" || len(list.Outlines) != 2 {
		t.Fatalf("got %+v", list)
	}
	first := list.Outlines[0]
	if first.Type != "rss" || first.Text != "World & <news>" || first.XMLURL != base+"/feeds/world.atom" || first.HTMLURL != base+"/feeds/world" {
		t.Errorf("got %+v", first)
	}
}

func TestAddressWithoutExtensionSendsReadersToTheFeedAndPeopleToThePage(t *testing.T) {
	address := startSite(t, newOutputs())
	tests := map[string]struct {
		accept string
		feed   bool
	}{
		"browser":                       {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false},
		"curl":                          {"*/*", false},
		"nothing said":                  {"", false},
		"a reader":                      {"application/atom+xml, application/rss+xml;q=0.9, */*;q=0.1", true},
		"feedparser":                    {"application/atom+xml,application/rdf+xml,application/rss+xml,application/x-netcdf,application/xml;q=0.9,text/xml;q=0.2,*/*;q=0.1", true},
		"only RSS":                      {"application/rss+xml", true},
		"only JSON Feed":                {"application/feed+json", true},
		"any XML":                       {"text/xml, application/xml", true},
		"both alike":                    {"application/rss+xml, text/html", false},
		"feeds rather than HTML":        {"application/rss+xml, text/html;q=0.5", true},
		"HTML rather than feeds":        {"application/rss+xml;q=0.5, text/html", false},
		"text of any kind is also HTML": {"application/rss+xml;q=0.5, text/*", false},
		"feeds refused":                 {"application/rss+xml;q=0", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, address, "GET", "/feeds/world?x=y", "Accept: "+tt.accept)
			if !strings.Contains(got.header.Get("Vary"), "Accept") || strings.HasPrefix(got.header.Get("Vary"), "Accept-") {
				t.Errorf("Vary: got %q, want Accept in it", got.header.Get("Vary"))
			}
			if !tt.feed {
				if got.status != 200 || got.header.Get("Content-Type") != "text/html; charset=utf-8" {
					t.Errorf("got %d %s, want the page", got.status, got.header.Get("Content-Type"))
				}
				return
			}
			if got.status != 302 || got.header.Get("Location") != base+"/feeds/world.atom?x=y" {
				t.Errorf("got %d to %q, want the feed", got.status, got.header.Get("Location"))
			}
		})
	}
}

// entry is an entry of a test's output.
func entry(no int, title, text string) publish.Entry {
	address := fmt.Sprintf("https://example.org/%d", no)
	return publish.Entry{Text: text, Stored: feed.Stored{
		Article: feed.Article{Source: "example", Title: title, URL: address},
		ID:      address, Date: modified.Add(-time.Duration(no) * time.Hour),
	}}
}

func TestPageShowsTheNewestEntriesEachTitleOnce(t *testing.T) {
	o := newOutputs()
	doc := document(0)
	doc.Entries = append(doc.Entries, entry(0, "Twice", "first"), entry(1, "Twice", "second"),
		entry(2, `<script>alert("1")</script>`, strings.Repeat("long words ", 100)), entry(3, "", "A text without a title."))
	for no := 4; no < 80; no++ {
		doc.Entries = append(doc.Entries, entry(no, fmt.Sprint("Title ", no), "text"))
	}
	o.world.Store(doc)
	address := startSite(t, o)
	got := ask(t, address, "GET", "/feeds/world", "Accept: text/html")
	checkPolicy(t, got)
	titles := elements(t, got.body, "h2")
	if len(titles) != 50 {
		t.Fatalf("the page has %d entries, want 50", len(titles))
	}
	for i, want := range []string{"Twice", `<script>alert("1")</script>`, "A text without a title.", "Title 4"} {
		if titles[i][""] != want {
			t.Errorf("entry %d: got %q, want %q", i, titles[i][""], want)
		}
	}
	for _, p := range elements(t, got.body, "p") {
		if n := len([]rune(p[""])); n > 300 {
			t.Errorf("a summary has %d characters", n)
		}
	}
	if times := elements(t, got.body, "time"); len(times) != 51 || times[0]["datetime"] != "2026-11-02T08:00:00Z" {
		t.Errorf("got %d times, the first %v", len(times), times[:1])
	}
	again := ask(t, address, "GET", "/feeds/world", "If-None-Match: "+got.header.Get("Etag"))
	if again.status != 304 {
		t.Errorf("an unchanged page answers %d", again.status)
	}
	o.world.Store(document(1))
	after := ask(t, address, "GET", "/feeds/world", "If-None-Match: "+got.header.Get("Etag"))
	if after.status != 200 || !strings.Contains(after.body, "No entries yet.") {
		t.Errorf("a new build gives %d", after.status)
	}
}

func TestPagesAreTheSameOverARestart(t *testing.T) {
	for _, target := range []string{"/", "/feeds/world", "/feeds.opml"} {
		one, two := ask(t, startSite(t, newOutputs()), "GET", target), ask(t, startSite(t, newOutputs()), "GET", target)
		if one.body != two.body || one.header.Get("Etag") != two.header.Get("Etag") {
			t.Errorf("%s differs between two servers over the same outputs", target)
		}
	}
}

var _ web.Outputs = (*outputs)(nil)

// The document names the style by a path alone, which is where it must be found.
func TestTheStyleOfFeedsIsServed(t *testing.T) {
	address := startSite(t, newOutputs())
	got := ask(t, address, "GET", publish.StylePath)
	if got.status != 200 || got.header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(got.body, "This is a feed") {
		t.Errorf("got %d %v\n%s", got.status, got.header, got.body)
	}
	if again := ask(t, address, "GET", publish.StylePath, "If-None-Match: "+got.header.Get("Etag")); again.status != 304 {
		t.Errorf("asked again: %d", again.status)
	}
}
