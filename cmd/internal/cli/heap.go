package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// The heap may grow to so many bytes before anything is collected, where Go begins at 4
// MiB. A sweep of a thousand sources that finds nothing new makes some 30 MB of garbage:
// a command that ends with it has it collected by its end, at no cost, where two
// collections took a tenth of its time. A daemon has sweeps without an end, and its memory
// is touched for long.
const (
	briefHeap  = 32 << 20
	daemonHeap = 16 << 20
)

// heap is how far the heap may grow.
type heap struct{ least atomic.Uint64 }

// keepHeap sets the collector's pace anew after each collection: not before the heap has
// the least that was set last, and as Go would from there on. Whoever sets GOGC knows
// better.
func keepHeap(getenv func(string) string, least uint64) *heap {
	h := &heap{}
	if getenv("GOGC") != "" {
		return h
	}
	h.least.Store(least)
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	var collected func(struct{})
	pace := func() {
		metrics.Read(live)
		debug.SetGCPercent(gcPercent(live[0].Value.Uint64(), h.least.Load()))
		runtime.AddCleanup(&struct{ self *int }{}, collected, struct{}{}) // garbage already: it is called after the next one
	}
	collected = func(struct{}) { pace() }
	pace()
	return h
}

// keep sets the least to which the heap may grow, from the next collection on, or at once
// where there was none yet.
func (h *heap) keep(least uint64) {
	if h.least.Swap(least) != 0 {
		debug.SetGCPercent(gcPercent(0, least))
	}
}

// gcPercent is the GOGC by which a heap with so much alive is collected next at the least,
// or at twice its size if that is more.
func gcPercent(live, least uint64) int {
	const goFirst = 4 << 20 // the first collection is at this times GOGC/100
	if live == 0 {
		return int(least / goFirst * 100)
	}
	return max(100, int(least*100/live)-100)
}
