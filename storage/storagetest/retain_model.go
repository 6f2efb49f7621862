package storagetest

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/retention"

	"pgregory.net/rapid"
)

// keeping is what must hold of a store whose articles go: items that sources list, each
// of which has the same words in all of them.
type keeping struct {
	*bench

	rt     *rapid.T
	now    time.Time
	back   bool                         // the clock was set back: no two times can be compared
	there  map[string]bool              // configured sources
	listed map[string]map[int]time.Time // when each source listed an item last
	peak   map[string]map[int]time.Time // the latest that the clock has shown since
	docs   map[string][]int             // the last document of each source
	ids    map[string]listing           // whose item each id was last
}

// listing is an item of a source.
type listing struct {
	source string
	item   int
}

var keptSources = []string{"a", "b", "c"}

// checkRetention lists items, lets time pass and clocks jump, and removes what is old or
// too many. What a subscriber has seen never comes back as new.
func checkRetention(t *testing.T, open func(t testing.TB) storage.Store) {
	rapid.Check(t, func(rt *rapid.T) {
		k := &keeping{
			bench: newBench(t, open(t)), rt: rt, now: start, there: map[string]bool{}, docs: map[string][]int{},
			listed: map[string]map[int]time.Time{}, peak: map[string]map[int]time.Time{}, ids: map[string]listing{},
		}
		for _, name := range keptSources {
			k.listed[name], k.peak[name] = map[int]time.Time{}, map[int]time.Time{}
		}
		k.set()
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			k.pass()
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0:
				k.set()
			case 1, 2, 3, 4:
				k.list()
			default:
				k.remove()
			}
		}
		if s, ok := k.store.(storage.Keeper); ok {
			if err := s.Verify(t.Context()); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// pass lets time pass; now and then the clock is set.
func (k *keeping) pass() {
	switch rapid.IntRange(0, 11).Draw(k.rt, "time") {
	case 0:
		by := time.Duration(rapid.IntRange(-500, 500).Draw(k.rt, "days of a jump")) * day
		k.now, k.back = k.now.Add(by), k.back || by < 0
	case 1, 2:
		k.now = k.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(k.rt, "days")) * day)
	default:
		k.now = k.now.Add(time.Duration(rapid.IntRange(1, 72).Draw(k.rt, "hours")) * time.Hour)
	}
	for _, peaks := range k.peak {
		for n, at := range peaks {
			if k.now.After(at) {
				peaks[n] = k.now
			}
		}
	}
}

func (k *keeping) set() {
	var names []string
	for _, name := range keptSources {
		if k.there[name] = rapid.IntRange(0, 3).Draw(k.rt, "configure "+name) > 0; k.there[name] {
			names = append(names, name)
		}
	}
	k.configure(names...)
}

// stored are the articles of all sources, in arrival order.
func (k *keeping) stored() []feed.Stored { return k.all(keptSources...) }

// entry is the id under which an item is known, of the articles that there are.
func entry(all []feed.Stored, guid string) string {
	for _, a := range all {
		if a.GUID == guid {
			return a.ID
		}
	}
	return ""
}

// remembers reports whether a source must know an item again.
func (k *keeping) remembers(source string, n int) bool {
	at, ever := k.listed[source][n]
	return ever && k.peak[source][n].Sub(at) <= month+retention.Beyond
}

// list has a source list some items. None is new that it must remember, and none that is
// stored becomes another entry.
func (k *keeping) list() {
	name := rapid.SampledFrom(keptSources).Draw(k.rt, "source")
	if !k.there[name] {
		return
	}
	before := k.stored()
	items := rapid.SliceOfNDistinct(rapid.IntRange(0, 5), 0, 5, rapid.ID[int]).Draw(k.rt, "items")
	var doc []feed.Article
	for _, n := range items {
		doc = append(doc, article("x", n))
	}
	k.poll(name, k.now, doc...)
	after := k.stored()
	for _, a := range after[len(before):] {
		n := slices.IndexFunc(items, func(n int) bool { return article("x", n).GUID == a.GUID })
		if k.remembers(name, items[n]) {
			k.rt.Fatalf("item %d of %s came back as new on %s, last listed on %s", items[n], name, k.now, k.listed[name][items[n]])
		}
		is := listing{name, items[n]}
		if whose, taken := k.ids[a.ID]; taken && whose != is && k.remembers(whose.source, whose.item) {
			k.rt.Fatalf("%s is the id of %v and of %v", a.ID, whose, is)
		}
		k.ids[a.ID] = is
	}
	k.sameEntries(before, after)
	k.docs[name] = items
	for _, n := range items {
		k.listed[name][n], k.peak[name][n] = k.now, k.now
	}
}

// sameEntries sees that what is left of an item has the id that it had.
func (k *keeping) sameEntries(before, after []feed.Stored) {
	for n := range 6 {
		guid := article("x", n).GUID
		if was, is := entry(before, guid), entry(after, guid); was != "" && is != "" && was != is {
			k.rt.Fatalf("item %d was known as %s and is as %s", n, was, is)
		}
	}
}

// remove runs retention. What is listed or shown stays, and what is young.
func (k *keeping) remove() {
	before := k.stored()
	shown := map[uint64]bool{}
	for _, a := range before {
		if rapid.IntRange(0, 4).Draw(k.rt, "shown") == 0 {
			shown[a.Seq] = true
		}
	}
	most := rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(k.rt, "at most")
	did, err := k.store.Retain(k.Context(), storage.Retention{
		At: k.now, MaxAge: month, MaxPerSource: most,
		Shown: func(_ context.Context, remove func(map[uint64]bool) error) error { return remove(maps.Clone(shown)) },
	})
	if err != nil {
		k.rt.Fatal(err)
	}
	after := k.stored()
	k.sameEntries(before, after)
	if did.Articles() != len(before)-len(after) {
		k.rt.Fatalf("%+v, and there are %d of %d articles", did, len(after), len(before))
	}
	left := map[uint64]bool{}
	for _, a := range after {
		left[a.Seq] = true
	}
	newer := map[feed.SourceID]int{}
	for _, a := range slices.Backward(before) {
		young := !k.back && k.now.Sub(a.FirstSeen) <= month && (most == 0 || newer[a.Source] < most)
		newer[a.Source]++
		if must := young || shown[a.Seq] || k.lists(a); must && !left[a.Seq] {
			k.rt.Fatalf("%s of %s went on %s: first seen on %s, shown %v, listed %v", a.GUID, a.Source, k.now, a.FirstSeen, shown[a.Seq], k.lists(a))
		}
	}
}

// lists reports whether the article's source lists it.
func (k *keeping) lists(a feed.Stored) bool {
	return k.there[string(a.Source)] && slices.ContainsFunc(k.docs[string(a.Source)], func(n int) bool { return article("x", n).GUID == a.GUID })
}
