package storagetest

import (
	"fmt"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"

	"pgregory.net/rapid"
)

// model says what a store must hold, in maps.
type model struct {
	configured map[string]bool
	articles   map[string]map[int]*modelArticle // by source and number
	byID       map[string]uint64
	now        time.Time
}

type modelArticle struct {
	text   int // which edit
	stored feed.Stored
	raised time.Time // when it was last called updated
}

var modelSources = []string{"a", "b", "c"}

// checkModel does random things to a store and to a model of it, and compares.
func checkModel(t *testing.T, open func(t testing.TB) storage.Store) {
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t, open(t))
		m := &model{
			configured: map[string]bool{}, articles: map[string]map[int]*modelArticle{}, byID: map[string]uint64{}, now: start,
		}
		for _, name := range modelSources {
			m.articles[name] = map[int]*modelArticle{}
		}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			m.now = m.now.Add(time.Duration(rapid.IntRange(0, 2_000_000).Draw(rt, "seconds")) * time.Second)
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0:
				m.configure(rt, b)
			case 1:
				m.reschedule(b)
			default:
				m.poll(rt, b)
			}
			m.check(rt, b)
		}
	})
}

func (m *model) configure(rt *rapid.T, b *bench) {
	var names []string
	for _, name := range modelSources {
		m.configured[name] = rapid.Bool().Draw(rt, "configure "+name)
		if m.configured[name] {
			names = append(names, name)
		}
	}
	b.configure(names...)
}

func (m *model) reschedule(b *bench) {
	next := map[feed.SourceID]storage.Schedule{}
	for _, name := range modelSources {
		next[feed.SourceID(name)] = storage.Schedule{NextPoll: m.now.Add(time.Duration(len(next)) * time.Minute)}
	}
	b.must(b.store.Reschedule(b.Context(), next))
}

// poll brings a document of random items, some of them known, some edited.
func (m *model) poll(rt *rapid.T, b *bench) {
	name := rapid.SampledFrom(modelSources).Draw(rt, "source")
	if !m.configured[name] {
		return
	}
	var want storage.Merged
	var doc []feed.Article
	for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(1, 25), 0, 15, rapid.ID[int]).Draw(rt, "items") {
		text := rapid.IntRange(0, 2).Draw(rt, "text")
		a := article(name, n)
		if text > 0 {
			a = edited(a, n*3+text)
		}
		doc = append(doc, a)
		was := m.articles[name][n]
		switch {
		case was == nil:
			m.articles[name][n] = &modelArticle{text: text}
			want.New++
		case was.text != text:
			was.text = text
			want.Updated++
		}
	}
	got := b.poll(name, m.now, doc...)
	got.Duplicates = 0 // sources may tell the same: see stories
	if got != want {
		rt.Fatalf("poll of %s with %d items: got %+v, want %+v", name, len(doc), got, want)
	}
}

func (m *model) check(rt *rapid.T, b *bench) {
	for _, name := range modelSources {
		got := b.all(name)
		if len(got) != len(m.articles[name]) {
			rt.Fatalf("%s has %d articles, want %d", name, len(got), len(m.articles[name]))
		}
		for _, a := range got {
			m.checkArticle(rt, name, a)
		}
		if m.configured[name] {
			if n := b.state(name).Articles; n != len(got) {
				rt.Fatalf("%s counts %d articles, has %d", name, n, len(got))
			}
		}
	}
	for _, order := range []feed.Order{feed.OrderSeen, feed.OrderPublished} {
		checkOrder(b, b.newest(storage.Query{Sources: ids(modelSources...), Order: order}), order)
	}
	if b.Failed() {
		rt.Fatal("order")
	}
}

// checkArticle compares an article with the model, and with itself as it was.
func (m *model) checkArticle(rt *rapid.T, name string, a feed.Stored) {
	var n int
	if _, err := fmt.Sscanf(a.GUID, "https://"+name+".example/id/%d", &n); err != nil {
		rt.Fatalf("guid %q: %v", a.GUID, err)
	}
	is := m.articles[name][n]
	if is == nil {
		rt.Fatalf("article %d of %s was never polled", n, name)
	}
	want := article(name, n)
	if is.text > 0 {
		want = edited(want, n*3+is.text)
	}
	if a.Title != want.Title || a.Content != want.Content || a.Summary != want.Summary {
		rt.Fatalf("article %d of %s: title %q, want %q", n, name, a.Title, want.Title)
	}
	if seq, ok := m.byID[a.ID]; ok && seq != a.Seq {
		rt.Fatalf("id %s is of articles %d and %d", a.ID, seq, a.Seq)
	}
	m.byID[a.ID] = a.Seq
	was := is.stored
	is.stored = a
	if was.Seq == 0 {
		return
	}
	if a.Seq != was.Seq || a.ID != was.ID || !a.Place.Equal(was.Place) || !a.Date.Equal(was.Date) ||
		!a.FirstSeen.Equal(was.FirstSeen) || a.Identity != was.Identity {
		rt.Fatalf("what never moves moved: %+v became %+v", was, a)
	}
	edit := a.Revision != was.Revision
	raise := edit && m.now.Sub(is.raised) >= 30*time.Minute
	if raise {
		is.raised = m.now
	}
	if raise != a.Changed.After(was.Changed) || edit != (a.Content != was.Content) {
		rt.Fatalf("revision %d to %d, changed %v to %v", was.Revision, a.Revision, was.Changed, a.Changed)
	}
}
