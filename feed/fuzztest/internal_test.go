//go:build unix

package fuzztest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// witness takes what a test would be told.
type witness struct {
	testing.TB
	told []string
}

func (w *witness) Helper() {}

func (w *witness) Errorf(format string, args ...any) {
	w.told = append(w.told, fmt.Sprintf(format, args...))
}

var kept []byte

// spin uses a processor for that long.
func spin(d time.Duration) {
	for begin := processorTime(); processorTime()-begin < d; {
		kept = append(kept[:0], 1)
	}
}

func TestWhatCostsMoreThanItMayIsTold(t *testing.T) {
	short := Cost{Time: 100 * time.Millisecond}
	if racing {
		short.Time /= raceTime
	}
	for name, tt := range map[string]struct {
		cost Cost
		do   func()
		want string
	}{
		"nothing":                        {short, func() {}, ""},
		"a wait":                         {short, func() { time.Sleep(300 * time.Millisecond) }, ""},
		"a long time":                    {short, func() { spin(250 * time.Millisecond) }, "fuzztest.spin"},
		"a long time of other hands":     {short, func() { c := make(chan bool); go func() { spin(250 * time.Millisecond); close(c) }(); <-c }, "of a processor"},
		"much memory":                    {Cost{Bytes: 1 << 20, Each: 10}, func() { kept = make([]byte, 32<<20) }, "were allocated"},
		"much memory that is not bound":  {Cost{}, func() { kept = make([]byte, 32<<20) }, ""},
		"memory as the size of it wants": {Cost{Bytes: 1 << 20, Each: 10 << 20}, func() { kept = make([]byte, 32<<20) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := &witness{TB: t}
			done := watch(w, 7, tt.cost, func(s string) { t.Error(s) })
			tt.do()
			done()
			told := strings.Join(w.told, "\n")
			if (told == "") != (tt.want == "") || !strings.Contains(told, tt.want) {
				t.Errorf("told %q, want %q", told, tt.want)
			}
		})
	}
}

func TestWhatNeverEndsIsEndedWithItsStack(t *testing.T) {
	c := Cost{Time: 20 * time.Millisecond}
	if racing {
		c.Time /= raceTime
	}
	hung := make(chan string, 1)
	done := watch(&witness{TB: t}, 7, c, func(s string) { hung <- s })
	for len(hung) == 0 { // it is given up because it never ends
		spin(time.Millisecond)
	}
	done()
	if s := <-hung; !strings.Contains(s, "TestWhatNeverEndsIsEndedWithItsStack") {
		t.Errorf("told %q", s)
	}
}
