package publish_test

import (
	"errors"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/filter"
	"sluice/feed/publish"

	"github.com/google/go-cmp/cmp"
)

func TestExplanations(t *testing.T) {
	s := oneStory()
	a1, b2 := s.articles[0], s.articles[1]
	s.articles = append(s.articles, article(6, "elsewhere"))
	via := late(a1, 9)
	via.Via = 5
	plain := atOnce(a1, 2)
	plain.Reason, plain.Score = "", 0
	backlog := article(7, "c")
	backlog.Backlog, backlog.FirstSeen = true, article(50, "").Place
	s.articles = append(s.articles, backlog)
	type said struct {
		In           bool
		Place        int
		Entry        string
		Rule, Reason string
	}
	const story = "dedup: story"
	first, second := a1.ID, b2.ID
	tests := map[string]struct {
		seq    int
		change func(o *feed.Output)
		keep   string
		joins  map[uint64]feed.Joined
		want   said
	}{
		"an entry": {seq: 5, want: said{true, 1, "tag:a.example,2026:5", "", "it is entry 1"}},
		"of a source that the output has not": {seq: 6, joins: map[uint64]feed.Joined{6: atOnce(a1, 6)}, want: said{
			Rule: "from", Reason: "its source elsewhere is not among those of the output",
		}},
		"refused by the output": {seq: 2, keep: "title !=\n 'Title 2'", want: said{Rule: "keep: title != 'Title 2'", Reason: "keep is not true for it"}},
		"refused by its source": {seq: 3, want: said{Rule: "keep of source c: text != \"Text 3.\"", Reason: "keep of source c is not true for it"}},
		"without an answer": {seq: 2, keep: "categories[0] == 'x'", want: said{
			Rule: "keep: categories[0] == 'x'", Reason: "keep has no answer for it: rule: index out of bounds: 0",
		}},
		"a copy": {seq: 4, want: said{true, 4, first, story, "entry 4, " + first + ", stands for it: one item since 2026-11-02T08:04:00Z, by url"}},
		"a copy by identity": {seq: 4, change: func(o *feed.Output) { o.Dedup = feed.DedupArticle }, want: said{
			true, 4, first, "dedup: article", "entry 4, " + first + ", stands for it: one item since 2026-11-02T08:04:00Z, by url",
		}},
		"a copy where none is one": {seq: 4, change: func(o *feed.Output) { o.Dedup = feed.DedupNone }, want: said{true, 3, "tag:b.example,2026:4", "", "it is entry 3"}},
		"a copy of the text": {seq: 2, joins: map[uint64]feed.Joined{2: atOnce(a1, 2)}, want: said{
			true, 3, first, story, "entry 3, " + first + ", stands for it: one text since 2026-11-02T08:02:00Z, by text (body, score 0.93)",
		}},
		"a copy of one that the output has not": {seq: 4, keep: "url != 'https://a.example/1'", joins: map[uint64]feed.Joined{2: atOnce(a1, 2)}, want: said{
			true, 3, second, story, "entry 3, " + second + ", stands for it: one text since 2026-11-02T08:02:00Z, by text (body, score 0.93)",
		}},
		"joined by hand": {seq: 2, joins: map[uint64]feed.Joined{2: byHand(a1, 9)}, want: said{
			true, 3, first, story, "entry 3, " + first + ", stands for it: joined by hand at 2026-11-02T08:09:00Z",
		}},
		"late": {seq: 2, joins: map[uint64]feed.Joined{2: late(a1, 9)}, want: said{
			true, 3, second, story,
			"it is entry 3; it stays an entry of its own beside " + first + " (one text since 2026-11-02T08:09:00Z, by near (body, score 0.93)): both were published before that was found",
		}},
		"late, by way of another": {seq: 2, joins: map[uint64]feed.Joined{2: via, 5: atOnce(a1, 9)}, want: said{
			true, 2, second, story,
			"it is entry 2; it stays an entry of its own beside " + first + " (one text since 2026-11-02T08:09:00Z, by near (body, score 0.93), by way of tag:a.example,2026:5): both were published before that was found",
		}},
		"a copy of which no more is known": {seq: 2, joins: map[uint64]feed.Joined{2: plain}, want: said{
			true, 3, first, story, "entry 3, " + first + ", stands for it: one text since 2026-11-02T08:02:00Z, by text",
		}},
		"the first of what joined late": {seq: 1, joins: map[uint64]feed.Joined{2: late(a1, 9)}, want: said{
			true, 4, first, story,
			"it is entry 4; it stays an entry of its own beside " + second + " (one text since 2026-11-02T08:09:00Z, by near (body, score 0.93)): both were published before that was found",
		}},
		"shown": {seq: 4, change: func(o *feed.Output) { o.Prefer = []feed.SourceID{"b"} }, want: said{
			true, 4, first, story, "entry 4, " + first + ", stands for it: one item since 2026-11-02T08:04:00Z, by url; its text is what that entry shows, by prefer",
		}},
		"not shown": {seq: 1, change: func(o *feed.Output) { o.Prefer = []feed.SourceID{"b"} }, want: said{
			true, 4, first, "", "it is entry 4; what it shows is the text of tag:b.example,2026:4, by prefer",
		}},
		"a backlog": {seq: 7, want: said{
			true, 2, backlog.ID, "", "it is entry 2; it came with many at once, so it stands where its date puts it, below what the output showed then",
		}},
		"a backlog by date": {seq: 7, change: func(o *feed.Output) { o.Order = feed.OrderPublished }, want: said{true, 1, backlog.ID, "", "it is entry 1"}},
		"beyond the limit":  {seq: 1, change: func(o *feed.Output) { o.Limit = 2 }, want: said{false, 0, first, "limit: 2", "it would be entry 4"}},
		"a copy of one beyond the limit": {seq: 4, change: func(o *feed.Output) { o.Limit = 2 }, want: said{
			false, 0, first, "limit: 2", "the entry that stands for it, " + first + " (one item since 2026-11-02T08:04:00Z, by url), would be entry 4",
		}},
		"beyond the share of its source": {seq: 1, change: func(o *feed.Output) { o.PerSource = 1 }, want: said{
			false, 0, first, "per_source: 1", "it is beyond what the output shows of source a",
		}},
		"older than the window": {seq: 1, change: func(o *feed.Output) { o.Window = 55 * time.Minute }, want: said{false, 0, first, "window: 55m0s", "it is older than the window"}},
		"beyond the limit, but named": {
			seq: 4, change: func(o *feed.Output) { o.Limit = 3 }, joins: map[uint64]feed.Joined{2: late(a1, 9)}, want: said{
				true, 3, second, story,
				"the entry that stands for it, " + first + " (one item since 2026-11-02T08:04:00Z, by url), would be entry 4; entry 3, " + second + ", is of the same story and names it",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := output()
			if tt.change != nil {
				tt.change(&o)
			}
			s.stories = []feed.Story{{Root: 1, Joins: tt.joins}}
			out := compile(t, o, tt.keep, map[feed.SourceID]string{"c": `text != "Text 3."`})
			asked := s.articles[tt.seq-1]
			x, err := publish.Explain(t.Context(), s, out, infos(), feed.Publication{Since: start}, start.Add(time.Hour), asked)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(said{x.In, x.Place, x.Entry, x.Rule, x.Reason}, tt.want); d != "" {
				t.Errorf("(got, want):\n%s", d)
			}
			if x.Output != "world" || x.Article.ID != asked.ID || x.Article.Content != "" || len(x.Hows) != len(x.Story.Articles) || len(x.Hows) == 0 {
				t.Errorf("got %+v", x)
			}
		})
	}
}

