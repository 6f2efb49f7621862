package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/retention"
)

const day = 24 * time.Hour

// month is how long tests keep articles.
const month = 30 * day

// retain is a run of retention while the articles of these titles are shown.
func (b *bench) retain(at time.Time, perSource int, shown ...feed.Stored) storage.Retained {
	b.Helper()
	r, err := b.store.Retain(b.Context(), storage.Retention{
		At: at, MaxAge: month, MaxPerSource: perSource,
		Shown: func(_ context.Context, remove func(map[uint64]bool) error) error {
			all := map[uint64]bool{}
			for _, a := range shown {
				all[a.Seq] = true
			}
			return remove(all)
		},
	})
	b.must(err)
	return r
}

// daily runs retention each day from one time until another.
func (b *bench) daily(from, to time.Time) (went int) {
	b.Helper()
	for at := from; !at.After(to); at = at.Add(day) {
		went += b.retain(at, 0).Articles()
	}
	return went
}

// gone checks that an article was removed and is known to have been, also by addresses
// that no other article has.
func (b *bench) gone(a feed.Stored, urls ...string) {
	b.Helper()
	errs := map[string]error{a.ID: errorOf(b.store.ByID(b.Context(), a.ID))}
	for _, url := range urls {
		errs[url] = errorOf(b.store.ByURL(b.Context(), url))
	}
	for words, err := range errs {
		if _, removed := errors.AsType[*feed.RemovedError](err); !removed || !errors.Is(err, feed.ErrNoArticle) {
			b.Errorf("%s: got %v, want that it was removed", words, err)
		}
	}
	for name, err := range map[string]error{
		"split": errorOf(b.store.Split(b.Context(), a.ID, feed.DedupStory)),
		"join":  errorOf(b.store.Join(b.Context(), a.ID, "urn:x:no", start)),
	} {
		if err == nil || !strings.Contains(err.Error(), "no such article: removed by retention on 20") {
			b.Errorf("%s of what was removed: %v", name, err)
		}
	}
}

func (b *bench) titled(names ...string) string {
	b.Helper()
	return fmt.Sprint(titles(b.all(names...)))
}

