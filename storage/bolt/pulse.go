package bolt

import (
	"context"
	"errors"
	"fmt"

	"sluice/feed/crash"
)

// Pulse returns nil once the store has read and its writer is between two transactions.
// Both are asked, and neither costs a commit. What takes long and gets on (a check, a
// copy) is no hang, though others may wait for it: when the context ends first, that is
// an error only where nothing made a step meanwhile. A store that has failed says so.
func (s *Store) Pulse(ctx context.Context) error {
	before := s.steps.Load()
	err := s.pulse(ctx)
	if errors.Is(err, errSilent) && s.steps.Load() != before {
		return nil
	}
	return err
}

var errSilent = errors.New("the store does not answer")

func (s *Store) pulse(ctx context.Context) error {
	read := make(chan error, 1)
	go func() {
		defer crash.End()
		read <- s.Alive(ctx) // a disk that hangs holds it, whatever the context says
	}()
	select {
	case err := <-read:
		if err != nil && ctx.Err() == nil {
			return err
		}
	case <-ctx.Done():
		return fmt.Errorf("%w: a read has not ended", errSilent)
	}
	select {
	case s.asked <- struct{}{}:
		return nil
	case <-s.stop:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("%w: a write has not ended", errSilent)
	}
}

// Steps counts what is done of that which takes long: where it rises, whoever waits for
// the store waits for work that gets on.
func (s *Store) Steps() uint64 { return s.steps.Load() }

// stepping returns ctx.Err for work that takes long and asks it at each step.
func (s *Store) stepping(ctx context.Context) func() error {
	return func() error {
		s.steps.Add(1)
		return ctx.Err()
	}
}
