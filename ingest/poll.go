package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"sluice/feed"
	"sluice/feed/crash"
	"sluice/ingest/fetch"
	"sluice/ingest/parse"
	"sluice/storage"

	"github.com/cespare/xxhash/v2"
)

// warnInsecure counts documents that a redirect from https to http led to.
const warnInsecure = "insecure-redirect"

// errStopped marks the report of a poll that was broken off by us.
var errStopped = errors.New("stopped")

// poll asks a source, parses what it answers and advances the state. What came of
// it is yet to be stored.
func (r *Runner) poll(ctx context.Context, s *Source, plan *Plan, c *storage.Claim, turn *turn) *landing {
	started := time.Now()
	res := r.ask(ctx, s, plan, c, turn)
	if res.doc.Articles == nil {
		turn.release() // before anything else is waited for
	}
	if ctx.Err() != nil && res.outcome == Failed {
		// We are stopping: the source has not failed, and is due again.
		_ = r.store.Release(context.WithoutCancel(ctx), *c) // a claim ends by itself, too
		return landed(Report{
			Source: s.Name, Outcome: Failed, Result: ResultStopped, Began: started, At: started, Took: time.Since(started),
			Err: fmt.Errorf("%w: %w", errStopped, context.Cause(ctx)),
		})
	}
	at := time.Now().UTC()
	said := at // Retry-After and intervals count from it
	if res.at.IsZero() {
		res.ours = r.blame(ctx, s, &c.State, &res, started, at) || errors.Is(res.err, fetch.ErrBusy)
	} else {
		said = res.at.UTC()
	}
	state, why := r.advance(s, plan, c.State, &res, said)
	l := &landing{
		source: s, plan: plan, said: said, retryAfter: res.answer.RetryAfter, failed: res.err,
		report: Report{
			Source: s.Name, Outcome: res.outcome, Result: resultOf(s, &res), Status: res.answer.Status,
			Bytes: len(res.answer.Body), Received: res.answer.Received, Saved: state.Past.Saved - c.State.Past.Saved, Warnings: res.doc.Warnings,
			Due: c.State.NextPoll, Began: started, Asked: res.asked,
			At: at, Took: time.Since(started), Next: planned(&state), Why: why, Err: res.err,
		},
		delivery: &storage.Delivery{
			Claim: c, At: at, Articles: res.doc.Articles, Sums: res.doc.Sums, Unread: res.doc.Unread, Part: res.outcome == Partial || res.answer.Delta, State: state, Authority: plan.Authority,
			Host: r.hear(ctx, s, plan, &c.State, &res, started, said),
		},
	}
	if !res.ours { // else nothing is known of the source
		l.delivery.Watch = watch(s, plan, at, r.days(ctx, &c.State, &state), res.err)
	}
	if r.maySettle(s, &c.State, &state, &res, at) {
		res.answer.Body = nil // it need not be held until the store has a turn for us
		l.delivery.Settle = l.settle(res, c.State.Articles == 0, at)
	}
	return l
}

// settle returns what decides the state in the store.
func (l *landing) settle(res result, first bool, at time.Time) func(known, fresh int) feed.SourceState {
	advanced := l.delivery.State
	return func(known, fresh int) feed.SourceState {
		l.delivery.State = moved(advanced, res, known, fresh, first, at)
		return l.delivery.State
	}
}

// maySettle reports whether the state is only decided when it is known which of the
// document's articles were known: whether the source has moved.
func (r *Runner) maySettle(s *Source, before, state *feed.SourceState, res *result, at time.Time) bool {
	if res.ours {
		return false
	}
	portal := r.witness(cmp.Or(before.Kept, s.URL), res, at)
	return !portal && res.outcome.Succeeded() && (res.answer.Moved != nil || state.MoveTo != "")
}

// result is what asking a source gave.
type result struct {
	outcome Outcome
	answer  fetch.Answer
	doc     parse.Document
	body    uint64 // hash of a complete document; 0 otherwise
	unread  bool   // err is of reading the document, which came
	// unstored says that err is the store's, which refused what came.
	unstored bool
	ours     bool // it failed by our own doing or network, and says nothing of the source
	err      error
	at       time.Time     // of an answer that another source had a moment ago; zero: it is this poll's
	asked    time.Duration // how long the request took; 0: none was made
	free     time.Time     // when a host rests no more to which it was redirected in vain; zero: it does not
	chance   float64       // see Options
}

// ask makes the request and reads the document. It stores nothing.
func (r *Runner) ask(ctx context.Context, s *Source, plan *Plan, c *storage.Claim, turn *turn) (res result) {
	defer caught(&res)
	began := time.Now()
	sh, again := r.fetch(ctx, s, plan, target(s, c.State), turn)
	asked := time.Since(began)
	res = r.read(ctx, s, c, sh.answer, sh.err, turn)
	res.chance, res.free = sh.chance, sh.free
	if again {
		res.at, res.answer.Received = sh.at, 0 // it came once
	} else {
		res.asked = max(asked, 1)
	}
	return res
}

