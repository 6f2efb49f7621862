package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAStopThatHangsEndsInTimeAndSaysWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, free, closed := &App{}, make(chan struct{}), false
		a.push("first", func(context.Context) error { closed = true; return nil })
		a.push("store", func(context.Context) error { <-free; return nil })
		began := time.Now()
		err := a.Stop(t.Context())
		if took := time.Since(began); !errors.Is(err, errLate) || err.Error() != "stop store: it did not end in time" || took != closeTime+moment {
			t.Errorf("after %v: %v", took, err)
		}
		if !closed {
			t.Error("what does not hang was not closed")
		}
		close(free)
	})
}
