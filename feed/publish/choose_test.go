package publish_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWhichArticlesAreEntries(t *testing.T) {
	a1, b2, a3, c4 := article(1, "a"), article(2, "b"), article(3, "a"), article(4, "c")
	b5 := copyOf(5, "b", a1)
	other := article(6, "elsewhere")
	c7 := copyOf(7, "c", other) // its first is of a source that the output has not
	all := []feed.Stored{a1, b2, a3, c4, b5, other, c7}

	tests := map[string]struct {
		change  func(o *feed.Output)
		keep    string
		sources map[feed.SourceID]string
		want    []int
	}{
		"every identity once, at its first article within the output": {want: []int{7, 4, 3, 2, 1}},
		"every article":            {change: func(o *feed.Output) { o.Dedup = feed.DedupNone }, want: []int{7, 5, 4, 3, 2, 1}},
		"at most the limit":        {change: func(o *feed.Output) { o.Limit = 2 }, want: []int{7, 4}},
		"at most one of a source":  {change: func(o *feed.Output) { o.PerSource = 1 }, want: []int{7, 3, 2}},
		"one source":               {change: func(o *feed.Output) { o.Sources = []feed.SourceID{"b"} }, want: []int{5, 2}},
		"no source":                {change: func(o *feed.Output) { o.Sources, o.PerSource = nil, 1 }, want: []int{}},
		"a rule":                   {keep: `source != "a"`, want: []int{7, 5, 4, 2}},
		"a rule on tags":           {keep: `"tag-a" in tags`, want: []int{3, 1}},
		"a rule of a source":       {sources: map[feed.SourceID]string{"a": `title != "Title 1"`, "b": "false"}, want: []int{7, 4, 3}},
		"both rules":               {keep: `source != "c"`, sources: map[feed.SourceID]string{"a": "false"}, want: []int{5, 2}},
		"a rule on the text":       {keep: `text == "Text 3." || content.contains("5")`, want: []int{5, 3}},
		"a rule on time":           {keep: `now - published < duration("57m")`, want: []int{7, 5, 4}},
		"a rule that cannot match": {keep: "false", want: []int{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := output()
			if tt.change != nil {
				tt.change(&o)
			}
			doc := build(t, &shelf{articles: all}, compile(t, o, tt.keep, tt.sources))
			if d := cmp.Diff(seqs(doc), tt.want); d != "" {
				t.Errorf("(got, want):\n%s", d)
			}
			if len(doc.Warnings) > 0 {
				t.Errorf("warnings: %v", doc.Warnings)
			}
		})
	}
}

func TestOrderIsByPlaceOrByDate(t *testing.T) {
	early, late := article(1, "a"), article(2, "b")
	early.Date, late.Date = late.Date, early.Date
	same := article(3, "c")
	same.Place, same.Date = late.Place, late.Date
	for order, want := range map[feed.Order][]int{feed.OrderSeen: {3, 2, 1}, feed.OrderPublished: {1, 3, 2}} {
		o := output()
		o.Order = order
		if d := cmp.Diff(seqs(build(t, &shelf{articles: []feed.Stored{early, late, same}}, compile(t, o, "", nil))), want); d != "" {
			t.Errorf("%s (got, want):\n%s", order, d)
		}
	}
}

// TestABacklogStandsBelowWhatTheOutputShowed has a source that comes with four
// articles, of which all but the newest are a backlog.
func TestABacklogStandsBelowWhatTheOutputShowed(t *testing.T) {
	quiet, busy := article(1, "a"), article(30, "b")
	all := []feed.Stored{quiet, busy}
	for seq := 40; seq < 44; seq++ {
		x := article(seq, "c")
		x.FirstSeen, x.Backlog = article(60, "c").FirstSeen, seq < 43
		x.Place = article(seq-15, "c").Place // 25, 26, 27 and 28 minutes
		all = append(all, x)
	}
	news := article(70, "a")
	for name, tt := range map[string]struct {
		sources []feed.SourceID
		more    []feed.Stored
		limit   int
		want    []int
	}{
		"below what stood higher, no change":  {[]feed.SourceID{"b", "c"}, nil, 100, []int{30, 43, 42, 41, 40}},
		"below what stood lower":              {[]feed.SourceID{"a", "c"}, nil, 100, []int{43, 1, 42, 41, 40}},
		"in its own place where it is alone":  {[]feed.SourceID{"c"}, nil, 100, []int{43, 42, 41, 40}},
		"news that came later change nothing": {[]feed.SourceID{"a", "c"}, []feed.Stored{news}, 100, []int{70, 43, 1, 42, 41, 40}},
		"within the limit":                    {[]feed.SourceID{"a", "c"}, nil, 3, []int{43, 1, 42}},
	} {
		t.Run(name, func(t *testing.T) {
			o := output()
			o.Sources, o.Limit = tt.sources, tt.limit
			if d := cmp.Diff(seqs(build(t, &shelf{articles: append(tt.more, all...)}, compile(t, o, "", nil))), tt.want); d != "" {
				t.Errorf("(got, want):\n%s", d)
			}
			o.Order = feed.OrderPublished // goes by dates alone
			if got := seqs(build(t, &shelf{articles: all}, compile(t, o, "", nil))); got[0] != 43 || len(got) > 1 && got[1] == 1 {
				t.Errorf("by date: %v", got)
			}
		})
	}
}

