package publish_test

import (
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"

	"github.com/google/go-cmp/cmp"
)

// late is a join of two stories that were published as two.
func late(to feed.Stored, seq int) feed.Joined {
	return feed.Joined{To: to.Identity, How: feed.HowNear, Reason: "body", Score: 0.93, At: article(seq, "").FirstSeen, Late: true}
}

// atOnce is a join of an article that came last.
func atOnce(to feed.Stored, seq int) feed.Joined {
	j := late(to, seq)
	j.Late, j.How = false, feed.HowText
	return j
}

func byHand(to feed.Stored, seq int) feed.Joined {
	j := late(to, seq)
	j.Operator, j.Reason, j.Score = true, "", 0
	return j
}

// oneStory is articles of a, b and c that are one text, the first with a copy of its
// identity, and another.
func oneStory() *shelf {
	a1, b2, c3 := article(1, "a"), article(2, "b"), article(3, "c")
	return &shelf{articles: []feed.Stored{a1, b2, c3, copyOf(4, "b", a1), article(5, "a")}}
}

func TestAStoryIsOneEntryWhereItsFirstArticleStood(t *testing.T) {
	a1 := article(1, "a")
	b2 := article(2, "b")
	tests := map[string]struct {
		joins   map[uint64]feed.Joined
		sources []feed.SourceID
		keep    string
		since   time.Duration // after start
		dedup   feed.Dedup
		want    []int
	}{
		"nothing joined":                               {want: []int{5, 3, 2, 1}},
		"what came as a copy is none":                  {joins: map[uint64]feed.Joined{2: atOnce(a1, 2), 3: atOnce(a1, 3)}, want: []int{5, 1}},
		"what joined late stays":                       {joins: map[uint64]feed.Joined{2: late(a1, 5), 3: atOnce(a1, 3)}, want: []int{5, 2, 1}},
		"with what had joined it":                      {joins: map[uint64]feed.Joined{2: late(a1, 5), 3: atOnce(b2, 3)}, want: []int{5, 2, 1}},
		"each that joined late":                        {joins: map[uint64]feed.Joined{2: late(a1, 5), 3: late(b2, 5)}, want: []int{5, 3, 2, 1}},
		"what joined late before the output was there": {joins: map[uint64]feed.Joined{2: late(a1, 5), 3: late(b2, 7)}, since: 6 * time.Minute, want: []int{5, 3, 1}},
		"what joined when the output was made stays":   {joins: map[uint64]feed.Joined{2: late(a1, 6)}, since: 6 * time.Minute, want: []int{5, 3, 2, 1}},
		"what was joined by hand is none":              {joins: map[uint64]feed.Joined{2: byHand(a1, 5), 3: late(b2, 5)}, want: []int{5, 3, 1}},
		"a source alone shows its copy":                {joins: map[uint64]feed.Joined{2: atOnce(a1, 2), 3: atOnce(a1, 3)}, sources: []feed.SourceID{"c"}, want: []int{3}},
		"the first that a rule keeps":                  {joins: map[uint64]feed.Joined{2: atOnce(a1, 2), 3: atOnce(a1, 3)}, keep: `source != "a"`, want: []int{2}},
		"of a branch the first that a rule keeps":      {joins: map[uint64]feed.Joined{2: late(a1, 5), 3: atOnce(b2, 3)}, keep: `url != "https://b.example/2"`, want: []int{5, 3, 1}},
		"by identity":                                  {joins: map[uint64]feed.Joined{2: atOnce(a1, 2), 3: atOnce(a1, 3)}, dedup: feed.DedupArticle, want: []int{5, 3, 2, 1}},
		"by article":                                   {joins: map[uint64]feed.Joined{2: atOnce(a1, 2), 3: atOnce(a1, 3)}, dedup: feed.DedupNone, want: []int{5, 4, 3, 2, 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := output()
			o.Dedup = tt.dedup
			if tt.sources != nil {
				o.Sources = tt.sources
			}
			s := oneStory()
			s.stories = []feed.Story{{Root: 1, Joins: tt.joins}}
			doc, _ := buildAt(t, s, compile(t, o, tt.keep, nil), feed.Publication{Since: start.Add(tt.since)}, start.Add(time.Hour))
			if d := cmp.Diff(seqs(doc), tt.want); d != "" {
				t.Errorf("(got, want):\n%s", d)
			}
		})
	}
}

// named are the sources that entries name, with the evidence, by entry.
func named(t *testing.T, doc *publish.Document) map[string][]string {
	t.Helper()
	got := map[string][]string{}
	for _, i := range items(t, doc) {
		got[i.ID] = nil
		for _, s := range i.Sluice.Story {
			got[i.ID] = append(got[i.ID], s.URL+" "+s.How)
		}
	}
	return got
}

