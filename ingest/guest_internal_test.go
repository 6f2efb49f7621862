package ingest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAGuestWaitsForAPlaceAndForTheSpacing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Pace{Workers: 1, PerHost: 1, Spacing: 2 * time.Second})
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		at := map[string]time.Duration{}
		ran := make(chan struct{})
		p.add("a", alone(func() { time.Sleep(5 * time.Second) }))
		go p.run(ctx, nil)
		synctest.Wait()
		p.add("a", alone(func() { at["the next of the host"] = time.Since(began); close(ran) }))
		leave, err := p.visit(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		at["the guest"] = time.Since(began)
		time.Sleep(3 * time.Second)
		leave()
		<-ran
		if at["the guest"] != 5*time.Second || at["the next of the host"] != 8*time.Second {
			t.Errorf("%v", at)
		}
		second, err := p.visit(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("after %v, which is within the spacing", took)
		}
		second()
		time.Sleep(2 * time.Second)
		p.sweep(time.Now())
		if len(p.hosts) != 0 {
			t.Error("the host is not forgotten")
		}
		cancel()
	})
}

func TestAGuestDoesNotWaitForAHostThatWantsMoreTimeThanItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Pace{})
		p.taught = func(string, time.Time) time.Duration { return time.Minute }
		leave, err := p.visit(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		leave()
		began := time.Now()
		bounded, end := context.WithTimeout(t.Context(), guestPatience)
		defer end()
		if _, err := p.visit(bounded, "a"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if leave, err = p.visit(t.Context(), "a"); err != nil || time.Since(began) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		leave()
	})
}

func TestTwoGuestsOfEachOthersHostsDoNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Pace{Workers: 2, PerHost: 1})
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error, 2)
		swap := func(to string) job {
			return alone(func() {
				time.Sleep(time.Second)
				bounded, end := context.WithTimeout(ctx, guestPatience)
				defer end()
				leave, err := p.visit(bounded, to)
				if err == nil {
					leave()
				}
				errs <- err
			})
		}
		p.add("a", swap("b"))
		p.add("b", swap("a"))
		began := time.Now()
		go p.run(ctx, nil)
		if err := <-errs; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		if err := <-errs; err == nil {
			t.Log("the other found the place that was given up")
		}
		if took := time.Since(began); took != guestPatience+time.Second {
			t.Errorf("took %v", took)
		}
		done := make(chan struct{})
		p.add("a", alone(func() { close(done) }))
		<-done // its place is free again
		cancel()
	})
}
