package ingest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage"
	"sluice/storage/bolt/bolttest"
)

// wait is an answer that asks for an hour and a half.
func wait(status int) fetchtest.Reply {
	return fetchtest.Reply{Status: status, Header: http.Header{"Retry-After": {"5400"}}}
}

func TestATooManyRestsTheHostAlsoOverARestartAndForNewSources(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	a, b := source("a", r.pub.Set("/a", wait(429))), source("b", r.pub.Set("/b", fetchtest.Reply{Body: rss("b")}))
	c, other := source("c", r.pub.Set("/c", fetchtest.Reply{Body: rss("c")})), source("other", r.pub.Set("/other", fetchtest.Reply{Body: rss("o")}))
	other.Host = "elsewhere"
	r.use(a, b)
	r.must(ingest.Failed)
	check := func(when string) {
		t.Helper()
		for _, rep := range r.sync(ingest.Request{All: true}) {
			want := ingest.NotDue
			if rep.Source == "other" {
				continue
			}
			if left := time.Until(rep.Next); rep.Outcome != want || left < 80*time.Minute || left > 2*time.Hour {
				t.Errorf("%s: %s is %s, next in %v", when, rep.Source, rep.Outcome, left)
			}
		}
	}
	check("at once")
	r.attach(r.store, ingest.Options{})
	r.use(a, b, c, other)
	check("after a restart")
	if n := r.pub.Count("/b") + r.pub.Count("/c"); n != 0 {
		t.Errorf("the host was asked %d times while it rested", n)
	}
	if n := r.pub.Count("/other"); n != 1 {
		t.Errorf("another host was asked %d times", n)
	}
}

// limits returns what the store remembers of hosts.
func (r *rig) limits() []feed.HostState {
	r.t.Helper()
	all, _, err := r.store.Hosts(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

func TestAHostRestsAlsoWhenTheSourceThatHeardItIsGone(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.use(source("a", r.pub.Set("/a", wait(429))))
	r.must(ingest.Failed)
	r.attach(r.store, ingest.Options{})
	r.use(source("b", r.pub.Set("/b", fetchtest.Reply{Body: rss("b")})))
	rep := r.sync(ingest.Request{All: true})[0]
	if left := time.Until(rep.Next); rep.Outcome != ingest.NotDue || left < 80*time.Minute || r.pub.Count("/b") != 0 {
		t.Errorf("%s, next in %v, asked %d times", rep.Outcome, left, r.pub.Count("/b"))
	}
}

func TestAHostToWhichARedirectLedRestsAndNotTheOneThatRedirects(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.plan.HostOf = hostAndPort
	full, own := fetchtest.New(t), fetchtest.New(t)
	a, b := source("a", own.Redirect("/a", 302, full.Set("/a", wait(429)))), source("b", own.Set("/b", fetchtest.Reply{Body: rss("b")}))
	c := source("c", full.Set("/c", fetchtest.Reply{Body: rss("c")}))
	for _, s := range []*ingest.Source{&a, &b, &c} {
		s.Host = hostAndPort(s.URL)
	}
	r.use(a)
	r.must(ingest.Failed)
	r.use(a, b, c)
	r.sync(ingest.Request{All: true})
	if own.Count("/b") != 1 || full.Count("/c") != 0 {
		t.Errorf("the one that redirects was asked %d times, the one that rests %d times", own.Count("/b"), full.Count("/c"))
	}
	if all := r.limits(); len(all) != 1 || all[0].Host != c.Host {
		t.Errorf("remembered: %+v", all)
	}
}

// strict is a host that counts: it answers 429 to whom it does not want.
type strict struct {
	line
	refused bool
	starts  []time.Time
}

// Fetch implements ingest.Fetcher.
func (s *strict) Fetch(ctx context.Context, t fetch.Target) (fetch.Answer, error) {
	s.starts = append(s.starts, time.Now())
	if s.refused {
		time.Sleep(10 * time.Millisecond)
		return fetch.Answer{Status: 429}, &fetch.StatusError{Code: 429}
	}
	return s.line.Fetch(ctx, t)
}

// apart returns the least time between two starts since the last call.
func (s *strict) apart() time.Duration {
	least := time.Duration(1 << 62)
	for i := range s.starts {
		if i > 0 {
			least = min(least, s.starts[i].Sub(s.starts[i-1]))
		}
	}
	s.starts = nil
	return least
}

func TestAHostThatSays429IsAskedWithMoreTimeBetweenAlsoOverARestartUntilItWasQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &strict{refused: true}
		r := &rig{t: t, store: bolttest.Open(t)}
		r.plan = ingest.Plan{Max: day, Authority: "example.org", Fetcher: h, Pace: ingest.Pace{Spacing: time.Second}}
		var all []ingest.Source
		for i := range 5 {
			all = append(all, source(fmt.Sprint("s", i), fmt.Sprintf("https://h.example/%d", i)))
		}
		r.attach(r.store, ingest.Options{Chance: rand.New(rand.NewPCG(1, 2)).Float64})
		r.use(all...)
		play(r, 10*time.Minute)
		for i, want := range []time.Duration{2, 4, 8, 16} {
			if got := h.starts[i+1].Sub(h.starts[i]).Round(time.Second); got != want*time.Second {
				t.Errorf("%v after the 429 number %d, want %v", got, i+1, want*time.Second)
			}
		}
		if log := r.log.String(); strings.Count(log, "host asks for fewer requests") != 5 || !strings.Contains(log, `"host":"127.0.0.1","spacing":"32s","rests":"0s"`) {
			t.Errorf("logged:\n%s", log)
		}
		h.refused = false
		for _, step := range []struct {
			until, want time.Duration
		}{{time.Hour, 32}, {25 * time.Hour, 16}, {25 * time.Hour, 8}, {25 * time.Hour, 4}, {25 * time.Hour, 2}, {25 * time.Hour, 1}} {
			time.Sleep(step.until)
			h.starts = nil
			r.attach(r.store, ingest.Options{})
			r.use(all...)
			for _, s := range all {
				r.due(s.Name, time.Now())
			}
			if reports := r.sync(ingest.Request{}); len(h.starts) != len(all) {
				t.Fatalf("%d of %d were asked: %+v", len(h.starts), len(all), reports)
			}
			if got, want := h.apart(), step.want*time.Second; got < want || got > want+time.Second {
				t.Errorf("starts %v apart, want %v", got, want)
			}
		}
		if all := r.limits(); len(all) != 0 {
			t.Errorf("remembered when it says nothing any more: %+v", all)
		}
	})
}

