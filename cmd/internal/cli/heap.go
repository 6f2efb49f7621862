package cli

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// Go collects a heap when it has doubled, and a small one at 4 MiB. A sweep of a thousand
// sources that finds nothing new makes some 30 MB of garbage, and would be interrupted
// for it a dozen times, at a quarter of its cost. So a command collects nothing before
// that, and most have it freed by their end, at no cost. From the first collection on the
// heap has something in it that is never touched and thus takes no memory, but counts:
// garbage may grow by as much. A daemon, whose memory is touched for long, has less of it.
const (
	briefSlack  = 36 << 20
	daemonSlack = 8 << 20
	// firstLimit bounds what the first collection, a moment before the slack is there, lets
	// the heap grow to where much is loaded at once.
	firstLimit = 128 << 20
)

// slack is what stands in the heap. Nothing reads it.
type slack struct {
	mu        sync.Mutex
	untouched []byte
	size      int   // what it has from the first collection on; 0: nothing was set
	roof      int64 // the limit of memory, from the first collection on; see limit
	early     bool  // the next collection is one of ours, before there is anything to collect
}

// newSlack makes room for garbage. Whoever sets GOGC or GOMEMLIMIT knows better.
func newSlack(getenv func(string) string, size int) *slack {
	s := &slack{}
	if getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return s
	}
	s.size = size
	const goFirst = 4 << 20 // the first collection is at this times GOGC/100
	debug.SetGCPercent(size/goFirst*100 + 100)
	debug.SetMemoryLimit(firstLimit)
	s.await()
	return s
}

// await has the pace of the start taken over after the next collection.
func (s *slack) await() {
	runtime.AddCleanup(&struct{ self *int }{}, func(s *slack) { // garbage already
		s.mu.Lock()
		early := s.early
		s.early = false
		s.mu.Unlock()
		if early {
			s.await()
			return
		}
		s.settle()
	}, s)
}

// sweepPages is how much of the memory of a sweep is in large pages.
const sweepPages = 24 << 20

// widen has what a command will allocate stand in large pages. The garbage of a sweep is
// never collected, so that each page of it is a fault when it is first touched, and those
// were a fifth of the sweep's cost. The system has to be told before, of memory that is in
// the heap: a block that nobody uses is made, told of, and collected while there is little else.
func (s *slack) widen() {
	s.mu.Lock()
	s.early = s.size > 0
	early := s.early
	s.mu.Unlock()
	if early {
		largePages(make([]byte, sweepPages))
		runtime.GC()
	}
}

// settle takes over from the pace of the start.
func (s *slack) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.untouched) != s.size {
		s.untouched = make([]byte, s.size)
	}
	debug.SetGCPercent(100)
	if s.roof == 0 {
		s.limit()
	}
}

// The limit of memory is half more than what is kept, and at least the floor. A first sweep
// of a thousand feeds takes no more of the processor under that than without a limit, and a
// fifth more under 80 MiB. What is beyond the roof, as a hundred thousand sources are while
// they are read again, may be a quarter more: any amount may be kept, and it must not double.
const (
	floor = 104 << 20
	roof  = 448 << 20
)

// limit sets the limit by what was kept at the last collection, and again after each of
// those to come. s.mu is held.
func (s *slack) limit() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	untouched := uint64(len(s.untouched)) // it counts for the runtime, and takes nothing
	next := roofOver(live[0].Value.Uint64()-min(live[0].Value.Uint64(), untouched)) + int64(len(s.untouched))
	if change := next - s.roof; change > s.roof/16 || -change > s.roof/16 { // to set it stops all for a moment
		s.roof = next
		debug.SetMemoryLimit(next)
	}
	runtime.AddCleanup(&struct{ self *int }{}, func(s *slack) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.limit()
	}, s)
}

// roofOver is how much memory there may be where so much is kept.
func roofOver(live uint64) int64 {
	kept := int64(min(live, math.MaxInt64/8)) //nolint:gosec // it is below
	return max(floor, min(kept+kept/2, roof), kept+kept/4)
}

// shrink leaves less room, from the next collection on.
func (s *slack) shrink(size int) {
	s.mu.Lock()
	s.size = min(s.size, size)
	set := s.size > 0
	s.mu.Unlock()
	if set {
		s.settle()
	}
}
