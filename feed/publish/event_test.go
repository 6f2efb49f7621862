package publish_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"
	"sluice/feed/sanitize"
	"sluice/ingest/parse"
)

// befell is the n-th thing that befell a source, n hours after start.
func befell(n int, source string, e feed.Event) feed.Event {
	e.Seq, e.Source, e.At = uint64(n), feed.SourceID(source), start.Add(time.Duration(n)*time.Hour)
	e.ID = feed.Tag("feeds.example.org", 2026, source+"/"+string(e.Kind)+"/"+e.At.Format("20060102T150405Z"))
	if e.Address == "" {
		e.Address = "https://" + source + ".example/feed"
	}
	return e
}

// troubles are one of each kind of event, and of each form in which it is told.
func troubles() []feed.Event {
	return []feed.Event{
		befell(1, "a", feed.Event{
			Kind: feed.EventBroke, Since: start.Add(-23 * time.Hour), Success: start.Add(-24 * time.Hour), Failures: 9,
			Error: "fetch a.example: answered 503 Service Unavailable; it will be asked again later", Site: "https://a.example/",
		}),
		befell(2, "b", feed.Event{
			Kind: feed.EventBroke, Since: start.Add(-400 * 24 * time.Hour), Failures: 2,
			Error: "feed has neither a title nor items: not a feed", Address: "file:/srv/feeds/b.xml",
		}),
		befell(3, "c", feed.Event{
			Kind: feed.EventBroke, Since: start.Add(3 * time.Hour), Success: start, Failures: 1, Ended: true,
			Error: "answered 410 Gone; the feed has ended: remove the source",
		}),
		befell(4, "c", feed.Event{
			Kind: feed.EventBack, Was: feed.EventBroke, Since: start.Add(3 * time.Hour), Success: start, New: 1,
		}),
		befell(5, "a", feed.Event{
			Kind: feed.EventBack, Was: feed.EventBroke, Since: start.Add(-23 * time.Hour), Success: start.Add(-24 * time.Hour),
		}),
		befell(6, "b", feed.Event{
			Kind: feed.EventSilent, Since: start.Add(-21 * 24 * time.Hour), Success: start.Add(5 * time.Hour), Usual: 9 * 24 * time.Hour,
			Site: "https://b.example/blog?a=1&b=2",
		}),
		befell(7, "b", feed.Event{Kind: feed.EventBack, Was: feed.EventSilent, Since: start.Add(-21 * 24 * time.Hour), Success: start, New: 3}),
		befell(8, "a", feed.Event{Kind: feed.EventMoved, Since: start.Add(-48 * time.Hour), Success: start, To: "https://new.example/feed?a=1&b=2"}),
		befell(9, "a", feed.Event{
			Kind: feed.EventMoved, Since: start.Add(-48 * time.Hour), Address: "https://a.example/feed?key=***", To: "https://new.example/feed?key=***",
		}),
	}
}

func health() feed.Output {
	return feed.Output{Name: "sources", Title: "How the sources fare", Kind: feed.KindHealth, Sources: []feed.SourceID{"a", "b", "c"}}
}

func TestWhatBefellSourcesIsWrittenInAllFormats(t *testing.T) {
	doc := build(t, &shelf{articles: []feed.Stored{article(1, "a")}, events: troubles()}, compile(t, health(), "", nil))
	for format, r := range representations(doc) {
		checkGolden(t, filepath.Join("testdata", "health", "sources."+format), string(r.Body))
	}
	for _, e := range doc.Entries {
		if e.Text == "" || strings.Contains(e.Text, "<") || e.From != "Source "+string(e.Source) {
			t.Errorf("%s is from %q and begins %q", e.Title, e.From, e.Text)
		}
	}
	list, warnings, err := publish.Preview(t.Context(), &shelf{events: troubles()}, compile(t, health(), "", nil), infos(), feed.Publication{}, start)
	if err != nil || len(warnings) != 0 || !slices.EqualFunc(list, doc.Entries, func(a, b publish.Entry) bool { return a.ID == b.ID && a.Title == b.Title && a.Text == b.Text }) {
		t.Errorf("a preview has others: %v, %v\n%+v", err, warnings, list)
	}
}

