package ingest

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
	"sluice/storage"
	"sluice/storage/bolt/bolttest"
)

// started records when jobs of each host began.
type started struct {
	mu     sync.Mutex
	times  map[string][]time.Duration
	peak   map[string]int
	now    map[string]int
	all    int
	most   int
	origin time.Time
}

func (s *started) job(host string, took time.Duration) job {
	return alone(func() {
		s.mu.Lock()
		s.times[host] = append(s.times[host], time.Since(s.origin))
		s.now[host]++
		s.peak[host] = max(s.peak[host], s.now[host])
		s.all++
		s.most = max(s.most, s.all)
		s.mu.Unlock()
		time.Sleep(took)
		s.mu.Lock()
		s.now[host]--
		s.all--
		s.mu.Unlock()
	})
}

// alone is a job that leaves nothing to be done.
func alone(f func()) job {
	return func() *landing {
		f()
		return nil
	}
}

// of returns when the jobs of a host began.
func (s *started) of(host string) []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.times[host])
}

func newStarted() *started {
	return &started{times: map[string][]time.Duration{}, peak: map[string]int{}, now: map[string]int{}, origin: time.Now()}
}

func TestPacerStartsOneHostSpacedAndOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Pace{Workers: 8, PerHost: 1, Spacing: 2 * time.Second})
		s := newStarted()
		for range 3 {
			p.add("slow", s.job("slow", 5*time.Second))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		go p.run(ctx, nil)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		want := []time.Duration{0, 5 * time.Second, 10 * time.Second}
		for i, w := range want {
			if got := s.times["slow"][i]; got != w {
				t.Errorf("start %d at %v, want %v", i, got, w)
			}
		}
		cancel()
		synctest.Wait()
	})
}

func TestPacerKeepsSpacingBetweenShortPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Pace{Workers: 8, PerHost: 4, Spacing: time.Second})
		s := newStarted()
		for range 5 {
			p.add("h", s.job("h", time.Millisecond))
		}
		ctx, cancel := context.WithCancel(t.Context())
		go p.run(ctx, nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		for i, got := range s.times["h"] {
			if want := time.Duration(i) * time.Second; got != want {
				t.Errorf("start %d at %v, want %v", i, got, want)
			}
		}
		cancel()
		synctest.Wait()
	})
}

func TestPacerLetsASlowHostDelayNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Pace{Workers: 2, PerHost: 1})
		s := newStarted()
		for range 100 {
			p.add("slow", s.job("slow", time.Hour))
		}
		for range 10 {
			p.add("quick", s.job("quick", time.Second))
		}
		ctx, cancel := context.WithCancel(t.Context())
		go p.run(ctx, nil)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if got := len(s.times["quick"]); got != 10 {
			t.Errorf("%d polls of the quick host were made in 11 s, want all 10", got)
		}
		if s.peak["slow"] != 1 || s.most > 2 {
			t.Errorf("peak %d of the slow host, %d in all; want 1 and at most 2", s.peak["slow"], s.most)
		}
		cancel()
		time.Sleep(2 * time.Hour) // the slow poll ends, and with it the pacer
	})
}

func TestPacerFollowsANewPaceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Pace{Workers: 8, PerHost: 1, Spacing: time.Hour})
		s := newStarted()
		for range 3 {
			p.add("a", s.job("a", time.Minute))
			p.add("b", s.job("b", time.Minute))
		}
		ctx, cancel := context.WithCancel(t.Context())
		go p.run(ctx, nil)
		time.Sleep(2 * time.Minute) // one of each has run; the next may start in an hour
		p.set(Pace{Workers: 8, PerHost: 2, Spacing: time.Second})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		for _, host := range []string{"a", "b"} {
			want := []time.Duration{0, 2*time.Minute + time.Second, 2*time.Minute + 2*time.Second}
			if got := s.of(host); !slices.Equal(got, want) {
				t.Errorf("%s started at %v, want %v", host, got, want)
			}
		}
		p.set(Pace{Workers: 1})
		p.add("c", s.job("c", time.Second))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if len(s.of("c")) != 0 {
			t.Error("a poll started beyond a lower number of workers")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(s.of("c")) != 1 {
			t.Error("a poll did not start when there was room again")
		}
		cancel()
		synctest.Wait()
	})
}

