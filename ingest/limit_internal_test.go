package ingest

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"sluice/feed"

	"pgregory.net/rapid"
)

func TestWhatAnAnswerTeachesOfItsHost(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	later := now.Add(time.Hour)
	limited := func(wait time.Duration) heard { return heard{limited: true, wait: wait, asked: ago(time.Second)} }
	for name, tc := range map[string]struct {
		known   feed.HostState
		ans     heard
		spacing time.Duration
		want    feed.HostState
	}{
		"an answer like any other": {ans: heard{asked: now}},
		"a first 429 without a time": {
			ans: limited(0), want: feed.HostState{Throttled: now, Spacing: 2 * time.Second},
		},
		"a first 429 with a time": {
			ans: limited(time.Hour), want: feed.HostState{Throttled: now, Rests: later, Spacing: 2 * time.Second},
		},
		"a first 429 where more is configured": {
			ans: limited(0), spacing: 5 * time.Second, want: feed.HostState{Throttled: now, Spacing: 10 * time.Second},
		},
		"another 429": {
			known: feed.HostState{Throttled: ago(time.Hour), Spacing: 4 * time.Second},
			ans:   limited(0), want: feed.HostState{Throttled: now, Spacing: 8 * time.Second},
		},
		"a 429 at the widest": {
			known: feed.HostState{Throttled: ago(time.Hour), Spacing: mostSpacing},
			ans:   limited(0), want: feed.HostState{Throttled: now, Spacing: mostSpacing},
		},
		"a 429 to what was asked before the last one": {
			known: feed.HostState{Throttled: ago(time.Second), Spacing: 4 * time.Second},
			ans:   heard{limited: true, asked: ago(2 * time.Second)}, want: feed.HostState{Throttled: now, Spacing: 4 * time.Second},
		},
		"a 429 with a shorter time than the last": {
			known: feed.HostState{Throttled: ago(time.Minute), Rests: later, Spacing: 2 * time.Second},
			ans:   limited(time.Minute), want: feed.HostState{Throttled: now, Rests: later, Spacing: 4 * time.Second},
		},
		"a 429 after two quiet days": {
			known: feed.HostState{Throttled: ago(50 * time.Hour), Spacing: 16 * time.Second},
			ans:   limited(0), want: feed.HostState{Throttled: now, Spacing: 8 * time.Second},
		},
		"an answer within the first day": {
			known: feed.HostState{Throttled: ago(time.Hour), Spacing: 4 * time.Second},
			want:  feed.HostState{Throttled: ago(time.Hour), Spacing: 4 * time.Second},
		},
		"an answer while something still holds": {
			known: feed.HostState{Throttled: ago(30 * time.Hour), Spacing: 4 * time.Second},
			want:  feed.HostState{Throttled: ago(30 * time.Hour), Spacing: 4 * time.Second},
		},
		"an answer when nothing does": {
			known: feed.HostState{Throttled: ago(30 * time.Hour), Rests: ago(25 * time.Hour), Spacing: 2 * time.Second},
		},
		"an answer within the rest, to a request from before": {
			known: feed.HostState{Throttled: ago(30 * time.Hour), Rests: later, Spacing: 2 * time.Second},
			want:  feed.HostState{Throttled: ago(30 * time.Hour), Rests: later, Spacing: 2 * time.Second},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tc.known.Host, tc.want.Host = "h", "h"
			if got := learn(tc.known, tc.ans, cmp.Or(tc.spacing, time.Second), now); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestAQuietHostIsAskedAsBeforeInTheEnd(t *testing.T) {
	now := time.Unix(1e9, 0)
	h := feed.HostState{Throttled: now, Rests: now.Add(time.Hour), Spacing: 8 * time.Second}
	for after, want := range map[time.Duration]time.Duration{
		-time.Hour: 8 * time.Second, 0: 8 * time.Second, 24 * time.Hour: 8 * time.Second, 25 * time.Hour: 4 * time.Second,
		49 * time.Hour: 2 * time.Second, 73 * time.Hour: 0, 1e6 * time.Hour: 0,
	} {
		if got := learned(h, now.Add(after)); got != want {
			t.Errorf("after %v: %v, want %v", after, got, want)
		}
	}
}

func TestALimitOnlyEverGrowsWithA429AndShrinksWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1e9, 0)
		h := feed.HostState{Host: "h"}
		for range rapid.IntRange(1, 30).Draw(t, "answers") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(40*time.Hour)).Draw(t, "later")))
			ans := heard{
				limited: rapid.Bool().Draw(t, "limited"), wait: time.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, "wait")),
				asked: now.Add(-time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "took"))),
			}
			next := learn(h, ans, time.Second, now)
			before, after := learned(h, now), learned(next, now)
			switch {
			case after < before || !ans.limited && after != before:
				t.Fatalf("spacing of %v became %v", before, after)
			case after != 0 && (after < leastSpacing || after > mostSpacing):
				t.Fatalf("spacing of %v", after)
			case h.Rests.After(now) && next.Rests.Before(h.Rests), ans.limited && next.Rests.Before(now.Add(ans.wait)) && ans.wait > 0:
				t.Fatalf("%+v rests no longer than until %v", h, next.Rests)
			case silent(next, now) != next.Silent() && !next.Silent():
				t.Fatalf("%+v says nothing any more, and is kept", next)
			}
			h = next
		}
	})
}

