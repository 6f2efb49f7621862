package cli

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A daemon that has nothing to do collects nothing either: what its last sweep left would
// stay for minutes, and garbage of a poll now and then for ever. So it looks from time to
// time whether it is quiet, and gives back what it does not need. That costs a collection
// of what is kept, some hundredths of a second.
const (
	restEvery  = 30 * time.Second
	quietBytes = 32 << 20 // allocated from one look to the next: less is quiet; the heap grows by that anyway
	worthBytes = 8 << 20  // more memory than after the last time: less is not worth it
)

// use is what a process has done with memory.
type use struct {
	allocated uint64 // bytes, since the start
	held      uint64 // bytes of the heap that the system has not back
}

// tired reports whether memory is to be given back now: since the look before there was
// little to do, and there is more than after the last time.
func tired(before, now use, rested uint64) bool {
	return now.allocated-before.allocated < quietBytes && now.held >= rested+worthBytes
}

// rest gives memory back when the daemon is quiet, until the context ends. Whoever sets GOGC
// or GOMEMLIMIT knows better.
func (s *slack) rest(ctx context.Context) {
	s.mu.Lock()
	set := s.size > 0
	s.mu.Unlock()
	if set {
		restOver(ctx, heapUse, func() {
			runtime.GC() // what is pooled goes with the second
			debug.FreeOSMemory()
		})
	}
}

// restOver is rest of a process that is looked at and gives memory back by these.
func restOver(ctx context.Context, look func() use, giveBack func()) {
	before, rested := look(), uint64(0)
	each := time.NewTicker(restEvery)
	defer each.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-each.C:
		}
		now := look()
		if tired(before, now, rested) {
			giveBack()
			now = look()
			rested = now.held
		}
		before = now
	}
}

func heapUse() use {
	all := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(all)
	u := use{allocated: all[0].Value.Uint64()}
	for _, part := range all[1:] {
		u.held += part.Value.Uint64()
	}
	return u
}
