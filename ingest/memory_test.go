package ingest_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/storage/bolt/bolttest"
)

// heap is what is alive on it, in bytes.
func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestAHundredThousandSourcesFitInAHundredMiB counts what the scheduler and the store
// hold of them while they wait, and the plan itself.
func TestAHundredThousandSourcesFitInAHundredMiB(t *testing.T) {
	const sources, most = 100_000, 100 << 20
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	before := heap()
	plan := ingest.Plan{Authority: "example.org", Pace: ingest.Pace{Spacing: time.Second}, Fetcher: &stuck{}}
	for i := range sources {
		s := source(fmt.Sprintf("s%06d", i), fmt.Sprintf("https://h%d.example/feeds/%d.xml", i%5000, i))
		s.Host = fmt.Sprintf("h%d.example", i%5000)
		plan.Sources = append(plan.Sources, s)
	}
	configured := heap()
	store := bolttest.Open(t)
	runner := ingest.New(store, slog.New(slog.DiscardHandler), ingest.Options{})
	if err := runner.SetPlan(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	stop := start(t, runner)
	until(t, "as many requests as may run at a time", func() bool { return plan.Fetcher.(*stuck).asked.Load() == 64 })
	held := heap()
	for range 10 { // what the start took is given back
		time.Sleep(20 * time.Millisecond)
		held = min(held, heap())
	}
	t.Logf("%d sources: %d MiB of plan, %d MiB held beside it", sources, (configured-before)>>20, (held-configured)>>20)
	if held-before > most {
		t.Errorf("%d MiB, want at most %d", (held-before)>>20, most>>20)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	runtime.KeepAlive(plan)
}

// stuck is a network that never answers.
type stuck struct{ asked atomic.Int64 }

// Fetch implements ingest.Fetcher.
func (s *stuck) Fetch(ctx context.Context, _ fetch.Target) (fetch.Answer, error) {
	s.asked.Add(1)
	<-ctx.Done()
	return fetch.Answer{}, context.Cause(ctx)
}