var retainTests = map[string]func(b *bench){
	"WhatIsOldGoesUnlessItIsListedOrShown": func(b *bench) {
		b.configure("a")
		b.retain(start, 0)
		b.poll("a", start, run("a", 0, 4)...)
		b.poll("a", start.Add(day), article("a", 9), article("a", 0))
		all := b.all("a")
		if went := b.daily(start, start.Add(month)); went != 0 {
			b.Fatalf("%d went that are not older than a month", went)
		}
		r := b.retain(start.Add(month+day), 0, all[1])
		if r.Old["a"] != 2 || r.Articles() != 2 || r.Later || r.Held != 0 {
			b.Errorf("got %+v, want two of a", r)
		}
		if got, want := b.titled("a"), fmt.Sprint(titles([]feed.Stored{all[0], all[1], all[4]})); got != want {
			b.Errorf("there are %s, want %s", got, want)
		}
		b.gone(all[2], all[2].URL)
		if st := b.state("a"); st.Articles != 3 {
			b.Errorf("the state counts %d articles", st.Articles)
		}
		if u, err := b.store.Usage(b.Context()); err != nil || u.Articles != 3 {
			b.Errorf("usage: %+v, %v", u, err)
		}
		if r := b.retain(start.Add(month+2*day), 0, all[1]); r.Articles() != 0 {
			b.Errorf("a second run removed %+v", r)
		}
	},
	"WhatIsTooManyGoesTheOldestFirst": func(b *bench) {
		b.configure("a", "b")
		b.poll("a", start, run("a", 0, 10)...)
		b.poll("b", start, run("bb", 50, 3)...)
		b.poll("a", start.Add(time.Hour), article("a", 9), article("a", 1))
		all := b.all("a")
		if r := b.retain(start.Add(time.Hour), 4, all[2]); r.Surplus["a"] != 4 || r.Articles() != 4 {
			b.Errorf("got %+v, want four of a", r)
		}
		if got, want := b.titled("a"), fmt.Sprint(titles([]feed.Stored{all[1], all[2], all[6], all[7], all[8], all[9]})); got != want {
			b.Errorf("there are %s, want %s", got, want)
		}
	},
	"WhatWentDoesNotComeBackAndItsIDIsNoOther's": func(b *bench) {
		b.configure("a", "b")
		b.retain(start, 0)
		b.poll("a", start, article("a", 1))
		a := b.only("a")
		b.poll("a", start.Add(day), article("a", 2))
		if went := b.daily(start, start.Add(2*month)); went != 1 {
			b.Fatalf("%d went, want one", went)
		}
		m := b.poll("a", start.Add(2*month), article("a", 1), article("a", 2))
		if m.New != 0 || m.Updated != 0 || m.Duplicates != 0 {
			b.Errorf("it came back: %+v", m)
		}
		b.gone(a, a.URL)
		b.poll("b", start, article("b", 50))
		b.poll("b", start.Add(2*month), article("a", 1), article("b", 51), article("b", 50))
		// A source that never had it brings it under an id of its own, and where it stood.
		for _, other := range b.all("b") {
			copied := other.Title == a.Title
			if other.ID == a.ID || copied != (other.Place.Equal(a.Place) && other.Backlog) {
				b.Errorf("%s stands at %s, backlog %v; what went was %s at %s", other.ID, other.Place, other.Backlog, a.ID, a.Place)
			}
		}
	},
	"MarksGoLongAfterTheirArticleAndNotWhileItIsListed": func(b *bench) {
		b.configure("a")
		b.retain(start, 0)
		b.poll("a", start, article("a", 1), article("a", 2))
		b.poll("a", start.Add(day), article("a", 3))
		b.daily(start, start.Add(2*month))
		for at := start.Add(2 * month); at.Before(start.Add(20 * month)); at = at.Add(10 * day) {
			if m := b.poll("a", at, article("a", 1), article("a", 3)); m.New != 0 {
				b.Fatalf("what is listed came back: %+v", m)
			}
			b.daily(at, at.Add(9*day))
		}
		if _, err := b.store.ByID(b.Context(), article("a", 2).GUID); err == nil || strings.Contains(err.Error(), "removed") {
			b.Errorf("what was not listed for %s is known: %v", 18*month, err)
		}
		if m := b.poll("a", start.Add(20*month), article("a", 2), article("a", 1), article("a", 3)); m.New != 1 {
			b.Errorf("what nobody remembers is not new: %+v", m)
		}
	},
	"AStoryGoesFromItsLastToItsFirst": func(b *bench) {
		b.configure("a", "b", "c")
		b.retain(start, 0)
		b.poll("a", start, article("x", 1))
		b.poll("b", start.Add(day), article("x", 1))
		b.poll("c", start.Add(2*day), article("x", 1))
		for i, name := range []string{"a", "b", "c"} {
			b.poll(name, start.Add(3*day), article(name, 100+i))
		}
		one, two, three := b.all("a")[0], b.all("b")[0], b.all("c")[0]
		if two.Identity != one.Identity || three.Identity != one.Identity {
			b.Fatal("the three are not one item")
		}
		at := start.Add(month + day + time.Hour)
		b.daily(start, at)
		if got := b.titled("a", "b", "c"); strings.Count(got, one.Title) != 3 {
			b.Errorf("some went while the last was not old: %s", got)
		}
		b.retain(at.Add(day), 0, two)
		b.gone(three)
		if story, err := b.store.Story(b.Context(), one.Identity); err != nil || len(story.Articles) != 2 {
			b.Errorf("what is shown left its story: %+v, %v", story, err)
		}
		b.retain(at.Add(2*day), 0)
		b.gone(one, one.URL)
		b.gone(two, two.URL)
	},
	"ASourceThatIsConfiguredNoMoreGoesWithItsMarks": func(b *bench) {
		b.configure("a", "b")
		b.retain(start, 0)
		b.poll("a", start, article("a", 1))
		b.poll("b", start, article("b", 50))
		b.configure("b")
		if b.daily(start, start.Add(month)); len(b.all("a")) != 1 {
			b.Fatal("it went before it was old")
		}
		b.daily(start.Add(month+day), start.Add(month+2*day))
		if len(b.all("a")) != 0 || len(b.all("b")) != 1 {
			b.Errorf("of a there are %d articles, of b %d", len(b.all("a")), len(b.all("b")))
		}
		b.configure("a", "b")
		if m := b.poll("a", start.Add(month+3*day), article("a", 1)); m.New != 0 {
			b.Errorf("what went came back with its source: %+v", m)
		}
		b.configure("b")
		var sources []feed.SourceID
		for at := start.Add(month + 3*day); at.Before(start.Add(8 * month)); at = at.Add(day) {
			sources = append(sources, b.retain(at, 0).Sources...)
		}
		if len(sources) != 1 || sources[0] != "a" {
			b.Errorf("the sources %v went, want a", sources)
		}
		if c, ok := b.store.(storage.Keeper); ok {
			if got, err := c.Contents(b.Context()); err != nil || got.Sources != 1 {
				b.Errorf("of %d sources something is kept: %v", got.Sources, err)
			}
		}
	},
	"NothingGoesForAJumpOfTheClock": func(b *bench) {
		b.configure("a")
		b.poll("a", start, run("a", 0, 1200)...)
		b.poll("a", start.Add(time.Hour), article("a", 5000))
		b.retain(start, 0)
		for hours := range 40 {
			r := b.retain(start.Add(365*day+time.Duration(hours)*time.Hour), 0)
			if r.Articles() != 0 || r.Held < 364*day {
				b.Fatalf("%d hours after a jump by a year: %+v", hours, r)
			}
		}
		if r := b.retain(start.Add(2*time.Hour), 0); r.Articles() != 0 || r.Held != 0 {
			b.Errorf("after the clock was mended: %+v", r)
		}
		b.retain(start.Add(365*day), 0)
		r := b.retain(start.Add(367*day), 0)
		if r.Old["a"] < 1000 || r.Old["a"] > 1063 || !r.Later {
			b.Errorf("on the first day that is believed: %+v", r)
		}
		if r := b.retain(start.Add(367*day+time.Hour), 0); r.Articles() != 0 || !r.Later {
			b.Errorf("an hour later: %+v", r)
		}
		if r := b.retain(start.Add(368*day), 0); r.Later || len(b.all("a")) != 1 {
			b.Errorf("on the day after: %+v, there are %d", r, len(b.all("a")))
		}
	},
	"ADocumentThatIsAPartTakesNothingOffTheList": func(b *bench) {
		b.configure("a")
		b.retain(start, 0)
		b.poll("a", start, article("a", 1))
		d := delivery(b.claim("a", start.Add(day)), start.Add(day), article("a", 2))
		d.Part = true
		_, err := b.store.Merge(b.Context(), d)
		b.must(err)
		if went := b.daily(start, start.Add(2*month)); went != 0 {
			b.Errorf("%d went that are listed", went)
		}
		b.poll("a", start.Add(2*month)) // a document without items
		if r := b.retain(start.Add(2*month+day), 0); r.Articles() != 2 {
			b.Errorf("of two that are listed no more: %+v", r)
		}
	},
	"WhatRetentionKeepsIsAtLeastWhatItSays": func(b *bench) {
		if retention.Beyond < 90*day {
			b.Errorf("marks outlive their article by %s", retention.Beyond)
		}
	},
}
