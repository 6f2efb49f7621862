package publish_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"
)

func representations(doc *publish.Document) map[string]publish.Representation {
	return map[string]publish.Representation{"rss": doc.RSS, "atom": doc.Atom, "json": doc.JSON}
}

func TestRepresentations(t *testing.T) {
	doc := build(t, &shelf{articles: []feed.Stored{article(1, "a")}}, compile(t, output(), "", nil))
	types := map[string]string{
		"rss": "application/rss+xml; charset=utf-8", "atom": "application/atom+xml; charset=utf-8", "json": "application/feed+json",
	}
	for format, r := range representations(doc) {
		if r.ContentType != types[format] {
			t.Errorf("%s: type %q, want %q", format, r.ContentType, types[format])
		}
	}
	for format, ext := range map[string]string{"rss": ".rss", "atom": ".atom", "json": ".json"} {
		if self := "https://feeds.example.org/feeds/world" + ext; !strings.Contains(string(representations(doc)[format].Body), self) {
			t.Errorf("%s does not name its address %s", format, self)
		}
	}
	if !strings.Contains(string(doc.RSS.Body), "<ttl>15</ttl>") || !strings.Contains(string(doc.Atom.Body), "<id>https://feeds.example.org/feeds/world</id>") {
		t.Errorf("ttl or id is missing:\n%s\n%s", doc.RSS.Body, doc.Atom.Body)
	}
}

// A feed's policy allows a style of the host that it was asked of, which is not
// always that of base_url.
func TestFeedsNameTheirStyleByAPathAlone(t *testing.T) {
	for base, want := range map[string]string{
		"https://feeds.example.org": "/feeds/style.css", "https://example.org/a%20b/": "/a%20b/feeds/style.css", "": "/feeds/style.css",
	} {
		site := publish.Site{BaseURL: base}
		doc, _, err := publish.Build(t.Context(), &shelf{}, compile(t, output(), "", nil), nil, site, feed.Publication{}, start)
		if err != nil {
			t.Fatal(err)
		}
		instruction := `<?xml-stylesheet type="text/css" href="` + want + `"?>` + "\n"
		for format, r := range representations(doc) {
			declaration, rest, _ := strings.Cut(string(r.Body), "\n")
			if styled := strings.HasPrefix(rest, instruction); styled != (format != "json") || styled && !strings.HasPrefix(declaration, "<?xml ") {
				t.Errorf("%s at %q: %.200s", format, base, r.Body)
			}
		}
	}
}

// sameBytes compares two builds byte by byte.
func sameBytes(t *testing.T, got, want *publish.Document) {
	t.Helper()
	for format, r := range representations(got) {
		w := representations(want)[format]
		if !bytes.Equal(r.Body, w.Body) || r.ETag != w.ETag || !slices.EqualFunc(r.Coded, w.Coded, func(a, b publish.Coded) bool {
			return a.ETag == b.ETag && (a.Coding != "gzip" || bytes.Equal(a.Body(), b.Body())) // the others come later
		}) {
			t.Errorf("%s differs:\n%s\n%s", format, r.Body, w.Body)
		}
	}
	if !got.Modified.Equal(want.Modified) {
		t.Errorf("modified %v, want %v", got.Modified, want.Modified)
	}
}

func TestTheSameContentGivesTheSameBytes(t *testing.T) {
	out := compile(t, output(), "", nil)
	articles := []feed.Stored{article(1, "a"), article(2, "b"), article(3, "c")}
	doc, pub := buildAt(t, &shelf{articles: articles}, out, feed.Publication{Since: start}, start.Add(time.Hour))

	tests := map[string]struct {
		articles []feed.Stored
		after    time.Duration
	}{
		"later, after a restart":            {articles, 48 * time.Hour},
		"with the clock set back":           {articles, -48 * time.Hour},
		"beside articles of other sources":  {append([]feed.Stored{article(4, "z")}, articles...), time.Minute},
		"with more said of when it arrived": {renumbered(articles), time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			again, pubAgain := buildAt(t, &shelf{articles: tt.articles}, out, pub, start.Add(time.Hour+tt.after))
			sameBytes(t, again, doc)
			if pubAgain != pub {
				t.Errorf("remembered %+v, want %+v", pubAgain, pub)
			}
		})
	}
}

// renumbered is as if other articles had arrived in between.
func renumbered(articles []feed.Stored) []feed.Stored {
	var list []feed.Stored
	for _, a := range articles {
		a.Seq, a.Identity = 10*a.Seq, 10*a.Identity
		a.FirstSeen = a.FirstSeen.Add(time.Second)
		list = append(list, a)
	}
	return list
}

