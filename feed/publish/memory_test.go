package publish_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// edit changes an article as a store does: it has another form then.
func edit(a *feed.Stored, title string) {
	a.Title = title
	a.Form++
}

// rules that see each sort of thing: what never changes, texts, the time.
var someRules = []string{
	"", `title.contains("1")`, `text.contains("2")`, `now - published < duration("30m")`, `categories[0] == title`, `words > 1 && published < now`,
}

// TestABuilderWithAPastBuildsWhatOneWithoutBuilds lets articles come, change and
// go between builds, with room for all, some and none of the answers.
func TestABuilderWithAPastBuildsWhatOneWithoutBuilds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := output()
		o.Limit = rapid.IntRange(1, 20).Draw(rt, "limit")
		out := compile(t, o, rapid.SampledFrom(someRules).Draw(rt, "rule"), map[feed.SourceID]string{
			"a": rapid.SampledFrom(someRules[1:]).Draw(rt, "rule of a"), "b": rapid.SampledFrom(someRules[1:]).Draw(rt, "rule of b"),
		})
		s := &shelf{}
		old := publish.NewBuilder(s, out, site, rapid.SampledFrom([]int{0, 3, 1000}).Draw(rt, "room"))
		pub := feed.Publication{Since: start}
		now := start.Add(time.Hour)
		for step := range rapid.IntRange(1, 8).Draw(rt, "builds") {
			for range rapid.IntRange(0, 4).Draw(rt, "changes") {
				s.change(rt, step)
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(rt, "minutes")) * time.Minute)
			want, wantPub, err := publish.Build(context.Background(), s, out, infos(), site, pub, now)
			if err != nil {
				rt.Fatal(err)
			}
			got, gotPub, err := old.Build(context.Background(), infos(), pub, now)
			if err != nil {
				rt.Fatal(err)
			}
			if string(got.JSON.Body) != string(want.JSON.Body) || got.Atom.ETag != want.Atom.ETag || gotPub != wantPub || got.Dynamic != want.Dynamic {
				rt.Fatalf("build %d differs:\n%s\n%s", step, got.JSON.Body, want.JSON.Body)
			}
			if d := cmp.Diff(counts(got), counts(want)); d != "" {
				rt.Fatalf("build %d: warnings (got, want):\n%s", step, d)
			}
			pub = gotPub
		}
	})
}

// change adds an article, or edits or removes one.
func (s *shelf) change(rt *rapid.T, step int) {
	at := rapid.IntRange(0, 2*len(s.articles)).Draw(rt, "article")
	switch {
	case at >= len(s.articles):
		s.last++
		a := article(s.last, rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "source"))
		if len(s.articles) > 0 && rapid.Bool().Draw(rt, "is a copy") {
			a.Identity, a.How = s.articles[0].Identity, feed.HowURL
		}
		s.articles = append(s.articles, a)
	case rapid.Bool().Draw(rt, "goes"):
		s.articles = append(s.articles[:at:at], s.articles[at+1:]...)
	default:
		s.articles[at].Content = fmt.Sprintf("<p>Text 2 of %d.</p>", step)
		edit(&s.articles[at], fmt.Sprint("Title ", rapid.IntRange(0, 30).Draw(rt, "title")))
	}
}

// counts are the articles for which rules have no answer; which of them is the
// example is a builder's own affair.
func counts(doc *publish.Document) map[string]int {
	n := map[string]int{}
	for _, w := range doc.Warnings {
		n[w.Of] = w.Articles
	}
	return n
}

