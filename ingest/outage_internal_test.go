package ingest

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
)

func TestANetworkIsDownWhenManyHostsInARowAreNotReached(t *testing.T) {
	var o outage
	at := time.Unix(1e9, 0)
	step := func(host string, after time.Duration, reached, wantOurs, wantChanged bool) {
		t.Helper()
		at = at.Add(after)
		if ours, changed := o.note(host, reached, at, at); ours != wantOurs || changed != wantChanged {
			t.Errorf("%s after %v: ours %v, changed %v", host, after, ours, changed)
		}
	}
	for _, host := range []string{"a", "b", "b", "c", "d"} {
		step(host, time.Second, false, false, false)
	}
	step("e", time.Second, true, false, false) // that one answers: the others are to blame
	for _, host := range []string{"a", "b", "c", "d"} {
		step(host, time.Second, false, false, false)
	}
	step("e", 10*time.Minute, false, false, false) // the others were too long ago
	for _, host := range []string{"a", "b", "c"} {
		step(host, time.Second, false, false, false)
	}
	if !o.admit(at) {
		t.Error("nobody is asked although nothing is sure")
	}
	step("d", time.Second, false, true, true)
	for _, want := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute, 5 * time.Minute} {
		if o.admit(at.Add(want - 1)) {
			t.Errorf("asked before %v have passed", want)
		}
		at = at.Add(want)
		if first, second := o.admit(at), o.admit(at); !first || second {
			t.Errorf("after %v not exactly one is asked", want)
		}
		step("a", time.Second, false, true, false)
	}
	step("b", time.Second, true, false, true)
	for range 2 {
		if !o.admit(at) {
			t.Error("it is up, and not everybody is asked")
		}
	}
	step("b", time.Second, false, false, false)
}

func TestTroubleThatIsOlderThanTheLastAnswerIsNoSignOfAnOutage(t *testing.T) {
	at := func(second int) time.Time { return time.Unix(1e9+int64(second), 0) }
	for name, tc := range map[string]struct {
		since int // of all that were not reached from second 20 on; others were answered at second 10
		want  bool
	}{
		"asked before the answer": {9, false},
		"asked after it":          {11, true},
	} {
		var o outage
		o.note("z", true, at(0), at(10))
		var ours bool
		for i := range outageHosts {
			ours, _ = o.note(string(rune('a'+i)), false, at(tc.since), at(20+i))
		}
		if ours != tc.want || o.down != tc.want {
			t.Errorf("%s: ours %v, down %v", name, ours, o.down)
		}
	}
	o := outage{answered: at(10), down: true, pause: firstPause}
	if ours, _ := o.note("dead for long", false, at(0), at(30)); !ours {
		t.Error("while the network is down a dead host is blamed")
	}
}

func TestWhenAHostWasReachedIsKnownFromTheStates(t *testing.T) {
	now := time.Unix(1e9, 0)
	web, file := &Source{Source: feed.Source{URL: "https://a.example/"}}, &Source{Source: feed.Source{URL: "file:a.xml"}}
	sources := map[feed.SourceID]*Source{"a": web, "b": web, "fast": web, "file": file}
	got := answered([]feed.SourceState{
		{Source: "a", LastSuccess: now.Add(-time.Hour)},
		{Source: "b", LastSuccess: now.Add(-2 * time.Hour)},
		{Source: "fast", LastSuccess: now.Add(time.Hour)}, // by a clock that was
		{Source: "file", LastSuccess: now.Add(-time.Minute)},
		{Source: "not configured", LastSuccess: now.Add(-time.Minute)},
	}, sources, now)
	if want := now.Add(-time.Hour); !got.Equal(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestWhoAnswersInWhateverWayWasReached(t *testing.T) {
	for name, tc := range map[string]struct {
		res    result
		missed int
	}{
		"a document":                 {result{outcome: Changed}, 0},
		"a status":                   {result{outcome: Failed, answer: fetch.Answer{Status: 500}, err: errors.New("500")}, 0},
		"a bad redirect":             {result{outcome: Failed, err: fetch.ErrRedirect}, 0},
		"a redirect to a busy host":  {result{outcome: Failed, err: fetch.ErrBusy}, 0},
		"a private address, blocked": {result{outcome: Failed, err: fetch.ErrBlocked}, 0},
		"no connection":              {result{outcome: Failed, err: errors.New("connection refused")}, 1},
		"no answer in time":          {result{outcome: Failed, err: fetch.ErrTimeout}, 1},
	} {
		r := New(nil, slog.New(slog.DiscardHandler), Options{})
		r.blame(t.Context(), Source{Source: feed.Source{URL: "https://a.example/", Host: "a.example"}}, feed.SourceState{}, tc.res, time.Now(), time.Now())
		if got := len(r.outage.missed); got != tc.missed {
			t.Errorf("%s: %d hosts missed, want %d", name, got, tc.missed)
		}
	}
	r := New(nil, slog.New(slog.DiscardHandler), Options{})
	r.blame(t.Context(), Source{Source: feed.Source{URL: "file:x.xml", Host: "x.xml"}}, feed.SourceState{}, result{outcome: Failed, err: errors.New("no such file")}, time.Now(), time.Now())
	if len(r.outage.missed) != 0 {
		t.Error("a file that is missing is no matter of the network")
	}
}
