package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// dog is a watchdog of two pulses, in fake time, of which one can be held.
type dog struct {
	*testing.T

	held  atomic.Bool // the question hangs, whatever its context says
	bad   atomic.Bool // the answer is an error
	asked atomic.Int32
	shown []time.Duration
	log   bytes.Buffer
	end   func()
}

// pass lets time pass, and all that it brings.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

const limit = 30 * time.Second

// watched starts a watchdog and lets a test go on beside it.
func watched(t *testing.T, test func(d *dog)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &dog{T: t}
		begin := time.Now()
		free := make(chan struct{})
		w := watchdog{limit: limit, log: slog.New(slog.NewTextHandler(&d.log, nil))}
		w.alive = func(context.Context) { d.shown = append(d.shown, time.Since(begin)) }
		w.pulses = []pulse{
			{"polling", func(context.Context) error { return nil }},
			{"store", func(context.Context) error {
				d.asked.Add(1)
				if d.held.Load() {
					<-free
				}
				if d.bad.Load() {
					return errors.New("a write has not ended")
				}
				return nil
			}},
		}
		ctx, cancel := context.WithCancel(t.Context())
		d.end = func() { d.held.Store(false); free <- struct{}{} }
		go w.run(ctx)
		synctest.Wait()
		test(d)
		cancel()
		synctest.Wait()
	})
}

func TestADaemonThatAnswersIsShownThreeTimesInTheLimit(t *testing.T) {
	watched(t, func(d *dog) {
		pass(limit)
		if len(d.shown) != 4 || d.shown[0] != 0 || d.shown[3] != limit || d.log.Len() > 0 {
			d.Errorf("shown at %v, log %q", d.shown, d.log.String())
		}
	})
}

func TestADaemonThatHangsIsNotShownAndTheLogSaysWhatHangsInTime(t *testing.T) {
	watched(t, func(d *dog) {
		pass(limit / 2)
		d.held.Store(true)
		before := len(d.shown)
		pass(limit - time.Second) // not yet ended by the manager
		lines := strings.Count(d.log.String(), "\n")
		if len(d.shown) != before || lines != 1 || !strings.Contains(d.log.String(), "store: no answer") {
			d.Errorf("shown at %v, log %q", d.shown, d.log.String())
		}
		pass(10 * limit)
		if n := d.asked.Load(); n != 3 || strings.Count(d.log.String(), "\n") != 1 {
			d.Errorf("%d questions, log %q", n, d.log.String())
		}
		d.end()
		pass(limit)
		if len(d.shown) < before+2 || !strings.Contains(d.log.String(), "answers again") {
			d.Errorf("it goes on: shown at %v, log %q", d.shown, d.log.String())
		}
	})
}

// An answer may take until its context ends, and must still come in time.
func TestAnAnswerAtTheLastMomentIsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shown atomic.Int32
		w := watchdog{limit: limit, log: slog.New(slog.DiscardHandler), alive: func(context.Context) { shown.Add(1) }}
		w.pulses = []pulse{{"store", func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		}}}
		ctx, cancel := context.WithCancel(t.Context())
		go w.run(ctx)
		pass(limit)
		if n := shown.Load(); n != 3 {
			t.Errorf("shown %d times", n)
		}
		cancel()
		synctest.Wait()
	})
}

func TestAnAnswerThatIsAnErrorIsNoSignOfLife(t *testing.T) {
	watched(t, func(d *dog) {
		d.bad.Store(true)
		before := len(d.shown)
		pass(limit - time.Second)
		if len(d.shown) != before || !strings.Contains(d.log.String(), "store: a write has not ended") {
			d.Errorf("shown at %v, log %q", d.shown, d.log.String())
		}
	})
}
