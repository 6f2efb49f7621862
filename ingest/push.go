package ingest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
	"sluice/ingest/schedule"
	"sluice/ingest/websub"
	"sluice/storage"
)

// Push stores what a hub sent for a source (W3C WebSub, section 7), as a poll
// would: it waits for a poll of the source that runs. The document may be a part
// of the feed, so that absence from it means nothing, and it says nothing of the
// source's state: validators, schedule and failures stay as they were.
func (r *Runner) Push(ctx context.Context, p websub.Push) error {
	s, plan, ok := r.source(p.Source)
	if !ok {
		return fmt.Errorf("%w %q", storage.ErrNoSource, p.Source)
	}
	base, err := url.Parse(p.Topic)
	if err != nil {
		return errors.New("push: the topic is no address") // not the library's words: they quote it
	}
	c, err := r.claimFree(ctx, p.Source) // before the document has a turn, for which the poll that runs may wait
	if err != nil {
		return err
	}
	defer r.nudge() // the source may have fallen due under the claim
	if !of(&c, s) {
		return r.store.Release(ctx, c) // its address changed meanwhile: it is polled anew
	}
	turn := r.turn()
	defer turn.release()
	doc, err := r.parse(ctx, s, fetch.Answer{Body: p.Body, Final: base, ContentType: p.ContentType}, nil, turn)
	if err != nil {
		return errors.Join(veil(s.Hide, err), r.store.Release(context.WithoutCancel(ctx), c))
	}
	at := time.Now().UTC()
	merged, err := r.store.Merge(context.WithoutCancel(ctx), storage.Delivery{
		Claim: &c, At: at, Articles: doc.Articles, Part: true, State: c.State, Authority: plan.Authority,
		Watch: watch(s, plan, at, nil, nil),
	})
	if err != nil {
		return errors.Join(fmt.Errorf("store: %w", err), r.store.Release(context.WithoutCancel(ctx), c))
	}
	rep := &Report{
		Source: p.Source, Outcome: Changed, Merged: merged, Bytes: len(p.Body), Warnings: doc.Warnings, Pushed: true, At: at, Took: time.Since(at),
		Next: planned(&c.State), Why: c.State.Reason, Note: "pushed by a hub",
	}
	r.note(ctx, rep)
	r.distrusted(ctx, p.Source, merged.GUIDs)
	r.opt.Observe(*rep)
	if rep.Why == string(schedule.ReasonPushed) && r.opt.Lease != nil && !r.opt.Lease(p.Source).After(time.Now()) {
		return r.Unleased(ctx, p.Source) // the hub left while the claim kept the next poll as it was
	}
	return nil
}

// claimFree takes a source as soon as no poll of it runs.
func (r *Runner) claimFree(ctx context.Context, source feed.SourceID) (storage.Claim, error) {
	for {
		c, err := r.store.ClaimSource(ctx, time.Now(), source, r.lease())
		if !errors.Is(err, storage.ErrBusy) {
			return c, err
		}
		select {
		case <-ctx.Done():
			return storage.Claim{}, context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Unleased chooses the next polls of sources anew, to which hubs promise nothing any
// more.
func (r *Runner) Unleased(ctx context.Context, sources ...feed.SourceID) error {
	states, err := r.store.StatesOf(ctx, sources)
	if err != nil {
		return err
	}
	next := map[feed.SourceID]storage.Schedule{}
	for i := range states {
		if plain, sooner := r.unpushed(&states[i]); sooner {
			next[states[i].Source] = plain
		}
	}
	defer r.nudge()
	return r.store.Reschedule(ctx, next)
}

// unpushed is the next poll of a source by all but what a hub promised. sooner says
// that the promise, and nothing else, put it off.
func (r *Runner) unpushed(st *feed.SourceState) (next storage.Schedule, sooner bool) {
	s, plan, ok := r.source(st.Source)
	why := schedule.Reason(st.Reason)
	if !ok || why != schedule.ReasonPushed && why != schedule.ReasonSkip { // a promise may have led into a closed hour
		return next, false
	}
	at, why := schedule.Explain(st.LastAttempt, hints(st, s, 0, nil), limits(s, plan), r.opt.Chance())
	at = latest(at, st.NotBefore)
	return storage.Schedule{NextPoll: at, Interval: s.Interval, Reason: string(why)}, at.Before(st.NextPoll)
}

// named returns the state with what an answer and its document name for WebSub.
// A document that was not read again names what it named, unless the headers of
// the answer say it.
func named(st feed.SourceState, res *result) feed.SourceState {
	if res.outcome == Changed && !res.answer.Delta {
		st.Hubs, st.Topic = websub.Discover(res.answer.Final, res.answer.Links, res.doc.Hubs, res.doc.Self)
		return st
	}
	if hubs, topic := websub.Discover(res.answer.Final, res.answer.Links, nil, ""); topic != "" {
		st.Hubs, st.Topic = hubs, topic
	}
	return st
}

// hints are those of the state together with what a hub promises.
func (r *Runner) hints(st *feed.SourceState, s *Source, retryAfter time.Duration, err error) schedule.Hints {
	h := hints(st, s, retryAfter, err)
	if r.opt.Lease != nil {
		h.Pushed = r.opt.Lease(s.Name).Sub(st.LastAttempt)
	}
	return h
}