func TestAnExplanationTellsTheWholeStory(t *testing.T) {
	s := oneStory()
	a1, b2 := s.articles[0], s.articles[1]
	s.stories = []feed.Story{{Root: 1, Joins: map[uint64]feed.Joined{2: late(a1, 9), 3: atOnce(b2, 3)}}}
	o := output()
	o.Sources = []feed.SourceID{"a"}
	known := infos()
	secret := known["b"]
	secret.Hide = &feed.Hider{}
	secret.Hide.Add("b.example")
	known["b"] = secret
	x, err := publish.Explain(t.Context(), s, compile(t, o, "", nil), known, feed.Publication{Since: start}, start, a1)
	if err != nil {
		t.Fatal(err)
	}
	var urls []string
	for _, a := range x.Story.Articles {
		urls = append(urls, a.URL)
	}
	if d := cmp.Diff(urls, []string{"https://a.example/1", "https://***/2", "https://c.example/3", "https://***/4"}); d != "" {
		t.Errorf("articles (got, want):\n%s", d)
	}
	if d := cmp.Diff(x.Hows, []feed.How{"", feed.HowNear, feed.HowText, feed.HowURL}); d != "" {
		t.Errorf("evidence (got, want):\n%s", d)
	}
	if x.Story.Root != 1 || len(x.Story.Joins) != 2 {
		t.Errorf("the story is %+v", x.Story)
	}
}

func TestAnExplanationShowsNoSecretOfARule(t *testing.T) {
	rule, err := filter.Compile(`title == "sesame"`)
	if err != nil {
		t.Fatal(err)
	}
	out, err := publish.New(output(), rule.ShownAs(`title == "***"`), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := oneStory()
	x, err := publish.Explain(t.Context(), s, out, infos(), feed.Publication{Since: start}, start, s.articles[0])
	if err != nil || x.Rule != `keep: title == "***"` {
		t.Errorf("got %q, %v", x.Rule, err)
	}
}

func TestAnExplanationOfWhatIsGoneOrCannotBeRead(t *testing.T) {
	s := oneStory()
	explain := func() (publish.Explanation, error) {
		return publish.Explain(t.Context(), s, compile(t, output(), "", nil), infos(), feed.Publication{Since: start}, start, article(99, "a"))
	}
	if x, err := explain(); err != nil || x.In || x.Reason != "it was changed while it was looked for: ask again" {
		t.Errorf("gone since it was asked for: got %+v, %v", x, err)
	}
	s.err = errors.New("disk on fire")
	if _, err := explain(); !errors.Is(err, s.err) || err.Error() != "explain tag:a.example,2026:99: disk on fire" {
		t.Errorf("got %v", err)
	}
}
