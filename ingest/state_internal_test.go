package ingest

import (
	"errors"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"

	"github.com/google/go-cmp/cmp"
)

func TestAFailureOfOurOwnNetworkIsNotTheSources(t *testing.T) {
	at := time.Date(2026, time.March, 3, 10, 0, 0, 0, time.UTC)
	r := New(nil, nil, Options{Chance: func() float64 { return 0.5 }})
	was := feed.SourceState{
		Source: "a", Status: feed.StatusFailing, Failures: 3, Error: "answered 500", ETag: `"1"`,
		LastAttempt: at.Add(-day), NextPoll: at, Reason: "back-off", NotBefore: at.Add(-time.Hour),
		MoveTo: "https://new.example/", MoveCount: 2, MoveSince: at.Add(-day),
	}
	is, why := r.advance(&Source{}, &Plan{}, was, &result{outcome: Failed, err: errors.New("no network"), ours: true, chance: 0.5}, at)
	want := was
	want.NextPoll, want.Reason = at.Add(3*time.Minute), "own network"
	if d := cmp.Diff(want, is); d != "" || why != want.Reason {
		t.Errorf("by %q (-want +got):\n%s", why, d)
	}
}

func TestWhenASourceIsAskedAgainThatWasRedirectedToABusyHost(t *testing.T) {
	at := time.Date(2026, time.March, 3, 10, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		last time.Time // attempt
		free time.Time
		want time.Duration
	}{
		"it was never polled":                        {time.Time{}, time.Time{}, time.Minute},
		"it has just fallen due":                     {at.Add(-time.Hour), time.Time{}, time.Minute},
		"it has waited for ten minutes":              {at.Add(-70 * time.Minute), time.Time{}, 10 * time.Minute},
		"it has waited for a day":                    {at.Add(-25 * time.Hour), time.Time{}, time.Hour},
		"the host rests for two hours":               {at.Add(-time.Hour), at.Add(2 * time.Hour), 2 * time.Hour},
		"the clock was set back since the last poll": {at.Add(time.Hour), time.Time{}, time.Minute},
	} {
		st := feed.SourceState{LastAttempt: tc.last}
		next, why := again(st, time.Hour, &result{err: fetch.ErrBusy, free: tc.free}, at)
		if got := next.Sub(at); got != tc.want || why != "busy host" {
			t.Errorf("%s: after %v because of %q, want %v", name, got, why, tc.want)
		}
		if next, _ := again(st, time.Hour, &result{err: fetch.ErrBusy, free: tc.free, chance: 0.999}, at); next.Sub(at) > tc.want+ownTrouble {
			t.Errorf("%s: at most after %v", name, next.Sub(at))
		}
	}
}

const day = 24 * time.Hour