// TestWindowsGoByTheFullMinute has one article at the very edge.
func TestWindowsGoByTheFullMinute(t *testing.T) {
	o := output()
	o.Window = time.Hour
	out := compile(t, o, "", nil)
	shelf := &shelf{articles: []feed.Stored{article(0, "a")}}
	for after, want := range map[time.Duration]int{
		time.Hour:                   1, // not older than an hour
		time.Hour + 59*time.Second:  1,
		time.Hour + time.Minute - 1: 1,
		time.Hour + time.Minute:     0,
		time.Hour + 2*time.Minute:   0,
		-24 * time.Hour:             1, // a clock that was set back hides nothing
	} {
		doc, _ := buildAt(t, shelf, out, feed.Publication{Since: start}, start.Add(after))
		if len(doc.Entries) != want {
			t.Errorf("%s after the article: got %d entries, want %d", after, len(doc.Entries), want)
		}
	}
}

// TestACopyDoesNotComeBackForAFirstBeyondTheWindow keeps subscribers from
// seeing an item again under another id.
func TestACopyDoesNotComeBackForAFirstBeyondTheWindow(t *testing.T) {
	first := article(1, "a")
	later := copyOf(50, "b", first)
	o := output()
	o.Window = 30 * time.Minute
	if got := seqs(build(t, &shelf{articles: []feed.Stored{first, later}}, compile(t, o, "", nil))); len(got) != 0 {
		t.Errorf("got entries %v, want none", got)
	}
}

