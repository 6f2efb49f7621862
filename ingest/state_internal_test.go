package ingest

import (
	"errors"
	"testing"
	"time"

	"sluice/feed"

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
	is, why := r.advance(Source{}, Plan{}, was, result{outcome: Failed, err: errors.New("no network"), ours: true, chance: 0.5}, at)
	want := was
	want.NextPoll, want.Reason = at.Add(3*time.Minute), "own network"
	if d := cmp.Diff(want, is); d != "" || why != want.Reason {
		t.Errorf("by %q (-want +got):\n%s", why, d)
	}
}

const day = 24 * time.Hour
