package app

import (
	"context"
	"errors"
	"slices"
	"sync"

	"sluice/feed/crash"
)

// servers are what listens now. Reloads open and leave some.
type servers struct {
	mu    sync.Mutex
	list  []*server
	run   func(*server) // has one served; nil: nothing is served yet, or any more
	leave func(*server) // has one left, beside what goes on
	over  bool          // all of them are being left
}

// of returns those of a role, in the order of the configuration.
func (l *servers) of(as role) []*server {
	l.mu.Lock()
	defer l.mu.Unlock()
	var some []*server
	for _, s := range l.list {
		if s.role == as {
			some = append(some, s)
		}
	}
	return some
}

// begin has all served, and those that come later.
func (l *servers) begin(run, leave func(*server)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.run, l.leave = run, leave
	for _, s := range l.list {
		run(s)
	}
}

// swap has opened served in place of gone, whose requests are answered to their end.
func (l *servers) swap(opened, gone []*server) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := gone
	if l.over { // the daemon stops: whatever is on the list is being left
		out = opened
	} else {
		l.list = append(slices.DeleteFunc(l.list, func(s *server) bool { return slices.Contains(gone, s) }), opened...)
	}
	var errs []error
	for _, s := range out {
		if l.leave != nil {
			l.leave(s)
		} else {
			errs = append(errs, s.close())
		}
	}
	if l.run != nil {
		for _, s := range opened {
			l.run(s)
		}
	}
	return errors.Join(errs...)
}

// end leaves all, within the context's time, by work beside each other.
func (l *servers) end(ctx context.Context, work *sync.WaitGroup) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over, l.run, l.leave = true, nil, nil
	for _, s := range l.list {
		work.Go(func() {
			defer crash.End()
			s.leave(ctx)
		})
	}
}

// close closes all at once.
func (l *servers) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over, l.run, l.leave = true, nil, nil
	var errs []error
	for _, s := range l.list {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}
