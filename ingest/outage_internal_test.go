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
		if ours, changed := o.note(host, reached, at); ours != wantOurs || changed != wantChanged {
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
		r.blame(t.Context(), Source{Source: feed.Source{URL: "https://a.example/", Host: "a.example"}}, tc.res, time.Now())
		if got := len(r.outage.missed); got != tc.missed {
			t.Errorf("%s: %d hosts missed, want %d", name, got, tc.missed)
		}
	}
	r := New(nil, slog.New(slog.DiscardHandler), Options{})
	r.blame(t.Context(), Source{Source: feed.Source{URL: "file:x.xml", Host: "x.xml"}}, result{outcome: Failed, err: errors.New("no such file")}, time.Now())
	if len(r.outage.missed) != 0 {
		t.Error("a file that is missing is no matter of the network")
	}
}