func TestAStoreIsRidAtTheStartOfWhatHostsAskedForLongAgo(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	long := time.Now().Add(-100 * day).UTC().Truncate(time.Microsecond)
	recent := feed.HostState{Host: "recent.example", Throttled: time.Now().UTC().Truncate(time.Microsecond), Spacing: 2 * time.Second}
	if err := r.store.SetHosts(t.Context(), recent, feed.HostState{Host: "gone.example", Throttled: long, Rests: long.Add(day), Spacing: time.Minute}); err != nil {
		t.Fatal(err)
	}
	r.use()
	if got := r.limits(); !slices.Equal(got, []feed.HostState{recent}) {
		t.Errorf("%+v", got)
	}
}

// A store of before hosts were remembered has a limit in a source's state alone.
func TestTheLimitOfAnOlderStoreCountsOnce(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	a := source("a", r.pub.Set("/a", fetchtest.Reply{Body: rss("a")}))
	at := time.Now().Add(-time.Minute).UTC().Truncate(time.Microsecond)
	if _, err := r.store.SetSources(t.Context(), []feed.Source{a.Source}); err != nil {
		t.Fatal(err)
	}
	c, err := r.store.ClaimSource(t.Context(), at, "a", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	st := c.State
	st.Status, st.LastAttempt, st.Throttled, st.NotBefore, st.NextPoll = feed.StatusFailing, at, at, at.Add(time.Hour), at.Add(time.Hour)
	if _, err := r.store.Merge(t.Context(), storage.Delivery{Claim: &c, At: at, State: st}); err != nil {
		t.Fatal(err)
	}
	b := source("b", r.pub.Set("/b", fetchtest.Reply{Body: rss("b")}))
	r.use(a, b)
	if rep := r.sync(ingest.Request{All: true})[1]; rep.Outcome != ingest.NotDue || r.pub.Count("/b") != 0 {
		t.Errorf("b: %s", rep.Outcome)
	}
	want := []feed.HostState{{Host: a.Host, Throttled: at, Rests: at.Add(time.Hour), Spacing: 2 * time.Second}}
	if got := r.limits(); !slices.Equal(got, want) {
		t.Errorf("remembered %+v, want %+v", got, want)
	}
	// From then on the host's record is what counts.
	if err := r.store.SetHosts(t.Context(), feed.HostState{Host: a.Host}); err != nil {
		t.Fatal(err)
	}
	r.attach(r.store, ingest.Options{})
	r.use(a, b, source("c", r.pub.Set("/c", fetchtest.Reply{Body: rss("c")})))
	if rep := r.sync(ingest.Request{All: true})[2]; rep.Outcome != ingest.Changed {
		t.Errorf("c: %s, %v", rep.Outcome, rep.Err)
	}
}

func TestAServerOutOfServiceRestsTheFeedAlone(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.use(source("a", r.pub.Set("/a", wait(503))), source("b", r.pub.Set("/b", fetchtest.Reply{Body: rss("b")})))
	r.must(ingest.Failed)
	if reports := r.sync(ingest.Request{All: true}); reports[0].Outcome != ingest.NotDue || reports[1].Outcome != ingest.Changed {
		t.Errorf("%v and %v", reports[0].Outcome, reports[1].Outcome)
	}
}

func TestManyFeedsOfAHostAreSpreadOverTheInterval(t *testing.T) {
	const feeds = 50
	var second []time.Duration
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, store: bolttest.Open(t)}
		began := time.Now()
		l := &line{}
		r.plan = ingest.Plan{Max: 24 * time.Hour, Authority: "example.org", Fetcher: l, Pace: ingest.Pace{Spacing: time.Second}}
		seen := map[feed.SourceID]int{}
		r.attach(r.store, ingest.Options{Chance: rand.New(rand.NewPCG(1, 2)).Float64, Observe: func(rep ingest.Report) {
			if seen[rep.Source]++; seen[rep.Source] == 2 {
				second = append(second, rep.At.Sub(began))
			}
		}})
		var all []ingest.Source
		for i := range feeds {
			all = append(all, source(fmt.Sprint("s", i), fmt.Sprintf("https://h.example/%d", i)))
		}
		r.use(all...)
		play(r, 3*time.Hour)
	})
	if len(second) != feeds {
		t.Fatalf("%d feeds were asked twice", len(second))
	}
	slices.Sort(second)
	if second[0] < time.Hour {
		t.Errorf("asked again after %v", second[0])
	}
	for i := range feeds - 10 {
		if d := second[i+10] - second[i]; d < 4*time.Minute {
			t.Errorf("ten were asked within %v", d)
		}
	}
}
