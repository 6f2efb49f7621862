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
	if r.looped.Load() {
		close(paced)
	} else {
		go func() {
			defer close(paced)
			r.pacer.run(ctx)
		}()
	}
	defer func() {
		cancel()
		<-paced
	}()

	reports := make([]Report, 0, len(states))
	flights := map[feed.SourceID]*flight{}
	now := time.Now()
	for _, st := range states {
		if skip, out := r.leaveAlone(st, req.All, now); skip {
			reports = append(reports, Report{Source: st.Source, Outcome: out, At: now, Next: st.NextPoll})
			continue
		}
		f, err := r.join(ctx, st.Source, now)
		if err != nil {
			return nil, err
		}
		flights[st.Source] = f
	}
	return r.collect(ctx, reports, flights, progress)
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
func (r *Runner) join(ctx context.Context, id feed.SourceID, now time.Time) (*flight, error) {
	for {
		r.mu.Lock()
		f := r.inflight[id]
		r.mu.Unlock()
		if f != nil {
			return f, nil
		}
		c, err := r.store.ClaimSource(ctx, now, id, r.lease())
		switch {
		case err == nil:
			return r.launch(ctx, c, nil), nil
		case !errors.Is(err, storage.ErrBusy):
			return nil, err
		}
		// Claimed by the loop a moment ago and not yet in flight, or just landed.
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// collect waits for all flights.
func (r *Runner) collect(
	ctx context.Context, reports []Report, flights map[feed.SourceID]*flight, progress func(int, int, Report),
) ([]Report, error) {
	landed := make(chan Report)
	for _, f := range flights {
		go func() {
			select {
			case <-f.done:
			case <-ctx.Done():
				return
			}
			select {
			case landed <- f.report:
			case <-ctx.Done():
			}
		}()
	}
	total := len(flights)
	for done := 1; done <= total; done++ {
		select {
		case rep := <-landed:
			reports = append(reports, rep)
			if progress != nil {
				progress(done, total, rep)
			}
			if rep.Fatal {
				return reports, rep.Err
			}
		case <-ctx.Done():
			return reports, context.Cause(ctx)
		}
	}
	slices.SortFunc(reports, func(a, b Report) int { return cmp.Compare(a.Source, b.Source) })
	return reports, nil
}
