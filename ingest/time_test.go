package ingest_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/storage/bolt/bolttest"
)

// ticking runs a test in fake time, with sources that are files, because
// answers from a network would not be waited for. Each is served a document.
func ticking(t *testing.T, opt ingest.Options, test func(r *rig, file func(name string) ingest.Source)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		r := &rig{t: t, store: bolttest.Open(t)}
		r.plan = ingest.Plan{Max: 24 * time.Hour, Authority: "example.org", Fetcher: newClient(t, fetch.Options{})}
		r.attach(r.store, opt)
		test(r, func(name string) ingest.Source {
			path := filepath.Join(dir, name)
			write(t, path, rss(name))
			s := source(name, "file://"+path)
			s.Host = "file"
			return s
		})
	})
}

// polls collects when each source was polled.
type polls map[feed.SourceID][]time.Duration

func (p polls) observe(began time.Time) func(ingest.Report) {
	return func(rep ingest.Report) { p[rep.Source] = append(p[rep.Source], rep.At.Sub(began)) }
}

// play lets a Runner run for a while in fake time, one poll at a time.
func play(r *rig, d time.Duration) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), d)
	defer cancel()
	if err := r.runner.Run(ctx); err != nil {
		r.t.Errorf("run: %v", err)
	}
}

func TestRunPollsEachSourceByItsInterval(t *testing.T) {
	seen := polls{}
	ticking(t, ingest.Options{}, func(r *rig, file func(string) ingest.Source) {
		r.attach(r.store, ingest.Options{Observe: seen.observe(time.Now())})
		hourly, daily := file("hourly"), file("daily")
		daily.Interval = 24 * time.Hour
		r.use(hourly, daily)
		play(r, 25*time.Hour-time.Second)
	})
	if n := len(seen["hourly"]); n != 25 {
		t.Errorf("the hourly source was polled %d times in a day, want 25", n)
	}
	for i, at := range seen["hourly"] {
		if late := at - time.Duration(i)*time.Hour; late < 0 || late > 5*time.Second {
			t.Errorf("poll %d at %v", i, at)
		}
	}
	if got := seen["daily"]; len(got) != 2 || got[1] < 24*time.Hour {
		t.Errorf("the daily source was polled at %v", got)
	}
}

func TestAStartSpreadsWhatFellDueAndPollsNewSourcesAtOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		chance float64
		wait   time.Duration
	}{
		"no chance":   {0, 0},
		"half":        {0.5, 5 * time.Minute},
		"nearly full": {0.99, 9*time.Minute + 54*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			seen := polls{}
			ticking(t, ingest.Options{}, func(r *rig, file func(string) ingest.Source) {
				overdue, later, fresh := file("overdue"), file("later"), file("fresh")
				r.use(overdue, later)
				r.sync(ingest.Request{})
				r.due("later", time.Now().Add(3*time.Hour))
				time.Sleep(2 * time.Hour)
				r.attach(r.store, ingest.Options{Observe: seen.observe(time.Now()), Chance: func() float64 { return tc.chance }})
				r.use(overdue, later, fresh)
				play(r, 15*time.Minute)
			})
			if got := seen["fresh"]; len(got) != 1 || got[0] > time.Second {
				t.Errorf("the new source was polled at %v, want at once", got)
			}
			if got := seen["overdue"]; len(got) != 1 || got[0] < tc.wait || got[0] > tc.wait+time.Second {
				t.Errorf("the overdue source was polled at %v, want after %v", got, tc.wait)
			}
			if got := seen["later"]; len(got) != 0 {
				t.Errorf("what was not due was polled at %v", got)
			}
		})
	}
}

func TestAHostWhoseQueueIsLongerThanAClaimIsServedToTheEnd(t *testing.T) {
	const sources, spacing = 150, 19 * time.Second // 47 minutes, where a claim lasts 16
	seen := polls{}
	ticking(t, ingest.Options{}, func(r *rig, file func(string) ingest.Source) {
		r.attach(r.store, ingest.Options{Observe: func(rep ingest.Report) {
			if rep.Outcome.Polled() {
				seen[rep.Source] = append(seen[rep.Source], 0)
			}
		}})
		var all []ingest.Source
		for i := range sources {
			s := file(fmt.Sprintf("s%d", i))
			s.Interval = 24 * time.Hour
			all = append(all, s)
		}
		r.plan.Pace.Spacing = spacing
		r.use(all...)
		play(r, sources*spacing)
	})
	if len(seen) != sources {
		t.Errorf("%d sources were polled, want %d", len(seen), sources)
	}
	for name, times := range seen {
		if len(times) != 1 {
			t.Errorf("%s was polled %d times", name, len(times))
		}
	}
}
