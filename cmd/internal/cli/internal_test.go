package cli

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// goal is at which size the heap is collected next.
func goal() uint64 {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func TestMemoryMayBeHalfMoreUpToARoofAndThenAQuarter(t *testing.T) {
	for live, want := range map[uint64]int64{
		0: floor, 50 << 20: floor, 100 << 20: 150 << 20, 320 << 20: roof, 440 << 20: 550 << 20, 4 << 30: 5 << 30,
		math.MaxUint64: math.MaxInt64/8 + math.MaxInt64/32,
	} {
		if got := roofOver(live); got != want {
			t.Errorf("over %d bytes that are kept: %d, want %d", live, got, want)
		}
	}
}

// TestALimitIsSetAnewAfterACollection keeps so much that it must rise.
func TestALimitIsSetAnewAfterACollection(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	room := newSlack(func(string) string { return "" }, daemonSlack)
	room.settle()
	limit := debug.SetMemoryLimit(-1) // by what other tests left, too
	if limit < floor || limit > 4<<30 {
		t.Fatalf("the limit is %d, want %d or some more", limit, floor)
	}
	kept := make([]byte, limit+64<<20) // never touched, it takes no memory
	for range 100 {
		runtime.GC()
		if debug.SetMemoryLimit(-1) >= int64(len(kept)) {
			break
		}
		time.Sleep(10 * time.Millisecond) // a cleanup has a goroutine of its own
	}
	if got := debug.SetMemoryLimit(-1); got < int64(len(kept)) {
		t.Errorf("with %d bytes kept the limit is %d", len(kept), got)
	}
	runtime.KeepAlive(kept)
	runtime.KeepAlive(room)
}

func TestThereIsRoomForGarbageInTheHeapUntilItIsShrunk(t *testing.T) {
	unset := func(string) string { return "" }
	const slop = 2 << 20
	var room *slack
	told := "not tried"
	for tries := 0; told != "" && tries < 20; tries++ { // what other tests left may come and go meanwhile
		without := goal()
		room = newSlack(unset, briefSlack)
		room.settle() // as the first collection does
		brief := goal() - without
		room.shrink(daemonSlack)
		room.shrink(briefSlack) // it does not grow again
		daemon := goal() - without
		switch {
		case brief+slop < 2*briefSlack || brief > 2*briefSlack+slop:
			told = fmt.Sprintf("a command's heap may grow by %d more, want %d", brief, 2*briefSlack)
		case daemon+slop < 2*daemonSlack || daemon > 2*daemonSlack+slop:
			told = fmt.Sprintf("a daemon's heap may grow by %d more, want %d", daemon, 2*daemonSlack)
		default:
			told = ""
		}
	}
	if told != "" {
		t.Error(told)
	}
	runtime.KeepAlive(room)
	if room := newSlack(func(string) string { return "50" }, briefSlack); room.size != 0 {
		t.Error("who sets GOGC has slack, too")
	}
}
