package storagetest

import (
	"errors"
	"sync"
	"time"

	"sluice/feed"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
)

func (b *bench) claims(at time.Time, n int) []storage.Claim {
	b.Helper()
	all, err := b.store.Claim(b.Context(), storage.Due{At: at, Max: n, Lease: time.Minute})
	b.must(err)
	return all
}

func claimed(all []storage.Claim) []feed.SourceID {
	var names []feed.SourceID
	for _, c := range all {
		names = append(names, c.Source)
	}
	return names
}

var claimTests = map[string]func(b *bench){
	"TheLongestDueIsClaimedFirst": func(b *bench) {
		b.configure("a", "b", "c", "d")
		b.poll("a", start.Add(3*time.Minute))
		b.poll("b", start.Add(time.Minute))
		b.poll("c", start.Add(2*time.Minute))
		at := start.Add(time.Hour + 2*time.Minute)
		if d := cmp.Diff(claimed(b.claims(at, 2)), ids("d", "b")); d != "" {
			b.Errorf("first two (got, want):\n%s", d)
		}
		if d := cmp.Diff(claimed(b.claims(at, 9)), ids("c")); d != "" {
			b.Errorf("then (got, want):\n%s", d)
		}
		if got := b.claims(at, 9); len(got) != 0 {
			b.Errorf("nobody is left, and got %v", claimed(got))
		}
	},
	"ClaimsAreBoundedByHost": func(b *bench) {
		var all []feed.Source
		for _, name := range []string{"a1", "a2", "a3", "b1", "b2"} {
			s := source(name)
			s.Host = name[:1]
			all = append(all, s)
		}
		b.set(all)
		take := func(d storage.Due) []feed.SourceID {
			d.At, d.Lease = start, time.Minute
			got, err := b.store.Claim(b.Context(), d)
			b.must(err)
			return claimed(got)
		}
		if d := cmp.Diff(take(storage.Due{Max: 9, PerHost: 1}), ids("a1", "b1")); d != "" {
			b.Errorf("one of each host (got, want):\n%s", d)
		}
		except := map[string]bool{"a": true}
		if d := cmp.Diff(take(storage.Due{Max: 9, Except: except}), ids("b2")); d != "" {
			b.Errorf("all but a host (got, want):\n%s", d)
		}
		if next, ok, err := b.store.NextDue(b.Context(), except); err != nil || !ok || !next.Equal(start.Add(time.Minute)) {
			b.Errorf("next of the others: %v, %v, %v; want when a claim expires", next, ok, err)
		}
		if d := cmp.Diff(take(storage.Due{Max: 9}), ids("a2", "a3")); d != "" {
			b.Errorf("the rest (got, want):\n%s", d)
		}
	},
	"AClaimHoldsUntilItExpires": func(b *bench) {
		b.configure("a")
		c := b.claims(start, 1)[0]
		if got := b.claims(c.Expires.Add(-time.Second), 1); len(got) != 0 {
			b.Errorf("claimed again: %v", claimed(got))
		}
		if _, err := b.store.ClaimSource(b.Context(), start, "a", time.Minute); !errors.Is(err, storage.ErrBusy) {
			b.Errorf("got %v, want ErrBusy", err)
		}
		again := b.claims(c.Expires, 1)
		if len(again) != 1 || again[0].Token == c.Token {
			b.Errorf("after it expired: %v", again)
		}
		b.must(b.store.Release(b.Context(), c)) // no error, and not the new one's end
		if got := b.claims(c.Expires, 1); len(got) != 0 {
			b.Errorf("an old claim's release freed the source")
		}
	},
	"ManySourcesAreClaimedAtOnce": func(b *bench) {
		b.configure("a", "b", "c", "d")
		held, err := b.store.ClaimSource(b.Context(), start, "b", time.Minute)
		b.must(err)
		but := func(name feed.SourceID) func(*feed.SourceState) bool {
			return func(st *feed.SourceState) bool { return st.Source != name }
		}
		for _, tc := range []struct {
			names, taken, left []feed.SourceID
			want               func(*feed.SourceState) bool
		}{
			{nil, ids("a", "d"), ids("b", "c"), but("c")}, // of all, due or not
			{ids("c", "a"), ids("c"), ids("a"), but("")},  // of those named
			{[]feed.SourceID{}, nil, nil, but("")},
		} {
			taken, left, err := b.store.ClaimSources(b.Context(), start, time.Minute, tc.names, tc.want)
			b.must(err)
			var names []feed.SourceID
			for _, st := range left {
				names = append(names, st.Source)
			}
			if d := cmp.Diff(claimed(taken), tc.taken) + cmp.Diff(names, tc.left); d != "" {
				b.Errorf("of %v (got, want):\n%s", tc.names, d)
			}
			for _, c := range taken {
				if !c.Expires.Equal(start.Add(time.Minute)) || c.State.Source != c.Source || c.Token == held.Token {
					b.Errorf("claim %+v", c)
				}
			}
		}
	},
	"NothingIsClaimedWhereANameIsUnknown": func(b *bench) {
		b.configure("a")
		for _, names := range [][]feed.SourceID{ids("a", "z"), ids("z", "a")} {
			_, _, err := b.store.ClaimSources(b.Context(), start, time.Minute, names, func(*feed.SourceState) bool { return true })
			if !errors.Is(err, storage.ErrNoSource) {
				b.Errorf("got %v, want ErrNoSource", err)
			}
		}
		if got := b.claims(start, 1); len(got) != 1 {
			b.Errorf("a is under a claim that nobody has")
		}
	},
	"ReleaseFreesTheSource": func(b *bench) {
		b.configure("a")
		b.must(b.store.Release(b.Context(), b.claims(start, 1)[0]))
		if got := b.claims(start, 1); len(got) != 1 {
			b.Errorf("got %v, want a", claimed(got))
		}
	},
	"ADeliveryEndsItsClaimAndMovesTheSource": func(b *bench) {
		b.configure("a")
		b.poll("a", start)
		if got := b.claims(start.Add(time.Hour-time.Second), 1); len(got) != 0 {
			b.Errorf("due too early: %v", claimed(got))
		}
		got := b.claims(start.Add(time.Hour), 1)
		if len(got) != 1 || !got[0].State.LastSuccess.Equal(start) {
			b.Errorf("got %+v, want a with its state", got)
		}
	},
	"NextDueIsTheEarliestThatCanBeClaimed": func(b *bench) {
		if _, ok, err := b.store.NextDue(b.Context(), nil); ok || err != nil {
			b.Errorf("nobody is ever due: %v, %v", ok, err)
		}
		b.configure("a", "b")
		b.poll("a", start)
		check := func(what string, want time.Time) {
			b.Helper()
			got, ok, err := b.store.NextDue(b.Context(), nil)
			if !got.Equal(want) || !ok || err != nil {
				b.Errorf("%s: got %v, %v, %v; want %v", what, got, ok, err, want)
			}
		}
		check("one was never polled", time.Time{})
		c := b.claim("b", start)
		check("that one is claimed", c.Expires)
		b.poll("a", start.Add(-2*time.Hour))
		check("another is due before the claim expires", start.Add(-time.Hour))
	},
	"GoneIsNeverDueAndCanBeAsked": func(b *bench) {
		b.configure("a")
		d := delivery(b.claim("a", start), start)
		d.State.Status = feed.StatusGone
		_, err := b.store.Merge(b.Context(), d)
		b.must(err)
		if got := b.claims(start.Add(9999*time.Hour), 9); len(got) != 0 {
			b.Errorf("due: %v", claimed(got))
		}
		b.poll("a", start.Add(time.Hour))
		if got := b.claims(start.Add(9999*time.Hour), 9); len(got) != 1 {
			b.Errorf("after it was asked with success it is due again")
		}
	},
	"ASourceThatIsNotConfiguredCannotBeClaimed": func(b *bench) {
		b.configure("a")
		held := b.claim("a", start)
		b.configure("b")
		for _, name := range []feed.SourceID{"a", "nobody"} {
			if _, err := b.store.ClaimSource(b.Context(), start, name, time.Minute); !errors.Is(err, storage.ErrNoSource) {
				b.Errorf("%s: got %v, want ErrNoSource", name, err)
			}
		}
		if _, err := b.store.Merge(b.Context(), delivery(held, start, article("a", 1))); !errors.Is(err, storage.ErrNoSource) {
			b.Errorf("delivery for a removed source: got %v, want ErrNoSource", err)
		}
	},
	"AClaimEndsWhenTheAddressChanges": func(b *bench) {
		b.configure("a")
		held := b.claim("a", start)
		moved := source("a")
		moved.URL = "https://elsewhere.example/feed"
		b.set([]feed.Source{moved})
		if _, err := b.store.Merge(b.Context(), delivery(held, start, article("a", 1))); !errors.Is(err, storage.ErrClaim) {
			b.Errorf("got %v, want ErrClaim", err)
		}
		if got := b.claims(start, 1); len(got) != 1 {
			b.Errorf("the new address is not due")
		}
	},
	"AClaimOutlivesARename": func(b *bench) {
		b.configure("a")
		held := b.claim("a", start)
		to := source("a")
		to.Name, to.Was = "z", ids("a")
		b.set([]feed.Source{to})
		_, err := b.store.Merge(b.Context(), delivery(held, start, article("a", 1)))
		b.must(err)
		if got := b.only("z"); got.Source != "z" {
			b.Errorf("article of %s", got.Source)
		}
	},
	"ASourceIsClaimedByOneOfMany": func(b *bench) {
		b.configure("a", "b", "c", "d", "e")
		var mu sync.Mutex
		taken := map[feed.SourceID]int{}
		var pollers sync.WaitGroup
		for range 8 {
			pollers.Go(func() {
				for range 5 {
					got, err := b.store.Claim(b.Context(), storage.Due{At: start, Max: 1, Lease: time.Minute})
					if err != nil {
						b.Error(err)
						return
					}
					mu.Lock()
					for _, c := range got {
						taken[c.Source]++
					}
					mu.Unlock()
				}
			})
		}
		pollers.Wait()
		for _, name := range ids("a", "b", "c", "d", "e") {
			if taken[name] != 1 {
				b.Errorf("%s was claimed %d times", name, taken[name])
			}
		}
	},
}
