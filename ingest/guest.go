package ingest

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"sluice/ingest/fetch"
)

// guestPatience is the longest that a poll waits for a place at a host to which it
// was redirected. It holds its own host's place meanwhile, and the other may be
// waiting for that: the wait has to end.
const guestPatience = 10 * time.Second

// gate returns what paces redirects of a source by the host that they lead to. Where
// one is refused because that rests, free becomes the time until when.
func (r *Runner) gate(s *Source, plan *Plan, free *time.Time) fetch.Gate {
	return func(ctx context.Context, u *url.URL) (func(), error) {
		host := plan.hostOf(u)
		if host == s.Host { // whose place it has
			return func() {}, nil
		}
		if until := r.hosts.restsUntil(host); until.After(time.Now()) {
			*free = until
			return nil, fmt.Errorf("the host rests until %s", until.UTC().Format(time.RFC3339))
		}
		ctx, cancel := context.WithTimeout(ctx, guestPatience)
		defer cancel()
		return r.pacer.visit(ctx, host)
	}
}

// visit waits for a place at a host for a poll that runs already, before any poll
// of the host's own that has not begun. leave gives the place back.
func (p *pacer) visit(ctx context.Context, host string) (leave func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.queue(host)
	q.guests++
	p.settle(q)
	defer func() {
		q.guests--
		p.settle(q)
		p.signal()
	}()
	for ctx.Err() == nil {
		now := time.Now()
		wait := min(q.next.Sub(now), p.spacing(host, now))
		if until, bounded := ctx.Deadline(); bounded && q.next.After(until) {
			return nil, context.DeadlineExceeded // nobody starts there before
		}
		full := q.running >= p.pace.PerHost
		if !full && wait <= 0 {
			q.running++
			q.next = now.Add(p.spacing(host, now))
			return func() { p.leave(q) }, nil
		}
		if full { // whoever leaves tells
			wait = guestPatience
		}
		if q.freed == nil {
			q.freed = make(chan struct{})
		}
		freed := q.freed
		p.mu.Unlock()
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-freed:
		case <-timer.C:
		}
		timer.Stop()
		p.mu.Lock()
	}
	return nil, context.Cause(ctx)
}

// leave gives a guest's place back.
func (p *pacer) leave(q *hostQueue) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q.running--
	q.tell()
	p.settle(q)
	p.signal()
}

// tell wakes the guests that wait for a place.
func (q *hostQueue) tell() {
	if q.freed != nil {
		close(q.freed)
		q.freed = nil
	}
}
