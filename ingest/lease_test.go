package ingest_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/websub"
	"sluice/storage"
	"sluice/storage/bolt/bolttest"
)

// pushing is a publisher on a stage whose hub grants leases of five days, and a
// daemon that is subscribed to it.
type pushing struct {
	*stage
	sub  *websub.Subscriber
	stop func()

	mu    sync.Mutex // guards the rest, and what the stage answers
	deaf  bool       // the hub takes requests and does nothing
	id    string     // of the callback
	polls []time.Time
	told  int // of these by pass
}

const lease = 5 * day

// whilePushed runs a test in fake time, a day into the lease of source a, which is
// polled hourly without it.
func whilePushed(t *testing.T, test func(p *pushing)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &pushing{stage: &stage{rig: &rig{t: t, store: bolttest.Open(t)}}}
		p.plan = ingest.Plan{Max: 2 * day, Authority: "example.org", Fetcher: p}
		p.document("one")
		p.answer.Links = []string{`<http://hub.example/>; rel=hub, </self>; rel=self`}
		p.answer.ETag = `"1"`
		p.start()
		defer func() { p.stop() }()
		p.pass(day)
		test(p)
	})
}

// start runs the daemon over the store, anew after a stop.
func (p *pushing) start() {
	p.t.Helper()
	p.attach(p.store, ingest.Options{
		Observe: func(rep ingest.Report) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.polls = append(p.polls, rep.At)
		},
		Lease: func(id feed.SourceID) time.Time { return p.sub.Lease(id) },
	})
	var err error
	p.sub, err = websub.New(p.t.Context(), websub.Options{
		Store: p.store, Wants: p.wants, Push: p.runner.Push, Changed: p.unleased, Now: time.Now,
		Chance: func() float64 { return 0 }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.sub.Use(websub.Way{On: true, Base: "https://out.example/websub/", Poster: p})
	p.use(source("a", "http://a.example/feed"))
	ctx, cancel := context.WithCancel(p.t.Context())
	var running sync.WaitGroup
	for _, run := range []func(context.Context) error{p.runner.Run, p.sub.Run} {
		running.Go(func() {
			if err := run(ctx); err != nil {
				p.t.Errorf("run: %v", err)
			}
		})
	}
	p.stop = func() { cancel(); running.Wait() }
}

func (p *pushing) wants(ctx context.Context) (map[feed.SourceID]websub.Want, error) {
	states, err := p.store.States(ctx)
	if err != nil || len(states) != 1 || len(states[0].Hubs) == 0 {
		return nil, err
	}
	return map[feed.SourceID]websub.Want{"a": {Hubs: states[0].Hubs, Topic: states[0].Topic}}, nil
}

func (p *pushing) unleased(ctx context.Context, sources []feed.SourceID) {
	if err := p.runner.Unleased(ctx, sources...); err != nil {
		p.t.Errorf("unleased: %v", err)
	}
}

// Fetch is the publisher.
func (p *pushing) Fetch(ctx context.Context, t fetch.Target) (fetch.Answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stage.Fetch(ctx, t)
}

// Post is the hub: it verifies before it answers.
func (p *pushing) Post(ctx context.Context, _ fetch.Target, form url.Values) (int, error) {
	p.mu.Lock()
	p.id = form.Get("hub.callback")[len("https://out.example/websub/"):]
	deaf := p.deaf
	p.mu.Unlock()
	if !deaf {
		p.say(ctx, form.Get("hub.mode"))
	}
	return 202, nil
}

// turnDeaf has the hub do nothing any more.
func (p *pushing) turnDeaf() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = true
}

// say asks the daemon's callback about what the hub means to do.
func (p *pushing) say(ctx context.Context, mode string) {
	p.t.Helper()
	p.mu.Lock()
	id := p.id
	p.mu.Unlock()
	status, _ := p.sub.Verify(ctx, id, url.Values{
		"hub.mode": {mode}, "hub.topic": {"http://a.example/self"}, "hub.challenge": {"c"}, "hub.lease_seconds": {strconv.Itoa(int(lease / time.Second))},
	})
	if status != 200 {
		p.t.Errorf("%s is answered %d", mode, status)
	}
}

// pass lets time pass and returns how long into it there were polls, of which it had
// not told before.
func (p *pushing) pass(d time.Duration) []time.Duration {
	began := time.Now()
	time.Sleep(d)
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	var at []time.Duration
	for _, t := range p.polls[p.told:] {
		at = append(at, t.Sub(began).Round(time.Minute))
	}
	p.told = len(p.polls)
	return at
}

// made returns when there were polls.
func (p *pushing) made() []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.polls)
}

// untilPolled lets time pass until so long after the next poll.
func (p *pushing) untilPolled(after time.Duration) {
	for len(p.pass(time.Minute)) == 0 {
	}
	polls := p.made()
	p.pass(time.Until(polls[len(polls)-1].Add(after)))
}

// deny has the hub end the subscription, and take no other.
func (p *pushing) deny() {
	p.turnDeaf()
	p.say(p.t.Context(), "denied")
}

// wantHourly fails the test unless polls were an hour apart, from the first on.
func (p *pushing) wantHourly(at []time.Duration, first time.Duration, n int) {
	p.t.Helper()
	if len(at) != n {
		p.t.Fatalf("polls at %v, want %d", at, n)
	}
	for i, got := range at {
		if late := got - first - time.Duration(i)*time.Hour; late < 0 || late > time.Duration(i+2)*time.Minute {
			p.t.Errorf("poll %d at %v", i, got)
		}
	}
}