func TestABuildWithoutNewsIsTheDocumentOfBefore(t *testing.T) {
	s := &shelf{articles: []feed.Stored{article(1, "a"), article(2, "b"), copyOf(3, "c", article(1, "a"))}}
	out := compile(t, output(), `text != "" && now > published`, nil)
	b := publish.NewBuilder(s, out, site, 100)
	pub := feed.Publication{Since: start}
	build := func(infos map[feed.SourceID]publish.SourceInfo, at time.Duration) *publish.Document {
		t.Helper()
		doc, next, err := b.Build(t.Context(), infos, pub, start.Add(at))
		if err != nil {
			t.Fatal(err)
		}
		pub = next
		return doc
	}
	first := build(infos(), time.Hour)
	if build(infos(), 2*time.Hour) != first {
		t.Error("a minute without news made another document")
	}
	edit(&s.articles[2], "Edited") // an article that an entry names
	second := build(infos(), 3*time.Hour)
	if second == first || !strings.Contains(string(second.Atom.Body), "Edited") {
		t.Error("an edit of an article that an entry names is not shown")
	}
	other := infos()
	other["a"] = publish.SourceInfo{Name: "a", Title: "Another", URL: "https://a.example/feed"}
	if build(other, 4*time.Hour) == second {
		t.Error("another title of a source is not shown")
	}
}

func TestARuleIsAskedOncePerFormOfAnArticle(t *testing.T) {
	var all []feed.Stored
	for n := range 200 {
		all = append(all, article(n+1, "a"))
	}
	s := &shelf{articles: all}
	b := publish.NewBuilder(s, compile(t, output(), `text == "Text 7."`, nil), site, 1000)
	reads := func(want int, why string) {
		t.Helper()
		before := s.filled
		if _, _, err := b.Build(t.Context(), infos(), feed.Publication{Since: start}, start); err != nil {
			t.Fatal(err)
		}
		if got := s.filled - before; got != want {
			t.Errorf("%s: %d texts were read, want %d", why, got, want)
		}
	}
	reads(200+1, "at first")
	s.articles = append(s.articles, article(201, "a"))
	reads(1+1, "with one that is new")
	edit(&s.articles[50], "Edited")
	reads(1+1, "with one that is edited")
}

// pile is a Reader of articles in the order of their arrival, numbered from 1,
// which costs next to nothing. What a history needs is not asked for.
type pile struct {
	publish.Reader
	articles []feed.Stored
}

func (p *pile) Walk(context.Context, []feed.SourceID, feed.Order, time.Time) iter.Seq2[feed.Stored, error] {
	return func(yield func(feed.Stored, error) bool) {
		for _, a := range slices.Backward(p.articles) {
			a.Content = ""
			if !yield(a, nil) {
				return
			}
		}
	}
}

func (p *pile) Fill(_ context.Context, articles []feed.Stored) error {
	for i, a := range articles {
		articles[i].Content = p.articles[a.Seq-1].Content
	}
	return nil
}

func (p *pile) Identity(_ context.Context, identity uint64) ([]feed.Stored, error) {
	return p.articles[identity-1 : identity], nil
}

func (p *pile) Story(_ context.Context, identity uint64) (feed.Story, error) {
	return feed.Story{Root: identity, Articles: p.articles[identity-1 : identity]}, nil
}

func (p *pile) Events(context.Context, []feed.SourceID, time.Time, int) ([]feed.Event, error) {
	return nil, nil
}

// BenchmarkRebuild compares the first build of an output that looks into ten
// thousand texts with the one after an article came.
func BenchmarkRebuild(b *testing.B) {
	p := &pile{}
	add := func() {
		a := article(len(p.articles)+1, "a")
		a.Content = fmt.Sprintf("<p>%d %s</p>", a.Seq, strings.Repeat("Some <b>words</b> &amp; more. ", 40))
		p.articles = append(p.articles, a)
	}
	for range 10_000 {
		add()
	}
	out := compile(b, output(), `text.matches("(?i)needle|^[0-9]+77 ")`, nil)
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			build(b, p, out)
		}
	})
	b.Run("after one came", func(b *testing.B) {
		builder := publish.NewBuilder(p, out, site, 20_000)
		for first := true; first || b.Loop(); first = false {
			add()
			if _, _, err := builder.Build(b.Context(), infos(), feed.Publication{Since: start}, start); err != nil {
				b.Fatal(err)
			}
		}
	})
}
