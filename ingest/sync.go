package ingest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"sluice/feed"
	"sluice/feed/crash"
	"sluice/storage"
)

// Request says what Sync polls.
type Request struct {
	Sources []feed.SourceID // empty: all of the plan
	All     bool            // also what is not due; never against Retry-After, gone or disabled
	Enable  bool            // forget first that they failed or are gone, and ask them at once; Retry-After holds
}

// Sync polls once what the request names and is due, and returns a report for
// each source, by name, also for those that were not asked. A poll of the same
// source that runs already is waited for instead of repeated. progress, if not
// nil, is called after each source with how many are done and how many there are.
//
// Sync works with and without Run beside it. The error is about the request or
// the store; sources that fail are in their reports.
func (r *Runner) Sync(ctx context.Context, req Request, progress func(done, total int, rep Report)) ([]Report, error) {
	names := slices.Compact(slices.Sorted(slices.Values(req.Sources))) // nil where none is named
	if req.Enable {
		if err := r.revive(ctx, names); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	paced := make(chan struct{})
	loop := r.loop()
	go func() {
		defer crash.End()
		defer close(paced)
		select {
		case <-loop: // no Run, or no longer: somebody has to run the pacer
			r.pace(ctx)
		case <-ctx.Done():
		}
	}()
	defer func() {
		cancel()
		<-paced
	}()

	t := trip{runner: r, all: req.All || req.Enable, since: time.Now()}
	reports, err := t.begin(ctx, names)
	if err != nil {
		return nil, err
	}
	return t.collect(ctx, reports, progress)
}

// trip is what one Sync has under way: polls of its own and of others.
type trip struct {
	runner   *Runner
	all      bool      // see Request
	since    time.Time // when it began
	out      int       // sources whose reports are still to come
	landings chan *Report
}

// begin has the sources polled, those named or all, and returns the reports of those
// that are not asked.
func (t *trip) begin(ctx context.Context, names []feed.SourceID) (left []Report, err error) {
	r := t.runner
	claims, others, err := r.store.ClaimSources(ctx, t.since, r.lease(), names, func(st *feed.SourceState) bool {
		skip, _ := leaveAlone(st, t.all, false, t.since)
		return !skip
	})
	if err != nil {
		return nil, err
	}
	t.landings = make(chan *Report, len(claims)+len(others))
	left = make([]Report, 0, len(claims)+len(others)) // the others' will follow
	for i := range claims {
		t.await(r.launch(ctx, &claims[i]))
		t.out++
	}
	for i := range others {
		st := &others[i]
		if skip, out := leaveAlone(st, t.all, r.flying(st.Source), t.since); skip {
			left = append(left, Report{Source: st.Source, Outcome: out, At: t.since, Next: planned(st)})
			continue
		}
		if err := t.join(ctx, st.Source); err != nil {
			return nil, err
		}
		t.out++
	}
	return left, nil
}

// revive has the store forget that sources failed, those named or all. Those that
// the configuration has switched off stay as they are.
func (r *Runner) revive(ctx context.Context, names []feed.SourceID) error {
	var on []feed.SourceID
	add := func(st *feed.SourceState) error {
		if st.Status != feed.StatusDisabled {
			on = append(on, st.Source)
		}
		return nil
	}
	if names == nil {
		if err := r.store.EachState(ctx, add); err != nil {
			return err
		}
		return r.store.Revive(ctx, on...)
	}
	states, err := r.store.StatesOf(ctx, names)
	if err != nil {
		return err
	}
	for i := range states {
		_ = add(&states[i]) // it has none
	}
	return r.store.Revive(ctx, on...)
}

// leaveAlone reports whether a source is not to be asked, and in which word. One
// that is not due and flying is: its poll's report is waited for.
func leaveAlone(st *feed.SourceState, all, flying bool, now time.Time) (bool, Outcome) {
	switch {
	case st.Status == feed.StatusGone:
		return true, Gone
	case st.Status == feed.StatusDisabled, st.NotBefore.After(now):
		return true, NotDue
	case !all && st.NextPoll.After(now) && !flying:
		return true, NotDue
	}
	return false, ""
}

func (r *Runner) flying(id feed.SourceID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.inflight[id] != nil
}

// join claims a source and queues it, or finds the poll of it that is under way.
// What comes of it is sent to landings.
func (t *trip) join(ctx context.Context, source feed.SourceID) error {
	r := t.runner
	for {
		r.mu.Lock()
		f := r.inflight[source]
		r.mu.Unlock()
		if f != nil {
			t.await(f)
			return nil
		}
		c, err := r.store.ClaimSource(ctx, time.Now(), source, r.lease())
		switch {
		case err == nil:
			return t.board(ctx, &c)
		case errors.Is(err, storage.ErrNoSource): // it left the configuration a moment ago
			t.landings <- &Report{Source: source, Outcome: NotDue, At: t.since}
			return nil
		case !errors.Is(err, storage.ErrBusy):
			return err
		}
		// Claimed by the loop a moment ago and not yet in flight, or just landed.
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// board queues a claimed source, unless a poll that landed after we had looked
// has made that superfluous or unwelcome.
func (t *trip) board(ctx context.Context, c *storage.Claim) error {
	skip, out := leaveAlone(&c.State, t.all, t.runner.flying(c.Source), t.since)
	if !skip {
		t.await(t.runner.launch(ctx, c))
		return nil
	}
	t.landings <- &Report{Source: c.Source, Outcome: out, At: t.since, Next: planned(&c.State)}
	return t.runner.store.Release(ctx, *c)
}

// await has the flight's report sent to landings, which have room for one of
// each source.
func (t *trip) await(f *flight) {
	t.runner.mu.Lock()
	defer t.runner.mu.Unlock()
	if f.landed {
		t.landings <- f.report
	} else {
		f.waiting = append(f.waiting, t.landings)
	}
}

// collect waits for all flights. One that was broken off by whoever had begun it
// is begun anew.
func (t *trip) collect(ctx context.Context, reports []Report, progress func(int, int, Report)) ([]Report, error) {
	total := t.out
	for t.out > 0 {
		var rep *Report
		select {
		case rep = <-t.landings:
		case <-ctx.Done():
			return reports, context.Cause(ctx)
		}
		if errors.Is(rep.Err, errStopped) && ctx.Err() == nil {
			if err := t.join(ctx, rep.Source); err != nil {
				return reports, err
			}
			continue
		}
		t.out--
		reports = append(reports, *rep)
		if progress != nil {
			progress(total-t.out, total, *rep)
		}
		if rep.Fatal {
			return reports, rep.Err
		}
	}
	slices.SortFunc(reports, func(a, b Report) int { return cmp.Compare(a.Source, b.Source) })
	return reports, nil
}
