package ingest

import (
	"context"
	"errors"
	"time"

	"sluice/feed"
	"sluice/feed/crash"
	"sluice/ingest/schedule"
	"sluice/storage"
)

const (
	// backlog bounds the polls that are claimed and not yet made, so that memory
	// and leases stay bounded however many sources are due, and perHost those of one
	// host, so that it cannot fill the backlog.
	backlog = 4096
	perHost = 64
	// glance is the longest the loop sleeps: after a suspend or a step of the
	// wall clock it sees the new time within it.
	glance = 30 * time.Second
)

// Run polls sources as they fall due until the context ends, and returns when
// the last running poll is stored. The error is the store's: it failed, and
// polling on would be pointless.
func (r *Runner) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	looped := make(chan struct{})
	r.mu.Lock()
	r.looped, r.end = looped, cancel
	r.mu.Unlock()
	defer close(looped)
	if err := r.rewind(ctx, time.Now()); err != nil {
		return ignoreCancel(ctx, err)
	}
	if err := r.spread(ctx, time.Now()); err != nil {
		return ignoreCancel(ctx, err)
	}
	paced := make(chan struct{})
	go func() {
		defer crash.End()
		defer close(paced)
		r.pace(ctx)
	}()
	defer func() { <-paced }()
	before := time.Now()
	for {
		now := time.Now()
		if err := r.mindClock(ctx, before, now); err != nil {
			cancel(err)
			return ignoreCancel(ctx, err)
		}
		before = now
		wait, err := r.claim(ctx)
		if err != nil {
			cancel(err)
			return err
		}
		if ended, err := r.sleep(ctx, wait); ended {
			return err
		}
		r.pacer.sweep(time.Now())
	}
}

// sleep waits until the loop should look again. It returns true when the context has
// ended, with what Run returns then.
func (r *Runner) sleep(ctx context.Context, wait time.Duration) (ended bool, err error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		hang()
		select {
		case <-ctx.Done():
			if err := context.Cause(ctx); errors.Is(err, storage.ErrFailed) {
				return true, err
			}
			return true, nil
		case <-r.wake:
			return false, nil
		case <-timer.C:
			return false, nil
		case <-r.asked:
		}
	}
}

// claim takes what is due now and queues it, and returns how long nothing else
// will be due.
func (r *Runner) claim(ctx context.Context) (time.Duration, error) {
	now := time.Now()
	room := backlog - r.pacer.load()
	if room <= 0 {
		return time.Second, nil
	}
	crowded := r.pacer.crowded()
	claims, err := r.store.Claim(ctx, storage.Due{At: now, Lease: r.lease(), Max: room, PerHost: perHost, Except: crowded})
	if err != nil {
		return 0, ignoreCancel(ctx, err)
	}
	for i := range claims {
		r.launch(ctx, &claims[i])
	}
	next, ok, err := r.store.NextDue(ctx, crowded) // of the crowded ones a poll that ends reminds us
	switch {
	case err != nil:
		return 0, ignoreCancel(ctx, err)
	case !ok:
		return glance, nil
	}
	return min(max(next.Sub(now), 50*time.Millisecond), glance), nil
}

// launch queues a claimed source for polling and returns its flight.
func (r *Runner) launch(ctx context.Context, c *storage.Claim) *flight {
	f := &flight{claim: c}
	r.mu.Lock()
	if waits := r.inflight[c.Source]; waits != nil && !waits.begun {
		// Its claim expired in the queue of a busy host. A second poll in the
		// queue would only find the source claimed, and so would the first.
		waits.claim = c
		r.mu.Unlock()
		return waits
	}
	r.inflight[c.Source] = f
	r.mu.Unlock()
	r.enqueue(ctx, f)
	return f
}

// enqueue queues a flight at the host that paces it; at none where the plan does not
// have its source, which may be about to leave or to come.
func (r *Runner) enqueue(ctx context.Context, f *flight) {
	r.mu.Lock()
	f.host, f.begun = "", false
	if s := r.byName[f.claim.Source]; s != nil {
		f.host = r.plan.hostAt(s, &f.claim.State)
	}
	r.mu.Unlock()
	r.pacer.add(f.host, func() *landing {
		turn := r.turn()
		defer turn.release() // it is stored, or has no document
		l := r.fly(ctx, f, turn)
		if l == nil {
			r.enqueue(ctx, f)
			return nil
		}
		l.flight = f
		if l.light() {
			return l
		}
		r.landAlone(ctx, l)
		return nil
	})
}

