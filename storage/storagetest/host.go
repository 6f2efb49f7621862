package storagetest

import (
	"errors"
	"time"

	"sluice/feed"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
)

var hostTests = map[string]func(b *bench){
	"WhatHostsAskedForIsRememberedByNameUntilItSaysNothing": func(b *bench) {
		b.hosts(false)
		b.must(b.store.SetHosts(b.Context()))
		b.hosts(true)
		one := feed.HostState{Host: "one.example", Throttled: start, Rests: start.Add(time.Hour), Spacing: 2 * time.Second}
		two := feed.HostState{Host: "two.example", Throttled: start, Spacing: time.Millisecond}
		b.must(b.store.SetHosts(b.Context(), two, one))
		b.hosts(true, one, two)
		one.Rests, two.Spacing = time.Time{}, time.Minute
		b.must(b.store.SetHosts(b.Context(), one, two))
		b.hosts(true, one, two)
		if err := b.store.SetHosts(b.Context(), feed.HostState{Host: "three.example", Throttled: start}, feed.HostState{Throttled: start}); err == nil {
			b.Error("a host without a name was taken")
		}
		b.hosts(true, one, two)
		b.must(b.store.SetHosts(b.Context(), feed.HostState{Host: "one.example"}, feed.HostState{Host: "unknown.example"}))
		b.hosts(true, two)
	},
	"WhatAPollLearnsOfAHostIsStoredWithIt": func(b *bench) {
		b.configure("a")
		learned := feed.HostState{Host: "a.example", Throttled: start, Rests: start.Add(time.Hour), Spacing: 2 * time.Second}
		deliver := func(at time.Time, h *feed.HostState) error {
			d := delivery(b.claim("a", at), at)
			d.Host = h
			_, err := b.store.Merge(b.Context(), d)
			return err
		}
		b.must(deliver(start, &learned))
		b.hosts(false, learned)
		b.must(deliver(start.Add(time.Hour), nil))
		b.hosts(false, learned)
		// A host that cannot be stored leaves nothing of the poll behind.
		before := b.state("a")
		if err := deliver(start.Add(2*time.Hour), &feed.HostState{Throttled: start}); err == nil {
			b.Error("a host without a name was taken")
		}
		if d := cmp.Diff(b.state("a"), before); d != "" {
			b.Errorf("half a poll was stored (got, want):\n%s", d)
		}
		b.hosts(false, learned)
		b.must(deliver(start.Add(3*time.Hour), &feed.HostState{Host: "a.example"}))
		b.hosts(false)
	},
	"APollThatIsNotStoredTeachesNothingOfItsHost": func(b *bench) {
		b.configure("a")
		d := delivery(b.claim("a", start), start)
		d.Host = &feed.HostState{Host: "a.example", Throttled: start}
		b.must(b.store.Release(b.Context(), *d.Claim))
		if _, err := b.store.Merge(b.Context(), d); !errors.Is(err, storage.ErrClaim) {
			b.Errorf("got %v, want ErrClaim", err)
		}
		b.hosts(false)
	},
}

// hosts checks what is remembered of hosts, and whether any ever were.
func (b *bench) hosts(begun bool, want ...feed.HostState) {
	b.Helper()
	got, ever, err := b.store.Hosts(b.Context())
	b.must(err)
	if d := cmp.Diff(got, want); d != "" || ever != begun {
		b.Errorf("begun %v, want %v; hosts (got, want):\n%s", ever, begun, d)
	}
}