func TestAnEntryNamesAllOtherArticlesOfItsStory(t *testing.T) {
	s := oneStory()
	a1, b2 := s.articles[0], s.articles[1]
	s.articles = append(s.articles, article(6, "elsewhere"))
	s.stories = []feed.Story{{Root: 1, Joins: map[uint64]feed.Joined{2: late(a1, 5), 3: atOnce(b2, 3), 6: atOnce(a1, 6)}}}
	doc := build(t, s, compile(t, output(), "", nil))
	want := map[string][]string{
		"tag:a.example,2026:5": nil,
		"tag:b.example,2026:2": {"https://a.example/1 near", "https://c.example/3 text", "https://b.example/4 near"},
		"tag:a.example,2026:1": {"https://b.example/2 near", "https://c.example/3 near", "https://b.example/4 url"},
	}
	if d := cmp.Diff(named(t, doc), want); d != "" {
		t.Errorf("(got, want):\n%s", d)
	}
	if s.lookups != 2 {
		t.Errorf("%d look-ups for two stories", s.lookups)
	}
}

func TestOneStoryIsLookedUpOncePerBuild(t *testing.T) {
	s := &shelf{}
	joins := map[uint64]feed.Joined{}
	for seq := 1; seq <= 20; seq++ {
		s.articles = append(s.articles, article(seq, "a"))
		if seq > 1 {
			joins[uint64(seq)] = late(s.articles[0], seq)
		}
	}
	s.stories = []feed.Story{{Root: 1, Joins: joins}}
	if n := len(build(t, s, compile(t, output(), "", nil)).Entries); n != 20 || s.lookups != 1 {
		t.Errorf("%d entries, %d look-ups", n, s.lookups)
	}
}

func TestABuilderNoticesEveryChangeOfAStory(t *testing.T) {
	s := oneStory()
	a1 := s.articles[0]
	b := publish.NewBuilder(s, compile(t, output(), "", nil), site, 100)
	pub := feed.Publication{Since: start}
	near := atOnce(a1, 3)
	near.How = feed.HowNear
	var before *publish.Document
	for _, step := range []struct {
		does    string
		joins   map[uint64]feed.Joined
		changes bool
	}{
		{"nothing", nil, true},
		{"one joins", map[uint64]feed.Joined{3: atOnce(a1, 3)}, true},
		{"nothing happens", map[uint64]feed.Joined{3: atOnce(a1, 3)}, false},
		{"it is known otherwise", map[uint64]feed.Joined{3: near}, true},
		{"one joins late", map[uint64]feed.Joined{2: late(a1, 5), 3: near}, true},
		{"it is joined by hand", map[uint64]feed.Joined{2: byHand(a1, 5), 3: near}, true},
		{"all are split", nil, true},
	} {
		s.stories = []feed.Story{{Root: 1, Joins: step.joins}}
		want, wantPub := buildAt(t, s, compile(t, output(), "", nil), pub, start.Add(time.Hour))
		doc, next, err := b.Build(t.Context(), infos(), pub, start.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		sameBytes(t, doc, want)
		if next != wantPub || (doc != before) != step.changes {
			t.Errorf("%s: another document is %v, want %v", step.does, doc != before, step.changes)
		}
		before, pub = doc, next
	}
}

func TestAnEntryShowsThePreferredSource(t *testing.T) {
	s := oneStory()
	a1 := s.articles[0]
	s.articles[1].Authors = []feed.Person{{Name: "Bo"}}
	s.stories = []feed.Story{{Root: 1, Joins: map[uint64]feed.Joined{2: atOnce(a1, 2), 3: late(a1, 5)}}}
	tests := map[string]struct {
		prefer []feed.SourceID
		dedup  feed.Dedup
		want   string
	}{
		"the first without one":               {nil, "", "a Title 1"},
		"another":                             {[]feed.SourceID{"b"}, "", "b Title 2"},
		"the first that is there":             {[]feed.SourceID{"z", "b", "a"}, "", "b Title 2"},
		"the first article where it is it":    {[]feed.SourceID{"a", "b"}, "", "a Title 1"},
		"none that is an entry of its own":    {[]feed.SourceID{"c"}, "", "a Title 1"},
		"by identity":                         {[]feed.SourceID{"b"}, feed.DedupArticle, "b Title 4"},
		"not where every article is an entry": {[]feed.SourceID{"b"}, feed.DedupNone, "a Title 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := output()
			o.Prefer, o.Dedup, o.TitleTemplate = tt.prefer, tt.dedup, "{{.Name}} {{.Title}}"
			doc := build(t, s, compile(t, o, "", nil))
			list := items(t, doc)
			got, page := list[len(list)-1], doc.Entries[len(list)-1]
			if got.ID != a1.ID || got.Published != "2026-11-02T08:01:00Z" {
				t.Errorf("the entry is %s of %s", got.ID, got.Published)
			}
			if got.Title != tt.want || page.Title != tt.want || got.Sluice.Source.Name+got.ContentHTML[len("<p>Text"):] != tt.want[:1]+tt.want[len("a Title"):]+".</p>" {
				t.Errorf("got %q of %s: %s", got.Title, got.Sluice.Source.Name, got.ContentHTML)
			}
			if got.URL != page.URL || page.ID != a1.ID || !page.Date.Equal(a1.Date) {
				t.Errorf("the page has %s (%s) of %s, the feed %s", page.URL, page.ID, page.Date, got.URL)
			}
			for i, r := range got.Sluice.Story {
				if r.How == "" || r.URL == got.URL || page.Others[i].URL != r.URL {
					t.Errorf("the entry of %s names %+v, the page %+v", got.URL, r, page.Others[i])
				}
			}
		})
	}
}

