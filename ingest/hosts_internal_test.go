package ingest

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
)

func TestAFeedThatIsRefusedAloneDoesNotRestItsHostAgain(t *testing.T) {
	at := func(minute int) time.Time { return time.Unix(1e9, 0).Add(time.Duration(minute) * time.Minute) }
	for name, tc := range map[string]struct {
		answered map[feed.SourceID]int // minute
		want     bool
	}{
		"nobody was":                      {nil, false},
		"another was":                     {map[feed.SourceID]int{"b": 11}, true},
		"another was, but before":         {map[feed.SourceID]int{"b": 9}, false},
		"only itself was":                 {map[feed.SourceID]int{"a": 11}, false},
		"itself was, and another before":  {map[feed.SourceID]int{"a": 12, "b": 11}, true},
		"itself was, and another earlier": {map[feed.SourceID]int{"a": 12, "b": 9}, false},
	} {
		var p host
		for source, minute := range tc.answered {
			p.succeed(source, at(minute))
		}
		if got := p.othersSince("a", at(10)); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhatTheStoreRemembersOfAHostYieldsToWhatWasHeardSince(t *testing.T) {
	now := time.Unix(1e9, 0)
	record := func(name string, ago time.Duration) feed.HostState {
		return feed.HostState{Host: name, Throttled: now.Add(-ago), Spacing: leastSpacing}
	}
	var h hosts
	h.of("heard").asked = record("heard", time.Minute)
	changed := h.remember([]feed.HostState{record("heard", time.Hour), record("old", 3*easing), record("stored", time.Hour)}, now)
	if want := []feed.HostState{{Host: "old"}}; !slices.Equal(changed, want) {
		t.Errorf("to be stored: %+v, want %+v", changed, want)
	}
	for name, want := range map[string]feed.HostState{
		"heard": record("heard", time.Minute), "stored": record("stored", time.Hour), "old": {Host: "old"},
	} {
		if got := h.of(name).asked; got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestPacerKeepsTheSpacingThatAHostHasTaught(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		p := newPacer(Pace{Workers: 8, PerHost: 1, Spacing: time.Second})
		p.taught = func(host string, now time.Time) time.Duration {
			if host == "strict" && now.Sub(began) >= 1500*time.Millisecond {
				return 10 * time.Second
			}
			return time.Millisecond
		}
		s := newStarted()
		for range 4 {
			p.add("strict", s.job("strict", time.Millisecond))
			p.add("other", s.job("other", time.Millisecond))
		}
		go p.run(t.Context(), nil)
		time.Sleep(1500 * time.Millisecond) // two have started on each
		p.widen("strict")
		p.widen("unknown")
		time.Sleep(time.Minute)
		want := []time.Duration{0, time.Second, 11500 * time.Millisecond, 21500 * time.Millisecond}
		if got := s.of("strict"); !slices.Equal(got, want) {
			t.Errorf("started at %v, want %v", got, want)
		}
		if want := []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second}; !slices.Equal(s.of("other"), want) {
			t.Errorf("another host started at %v, want %v", s.of("other"), want)
		}
	})
}
