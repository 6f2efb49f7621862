package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// minHeap is how far the heap may grow before anything is collected. Go begins at
// 4 MiB; a sweep of a thousand sources that finds nothing new then collects a
// dozen times, at a quarter of its cost, to free what nearly fits in here. More would
// cost as much for memory that is touched once.
const minHeap = 16 << 20

// keepHeap sets the collector's pace anew after each collection: not before the
// heap has minHeap, and as Go would from there on. Whoever sets GOGC knows better.
func keepHeap(getenv func(string) string) {
	if getenv("GOGC") != "" {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	var collected func(struct{})
	pace := func() {
		metrics.Read(live)
		debug.SetGCPercent(gcPercent(live[0].Value.Uint64()))
		runtime.AddCleanup(&struct{ self *int }{}, collected, struct{}{}) // garbage already: it is called after the next one
	}
	collected = func(struct{}) { pace() }
	pace()
}

// gcPercent is the GOGC by which a heap with so much alive is collected next at
// minHeap, or at twice its size if that is more.
func gcPercent(live uint64) int {
	const goFirst = 4 << 20 // the first collection is at this times GOGC/100
	if live == 0 {
		return minHeap / goFirst * 100
	}
	return max(100, int(minHeap*100/live)-100)
}
