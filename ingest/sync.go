package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sluice/feed"
	"sluice/storage"
)

// Request says what Sync polls.
type Request struct {
	Sources []feed.SourceID // empty: all of the plan
	All     bool            // also what is not due; never against Retry-After, gone or disabled
}

// Sync polls once what the request names and is due, and returns a report for
// each source, by name, also for those that were not asked. A poll of the same
// source that runs already is waited for instead of repeated. progress, if not
// nil, is called after each source with how many are done and how many there are.
//
// Sync works with and without Run beside it. The error is about the request or
// the store; sources that fail are in their reports.
func (r *Runner) Sync(ctx context.Context, req Request, progress func(done, total int, rep Report)) ([]Report, error) {
	states, err := r.chosen(ctx, req.Sources)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	paced := make(chan struct{})
	loop := r.loop()
	go func() {
		defer close(paced)
		select {
		case <-loop: // no Run, or no longer: somebody has to run the pacer
			r.pacer.run(ctx)
		case <-ctx.Done():
		}
	}()
	defer func() {
		cancel()
		<-paced
	}()

	reports := make([]Report, 0, len(states))
	var asked []passenger
	now := time.Now()
	for _, st := range states {
		if skip, out := r.leaveAlone(st, req.All, now); skip {
			reports = append(reports, Report{Source: st.Source, Outcome: out, At: now, Next: planned(st)})
			continue
		}
		p := passenger{source: st.Source, all: req.All, since: now}
		if err := r.join(ctx, &p); err != nil {
			return nil, err
		}
		asked = append(asked, p)
	}
	return r.collect(ctx, reports, asked, progress)
}

// passenger is a source that a Sync has polled, on a flight of its own or of
// somebody else.
type passenger struct {
	*flight
	source feed.SourceID
	all    bool      // see Request
	since  time.Time // when the Sync began
}

// chosen returns the states of the named sources, or of all.
func (r *Runner) chosen(ctx context.Context, names []feed.SourceID) ([]feed.SourceState, error) {
	states, err := r.store.States(ctx)
	if err != nil || len(names) == 0 {
		return states, err
	}
	var some []feed.SourceState
	for _, name := range names {
		i := slices.IndexFunc(states, func(st feed.SourceState) bool { return st.Source == name })
		if i < 0 {
			return nil, fmt.Errorf("%w %q", storage.ErrNoSource, name)
		}
		if !slices.ContainsFunc(some, func(st feed.SourceState) bool { return st.Source == name }) {
			some = append(some, states[i])
		}
	}
	return some, nil
}

// leaveAlone reports whether a source is not to be asked, and in which word.
func (r *Runner) leaveAlone(st feed.SourceState, all bool, now time.Time) (bool, Outcome) {
	switch {
	case st.Status == feed.StatusGone:
		return true, Gone
	case st.Status == feed.StatusDisabled, st.NotBefore.After(now):
		return true, NotDue
	case !all && st.NextPoll.After(now) && !r.flying(st.Source):
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
func (r *Runner) join(ctx context.Context, p *passenger) error {
	for {
		r.mu.Lock()
		p.flight = r.inflight[p.source]
		r.mu.Unlock()
		if p.flight != nil {
			return nil
		}
		c, err := r.store.ClaimSource(ctx, p.since, p.source, r.lease())
		switch {
		case err == nil:
			return r.board(ctx, p, c)
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
func (r *Runner) board(ctx context.Context, p *passenger, c storage.Claim) error {
	skip, out := r.leaveAlone(c.State, p.all, p.since)
	if !skip {
		p.flight = r.launch(ctx, c, nil)
		return nil
	}
	p.flight = &flight{
		done:   make(chan struct{}),
		report: Report{Source: p.source, Outcome: out, At: p.since, Next: planned(c.State)},
	}
	close(p.done)
	return r.store.Release(ctx, c)
}

// land waits for the poll of a source. One that was broken off by whoever had
// begun it is begun anew.
func (r *Runner) land(ctx context.Context, p passenger) (Report, error) {
	for {
		select {
		case <-p.done:
		case <-ctx.Done():
			return Report{}, context.Cause(ctx)
		}
		again := errors.Is(p.report.Err, errStopped) && ctx.Err() == nil
		if !again {
			return p.report, nil
		}
		if err := r.join(ctx, &p); err != nil {
			return Report{}, err
		}
	}
}

// collect waits for all flights.
func (r *Runner) collect(
	ctx context.Context, reports []Report, asked []passenger, progress func(int, int, Report),
) ([]Report, error) {
	type landing struct {
		rep Report
		err error
	}
	landed := make(chan landing, len(asked))
	for _, p := range asked {
		go func() {
			rep, err := r.land(ctx, p)
			landed <- landing{rep, err}
		}()
	}
	for done := 1; done <= len(asked); done++ {
		l := <-landed // ends with the context
		if l.err != nil {
			return reports, l.err
		}
		reports = append(reports, l.rep)
		if progress != nil {
			progress(done, len(asked), l.rep)
		}
		if l.rep.Fatal {
			return reports, l.rep.Err
		}
	}
	slices.SortFunc(reports, func(a, b Report) int { return cmp.Compare(a.Source, b.Source) })
	return reports, nil
}
