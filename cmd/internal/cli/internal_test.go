package cli

import (
	"math"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
)

// aloneEnv is set in a process that runs one test.
const aloneEnv = "SLUICE_TEST_ALONE"

// alone runs a test once more in a process of its own, for what is set for a whole process:
// what other tests leave behind changes it meanwhile. It reports whether this is that process.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(aloneEnv) != "" {
		return true
	}
	self := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	self.Env = append(os.Environ(), aloneEnv+"=1")
	told, err := self.CombinedOutput()
	if err != nil || !strings.Contains(string(told), "--- PASS: "+t.Name()) {
		t.Fatalf("alone: %v\n%s", err, told)
	}
	return false
}

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
	if !alone(t) {
		return
	}
	room := newSlack(func(string) string { return "" }, daemonSlack)
	room.settle()
	limit := debug.SetMemoryLimit(-1)
	if limit != floor+daemonSlack {
		t.Fatalf("the limit is %d, want %d", limit, floor+daemonSlack)
	}
	kept := make([]byte, limit+64<<20) // never touched, it takes no memory
	for range 10_000 {
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
	if !alone(t) {
		return
	}
	const slop = 2 << 20
	without := goal()
	room := newSlack(func(string) string { return "" }, briefSlack)
	room.settle() // as the first collection does
	brief := goal() - without
	room.shrink(daemonSlack)
	room.shrink(briefSlack) // it does not grow again
	daemon := goal() - without
	if brief+slop < 2*briefSlack || brief > 2*briefSlack+slop {
		t.Errorf("a command's heap may grow by %d more, want %d", brief, 2*briefSlack)
	}
	if daemon+slop < 2*daemonSlack || daemon > 2*daemonSlack+slop {
		t.Errorf("a daemon's heap may grow by %d more, want %d", daemon, 2*daemonSlack)
	}
	runtime.KeepAlive(room)
	if room := newSlack(func(string) string { return "50" }, briefSlack); room.size != 0 {
		t.Error("who sets GOGC has slack, too")
	}
}