func TestPollsAreADayApartWhileALeaseLastsAndNeverStop(t *testing.T) {
	whilePushed(t, func(p *pushing) {
		// One at once, one an hour later that was planned before the lease was verified.
		if at := p.made(); len(at) != 2 {
			t.Errorf("polls at %v on the first day", at)
		}
		at := p.pass(20 * day) // over several renewals
		if len(at) != 20 {
			t.Fatalf("polls at %v, want one a day", at)
		}
		for i := range len(at) - 1 {
			if gap := at[i+1] - at[i]; gap < day || gap > day+time.Minute {
				t.Errorf("%v between polls", gap)
			}
		}
		if p.sub.Lease("a").Before(time.Now()) {
			t.Error("the lease was not renewed")
		}
	})
}

func TestALeaseThatLapsesUnrenewedEndsInAPollAtOnceAndThenByTheInterval(t *testing.T) {
	whilePushed(t, func(p *pushing) {
		p.turnDeaf()
		rest := time.Until(p.sub.Lease("a"))
		at := p.pass(rest - time.Minute)
		if len(at) != 4 {
			t.Errorf("polls at %v until the lease ended, want one a day", at)
		}
		p.wantHourly(p.pass(5*time.Hour), time.Minute, 5)
	})
}

func TestADenialEndsInAPollAtThePlainInterval(t *testing.T) {
	for name, tc := range map[string]struct {
		after, first time.Duration // the denial after the last poll; the next poll after that
	}{
		"soon after a poll": {20 * time.Minute, 40 * time.Minute},
		"long after one":    {7 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			whilePushed(t, func(p *pushing) {
				p.untilPolled(tc.after)
				p.deny()
				p.wantHourly(p.pass(tc.first+4*time.Hour+30*time.Minute), tc.first, 5)
			})
		})
	}
}

func TestAPromiseThatLedIntoAClosedHourIsTakenBackAllTheSame(t *testing.T) {
	whilePushed(t, func(p *pushing) {
		closed := p.state("a").NextPoll.UTC().Hour()
		p.mu.Lock()
		p.answer.Body = bytes.Replace(p.answer.Body, []byte("<item>"), fmt.Appendf(nil, "<skipHours><hour>%d</hour></skipHours><item>", closed), 1)
		p.answer.ETag = `"2"`
		p.mu.Unlock()
		p.untilPolled(20 * time.Minute)
		if st := p.state("a"); st.Reason != "skip hours" || st.NextPoll.Sub(st.LastAttempt) < day {
			t.Fatalf("next after %v by %s", st.NextPoll.Sub(st.LastAttempt), st.Reason)
		}
		p.deny()
		p.wantHourly(p.pass(3*time.Hour), 40*time.Minute, 3)
	})
}

func TestADenialWhileAPollIsStoredIsNotOverlooked(t *testing.T) {
	whilePushed(t, func(p *pushing) {
		p.attach(merging{p.store, func() { p.deny() }}, ingest.Options{Lease: p.sub.Lease})
		p.use(source("a", "http://a.example/feed"))
		rep := p.must(ingest.NotModified)
		if st := p.state("a"); rep.Why != "interval" || st.Reason != "interval" || st.NextPoll.Sub(st.LastAttempt) != time.Hour {
			t.Errorf("next after %v by %s, reported %s", st.NextPoll.Sub(st.LastAttempt), st.Reason, rep.Why)
		}
	})
}

func TestADenialWhileAPushIsStoredIsNotOverlooked(t *testing.T) {
	whilePushed(t, func(p *pushing) {
		p.attach(merging{p.store, func() { p.deny() }}, ingest.Options{Lease: p.sub.Lease})
		p.use(source("a", "http://a.example/feed"))
		err := p.runner.Push(p.t.Context(), websub.Push{Source: "a", Topic: "http://a.example/self", Body: []byte(rss("two"))})
		if st := p.state("a"); err != nil || st.Reason != "interval" || st.NextPoll.Sub(st.LastAttempt) != time.Hour {
			t.Errorf("%v; next after %v by %s", err, st.NextPoll.Sub(st.LastAttempt), st.Reason)
		}
		p.wantTitles("a", "one", "two")
	})
}

// merging is a store before each delivery of which something happens.
type merging struct {
	ingest.Store
	first func()
}

// Merge implements storage.Merger.
func (m merging) Merge(ctx context.Context, d storage.Delivery) (storage.Merged, error) {
	m.first()
	return m.Store.Merge(ctx, d)
}

// MergeAll implements storage.Merger.
func (m merging) MergeAll(ctx context.Context, all []*storage.Delivery) []storage.Result {
	m.first()
	return m.Store.MergeAll(ctx, all)
}

func TestWhatWasPushedWhileNothingRanIsPolledForAfterAStart(t *testing.T) {
	for name, tc := range map[string]struct {
		ran, away, first time.Duration // since the last poll; then; from the start on
	}{
		"an interval after the last poll": {20 * time.Minute, 6 * time.Hour, 0},
		"within one":                      {20 * time.Minute, 10 * time.Minute, 30 * time.Minute},
		"the daemon was only restarted":   {7 * time.Hour, time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			whilePushed(t, func(p *pushing) {
				p.untilPolled(tc.ran)
				p.stop()
				time.Sleep(tc.away)
				p.start()
				at := p.pass(tc.first + day - time.Minute)
				if len(at) != 1 || at[0] != tc.first {
					t.Errorf("polls at %v, want one at %v and no other by the interval", at, tc.first)
				}
			})
		})
	}
}
