package storagetest

import (
	"errors"
	"fmt"
	"time"

	"sluice/feed"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
)

var eventTests = map[string]func(b *bench){
	"WhatIsToldOfASourceIsStoredWithThePollThatShowedIt": func(b *bench) {
		b.configure("a", "b")
		broke := event("a", 1, start)
		b.told("a", start, feed.Told{Broke: start, Moved: 7}, broke)
		b.told("b", start.Add(time.Minute), feed.Told{}, event("b", 1, start.Add(time.Minute)))
		back, moved := event("a", 2, start.Add(time.Hour)), event("a", 3, start.Add(time.Hour))
		b.told("a", start.Add(time.Hour), feed.Told{Moved: 7}, back, moved)
		if got, want := b.state("a").Told, (feed.Told{Moved: 7}); got != want {
			b.Errorf("told %+v, want %+v", got, want)
		}
		b.events([]string{"a"}, time.Time{}, 10, moved, back, broke)
		b.events([]string{"a"}, time.Time{}, 2, moved, back)
		b.events([]string{"a", "unknown", "b"}, start.Add(time.Minute), 10, moved, back, event("b", 1, start.Add(time.Minute)))
		b.events(nil, time.Time{}, 10)
		b.events([]string{"a"}, time.Time{}, 0)
		// A poll of which nothing is said leaves all as it was.
		b.poll("a", start.Add(2*time.Hour))
		if got, want := b.state("a").Told, (feed.Told{Moved: 7}); got != want {
			b.Errorf("after another poll: told %+v, want %+v", got, want)
		}
		b.events([]string{"a"}, time.Time{}, 10, moved, back, broke)
	},
	"WhatIsToldIsDecidedByAllThatThePollChanged": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 1))
		at := start.Add(time.Hour)
		d := delivery(b.claim("a", at), at, article("a", 2), article("a", 1))
		d.State.Quiet, d.State.Told = time.Minute, feed.Told{Moved: 9} // neither is the poll's to say
		d.Settle = func(int, int) feed.SourceState {
			st := d.State
			st.Kept = "https://b.example/feed"
			return st
		}
		calls := 0
		d.Watch = func(before, after *feed.SourceState, m storage.Merged) (feed.Told, []feed.Event) {
			calls++
			if before.Articles != 1 || !before.LastNew.Equal(start) || before.Told != (feed.Told{}) {
				b.Errorf("before: %+v", before)
			}
			if after.Articles != 2 || !after.LastNew.Equal(at) || after.Quiet != 0 || after.Kept == "" || after.Told != (feed.Told{}) {
				b.Errorf("after: %+v", after)
			}
			if m.New != 1 {
				b.Errorf("merged %+v, want one new article", m)
			}
			return feed.Told{}, nil
		}
		m, err := b.store.Merge(b.Context(), d)
		b.must(err)
		if calls == 0 || m.Told != 0 {
			b.Errorf("asked %d times, %d told", calls, m.Told)
		}
	},
	"NothingIsToldOfAPollThatIsNotStored": func(b *bench) {
		b.configure("a")
		d := delivery(b.claim("a", start), start)
		d.Watch = telling(feed.Told{Broke: start}, event("a", 1, start))
		b.must(b.store.Release(b.Context(), *d.Claim))
		if _, err := b.store.Merge(b.Context(), d); !errors.Is(err, storage.ErrClaim) {
			b.Errorf("got %v, want ErrClaim", err)
		}
		b.events([]string{"a"}, time.Time{}, 10)
		if got := b.state("a").Told; got != (feed.Told{}) {
			b.Errorf("told %+v", got)
		}
	},
	"EventsOfManyPollsAreToldInOneGo": func(b *bench) {
		b.configure("a", "b", "c")
		var all []*storage.Delivery
		for _, name := range []string{"a", "b", "c"} {
			d := delivery(b.claim(name, start), start)
			if name != "b" {
				d.Watch = telling(feed.Told{Broke: start}, event(name, 1, start))
			}
			all = append(all, &d)
		}
		for i, r := range b.store.MergeAll(b.Context(), all) {
			if want := (i + 1) % 2; r.Err != nil || r.Merged.Told != want {
				b.Errorf("delivery %d: told %d, want %d; %v", i, r.Merged.Told, want, r.Err)
			}
		}
		b.events([]string{"a", "b", "c"}, time.Time{}, 10, event("c", 1, start), event("a", 1, start))
	},
	"EventsFollowTheirSourceToAnotherNameAndStayWhenItIsNotConfigured": func(b *bench) {
		b.configure("a", "b")
		b.poll("a", start, article("a", 1))
		b.poll("b", start, article("b", 1))
		b.told("a", start.Add(time.Minute), feed.Told{}, event("a", 1, start))
		b.told("b", start.Add(time.Minute), feed.Told{}, event("b", 1, start))
		c := source("c")
		c.Was = ids("a")
		b.set([]feed.Source{c})
		b.events([]string{"a"}, time.Time{}, 10)
		b.events([]string{"c"}, time.Time{}, 10, ofSource("c", event("a", 1, start)))
		b.events([]string{"b"}, time.Time{}, 10, event("b", 1, start))
		c.Was = ids("a", "b") // two sources become one
		b.set([]feed.Source{c})
		b.events([]string{"c"}, time.Time{}, 10, ofSource("c", event("b", 1, start)), ofSource("c", event("a", 1, start)))
	},
	"EventsOfASourceThatIsForgottenAreForgotten": func(b *bench) {
		b.configure("a", "b")
		b.poll("a", start, article("a", 1))
		b.told("b", start, feed.Told{}, event("b", 1, start))
		b.told("a", start.Add(time.Minute), feed.Told{}, event("a", 1, start))
		one := source("b") // has no articles, and another takes its name
		one.Was = ids("a")
		b.set([]feed.Source{one})
		b.events([]string{"b"}, time.Time{}, 10, ofSource("b", event("a", 1, start)))
	},
	"EventsAreForgottenByAgeAndNumberWhenOthersAreTold": func(b *bench) {
		b.configure("a", "b")
		b.told("a", start, feed.Told{}, event("a", 1, start))
		at := start.Add(storage.EventAge - time.Hour)
		young := event("b", 1, at)
		b.told("b", at, feed.Told{}, young)
		b.events([]string{"a", "b"}, time.Time{}, 10, young, event("a", 1, start))
		at = start.Add(storage.EventAge + time.Second)
		last := event("b", 2, at)
		b.told("b", at, feed.Told{}, last)
		b.events([]string{"a", "b"}, time.Time{}, 10, last, young)

		var many []feed.Event
		for n := range storage.MaxEvents - 1 {
			many = append(many, event("a", n, at))
		}
		b.told("a", at, feed.Told{}, many...)
		got, err := b.store.Events(b.Context(), ids("a", "b"), time.Time{}, 2*storage.MaxEvents)
		b.must(err)
		got = b.unnumbered(got)
		if len(got) != storage.MaxEvents || got[0] != many[len(many)-1] || got[len(got)-1] != last {
			b.Errorf("%d events, want %d, without the oldest of them", len(got), storage.MaxEvents)
		}
	},
}