func TestTheWordsOfEventsAreHTMLThatIsSafe(t *testing.T) {
	nasty := `<img src=x onerror=alert(1)> & "more"`
	events := troubles()
	for i := range events {
		e := &events[i]
		e.Source, e.Error, e.To, e.Site = "a", nasty, nasty, "https://a.example/?"+nasty
	}
	doc := build(t, &shelf{events: events}, compile(t, health(), "", nil))
	read, err := parse.Parse(doc.Atom.Body, parse.Meta{Source: "x"})
	if err != nil || len(read.Articles) != len(events) {
		t.Fatalf("%d entries, want %d: %v", len(read.Articles), len(events), err)
	}
	for i, a := range read.Articles {
		if strings.Contains(a.Content, "sluice discover") {
			t.Errorf("%s: a shell would understand %s", a.Title, a.Content)
		}
		if strings.Contains(a.Content, "<img") || a.Content == "" {
			t.Errorf("%s: %s", a.Title, a.Content)
		}
		if clean := sanitize.HTML(a.Content); clean != a.Content {
			t.Errorf("%d: the sanitiser would change it (got, want):\n%s\n%s", i, a.Content, clean)
		}
	}
}

func TestEventsAndArticlesAreNeverInOneOutput(t *testing.T) {
	r := &shelf{articles: []feed.Stored{article(1, "a"), article(2, "b")}, events: troubles()}
	for _, e := range build(t, r, compile(t, output(), "", nil)).Entries {
		if e.Seq > 2 {
			t.Errorf("an output of articles shows %s", e.Title)
		}
	}
	for _, e := range build(t, r, compile(t, health(), "", nil)).Entries {
		if !strings.HasPrefix(e.ID, "tag:feeds.example.org,2026:") {
			t.Errorf("an output of events shows %s", e.Title)
		}
	}
}

func TestRulesAreNotAskedOfEvents(t *testing.T) {
	doc := build(t, &shelf{events: troubles()}, compile(t, health(), `now > timestamp("2100-01-01T00:00:00Z")`, map[feed.SourceID]string{"a": "false"}))
	if len(doc.Entries) != len(troubles()) || doc.Dynamic || len(doc.Warnings) != 0 {
		t.Errorf("%d entries of %d, dynamic %v, warnings %v", len(doc.Entries), len(troubles()), doc.Dynamic, doc.Warnings)
	}
}

func TestAnOutputOfEventsHasABound(t *testing.T) {
	at := start.Add(10*time.Hour + 30*time.Second)
	for name, tc := range map[string]struct {
		change func(o *feed.Output)
		want   []int
	}{
		"none":        {func(*feed.Output) {}, []int{9, 8, 7, 6, 5, 4, 3, 2, 1}},
		"limit":       {func(o *feed.Output) { o.Limit = 2 }, []int{9, 8}},
		"window":      {func(o *feed.Output) { o.Window = 3 * time.Hour }, []int{9, 8, 7}},
		"its sources": {func(o *feed.Output) { o.Sources = []feed.SourceID{"c"} }, []int{4, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			o := health()
			tc.change(&o)
			doc, _ := buildAt(t, &shelf{events: troubles()}, compile(t, o, "", nil), feed.Publication{Since: start}, at)
			var got []int
			for _, e := range doc.Entries {
				got = append(got, int(e.Seq&(1<<63-1)))
			}
			if !slices.Equal(got, tc.want) || doc.Dynamic != (o.Window > 0) {
				t.Errorf("got %v, want %v; dynamic %v", got, tc.want, doc.Dynamic)
			}
		})
	}
}

func TestTitlesAndDetailOfEventsAreTheOutputs(t *testing.T) {
	o := health()
	o.TitleTemplate, o.Content, o.Limit = "[{{.Source}}] {{.Title}} ({{.Published.Year}})", feed.DetailNone, 1
	doc := build(t, &shelf{events: troubles()}, compile(t, o, "", nil))
	if got, want := doc.Entries[0].Title, "[Source a] a: moved to https://new.example/feed?key=*** (2026)"; got != want || doc.Entries[0].Text != "" {
		t.Errorf("got %q and %q, want %q", got, doc.Entries[0].Text, want)
	}
}