func TestAHostThatWasLimitedUnderAFastClockRestsForAsLongAsItAskedFor(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	fast := now.AddDate(0, 3, 0)
	for name, tc := range map[string]struct{ known, want feed.HostState }{
		"right":            {feed.HostState{Throttled: now, Rests: now.Add(time.Hour)}, feed.HostState{Throttled: now, Rests: now.Add(time.Hour)}},
		"fast":             {feed.HostState{Throttled: fast, Rests: fast.Add(time.Hour), Spacing: 1}, feed.HostState{Throttled: now, Rests: now.Add(time.Hour), Spacing: 1}},
		"fast, no rest":    {feed.HostState{Throttled: fast, Spacing: 1}, feed.HostState{Throttled: now, Spacing: 1}},
		"nothing is known": {},
	} {
		if got := corrected(tc.known, now); got != tc.want {
			t.Errorf("%s: got %+v, want %+v", name, got, tc.want)
		}
	}
}

func TestAStoreOfBeforeHostsWereRememberedHasTheirLimitsInItsStates(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	hour := func(n int) time.Time { return now.Add(time.Duration(n) * time.Hour) }
	at := func(host string) *Source { return &Source{Source: feed.Source{Host: host}} }
	sources := map[feed.SourceID]*Source{
		"rests": at("a"), "longer": at("a"), "over": at("b"), "answered since": at("c"), "failed since": at("d"), "never": at("e"), "kept": at("f"),
	}
	plan := Plan{HostOf: func(string) string { return "moved" }}
	got := limitsOf([]feed.SourceState{
		{Source: "rests", Throttled: hour(-2), LastAttempt: hour(-2), NotBefore: hour(1)},
		{Source: "longer", Throttled: hour(-1), LastAttempt: hour(-1), NotBefore: hour(3)},
		{Source: "over", Throttled: hour(-2), LastAttempt: hour(-2), NotBefore: hour(-1)},
		{Source: "answered since", Throttled: hour(-2), LastAttempt: hour(-1), LastSuccess: hour(-1), NotBefore: hour(1)},
		{Source: "failed since", Throttled: hour(-2), LastAttempt: hour(-1), NotBefore: hour(1)},
		{Source: "never", NotBefore: hour(1)},
		{Source: "kept", Throttled: hour(-2), LastAttempt: hour(-2), NotBefore: hour(2), Kept: "https://moved.example/"},
		{Source: "not configured", Throttled: hour(-2), LastAttempt: hour(-2), NotBefore: hour(1)},
	}, sources, &plan, now)
	slices.SortFunc(got, func(a, b feed.HostState) int { return cmp.Compare(a.Host, b.Host) })
	want := []feed.HostState{
		{Host: "a", Throttled: hour(-1), Rests: hour(3), Spacing: 2 * time.Second},
		{Host: "moved", Throttled: hour(-2), Rests: hour(2), Spacing: 2 * time.Second},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}