func TestDynamicOutputsSaySo(t *testing.T) {
	windowed := output()
	windowed.Window = time.Hour
	tests := map[string]struct {
		out  publish.Output
		want bool
	}{
		"nothing of time":              {compile(t, output(), `published < timestamp("2026-01-01T00:00:00Z")`, nil), false},
		"a window":                     {compile(t, windowed, "", nil), true},
		"now in the rule":              {compile(t, output(), "published < now", nil), true},
		"now in a source's rule":       {compile(t, output(), "", map[feed.SourceID]string{"a": "published < now"}), true},
		"now in a rule not among ours": {compile(t, output(), "", map[feed.SourceID]string{"z": "published < now"}), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := build(t, &shelf{}, tt.out).Dynamic; got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestARuleWithoutAnAnswerLeavesArticlesOutAndSaysSo(t *testing.T) {
	a1, a2, b3 := article(1, "a"), article(2, "a"), article(3, "b")
	b3.Categories = []feed.Category{{Term: "x"}}
	b4 := copyOf(4, "b", b3) // without a category: asked twice, as itself and as a copy
	out := compile(t, output(), `categories[0] == "x"`, nil)
	doc := build(t, &shelf{articles: []feed.Stored{a1, a2, b3, b4}}, out)
	if d := cmp.Diff(seqs(doc), []int{3}); d != "" {
		t.Errorf("(got, want):\n%s", d)
	}
	if len(doc.Warnings) != 1 || !strings.HasPrefix(doc.Warnings[0].String(), "keep: no answer for 3 articles (left out), such as tag:b.example,2026:4: rule: ") {
		t.Errorf("warnings: %v", doc.Warnings)
	}
}

func TestArticlesGoneSinceTheWalkAreLeftOut(t *testing.T) {
	for name, keep := range map[string]string{"texts for entries": "", "texts for rules": `text != ""`} {
		t.Run(name, func(t *testing.T) {
			shelf := &shelf{articles: []feed.Stored{article(1, "a"), article(2, "a"), article(3, "a")}, gone: map[uint64]bool{2: true}}
			if d := cmp.Diff(seqs(build(t, shelf, compile(t, output(), keep, nil))), []int{3, 1}); d != "" {
				t.Errorf("(got, want):\n%s", d)
			}
		})
	}
}

func TestTextsAreReadInPagesAndOnlyForRulesThatSeeThem(t *testing.T) {
	var all []feed.Stored
	for n := range 200 {
		all = append(all, article(n+1, "a"))
	}
	o := output()
	o.Limit = 10
	// Once for the entries, and before that a page at a time for the rule.
	for keep, want := range map[string]int{`title != ""`: 1, `words > 0`: 1 + 1, `text.contains("Text 1.")`: 4 + 1} {
		shelf := &shelf{articles: all}
		build(t, shelf, compile(t, o, keep, nil))
		if shelf.fills != want {
			t.Errorf("%s: texts were read %d times, want %d", keep, shelf.fills, want)
		}
	}
}

func TestErrorsEndTheBuild(t *testing.T) {
	broken := errors.New("disk on fire")
	_, pub, err := publish.Build(t.Context(), &shelf{err: broken}, compile(t, output(), "", nil), infos(), site, feed.Publication{Since: start}, start)
	if !errors.Is(err, broken) || pub.Since != start {
		t.Errorf("got %v and %+v", err, pub)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = publish.Build(ctx, &shelf{articles: []feed.Stored{article(1, "a")}}, compile(t, output(), `title == "x"`, nil), infos(), site, feed.Publication{}, start)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context gave %v, want its error and no warning", err)
	}
}

// TestEveryKeptArticleIsShownOnce draws articles of several sources, some of
// them copies of others, and rules that keep some.
func TestEveryKeptArticleIsShownOnce(t *testing.T) {
	out := compile(t, output(), `!title.contains("5")`, map[feed.SourceID]string{"b": `text != "Text 3."`})
	rapid.Check(t, func(rt *rapid.T) {
		var all []feed.Stored
		kept := map[string]bool{} // by address
		first := map[uint64]uint64{}
		n := rapid.IntRange(0, 40).Draw(rt, "articles")
		for seq := 1; seq <= n; seq++ {
			a := article(seq, rapid.SampledFrom([]string{"a", "b", "c", "z"}).Draw(rt, "source"))
			if of := rapid.IntRange(0, 2*len(all)).Draw(rt, "copy of"); of > 0 && of <= len(all) {
				a.Identity, a.How = all[of-1].Identity, feed.HowText
			}
			a.Place = start.Add(time.Duration(rapid.IntRange(0, 20).Draw(rt, "place")) * time.Minute)
			all = append(all, a)
			if a.Source != "z" && !strings.Contains(a.Title, "5") && (a.Source != "b" || seq != 3) {
				kept[a.URL] = true
				if first[a.Identity] == 0 {
					first[a.Identity] = a.Seq
				}
			}
		}
		doc, _, err := publish.Build(context.Background(), &shelf{articles: all}, out, infos(), site, feed.Publication{}, start.Add(time.Hour))
		if err != nil {
			rt.Fatal(err)
		}
		shown := map[string]int{}
		for _, item := range items(rt, doc) {
			shown[item.URL]++
			for _, r := range item.Sluice.Story {
				shown[r.URL]++
			}
		}
		for _, e := range doc.Entries {
			if first[e.Identity] != e.Seq {
				rt.Errorf("article %d stands for identity %d, whose first kept article is %d", e.Seq, e.Identity, first[e.Identity])
			}
		}
		for url := range kept {
			if shown[url] != 1 {
				rt.Errorf("%s is shown %d times", url, shown[url])
			}
		}
		if len(shown) != len(kept) {
			rt.Errorf("%d articles are shown, %d are kept", len(shown), len(kept))
		}
	})
}

type item struct {
	ID, URL, Title, Summary string
	ContentHTML             string `json:"content_html"`
	Published               string `json:"date_published"`
	Modified                string `json:"date_modified"`
	Sluice                  struct {
		Source struct{ Name, Title, URL string }
		Story  []struct{ Source, Title, URL, How string }
	} `json:"_sluice"`
}

// items reads a document's JSON Feed.
func items(t interface{ Fatal(args ...any) }, doc *publish.Document) []item {
	var f struct{ Items []item }
	if err := json.Unmarshal(doc.JSON.Body, &f); err != nil {
		t.Fatal(fmt.Errorf("JSON Feed: %w", err))
	}
	return f.Items
}
