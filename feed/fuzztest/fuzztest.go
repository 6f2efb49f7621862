// Package fuzztest bounds what one input may cost a fuzz target. Go's fuzzer looks
// for inputs that break something; what only takes long, or only fills memory, it
// passes over, and so would whoever reads strangers' bytes with it. Targets say here
// what their reader promises.
package fuzztest

import (
	"cmp"
	"flag"
	"fmt"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

// Cost is the most that one input may cost.
type Cost struct {
	// Time is that of processors, of all goroutines and of the collector, and not a
	// clock's: others may use the machine. Zero is a second. The race detector gets
	// ten times as much.
	Time time.Duration

	// Bytes may be allocated whatever the size of the input is, and Each more for
	// each byte of it: all that is taken from the heap counts, kept or not. Both zero
	// is no bound.
	Bytes, Each uint64
}

// The race detector makes everything slow, and pools forget what they hold.
const (
	raceTime  = 10
	raceBytes = 4
)

// beside is how many times as much an input may cost in a test, which runs the inputs that
// are kept: other tests of the process have left goroutines that are at work. A fuzzer's
// worker does nothing else.
const beside = 20

// endless is how many times its time an input may go on before the process ends.
const endless = 10

// sample is how often the time is looked at.
const sample = 50 * time.Millisecond

// Within watches what a target does with an input of size bytes until the function
// that it returns is called, which fails tb where that cost more than it may. What
// took too long is told with the stacks of the moment when its time was up; what
// goes on for ten times as long never ends, and the process does, with those stacks:
// to the fuzzer, and to a test, that is a finding.
func Within(tb testing.TB, size int, c Cost) (done func()) {
	tb.Helper()
	if worker := flag.Lookup("test.fuzzworker"); worker == nil || worker.Value.String() != "true" {
		c.Time = cmp.Or(c.Time, time.Second) * beside
		c.Bytes, c.Each = c.Bytes*beside, c.Each*beside
	}
	return watch(tb, size, c, func(message string) { panic(message) })
}

// watch calls hang instead of ending the process.
func watch(tb testing.TB, size int, c Cost, hang func(string)) (done func()) {
	tb.Helper()
	if c.Time == 0 {
		c.Time = time.Second
	}
	limit := c.Bytes + c.Each*uint64(size)
	if racing {
		c.Time *= raceTime
		limit *= raceBytes
	}
	bytes, begin := allocated(), processorTime()
	end, ended := make(chan struct{}), make(chan string)
	go func() {
		tick := time.NewTicker(sample)
		defer tick.Stop()
		stacks := ""
		for {
			select {
			case <-end:
				ended <- stacks
				return
			case <-tick.C:
			}
			took := processorTime() - begin
			if took > c.Time && stacks == "" {
				stacks = stacksOfAll()
			}
			if took > endless*c.Time {
				hang(fmt.Sprintf("%d bytes take more than %v; after %v it was here:\n%s", size, endless*c.Time, c.Time, stacks))
				<-end
				ended <- stacks
				return
			}
		}
	}()
	return func() {
		tb.Helper()
		took, used := processorTime()-begin, allocated()-bytes
		close(end)
		stacks := <-ended
		if took > c.Time {
			tb.Errorf("%d bytes took %v of a processor, want at most %v\n%s", size, took, c.Time, stacks)
		}
		if used > limit && limit > 0 {
			tb.Errorf("for %d bytes %d were allocated, want at most %d", size, used, limit)
		}
	}
}

// stacksOfAll are the stacks of all goroutines, as far as anybody would read them.
func stacksOfAll() string {
	b := make([]byte, 64<<10)
	return string(b[:runtime.Stack(b, true)])
}

// allocated is how many bytes the process has ever taken from its heap.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
