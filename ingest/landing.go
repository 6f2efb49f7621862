package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sluice/feed"
	"sluice/feed/crash"
	"sluice/storage"
)

// Most polls bring nothing new. A commit for each of them would cost more than they
// did, so they give up their places and wait for others, this long and so many.
const (
	landingTime = 100 * time.Millisecond
	maxLandings = 1024
)

// landing is a poll that is over but for the store.
type landing struct {
	flight   *flight
	report   Report
	delivery *storage.Delivery // nil: there is nothing to store. Its State is the one that was stored

	// What is decided once it is stored goes by these.
	source     *Source
	plan       *Plan
	said       time.Time // when the publisher answered
	retryAfter time.Duration
	failed     error
}

// landed is a poll of which nothing is to be stored.
func landed(rep Report) *landing { return &landing{report: rep} }

// light reports whether a poll may wait for others: it brought a state alone, and
// nobody else goes by what it learned. It holds no document meanwhile.
func (l *landing) light() bool {
	return l.delivery != nil && l.delivery.Articles == nil && l.delivery.Settle == nil && l.delivery.Host == nil
}

// pace runs the pacer until the context ends, and returns when the last running
// poll is stored.
func (r *Runner) pace(ctx context.Context) {
	out, ended := make(chan *landing, maxLandings), make(chan struct{})
	go func() {
		defer crash.End()
		defer close(ended)
		for {
			select {
			case l, more := <-out:
				if !more {
					return
				}
				r.landAll(ctx, r.gather(out, l))
			case <-r.lands:
			}
		}
	}()
	r.pacer.run(ctx, out)
	close(out)
	<-ended
}

// gather adds to a landing those that come behind it, as long as any may.
func (r *Runner) gather(out <-chan *landing, first *landing) []*landing {
	all := []*landing{first}
	timer := time.NewTimer(landingTime)
	defer timer.Stop()
	for len(all) < maxLandings {
		var l *landing
		select {
		case l = <-out:
		default:
			if r.pacer.idle() {
				return all
			}
			select {
			case l = <-out:
			case <-timer.C:
				return all
			}
		}
		if l == nil { // no more will come
			return all
		}
		all = append(all, l)
	}
	return all
}

// landAll stores polls together.
func (r *Runner) landAll(ctx context.Context, all []*landing) {
	// What was fetched is stored even when a stop arrives now: it takes
	// milliseconds, and the publisher need not be asked again.
	ctx = context.WithoutCancel(ctx)
	deliveries := make([]*storage.Delivery, len(all))
	for i, l := range all {
		deliveries[i] = l.delivery
	}
	for i, result := range r.store.MergeAll(ctx, deliveries) {
		r.stored(ctx, all[i], result)
		r.land(ctx, all[i])
	}
}

// landAlone stores a poll, if there is something to store.
func (r *Runner) landAlone(ctx context.Context, l *landing) {
	if l.delivery != nil {
		ctx := context.WithoutCancel(ctx) // as in landAll
		merged, err := r.store.Merge(ctx, *l.delivery)
		r.stored(ctx, l, storage.Result{Merged: merged, Err: err})
	}
	r.land(ctx, l)
}

// stored takes in what came of a poll in the store.
func (r *Runner) stored(ctx context.Context, l *landing, result storage.Result) {
	rep, err := &l.report, result.Err
	if err == nil {
		rep.Merged, rep.Note = result.Merged, settled(&l.delivery.Claim.State, &l.delivery.State)
		r.distrusted(ctx, rep.Source, rep.Merged.GUIDs)
		if err = r.restNeighbours(ctx, l.source, l.delivery.Host, l.said); err == nil {
			err = r.rethink(ctx, l)
		}
	} else if !errors.Is(err, storage.ErrFailed) {
		r.unstorable(ctx, l, fmt.Errorf("store: %w", err))
	}
	if err != nil {
		rep.Outcome, rep.Result, rep.Err = Failed, ResultStore, fmt.Errorf("store: %w", err)
		rep.Fatal = errors.Is(err, storage.ErrFailed)
	}
}

// distrusted says once in the log that a source's guids are not believed any more.
func (r *Runner) distrusted(ctx context.Context, source feed.SourceID, fault feed.GUIDFault) {
	if fault != "" {
		r.log.WarnContext(ctx, "guids are not believed from now on: items are known by address and text; set the source's identity to choose otherwise",
			"source", source, "fault", string(fault))
	}
}

// unstorable stores a poll as failed whose articles the store refuses, so that
// the source backs off instead of being asked again at once.
func (r *Runner) unstorable(ctx context.Context, l *landing, why error) {
	d := *l.delivery
	state, reason := r.advance(l.source, l.plan, d.Claim.State, &result{outcome: Failed, err: why, unstored: true, chance: r.opt.Chance()}, d.At)
	d.Articles, d.State, d.Settle, d.Watch = nil, state, nil, watch(l.source, l.plan, d.At, nil, why)
	merged, err := r.store.Merge(ctx, d)
	if err != nil {
		_ = r.store.Release(ctx, *d.Claim) // or the claim holds until it expires
		l.report.Next = time.Time{}
		return
	}
	l.report.Next, l.report.Why, l.report.Merged = planned(&state), reason, merged
}

// land ends a poll: its source may be polled again, and whoever asks is told.
func (r *Runner) land(ctx context.Context, l *landing) {
	if d := l.delivery; d != nil && l.report.Outcome == Failed {
		l.report.Failures, l.report.FailingSince = d.State.Failures, d.State.FailingSince
	}
	f, rep := l.flight, &l.report
	r.mu.Lock()
	if r.inflight[rep.Source] == f {
		delete(r.inflight, rep.Source)
	}
	r.mu.Unlock()
	r.note(ctx, rep)
	r.opt.Observe(*rep)
	r.mu.Lock()
	if rep.Fatal {
		r.end(rep.Err)
	}
	f.landed, f.report = true, rep
	for _, w := range f.waiting {
		w <- rep
	}
	f.waiting = nil
	r.mu.Unlock()
	r.nudge()
}
