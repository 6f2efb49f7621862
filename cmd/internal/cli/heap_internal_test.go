package cli

import (
	"runtime"
	"testing"
	"time"
)

// TestTheSlackIsThereAfterACollectionOfOurs: the one that widen makes is not the first that
// the slack waits for, and must not be the last either.
func TestTheSlackIsThereAfterACollectionOfOurs(t *testing.T) {
	if !alone(t) {
		return
	}
	const size = 8 << 20
	s := newSlack(func(string) string { return "" }, size)
	s.widen()
	for deadline := time.Now().Add(time.Minute); ; runtime.Gosched() {
		runtime.GC()
		s.mu.Lock()
		there := len(s.untouched)
		s.mu.Unlock()
		if there == size {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes of slack, want %d", there, size)
		}
	}
}
