package cli

import (
	"runtime"
	"runtime/metrics"
	"testing"
)

// goal is at which size the heap is collected next.
func goal() uint64 {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func TestThereIsRoomForGarbageInTheHeapUntilItIsShrunk(t *testing.T) {
	unset := func(string) string { return "" }
	without := goal()
	room := newSlack(unset, briefSlack)
	room.settle() // as the first collection does
	brief := goal()
	room.shrink(daemonSlack)
	room.shrink(briefSlack) // it does not grow again
	daemon := goal()
	const slop = 2 << 20
	if grown := brief - without; grown+slop < 2*briefSlack || grown > 2*briefSlack+slop {
		t.Errorf("a command's heap may grow by %d more, want %d", grown, 2*briefSlack)
	}
	if grown := daemon - without; grown+slop < 2*daemonSlack || grown > 2*daemonSlack+slop {
		t.Errorf("a daemon's heap may grow by %d more, want %d", grown, 2*daemonSlack)
	}
	runtime.KeepAlive(room)
	if room := newSlack(func(string) string { return "50" }, briefSlack); room.size != 0 {
		t.Error("who sets GOGC has slack, too")
	}
}
