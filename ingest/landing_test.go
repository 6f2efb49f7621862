package ingest_test

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/storage"
	"sluice/storage/bolt/bolttest"
)

// tallied is a store that tells how polls came to it.
type tallied struct {
	ingest.Store
	mu            sync.Mutex
	alone, groups int
	largest       int
}

// Merge implements storage.Merger.
func (s *tallied) Merge(ctx context.Context, d storage.Delivery) (storage.Merged, error) {
	s.mu.Lock()
	s.alone++
	s.mu.Unlock()
	return s.Store.Merge(ctx, d)
}

// MergeAll implements storage.Merger.
func (s *tallied) MergeAll(ctx context.Context, all []*storage.Delivery) []storage.Result {
	s.mu.Lock()
	s.groups++
	s.largest = max(s.largest, len(all))
	s.mu.Unlock()
	return s.Store.MergeAll(ctx, all)
}

// unhurried is a network whose hosts take their time, each its own, to say that
// nothing is new.
type unhurried struct {
	took func(host string) time.Duration
}

// Fetch implements ingest.Fetcher.
func (n unhurried) Fetch(ctx context.Context, t fetch.Target) (fetch.Answer, error) {
	u, err := url.Parse(t.URL)
	if err != nil {
		return fetch.Answer{}, err
	}
	select {
	case <-time.After(n.took(u.Host)):
		return fetch.Answer{Status: 304, NotModified: true, Final: u}, nil
	case <-ctx.Done():
		return fetch.Answer{}, context.Cause(ctx)
	}
}

// landing has a Runner over a tallied store poll sources of hosts h0, h1 … that
// answer after these times.
func landing(t *testing.T, sources int, took func(host string) time.Duration, test func(r *rig, tally *tallied)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, store: bolttest.Open(t)}
		r.plan = ingest.Plan{Max: day, Authority: "example.org", Fetcher: unhurried{took}}
		tally := &tallied{Store: r.store}
		r.attach(tally, ingest.Options{})
		var all []ingest.Source
		for i := range sources {
			s := source(fmt.Sprint("s", i), fmt.Sprintf("https://h%d/", i))
			s.Host = fmt.Sprint("h", i)
			all = append(all, s)
		}
		r.use(all...)
		test(r, tally)
	})
}

// TestPollsThatBringNothingShareCommits also where they end one by one, as over a
// real network: a thousand of them, sixty-four at a time, of 20 to 212 ms each.
func TestPollsThatBringNothingShareCommits(t *testing.T) {
	const polls = 1000
	took := func(host string) time.Duration {
		var n int
		if _, err := fmt.Sscanf(host, "h%d", &n); err != nil {
			t.Error(err)
		}
		return time.Duration(20+n*37%193) * time.Millisecond
	}
	landing(t, polls, took, func(r *rig, tally *tallied) {
		for _, rep := range r.sync(ingest.Request{}) {
			if rep.Outcome != ingest.NotModified || rep.Err != nil {
				r.t.Fatalf("%+v", rep)
			}
		}
		r.t.Logf("%d groups, the largest of %d, and %d alone", tally.groups, tally.largest, tally.alone)
		if tally.alone != 0 || tally.groups > polls/20 {
			r.t.Errorf("%d groups and %d alone for %d polls, want at most a twentieth", tally.groups, tally.alone, polls)
		}
	})
}

func TestAPollThatNobodyFollowsIsStoredAtOnce(t *testing.T) {
	landing(t, 1, func(string) time.Duration { return time.Second }, func(r *rig, _ *tallied) {
		began := time.Now()
		r.sync(ingest.Request{})
		if took := time.Since(began); took != time.Second {
			r.t.Errorf("took %v, want the second of the request", took)
		}
	})
}

// TestAPollThatIsDoneWaitsNotForSlowOnes is about its report, and about its places,
// which are free as soon as it has its answer.
func TestAPollThatIsDoneWaitsNotForSlowOnes(t *testing.T) {
	took := func(host string) time.Duration {
		if host == "h0" {
			return time.Minute
		}
		return time.Second
	}
	landing(t, 3, took, func(r *rig, tally *tallied) {
		r.plan.Pace.Workers = 2
		r.use(r.plan.Sources...)
		var at []time.Duration
		began := time.Now()
		_, err := r.runner.Sync(r.t.Context(), ingest.Request{}, func(int, int, ingest.Report) { at = append(at, time.Since(began)) })
		if err != nil {
			r.t.Fatal(err)
		}
		for i, want := range []time.Duration{time.Second, 2 * time.Second, time.Minute} {
			if late := at[i] - want; late < 0 || late > 100*time.Millisecond {
				r.t.Errorf("report %d after %v, want %v and at most 100ms", i, at[i], want)
			}
		}
		if tally.groups != 3 {
			r.t.Errorf("%d groups, want 3", tally.groups)
		}
	})
}

func TestWhatWaitsForOthersIsStoredWhenPollingStops(t *testing.T) {
	landing(t, 2, func(host string) time.Duration { return map[string]time.Duration{"h0": time.Hour}[host] + time.Second }, func(r *rig, _ *tallied) {
		ctx, cancel := context.WithCancel(r.t.Context())
		ran := make(chan error, 1)
		go func() { ran <- r.runner.Run(ctx) }()
		time.Sleep(time.Second + time.Millisecond) // the first has its answer, and waits
		cancel()
		if err := <-ran; err != nil {
			r.t.Fatal(err)
		}
		if st := r.state("s1"); st.LastSuccess.IsZero() {
			r.t.Errorf("what had been answered is not stored: %+v", st)
		}
	})
}
