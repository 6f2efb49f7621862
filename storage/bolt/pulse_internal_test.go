package bolt

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func pulsing(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "s.db"), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// moment is how long a test lets something hang.
func moment(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestAStoreThatWorksHasAPulseAndCommitsNothingForIt(t *testing.T) {
	s := pulsing(t)
	stats := s.db().Stats()
	before := stats.TxStats.GetWrite()
	for range 10 {
		if err := s.Pulse(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	stats = s.db().Stats()
	if after := stats.TxStats.GetWrite(); after != before {
		t.Errorf("%d pages were written", after-before)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Pulse(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestAWriteThatHangsIsNoPulseUnlessSomethingGetsOn(t *testing.T) {
	s := pulsing(t)
	begun, end, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		ended <- s.update(t.Context(), func(*txn) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	if err := s.Pulse(moment(t)); err == nil || !strings.Contains(err.Error(), "a write has not ended") {
		t.Errorf("got %v", err)
	}
	// What the write waits for may be a copy that is being made.
	stop := make(chan struct{})
	stepped := make(chan struct{})
	go func() {
		defer close(stepped)
		step := s.stepping(t.Context())
		for {
			select {
			case <-stop:
				return
			default:
				if step() != nil {
					return
				}
			}
		}
	}()
	if err := s.Pulse(moment(t)); err != nil {
		t.Errorf("beside work that gets on: %v", err)
	}
	close(stop)
	<-stepped
	close(end)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if err := s.Pulse(t.Context()); err != nil {
		t.Errorf("after the write: %v", err)
	}
}

func TestAStoreThatFailedHasNoPulse(t *testing.T) {
	s := pulsing(t)
	failed := s.fail(errors.New("no disk"))
	if err := s.Pulse(t.Context()); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}

// A check and a copy make steps, or they would be taken for a hang.
func TestWhatTakesLongMakesSteps(t *testing.T) {
	s := pulsing(t)
	for name, work := range map[string]func() error{
		"a check":      func() error { return s.Verify(t.Context()) },
		"a compaction": func() error { _, _, err := s.Compact(t.Context()); return err },
		"a copy": func() error {
			f, _, err := s.Spool(t.Context())
			if err != nil {
				return err
			}
			return f.Close()
		},
	} {
		before := s.steps.Load()
		if err := work(); err != nil {
			t.Fatal(err)
		}
		if s.steps.Load() == before {
			t.Errorf("%s made no step", name)
		}
	}
}
