package websub

import (
	"context"
	"sync"

	"sluice/feed"
	"sluice/feed/crash"
)

// held counts, by source, the pushes that are held from their first byte until they
// are processed: strangers decide how many there are, and how large.
type held map[feed.SourceID]int

// take reports whether there is room for another, and holds it.
func (h held) take(source feed.SourceID) bool {
	all := 0
	for _, n := range h {
		all += n
	}
	if all >= maxHeld || h[source] >= maxOfOne {
		return false
	}
	h[source]++
	return true
}

func (h held) give(source feed.SourceID) {
	if h[source]--; h[source] <= 0 {
		delete(h, source)
	}
}

// release gives the place of a push back.
func (s *Subscriber) release(source feed.SourceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held.give(source)
}

// process hands pushes on until the context ends: those of a source one after another,
// as they came, and none waits for another source, which may be in the middle of a
// slow poll.
func (s *Subscriber) process(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	last := map[feed.SourceID]chan struct{}{} // closed when the source's last push is done; no more than there are sources
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-s.queue:
			before, done := last[p.Source], make(chan struct{})
			last[p.Source] = done
			work.Go(func() {
				defer crash.End()
				defer close(done)
				if before != nil {
					<-before
				}
				s.push(ctx, p)
			})
		}
	}
}

// push hands one push on.
func (s *Subscriber) push(ctx context.Context, p Push) {
	defer s.release(p.Source)
	if ctx.Err() != nil {
		return // the next poll finds it
	}
	if err := s.opt.Push(ctx, p); err != nil && ctx.Err() == nil {
		s.opt.Log.WarnContext(ctx, "push not stored", "source", p.Source, "err", err)
	}
}
