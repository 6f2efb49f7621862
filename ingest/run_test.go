package ingest_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage/bolt"
)

func TestRunPollsNewSourcesAtOnceAlsoThoseOfALaterPlan(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	first := served(r, "a", "b")
	r.use(first...)
	stop := r.running()
	until(t, "the polls of a and b", func() bool { return len(r.titles("a"))+len(r.titles("b")) == 2 })
	r.use(append(first, served(r, "c")...)...)
	until(t, "the poll of c", func() bool { return len(r.titles("c")) == 1 })
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := r.pub.Count(""); n != 3 {
		t.Errorf("%d requests, want one for each source", n)
	}
}

// most returns how many requests, each of which took that long, ran at a time.
func most(requests []fetchtest.Request, took time.Duration) int {
	peak := 0
	for i, r := range requests {
		n := 0
		for _, before := range requests[:i+1] {
			if r.At.Sub(before.At) < took {
				n++
			}
		}
		peak = max(peak, n)
	}
	return peak
}

func TestRunKeepsTheLimitsOfEachHost(t *testing.T) {
	const took = 100 * time.Millisecond
	for name, tc := range map[string]struct {
		pace  ingest.Pace
		hosts int
		most  int
		apart time.Duration
	}{
		"one at a time by default": {ingest.Pace{}, 1, 1, took},
		"two at a time":            {ingest.Pace{PerHost: 2}, 1, 2, 0},
		"spaced starts":            {ingest.Pace{PerHost: 4, Spacing: 60 * time.Millisecond}, 1, 4, 60 * time.Millisecond},
		"hosts beside each other":  {ingest.Pace{}, 2, 2, 0},
		"workers bound all hosts":  {ingest.Pace{Workers: 1}, 2, 1, took},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, fetch.Options{})
			r.plan.Pace = tc.pace
			var sources []ingest.Source
			for i := range 6 {
				path := fmt.Sprintf("/%d", i)
				s := source(fmt.Sprintf("s%d", i), r.pub.Set(path, fetchtest.Reply{Body: rss("x"), Delay: took}))
				s.Host = fmt.Sprintf("host-%d", i%tc.hosts)
				sources = append(sources, s)
			}
			r.use(sources...)
			began := time.Now()
			stop := r.running()
			until(t, "all polls", func() bool { return len(r.log.String()) > 0 && r.pub.Count("") == 6 })
			if err := stop(); err != nil {
				t.Error(err)
			}
			requests := r.pub.Requests()
			if got := most(requests, took); got > tc.most {
				t.Errorf("%d requests at a time, want at most %d", got, tc.most)
			}
			// A start is seen where it arrives, which may be late on a busy machine, but not early.
			for i, request := range requests {
				if after := request.At.Sub(began); after < time.Duration(i)*tc.apart {
					t.Errorf("request %d came after %v, want %v between each two", i, after, tc.apart)
				}
			}
		})
	}
}

func TestAHostWithManySourcesDelaysNoOther(t *testing.T) {
	const many = 5000 // more than are claimed at a time
	r := newRig(t, ingest.Options{}, fetch.Options{})
	var sources []ingest.Source
	address := r.pub.Set("/many", fetchtest.Reply{Body: rss("one"), Delay: 5 * time.Millisecond})
	for i := range many {
		s := source(fmt.Sprintf("a%04d", i), fmt.Sprintf("%s?%d", address, i))
		s.Host = "many.example"
		sources = append(sources, s)
	}
	last := source("zz", r.pub.Set("/one", fetchtest.Reply{Body: rss("one")}))
	last.Host = "one.example"
	r.use(append(sources, last)...)
	stop := r.running()
	until(t, "the poll of the other host", func() bool { return r.pub.Count("/one") == 1 })
	if n := r.pub.Count("/many"); n > 200 {
		t.Errorf("the other host was asked after %d polls", n)
	}
	until(t, "more polls than a host may queue", func() bool { return r.pub.Count("") > 200 })
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestAStopInTheMiddleOfAFetchIsNoFailureOfTheSource(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.use(served(r, "a", "b")...) // b waits for a
	r.pub.Set("/a", fetchtest.Reply{Body: rss("a"), Delay: time.Minute})
	was := r.state("a")
	stop := r.running()
	until(t, "the request", func() bool { return r.pub.Count("/a") == 1 })
	began := time.Now()
	if err := stop(); err != nil {
		t.Errorf("run: %v", err)
	}
	if took := time.Since(began); took > 30*time.Second { // the answer would come in a minute
		t.Errorf("the stop took %v", took)
	}
	if st := r.state("a"); st.Failures != 0 || st.Status != was.Status || !st.NextPoll.Equal(was.NextPoll) || !st.LastAttempt.IsZero() {
		t.Errorf("state %+v, want as before", st)
	}
	claim, err := r.store.ClaimSource(t.Context(), time.Now(), "a", time.Minute)
	if err != nil {
		t.Errorf("the claim was kept: %v", err)
	}
	if err := r.store.Release(t.Context(), claim); err != nil {
		t.Error(err)
	}
	if n := r.pub.Count("/b"); n != 0 {
		t.Errorf("b was asked %d times after the stop", n)
	}
}

func TestRunEndsWhenTheStoreIsClosedUnderIt(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.use(source("a", r.pub.Set("/a", fetchtest.Reply{Body: rss("one"), Delay: 100 * time.Millisecond})))
	ended := make(chan error, 1)
	go func() { ended <- r.runner.Run(t.Context()) }()
	until(t, "the request", func() bool { return r.pub.Count("/a") == 1 })
	if err := r.store.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, bolt.ErrClosed) {
			t.Errorf("run: %v, want ErrClosed", err)
		}
	case <-time.After(bound):
		t.Fatal("run goes on without a store")
	}
}
