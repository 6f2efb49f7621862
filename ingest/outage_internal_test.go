package ingest

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
)

func TestANetworkIsDownWhenManyHostsInARowAreNotReached(t *testing.T) {
	var o outage
	at := time.Unix(1e9, 0)
	step := func(host string, after time.Duration, up, wantOurs, wantChanged bool) {
		t.Helper()
		at = at.Add(after)
		if ours, changed := o.note(host, map[bool]sign{true: reached, false: unreached}[up], at, at); ours != wantOurs || changed != wantChanged {
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

func TestANetworkOfFewHostsIsDownWhenNoneOfThemCouldBeTheCause(t *testing.T) {
	type poll struct {
		host   string
		minute int
		says   sign
		began  int // minute at which its trouble began; 0: with the poll
	}
	for name, tc := range map[string]struct {
		hosts int
		polls []poll
		want  bool // the last is blamed on our network, which is down
	}{
		"one host, and this machine is offline":                {1, []poll{{"a", 1, offline, 0}}, true},
		"one host, to which there is no way":                   {1, []poll{{"a", 1, unrouted, 0}, {"a", 60, unrouted, 1}, {"a", 120, unrouted, 1}}, false},
		"one host that does not answer":                        {1, []poll{{"a", 1, unreached, 0}, {"a", 60, unreached, 1}}, false},
		"two hosts, to none of which there is a way":           {2, []poll{{"a", 1, unrouted, 0}, {"b", 40, unrouted, 0}}, true},
		"two hosts, of which one is asked often":               {2, []poll{{"a", 1, unrouted, 0}, {"a", 2, unrouted, 1}, {"a", 3, unrouted, 1}}, false},
		"two hosts that do not answer":                         {2, []poll{{"a", 1, unreached, 0}, {"b", 2, unreached, 0}}, false},
		"two hosts, of which one does not answer":              {2, []poll{{"a", 1, unreached, 0}, {"b", 2, unrouted, 0}}, false},
		"two hosts, of which one stops answering":              {2, []poll{{"a", 1, unrouted, 0}, {"a", 2, unreached, 1}, {"b", 3, unrouted, 0}}, false},
		"two hosts, of which one answers between":              {2, []poll{{"a", 1, unrouted, 0}, {"b", 2, reached, 0}, {"b", 3, unrouted, 0}}, false},
		"two hosts, of which one is dead for longer":           {2, []poll{{"b", 5, reached, 0}, {"a", 6, unrouted, 1}, {"b", 7, unrouted, 0}}, false},
		"three hosts, of which one is dead for longer":         {3, []poll{{"c", 5, reached, 0}, {"a", 6, unrouted, 1}, {"b", 7, unrouted, 0}, {"c", 8, unrouted, 0}}, true},
		"three hosts, of which one does not answer for longer": {3, []poll{{"c", 5, reached, 0}, {"a", 6, unreached, 1}, {"b", 7, unrouted, 0}, {"c", 8, unrouted, 0}}, true},
		"three hosts, of which one was dead and came back":     {3, []poll{{"c", 5, reached, 0}, {"a", 6, unrouted, 1}, {"a", 7, reached, 0}, {"b", 8, unrouted, 0}, {"c", 9, unrouted, 0}}, false},
		"six hosts, of which all but one are dead for longer": {6, []poll{
			{"f", 5, reached, 0}, {"a", 6, unrouted, 1}, {"b", 6, unrouted, 1}, {"c", 6, unrouted, 1}, {"d", 6, unrouted, 1}, {"e", 6, unrouted, 1}, {"f", 7, unrouted, 0},
		}, false},
		"three hosts, of which one was asked before another answered": {3, []poll{{"c", 5, reached, 0}, {"a", 6, unrouted, 4}, {"a", 7, unrouted, 6}, {"b", 8, unrouted, 0}}, false},
		"and then all of them":                                 {3, []poll{{"c", 5, reached, 0}, {"a", 6, unrouted, 4}, {"a", 7, unrouted, 6}, {"b", 8, unrouted, 0}, {"c", 9, unrouted, 0}}, true},
		"two hosts, more than a day apart":                     {2, []poll{{"a", 1, unrouted, 0}, {"b", 25 * 60, unrouted, 0}}, false},
		"four hosts, of which one is still to come":            {4, []poll{{"a", 1, unrouted, 0}, {"b", 2, unrouted, 0}, {"c", 3, unrouted, 0}}, false},
		"four hosts, all of them":                              {4, []poll{{"a", 1, unrouted, 0}, {"b", 2, unrouted, 0}, {"c", 3, unrouted, 0}, {"d", 4, unrouted, 0}}, true},
		"many hosts, and this machine is offline":              {50, []poll{{"a", 1, offline, 0}}, true},
		"many hosts, and another one answered after it began":  {50, []poll{{"b", 5, reached, 0}, {"a", 6, offline, 1}}, true},
		"while it is down, a host that does not answer itself": {2, []poll{{"a", 1, offline, 0}, {"b", 2, unreached, 0}}, false},
		"while it is down, a host to which there is no way":    {2, []poll{{"a", 1, offline, 0}, {"b", 2, unrouted, 0}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			at := func(minute int) time.Time { return time.Unix(1e9, 0).Add(time.Duration(minute) * time.Minute) }
			o := outage{hosts: tc.hosts}
			var ours bool
			for _, p := range tc.polls {
				ours, _ = o.note(p.host, p.says, at(cmp.Or(p.began, p.minute)), at(p.minute))
			}
			if ours != tc.want || tc.want && !o.down {
				t.Errorf("ours %v, down %v", ours, o.down)
			}
			last := at(tc.polls[len(tc.polls)-1].minute)
			if o.down && (o.admit(last) || !o.admit(last.Add(lastPause))) {
				t.Error("nobody looks within five minutes whether it is back, or everybody does at once")
			}
			wasDown := o.down
			if ours, changed := o.note("a", reached, last, last); ours || changed != wasDown || o.down || o.hosts != tc.hosts {
				t.Errorf("an answer leaves %+v, ours %v", o, ours)
			}
		})
	}
}

func TestTheHostsThatAreAskedAreCounted(t *testing.T) {
	from := func(host, url string, disabled bool) Source {
		return Source{Source: feed.Source{Host: host, URL: url, Disabled: disabled}}
	}
	got := asked([]Source{
		from("a", "https://a.example/1", false), from("a", "https://a.example/2", false), from("b", "http://b.example/", false),
		from("c", "https://c.example/", true), from("file:x.xml", "file:x.xml", false),
	})
	if got != 2 {
		t.Errorf("%d, want 2", got)
	}
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
		o.note("z", reached, at(0), at(10))
		var ours bool
		for i := range outageHosts {
			ours, _ = o.note(string(rune('a'+i)), unreached, at(tc.since), at(20+i))
		}
		if ours != tc.want || o.down != tc.want {
			t.Errorf("%s: ours %v, down %v", name, ours, o.down)
		}
	}
	o := outage{answered: at(10), down: true, pause: firstPause}
	if ours, _ := o.note("dead for long", unreached, at(0), at(30)); !ours {
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
		missed int // hosts
	}{
		"a document":                 {result{outcome: Changed}, 0},
		"a status":                   {result{outcome: Failed, answer: fetch.Answer{Status: 500}, err: errors.New("500")}, 0},
		"a redirect to a dead host":  {result{outcome: Failed, answer: fetch.Answer{Redirects: 1}, err: fetch.ErrTimeout}, 0},
		"a private address, blocked": {result{outcome: Failed, err: fetch.ErrBlocked}, 0},
		"no connection":              {result{outcome: Failed, err: errors.New("connection refused")}, 1},
		"no answer in time":          {result{outcome: Failed, err: fetch.ErrTimeout}, 1},
	} {
		r := New(nil, slog.New(slog.DiscardHandler), Options{})
		r.blame(t.Context(), &Source{Source: feed.Source{URL: "https://a.example/", Host: "a.example"}}, &feed.SourceState{}, &tc.res, time.Now(), time.Now())
		if got := len(r.outage.missed); got != tc.missed {
			t.Errorf("%s: %d hosts missed, want %d", name, got, tc.missed)
		}
	}
	for want, err := range map[sign]error{
		unreached: errors.New("connection refused"),
		unrouted:  fmt.Errorf("fetch a.example: %w", fetch.ErrUnrouted), offline: fmt.Errorf("fetch a.example: %w", fetch.ErrOffline),
	} {
		if got := signOf(&result{outcome: Failed, err: err}); got != want {
			t.Errorf("%v is a sign of %d, want %d", err, got, want)
		}
	}
	r := New(nil, slog.New(slog.DiscardHandler), Options{})
	r.blame(t.Context(), &Source{Source: feed.Source{URL: "file:x.xml", Host: "x.xml"}}, &feed.SourceState{}, &result{outcome: Failed, err: errors.New("no such file")}, time.Now(), time.Now())
	if len(r.outage.missed) != 0 {
		t.Error("a file that is missing is no matter of the network")
	}
}