func TestAFastClockSilencesNothingOnceItIsRight(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	fast := now.AddDate(0, 3, 0)
	states := []feed.SourceState{
		{Source: "right", LastAttempt: now.Add(-time.Minute), NextPoll: now.Add(time.Hour)},
		{Source: "fast", LastAttempt: fast, NextPoll: fast.Add(2 * time.Hour)},
		{Source: "told", LastAttempt: fast, NextPoll: fast.Add(2 * time.Hour), NotBefore: fast.Add(90 * time.Minute)},
		{Source: "again", LastAttempt: fast, NextPoll: now.Add(time.Hour)}, // corrected before, and not polled since
		{Source: "never"},
	}
	want := map[feed.SourceID]storage.Schedule{
		"fast":  {NextPoll: now.Add(2 * time.Hour)},
		"told":  {NextPoll: now.Add(2 * time.Hour), NotBefore: now.Add(90 * time.Minute)},
		"again": {NextPoll: now},
	}
	got := map[feed.SourceID]storage.Schedule{}
	for i := range states {
		if s, ahead := rewound(&states[i], now); ahead {
			got[states[i].Source] = s
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPacerSweepForgetsIdleHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Pace{Workers: 2, PerHost: 1, Spacing: time.Second})
		s := newStarted()
		p.add("h", s.job("h", time.Millisecond))
		ctx, cancel := context.WithCancel(t.Context())
		go p.run(ctx, nil)
		time.Sleep(500 * time.Millisecond)
		p.sweep(time.Now())
		if len(p.hosts) != 1 {
			t.Error("a host was forgotten before its spacing had passed")
		}
		time.Sleep(time.Second)
		p.sweep(time.Now())
		if len(p.hosts) != 0 {
			t.Error("an idle host was kept")
		}
		cancel()
		synctest.Wait()
	})
}

func TestAMachineThatSleptReturnsWithoutABurst(t *testing.T) {
	before := time.Now()
	for after, want := range map[time.Duration]bool{
		-time.Hour: false, 0: false, glance: false, glance + 4*time.Minute: false, glance + 6*time.Minute: true, 24 * time.Hour: true,
	} {
		if got := leapt(before, before.Round(0).Add(after)); got != want {
			t.Errorf("after %v: %v", after, got)
		}
	}
	st := bolttest.Open(t)
	r := New(st, slog.New(slog.DiscardHandler), Options{Chance: func() float64 { return 0.5 }})
	s := Source{Source: feed.Source{Name: "a", URL: "https://a.example/", Interval: time.Hour}}
	if err := r.SetPlan(t.Context(), Plan{Sources: []Source{s}}); err != nil {
		t.Fatal(err)
	}
	c, err := st.ClaimSource(t.Context(), before, "a", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	c.State.LastAttempt, c.State.NextPoll = before, before.Add(time.Hour)
	if _, err := st.Merge(t.Context(), storage.Delivery{Claim: &c, At: before, State: c.State}); err != nil {
		t.Fatal(err)
	}
	woke := before.Round(0).Add(9 * time.Hour)
	if err := r.mindClock(t.Context(), before, woke); err != nil {
		t.Fatal(err)
	}
	states, err := st.States(t.Context())
	if err != nil || len(states) != 1 || states[0].NextPoll.Sub(woke).Round(time.Second) != 5*time.Minute {
		t.Errorf("%+v, %v; want a poll 5 minutes after it woke", states, err)
	}
}

// TestASourceIsPacedByItsHostAlsoWhereItIsClaimedBeforeThePlanKnowsIt is about the
// moment in which the store has the new sources and the Runner not yet.
func TestASourceIsPacedByItsHostAlsoWhereItIsClaimedBeforeThePlanKnowsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := bolttest.Open(t)
		asked := make(chan string, 2)
		plan := Plan{Authority: "x.example", Pace: Pace{Workers: 1}, Fetcher: hanging(asked)}
		use := func(names ...feed.SourceID) []feed.Source {
			var sources []feed.Source
			plan.Sources = nil
			for _, name := range names {
				s := feed.Source{Name: name, URL: "https://h.example/" + string(name), Host: "h.example", Interval: time.Hour}
				sources, plan.Sources = append(sources, s), append(plan.Sources, Source{Source: s, Target: fetch.Target{URL: s.URL}})
			}
			return sources
		}
		r := New(st, slog.New(slog.DiscardHandler), Options{})
		use("a")
		if err := r.SetPlan(t.Context(), plan); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- r.Run(ctx) }()
		if first := <-asked; first != "https://h.example/a" {
			t.Fatalf("asked %s first", first)
		}
		if _, err := st.SetSources(t.Context(), use("a", "b")); err != nil {
			t.Fatal(err)
		}
		c, err := st.ClaimSource(t.Context(), time.Now(), "b", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		r.launch(ctx, &c) // by the loop, which sees that it is due
		plan.Pace.Workers = 2
		if err := r.SetPlan(t.Context(), plan); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(asked) != 0 {
			t.Errorf("asked %s beside another source of its host", <-asked)
		}
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
}

// hanging is a network that tells what it is asked and never answers.
type hanging chan string

// Fetch implements Fetcher.
func (h hanging) Fetch(ctx context.Context, t fetch.Target) (fetch.Answer, error) {
	h <- t.URL
	<-ctx.Done()
	return fetch.Answer{}, context.Cause(ctx)
}
