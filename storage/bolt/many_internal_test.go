package bolt

import (
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"
)

// TestManySourcesTakeTheirTurns has sources that are due once an hour claimed, polled and
// put back for two hours of simulated time: each in its turn, none early and none twice.
// "make simulate" has a million of them.
func TestManySourcesTakeTheirTurns(t *testing.T) {
	sources := uint32(20_000)
	if os.Getenv("SLUICE_SIMULATE") != "" {
		sources = 1_000_000
	}
	const hour = int64(time.Hour / time.Microsecond)
	draw := rand.New(rand.NewPCG(1, 2))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	places := make([]dueAt, sources)
	for i := range places {
		places[i] = dueAt{draw.Int64N(hour), uint32(i)} //nolint:gosec // it is below
	}
	l := &dueList{known: true, held: map[uint32]heldPlace{}, order: newPlaceList(places)}
	began, turns := time.Now(), make([]uint8, sources)
	var now int64
	decisions := 0
	for ; ; decisions++ {
		var first dueAt
		for first = range l.order.all() {
			break
		}
		if first.at < now {
			t.Fatalf("source %d is due at %d, and it is %d", first.num, first.at, now)
		}
		if now = first.at; now >= 2*hour {
			break
		}
		turns[first.num]++
		l.claimed(first, time.UnixMicro(now+hour/4))
		l.move([]dueMove{{first, false}, {dueAt{now + hour + draw.Int64N(hour/10), first.num}, true}})
		l.free(first.num)
	}
	took := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if l.order.n != int(sources) || len(l.held) != 0 {
		t.Errorf("%d in the order and %d set apart, want %d and none", l.order.n, len(l.held), sources)
	}
	for num, n := range turns {
		if n < 1 || n > 2 {
			t.Fatalf("source %d had %d turns in two hours", num, n)
		}
	}
	each := (float64(after.HeapAlloc) - float64(before.HeapAlloc)) / float64(sources)
	t.Logf("%d sources, %d decisions, %v each; %.0f bytes of each", sources, decisions, took/time.Duration(decisions), each)
	if each > 64 {
		t.Errorf("%.0f bytes of each source, want 64 at most", each)
	}
	runtime.KeepAlive(l)
}
