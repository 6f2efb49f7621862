package cli

import (
	"math"
	"runtime"
	"runtime/debug"
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
	size      int // what it has from the first collection on; 0: nothing was set
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
	runtime.AddCleanup(&struct{ self *int }{}, func(s *slack) { s.settle() }, s) // garbage already: it is called after the first collection
	return s
}

// settle takes over from the pace of the start.
func (s *slack) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.untouched) != s.size {
		s.untouched = make([]byte, s.size)
	}
	debug.SetGCPercent(100)
	debug.SetMemoryLimit(math.MaxInt64)
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
