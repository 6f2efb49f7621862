package ingest_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/storage/bolt/bolttest"
)

// line is a network that can be cut.
type line struct {
	cut   atomic.Bool
	why   error // what is said while it is cut; nil: that the name cannot be looked up
	asked atomic.Int64
}

// Fetch implements ingest.Fetcher.
func (l *line) Fetch(_ context.Context, t fetch.Target) (fetch.Answer, error) {
	l.asked.Add(1)
	time.Sleep(10 * time.Millisecond)
	if l.cut.Load() {
		return fetch.Answer{}, cmp.Or(l.why, errors.New("the name cannot be looked up"))
	}
	final, err := url.Parse(t.URL)
	return fetch.Answer{Status: 200, NotModified: t.ETag != "", ETag: `"1"`, Body: []byte(rss("one")), Final: final}, err
}

func TestWhileTheNetworkIsDownNobodyIsBlamedAndFewAreAsked(t *testing.T) {
	const sources = 40
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		r := &rig{t: t, store: bolttest.Open(t)}
		r.plan = ingest.Plan{Max: 24 * time.Hour, Authority: "example.org", Fetcher: l}
		var results sync.Map // how many polls had each
		r.attach(r.store, ingest.Options{Observe: func(rep ingest.Report) {
			n, _ := results.LoadOrStore(rep.Result, new(atomic.Int64))
			n.(*atomic.Int64).Add(1)
		}})
		had := func(result ingest.Result) int64 {
			if n, ok := results.Load(result); ok {
				return n.(*atomic.Int64).Load()
			}
			return 0
		}
		var all []ingest.Source
		for i := range sources {
			s := source(fmt.Sprint("s", i), fmt.Sprintf("https://h%d.example/", i))
			s.Host = fmt.Sprint("h", i)
			all = append(all, s)
		}
		r.use(all...)
		play(r, 30*time.Minute)
		if n := l.asked.Load(); n != sources {
			t.Fatalf("%d polls of %d sources", n, sources)
		}
		l.cut.Store(true)
		play(r, 5*time.Hour)
		// Some had failed until it was plain; then there is one look in five minutes.
		if blamed, ours := had(ingest.ResultNetwork), had(ingest.ResultOffline); blamed > 10 || ours < 30 {
			t.Errorf("%d polls count as failed by their network, %d by ours", blamed, ours)
		}
		if n := l.asked.Load() - sources; n < 30 || n > sources+5*12+10 {
			t.Errorf("%d requests in 5 hours", n)
		}
		blamed := 0
		for i := range sources {
			if st := r.state(feed.SourceID(fmt.Sprint("s", i))); st.Failures > 1 {
				t.Errorf("%s was blamed %d times", st.Source, st.Failures)
			} else {
				blamed += st.Failures
			}
		}
		if blamed > 4 {
			t.Errorf("%d sources were blamed", blamed)
		}
		l.cut.Store(false)
		before := l.asked.Load()
		play(r, 11*time.Minute)
		if n := l.asked.Load() - before; n < sources-4 {
			t.Errorf("%d polls in the first minutes after it came back", n)
		}
		for _, words := range []string{"no host can be reached", "hosts can be reached again"} {
			if n := strings.Count(r.log.String(), words); n != 1 {
				t.Errorf("%q was logged %d times", words, n)
			}
		}
	})
}

func TestAFewHostsAreBlamedOnlyForWhatMayBeTheirFault(t *testing.T) {
	for name, tc := range map[string]struct {
		hosts  int
		why    error
		blamed int // polls that count as failures, in five hours
	}{
		"one, and the machine is offline": {1, fetch.ErrOffline, 0},
		"one, to which there is no way":   {1, fetch.ErrUnrouted, 3}, // after one, two and four hours
		"three, to which there is no way": {3, fetch.ErrUnrouted, 2}, // until it is plain
		"three that do not answer":        {3, fetch.ErrTimeout, 9},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &line{why: tc.why}
				r := &rig{t: t, store: bolttest.Open(t)}
				r.plan = ingest.Plan{Max: 24 * time.Hour, Authority: "example.org", Fetcher: l}
				r.attach(r.store, ingest.Options{})
				var all []ingest.Source
				for i := range tc.hosts {
					s := source(fmt.Sprint("s", i), fmt.Sprintf("https://h%d.example/", i))
					s.Host = fmt.Sprint("h", i)
					all = append(all, s)
				}
				r.use(all...)
				play(r, 30*time.Minute)
				l.cut.Store(true)
				play(r, 5*time.Hour)
				blamed := 0
				for _, s := range all {
					blamed += r.state(s.Name).Failures
				}
				if blamed != tc.blamed {
					t.Errorf("blamed %d times, want %d", blamed, tc.blamed)
				}
				l.cut.Store(false)
				before := l.asked.Load()
				play(r, 12*time.Minute)
				if n := l.asked.Load() - before; blamed == 0 && n == 0 {
					t.Error("nobody was asked within minutes of its return")
				}
			})
		})
	}
}

// hanging is a line on which some hosts never answer.
type hanging struct {
	line
	dead map[string]bool // by address
}

// Fetch implements ingest.Fetcher.
func (h *hanging) Fetch(ctx context.Context, t fetch.Target) (fetch.Answer, error) {
	if !h.dead[t.URL] {
		return h.line.Fetch(ctx, t)
	}
	time.Sleep(20 * time.Second)
	return fetch.Answer{}, fetch.ErrTimeout
}

// Who does not answer is heard of last, and so all of them are in a row.
func TestDeadHostsAreBlamedThoughTheirFaultsAreInARow(t *testing.T) {
	const alive, dead = 40, 8
	synctest.Test(t, func(t *testing.T) {
		h := &hanging{dead: map[string]bool{}}
		r := &rig{t: t, store: bolttest.Open(t)}
		r.plan = ingest.Plan{Max: 24 * time.Hour, Authority: "example.org", Fetcher: h}
		r.attach(r.store, ingest.Options{})
		var all []ingest.Source
		for i := range alive + dead {
			s := source(fmt.Sprint("s", i), fmt.Sprintf("https://h%d.example/", i))
			s.Host = fmt.Sprint("h", i)
			h.dead[s.URL] = i >= alive
			all = append(all, s)
		}
		r.use(all...)
		play(r, 70*time.Minute)
		for i := alive; i < alive+dead; i++ {
			if st := r.state(feed.SourceID(fmt.Sprint("s", i))); st.Failures != 2 {
				t.Errorf("%s: %d failures in two polls, next poll because of %q", st.Source, st.Failures, st.Reason)
			}
		}
		log := r.log.String()
		// A restart with the dead alone due.
		r.attach(r.store, ingest.Options{})
		r.use(all...)
		for i := range alive {
			r.due(feed.SourceID(fmt.Sprint("s", i)), time.Now().Add(6*time.Hour))
		}
		play(r, 5*time.Hour)
		for i := alive; i < alive+dead; i++ {
			if st := r.state(feed.SourceID(fmt.Sprint("s", i))); st.Failures < 3 {
				t.Errorf("%s: %d failures after a restart", st.Source, st.Failures)
			}
		}
		if strings.Contains(log+r.log.String(), "no host can be reached") {
			t.Error("the network is said to be down while most hosts answer")
		}
	})
}