func TestAnOutputOfEventsIsBuiltAnewOnlyWhenSomethingBefellOrIsCalledOtherwise(t *testing.T) {
	r := &shelf{}
	b := publish.NewBuilder(r, compile(t, health(), "", nil), site, 0)
	pub := feed.Publication{Since: start}
	next := func(infos map[feed.SourceID]publish.SourceInfo, hours int) (*publish.Document, bool) {
		t.Helper()
		doc, now, err := b.Build(context.Background(), infos, pub, start.Add(time.Duration(hours)*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		changed := now != pub
		pub = now
		return doc, changed
	}
	if doc, _ := next(infos(), 24); len(doc.Entries) != 0 || !doc.Modified.Equal(start) {
		t.Errorf("empty: %d entries, dated %s, want %s", len(doc.Entries), doc.Modified, start)
	}
	r.events = troubles()
	first, changed := next(infos(), 48)
	if !changed || !first.Modified.Equal(start.Add(48*time.Hour)) {
		t.Errorf("changed %v, dated %s", changed, first.Modified)
	}
	if again, changed := next(infos(), 72); again != first || changed {
		t.Error("the same events gave another document")
	}
	restarted, _ := buildAt(t, r, compile(t, health(), "", nil), pub, start.Add(96*time.Hour))
	sameBytes(t, restarted, first)
	other := infos()
	a := other["a"]
	a.Title = "Another name"
	other["a"] = a
	if doc, changed := next(other, 120); doc == first || !changed {
		t.Error("another title of a source changed nothing")
	}
}

func TestAnAddressToPasteNamesNoVariable(t *testing.T) {
	r := &shelf{events: []feed.Event{befell(1, "a", feed.Event{Kind: feed.EventMoved, Since: start, To: "https://b.example/?a=${HOME}&b=$${HOME}"})}}
	doc := build(t, r, compile(t, health(), "", nil))
	if body := string(doc.JSON.Body); !strings.Contains(body, "url: https://b.example/?a=$${HOME}") || !strings.Contains(body, "b=$$${HOME}") {
		t.Errorf("%s", body)
	}
}

func TestSecretsAreHiddenInEvents(t *testing.T) {
	named := infos()
	a := named["a"]
	a.Hide = &feed.Hider{}
	a.Hide.Add("hush-hush-hush")
	named["a"] = a
	events := []feed.Event{
		befell(1, "a", feed.Event{Kind: feed.EventBroke, Since: start, Error: "answered hush-hush-hush", Site: "https://a.example/hush-hush-hush"}),
		befell(2, "a", feed.Event{Kind: feed.EventMoved, Since: start, To: "https://b.example/hush-hush-hush", Address: "https://a.example/hush-hush-hush"}),
	}
	doc, _, err := publish.Build(t.Context(), &shelf{events: events}, compile(t, health(), "", nil), named, site, feed.Publication{}, start)
	if err != nil {
		t.Fatal(err)
	}
	for format, r := range representations(doc) {
		if strings.Contains(string(r.Body), "hush-hush") {
			t.Errorf("%s shows a secret:\n%s", format, r.Body)
		}
	}
}

func TestAReaderThatAsksForChangesGetsTheEventsSinceThen(t *testing.T) {
	o := health()
	o.Limit = 2
	out := compile(t, o, "", nil)
	all := troubles()
	r := &shelf{events: all[:3]}
	b := publish.NewBuilder(r, out, site, 0)
	pub := feed.Publication{Since: start}
	next := func(hours int) *publish.Document {
		t.Helper()
		doc, now, err := b.Build(t.Context(), infos(), pub, start.Add(time.Duration(hours)*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		pub = now
		return doc
	}
	first := next(24)
	r.events = all[:4]
	next(48)
	r.events = all[:6]
	last := next(72)
	build, known := last.Since(&last.Atom, first.Atom.ETag)
	if !known {
		t.Fatal("the first build is forgotten")
	}
	delta, err := publish.Delta(t.Context(), r, out, infos(), site, pub, last, build, start.Add(72*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, e := range delta.Entries {
		got = append(got, int(e.Seq&(1<<63-1)))
	}
	if want := []int{6, 5, 4}; !slices.Equal(got, want) { // one more than there is room for
		t.Errorf("got %v, want %v", got, want)
	}
}