func TestModifiedIsTheTimeOfTheLastChangeAndNeverFalls(t *testing.T) {
	out := compile(t, output(), "", nil)
	shelf := &shelf{articles: []feed.Stored{article(1, "a")}}
	doc, pub := buildAt(t, shelf, out, feed.Publication{Since: start}, start.Add(time.Hour+1500*time.Millisecond))
	first := start.Add(time.Hour + time.Second)
	if !doc.Modified.Equal(first) || doc.Modified.Location() != time.UTC {
		t.Fatalf("first published at %v, want %v", doc.Modified, first)
	}
	if pub.Output != "world" || pub.Since != start || !pub.Modified.Equal(first) || pub.Digest == [32]byte{} {
		t.Fatalf("remembered %+v", pub)
	}
	if want := first.Format(time.RFC1123Z); !strings.Contains(string(doc.RSS.Body), "<lastBuildDate>"+want+"</lastBuildDate>") {
		t.Errorf("RSS is not dated %s", want)
	}
	steps := []struct {
		does   string
		change func()
		now    time.Time
		want   time.Time
	}{
		{"an article comes within the same second", func() { shelf.articles = append(shelf.articles, article(2, "b")) }, first.Add(900 * time.Millisecond), first},
		{"nothing happens", func() {}, first.Add(time.Hour), first},
		{"a text is edited", func() { shelf.articles[0].Content = "<p>Edited.</p>" }, first.Add(time.Hour), first.Add(time.Hour)},
		{"one goes with the clock set back", func() { shelf.articles = shelf.articles[:1] }, start, first.Add(time.Hour + time.Second)},
		{"all go", func() { shelf.articles = nil }, first.Add(2 * time.Hour), first.Add(2 * time.Hour)},
	}
	for _, step := range steps {
		before := doc
		step.change()
		doc, pub = buildAt(t, shelf, out, pub, step.now)
		if !doc.Modified.Equal(step.want) || !pub.Modified.Equal(step.want) {
			t.Fatalf("%s: modified %v, remembered %v, want %v", step.does, doc.Modified, pub.Modified, step.want)
		}
		if same := before.Atom.ETag == doc.Atom.ETag; same != (step.does == "nothing happens") {
			t.Errorf("%s: the same tag is %v", step.does, same)
		}
	}
}

func TestAnOutputWithoutEntriesIsDatedByWhenItWasConfigured(t *testing.T) {
	out := compile(t, output(), "", nil)
	doc, pub := buildAt(t, &shelf{}, out, feed.Publication{Since: start.Add(700 * time.Millisecond)}, start.Add(time.Hour))
	if !doc.Modified.Equal(start) {
		t.Errorf("modified %v, want %v", doc.Modified, start)
	}
	doc, again := buildAt(t, &shelf{}, out, pub, start.Add(2*time.Hour))
	if !doc.Modified.Equal(start) || again != pub {
		t.Errorf("a second build: modified %v, remembered %+v", doc.Modified, again)
	}
	if doc, _ = buildAt(t, &shelf{articles: []feed.Stored{article(1, "a")}}, out, pub, start.Add(3*time.Hour)); !doc.Modified.Equal(start.Add(3 * time.Hour)) {
		t.Errorf("with an entry: modified %v", doc.Modified)
	}
}

// TestWhatIsContentMovesTheDate has one thing that is in the bytes and no
// content: the name of the program.
func TestWhatIsContentMovesTheDate(t *testing.T) {
	out := compile(t, output(), "", nil)
	shelf := &shelf{articles: []feed.Stored{article(1, "a")}}
	doc, pub := buildAt(t, shelf, out, feed.Publication{Since: start}, start.Add(time.Hour))
	renamed := output()
	renamed.Title = "The world"
	newer := site
	newer.Generator = "sluice 2.0"
	retitled := infos()
	retitled["a"] = publish.SourceInfo{Name: "a", Title: "Another", URL: "https://a.example/feed"}
	tests := map[string]struct {
		out   publish.Output
		infos map[feed.SourceID]publish.SourceInfo
		site  publish.Site
		moves bool
	}{
		"a newer program":            {out, infos(), newer, false},
		"the output's title":         {compile(t, renamed, "", nil), infos(), site, true},
		"the title of a source":      {out, retitled, site, true},
		"a rule that keeps the same": {compile(t, output(), `source == "a"`, nil), infos(), site, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			again, _, err := publish.Build(t.Context(), shelf, tt.out, tt.infos, tt.site, pub, start.Add(2*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			if moved := !again.Modified.Equal(doc.Modified); moved != tt.moves {
				t.Errorf("modified %v after %v", again.Modified, doc.Modified)
			}
		})
	}
}

// What markup keeps apart in a document is one in the beginning of its text.
func TestWhatIsSecretNowIsHiddenInTextsThatWereKept(t *testing.T) {
	a := article(1, "a")
	a.Content = "<p>The key is hun<b>ter-2026</b>.</p>"
	b := publish.NewBuilder(&shelf{articles: []feed.Stored{a}}, compile(t, output(), "", nil), site, 10)
	_, pub, err := b.Build(t.Context(), infos(), feed.Publication{Since: start}, start.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	hide := &feed.Hider{}
	hide.Add("hunter-2026")
	said := infos()
	said["a"] = publish.SourceInfo{Name: "a", Title: "Source a", URL: "https://a.example/feed", Hide: hide}
	doc, _, err := b.Build(t.Context(), said, pub, start.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if text := doc.Entries[0].Text; text != "The key is ***." {
		t.Errorf("the text begins %q", text)
	}
}

func TestEntriesForPagesCarryNoTexts(t *testing.T) {
	doc := build(t, &shelf{articles: []feed.Stored{article(1, "a")}}, compile(t, output(), "", nil))
	e := doc.Entries[0]
	if e.Summary != "" || e.Content != "" || e.Text != "Text 1." || e.URL != "https://a.example/1" || e.Source != "a" {
		t.Errorf("got %+v", e)
	}
}

// BenchmarkBuild is one output of a hundred entries of 5 KB each.
func BenchmarkBuild(b *testing.B) {
	var all []feed.Stored
	for n := range 100 {
		a := article(n+1, "a")
		a.Content = fmt.Sprintf("<p>%d %s</p>", n, strings.Repeat("Some <b>words</b> &amp; more. ", 170))
		all = append(all, a)
	}
	shelf, out := &shelf{articles: all}, compile(b, output(), "", nil)
	for b.Loop() {
		build(b, shelf, out)
	}
}