// fly polls a claimed source, or says why it cannot any more; nil: by the plan as it
// is now, another host paces it than the one where it waited.
func (r *Runner) fly(ctx context.Context, f *flight, turn *turn) *landing {
	now := time.Now()
	r.mu.Lock()
	f.begun = true
	c := f.claim
	r.mu.Unlock()
	s, plan, ok := r.source(c.Source)
	if !ok || s.Disabled {
		_ = r.store.Release(ctx, *c) // the configuration changed while it waited
		return landed(Report{Source: c.Source, Outcome: NotDue, At: now})
	}
	if c.Expires.Sub(now) < plan.Patience+time.Minute || !of(c, s) {
		// It waited long for its host, or has moved meanwhile. A fresh claim
		// brings a fresh state, too.
		if err := r.store.Release(ctx, *c); err != nil {
			return landed(Report{Source: c.Source, Outcome: Failed, At: now, Err: err})
		}
		again, err := r.store.ClaimSource(ctx, now, c.Source, r.lease())
		if err != nil {
			return landed(Report{Source: c.Source, Outcome: NotDue, At: now, Err: err})
		}
		c = &again
	}
	if !of(c, s) { // the plan is being replaced: it is due again in a moment
		_ = r.store.Release(ctx, *c)
		return landed(Report{Source: c.Source, Outcome: NotDue, At: now})
	}
	host := plan.hostAt(s, &c.State)
	if host != f.host {
		r.mu.Lock()
		f.claim = c
		r.mu.Unlock()
		return nil
	}
	if host != s.Host {
		there := *s
		there.Host = host
		s = &there
	}
	if until := r.hosts.restsUntil(host); until.After(now) {
		return landed(r.postponed(ctx, *c, until))
	}
	if !r.admitted(s, now) {
		return landed(r.await(ctx, *c, now))
	}
	return r.poll(ctx, s, plan, c, turn)
}

// of reports whether a claim is on the source as this plan has it: the validators
// of one address must not go to another, nor be kept for it.
func of(c *storage.Claim, s *Source) bool { return c.State.Address == feed.Fingerprint(s.URL) }

// mindClock deals with a wall clock that went otherwise than the loop did: set
// back, set forward, or on its way while the machine slept.
func (r *Runner) mindClock(ctx context.Context, before, now time.Time) error {
	switch {
	case setBack(before, now):
		return r.rewind(ctx, now)
	case leapt(before, now):
		return r.spread(ctx, now)
	}
	return nil
}

// leapt reports whether so much time is between two looks of the loop that much may
// have fallen due at once, as while nothing was running.
func leapt(before, now time.Time) bool {
	return now.Round(0).Sub(before.Round(0)) > glance+5*time.Minute
}

// setBack reports whether the wall clock was set back between two readings.
func setBack(before, now time.Time) bool {
	wall := now.Round(0).Sub(before.Round(0)) // without the monotonic clock
	return now.Sub(before)-wall > time.Minute
}

// rewind keeps the distance of the next polls where the last ones lie ahead of
// now: a clock that was fast must not silence what was polled under it.
func (r *Runner) rewind(ctx context.Context, now time.Time) error {
	next := map[feed.SourceID]storage.Schedule{}
	err := r.store.EachState(ctx, func(st *feed.SourceState) error {
		if s, ahead := rewound(st, now); ahead {
			next[st.Source] = s
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.correctHosts(ctx, now); err != nil {
		return err
	}
	return r.store.Reschedule(ctx, next)
}

// rewound is when a source is polled next whose last poll lies ahead of now.
func rewound(st *feed.SourceState, now time.Time) (s storage.Schedule, ahead bool) {
	if st.LastAttempt.Sub(now) <= time.Minute {
		return s, false
	}
	s.NextPoll = now.Add(max(st.NextPoll.Sub(st.LastAttempt), 0))
	if wait := st.NotBefore.Sub(st.LastAttempt); wait > 0 {
		s.NotBefore = now.Add(wait)
	}
	return s, true
}

// spread moves the polls that fell due while nothing was running over a stretch
// of time, so that a start is no burst. What hubs sent meanwhile is lost, so their
// promises put off nothing here. Sources never polled stay due at once, and closed
// hours stay closed.
func (r *Runner) spread(ctx context.Context, now time.Time) error {
	next := map[feed.SourceID]storage.Schedule{}
	err := r.store.EachState(ctx, func(st *feed.SourceState) error {
		if st.LastAttempt.IsZero() || st.Status == feed.StatusGone {
			return nil
		}
		at := st.NextPoll
		if plain, sooner := r.unpushed(st); sooner {
			next[st.Source], at = plain, plain.NextPoll
		}
		if !at.After(now) {
			next[st.Source] = storage.Schedule{NextPoll: r.apart(st, now)}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.store.Reschedule(ctx, next)
}

// apart is when a source is polled that fell due while nothing was running.
func (r *Runner) apart(st *feed.SourceState, now time.Time) time.Time {
	s, plan, _ := r.source(st.Source)
	chance := r.opt.Chance()
	at := schedule.Spread(now, s.Interval, chance)
	if open := schedule.Open(at, st.SkipHours, st.SkipDays); open.After(at) && open.Sub(now) <= plan.Max {
		at = schedule.Spread(open, s.Interval, chance)
	}
	return at
}

// lease is how long a claim lasts: a poll, and a wait for a busy host.
func (r *Runner) lease() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.plan.Patience + 15*time.Minute
}

// ignoreCancel drops the error of a store that was asked while we were stopping.
func ignoreCancel(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, storage.ErrFailed) {
		return nil
	}
	return err
}