func TestWhatIsPreferredRaisesUpdatedByItsEditsAlone(t *testing.T) {
	edited := func(a feed.Stored, minute int) feed.Stored {
		a.Revision, a.Changed = 1, article(minute, "").Place
		return a
	}
	again := func(a feed.Stored) feed.Stored {
		a.Revision++
		return a
	}
	a1 := article(1, "a")
	b2, c9 := copyOf(2, "b", a1), copyOf(9, "c", a1)
	tests := map[string]struct {
		articles []feed.Stored
		want     string
	}{
		"the first":                               {[]feed.Stored{a1}, "08:01"},
		"the first, edited":                       {[]feed.Stored{edited(a1, 30)}, "08:30"},
		"a copy that arrives":                     {[]feed.Stored{a1, c9}, "08:01"},
		"a copy that is edited":                   {[]feed.Stored{a1, edited(c9, 30)}, "08:30"},
		"a copy edited before the first was":      {[]feed.Stored{edited(a1, 40), edited(c9, 30)}, "08:40"},
		"a copy that takes the place of another":  {[]feed.Stored{a1, edited(b2, 5), c9}, "08:05"},
		"one that is edited again, shown no more": {[]feed.Stored{a1, again(edited(b2, 30)), c9}, "08:09"},
		"a later one of the same source":          {[]feed.Stored{a1, c9, again(edited(copyOf(10, "c", a1), 30))}, "08:01"},
		"a copy that is shown no more and edited": {[]feed.Stored{a1, edited(b2, 30), c9}, "08:01"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := output()
			o.Prefer = []feed.SourceID{"c", "b"}
			doc := build(t, &shelf{articles: tt.articles}, compile(t, o, "", nil))
			got := items(t, doc)
			if want := "2026-11-02T" + tt.want + ":00Z"; len(got) != 1 || got[0].Modified != want || !doc.Entries[0].Changed.Equal(asTime(t, want)) {
				t.Errorf("got %+v, want updated %s", got, want)
			}
		})
	}
}

func asTime(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestAShareIsOfTheSourceThatWasFirst keeps copies and what is preferred from taking
// entries away.
func TestAShareIsOfTheSourceThatWasFirst(t *testing.T) {
	a1, b2 := article(1, "a"), article(2, "b")
	o := output()
	o.PerSource, o.Prefer = 1, []feed.SourceID{"c"}
	s := &shelf{articles: []feed.Stored{a1, b2, copyOf(3, "c", a1), copyOf(4, "c", b2), article(5, "c"), article(6, "c")}}
	if d := cmp.Diff(seqs(build(t, s, compile(t, o, "", nil))), []int{6, 2, 1}); d != "" {
		t.Errorf("(got, want):\n%s", d)
	}
}

func TestSecretsAreHiddenByTheSourceThatHasThem(t *testing.T) {
	known := infos()
	for source, secret := range map[feed.SourceID]string{"a": "sesame-of-a", "b": "sesame-of-b"} {
		info := known[source]
		info.Hide = &feed.Hider{}
		info.Hide.Add(secret)
		known[source] = info
	}
	a1 := article(1, "a")
	a1.ID, a1.Title = "https://a.example/?k=sesame-of-a", "First sesame-of-a"
	b2 := copyOf(2, "b", a1)
	b2.Title, b2.URL, b2.Content = "Shown sesame-of-b", "https://b.example/?k=sesame-of-b", "<p>sesame-of-b</p>"
	o := output()
	o.Prefer = []feed.SourceID{"b"}
	doc, _, err := publish.Build(t.Context(), &shelf{articles: []feed.Stored{a1, b2}}, compile(t, o, "", nil), known, site, feed.Publication{}, start)
	if err != nil {
		t.Fatal(err)
	}
	got := items(t, doc)[0]
	if got.ID != "https://a.example/?k=***" || got.Title != "Shown ***" || got.URL != "https://b.example/?k=***" || got.ContentHTML != "<p>***</p>" || got.Sluice.Story[0].Title != "First ***" {
		t.Errorf("got %+v", got)
	}
	if e := doc.Entries[0]; e.ID != got.ID || e.URL != got.URL || e.Text != "***" {
		t.Errorf("the page has %+v", e)
	}
}