// caught makes a failure of a panic: whatever an answer brings about, it is its source's
// trouble and nobody else's. It has to be deferred itself.
func caught(res *result) {
	if value := recover(); value != nil {
		*res = result{outcome: Failed, err: crash.Told(value), unread: true}
	}
}

// read reads the document of an answer. Its error holds no secret of the source, which a
// publisher may repeat where one would quote it.
func (r *Runner) read(ctx context.Context, s *Source, c *storage.Claim, ans fetch.Answer, err error, turn *turn) (res result) {
	defer caught(&res)
	res = r.understand(ctx, s, c, ans, err, turn)
	res.err = veil(s.Hide, res.err)
	return res
}

// veiled is an error that is told without secrets.
type veiled struct {
	error
	text string
}

func (v veiled) Error() string { return v.text }

func (v veiled) Unwrap() error { return v.error }

// veil returns an error whose text has *** in place of secrets; one without any is as it is.
func veil(hide *feed.Hider, err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if shown := hide.Text(text); shown != text {
		return veiled{err, shown}
	}
	return err
}

// understand is read with errors as they come.
func (r *Runner) understand(ctx context.Context, s *Source, c *storage.Claim, ans fetch.Answer, err error, turn *turn) result {
	st := &c.State
	switch {
	case err != nil:
		return result{outcome: Failed, answer: ans, err: err}
	case ans.NotModified:
		return result{outcome: NotModified, answer: ans, body: st.Body}
	}
	// A server that ignores validators sends the same bytes again: its headers
	// count, its document does not need to be read a second time.
	sum := documentHash(ans)
	if sum == st.Body && !ans.Delta {
		return result{outcome: NotModified, answer: ans, body: sum}
	}
	doc, err := r.parseNew(ctx, s, c, ans, turn)
	if ans.Downgraded {
		doc.Warnings = maps.Clone(doc.Warnings)
		if doc.Warnings == nil {
			doc.Warnings = map[string]int{}
		}
		doc.Warnings[warnInsecure]++
	}
	switch {
	case err != nil:
		return result{outcome: Failed, answer: ans, err: err, unread: true}
	case doc.Partial != "":
		return result{outcome: Partial, answer: ans, doc: doc, err: fmt.Errorf("partial document: %s", doc.Partial)}
	}
	if ans.Delta {
		sum = st.Body // of the last whole document: a part does not stand for it
	}
	return result{outcome: Changed, answer: ans, doc: doc, body: sum}
}

// parseNew reads of a document what the last one did not have, and all of it where that may
// be something that the last one had: this is decided by all items together. Where the store
// fails all is read, too; that it does is told when the poll is stored.
func (r *Runner) parseNew(ctx context.Context, s *Source, c *storage.Claim, ans fetch.Answer, turn *turn) (parse.Document, error) {
	var known func(sum uint64) bool
	if c.State.Body != 0 && !ans.Delta {
		if sums, err := r.store.Seen(ctx, *c, time.Now()); err == nil && len(sums) > 0 {
			slices.Sort(sums)
			known = func(sum uint64) bool { _, found := slices.BinarySearch(sums, sum); return found }
		}
	}
	doc, err := r.parse(ctx, s, ans, known, turn)
	if err != nil || len(doc.Unread) == 0 {
		return doc, err
	}
	if apart, err := r.store.Apart(ctx, *c, doc.Articles, doc.Unread); err == nil && apart && doc.Partial == "" {
		return doc, nil
	}
	return r.parse(ctx, s, ans, nil, turn)
}

// parse reads a document when there is a processor and memory for it, but for the items
// that are known; nil: all of it.
func (r *Runner) parse(ctx context.Context, s *Source, ans fetch.Answer, known func(sum uint64) bool, turn *turn) (parse.Document, error) {
	if size := parse.Size(ans.Body); size <= fetch.SmallBody {
		if err := turn.sit(ctx, size); err != nil {
			return parse.Document{}, err
		}
		select {
		case r.parses <- struct{}{}:
			defer func() { <-r.parses }()
		case <-ctx.Done():
			return parse.Document{}, ctx.Err()
		}
	} else if err := turn.take(ctx); err != nil {
		return parse.Document{}, err
	}
	return parse.Parse(ans.Body, parse.Meta{
		Source: s.Name, Base: feed.Public(ans.Final), ContentType: ans.ContentType, Known: known,
	})
}

// documentHash tells documents apart. The final address is part of it, because
// relative links are resolved against it, and so is the version of our own
// reading: what a better reader would now find must not hide behind a hash.
func documentHash(ans fetch.Answer) uint64 {
	h := xxhash.New()
	_, _ = fmt.Fprintf(h, "%d\n%s\n%s\n", parse.Version, ans.Final, ans.ContentType) // a hash never fails
	_, _ = h.Write(ans.Body)
	return max(h.Sum64(), 1) // 0 means none
}