// event is the n-th of a source, to the microsecond at the given time.
func event(source string, n int, at time.Time) feed.Event {
	return feed.Event{
		ID: fmt.Sprintf("tag:%s,2026:%s/%d", authority, source, n), Source: feed.SourceID(source), Kind: feed.EventBroke,
		At: at, Since: at.Add(-time.Hour), Failures: n, Error: "answered 404", Address: "https://a.example/feed",
	}
}

func ofSource(source string, e feed.Event) feed.Event {
	e.Source = feed.SourceID(source)
	return e
}

func telling(told feed.Told, events ...feed.Event) func(_, _ *feed.SourceState, _ storage.Merged) (feed.Told, []feed.Event) {
	return func(*feed.SourceState, *feed.SourceState, storage.Merged) (feed.Told, []feed.Event) {
		return told, events
	}
}

// told polls a source and has that told.
func (b *bench) told(name string, at time.Time, told feed.Told, events ...feed.Event) {
	b.Helper()
	d := delivery(b.claim(name, at), at)
	d.Watch = telling(told, events...)
	m, err := b.store.Merge(b.Context(), d)
	b.must(err)
	if m.Told != len(events) {
		b.Errorf("%d told, want %d", m.Told, len(events))
	}
}

// events checks what the store has of the sources.
func (b *bench) events(names []string, since time.Time, n int, want ...feed.Event) {
	b.Helper()
	got, err := b.store.Events(b.Context(), ids(names...), since, n)
	b.must(err)
	if d := cmp.Diff(b.unnumbered(got), want); d != "" {
		b.Errorf("events (got, want):\n%s", d)
	}
}

// unnumbered checks that the numbers of events fall, and takes them off.
func (b *bench) unnumbered(all []feed.Event) []feed.Event {
	b.Helper()
	last := uint64(1 << 63)
	for i := range all {
		if all[i].Seq == 0 || all[i].Seq >= last {
			b.Errorf("event %d behind one of number %d has number %d", i, last, all[i].Seq)
		}
		last, all[i].Seq = all[i].Seq, 0
	}
	return all
}
