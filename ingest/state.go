package ingest

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
	"sluice/ingest/schedule"
	"sluice/storage"
)

// advance returns the state of a source after a poll, and the rule that chose
// the time of the next. Validators are kept only from a complete document that
// was read to its end (RFC 9111, section 3.3): after anything less, a 304 would
// hide for ever what was missed. A failure of our own doing or network is none
// of the source's: nothing is counted, and it is due again soon.
func (r *Runner) advance(s *Source, plan *Plan, st feed.SourceState, res *result, at time.Time) (feed.SourceState, string) {
	if res.outcome == Failed && res.ours {
		st.NextPoll, st.Reason = again(st, s.Interval, res, at)
		return st, st.Reason
	}
	first := st.LastAttempt.IsZero()
	wait := max(st.NextPoll.Sub(st.LastAttempt), s.Interval) // what was planned
	if !st.LastSuccess.IsZero() && res.outcome != Failed {
		// Time in which nothing was polled says nothing of the source.
		st.Quiet += min(max(at.Sub(st.LastSuccess), 0), 2*wait)
	}
	st.LastAttempt = at
	st.Past = counted(st.Past, res, at)
	st.Interval = s.Interval
	st.NotBefore = time.Time{}
	if res.answer.RetryAfter > 0 {
		st.NotBefore = at.Add(res.answer.RetryAfter)
	}
	switch res.outcome {
	case Failed:
		st = failed(st, res, at)
		st.Fault, st.Code = faultOf(s, res)
	case Partial:
		st = succeeded(st, res, at)
		st.Error = oneLine(res.err)
		st.Same, st.SameSince = 0, time.Time{}
	default:
		st = named(repeated(succeeded(st, res, at), res, at), res)
		st.ETag, st.LastModified = validators(&st, &res.answer)
		st.Origin = res.answer.Origin // of the validators as they are now, also after a 304
		st.Body = res.body
	}
	if res.doc.Expired { // JSON Feed 1.1: the feed is finished
		st.Status, st.Error = feed.StatusGone, "the feed says that it has ended"
	}
	h := r.hints(&st, s, res.answer.RetryAfter, res.err)
	h.Scatter = first && r.crowded(s)
	next, why := schedule.Explain(at, h, limits(s, plan), res.chance)
	st.NextPoll, st.Reason = next, string(why)
	return st, string(why)
}

// counted is what is counted of a source after one more poll. An answer that another
// source had a moment ago was asked for once: by that it saved nothing. The document
// that a 304 stands for is the one whose validators were kept.
func counted(p feed.Past, res *result, at time.Time) feed.Past {
	if p.Polls == 0 {
		p.Since = feed.DayOf(at)
	}
	p.Polls++
	switch {
	case res.outcome == Failed:
		p.Failures++
	case res.answer.NotModified:
		p.NotModified++
		if res.at.IsZero() {
			p.Saved += min(p.Size, math.MaxUint64-p.Saved)
		}
	case res.outcome != Partial && !res.answer.Delta && res.at.IsZero():
		p.Size = uint64(max(res.answer.Received, 0))
	}
	return p
}

const (
	// throttledFor is for how long a source that answered 429 is polled half as
	// often: what led to it may have ended since.
	throttledFor = 30 * 24 * time.Hour
	// A source without validators is taken for one that does not change after the
	// same document so many times in a row over so long.
	sameTimes = 3
	sameFor   = 24 * time.Hour
	// ownTrouble is the stretch over which polls are made again that failed by our own
	// network or doing, and the reasons are what operators read meanwhile.
	ownTrouble       = 4 * time.Minute
	reasonOwnTrouble = "own network"
	reasonBusy       = "busy host"
)

// again returns when a source is asked again of which a poll said nothing, and why: in
// a few minutes. Where a redirect led to a host that had no place for us, it is when
// that rests no more, and the later the longer the source waits for it already, up to
// its interval: each try costs the host that redirects a request.
func again(st feed.SourceState, interval time.Duration, res *result, at time.Time) (time.Time, string) {
	if !errors.Is(res.err, fetch.ErrBusy) {
		return schedule.Spread(at.Add(time.Minute), ownTrouble, res.chance), reasonOwnTrouble
	}
	wait := time.Minute
	if !st.LastAttempt.IsZero() {
		wait = max(wait, min(at.Sub(st.LastAttempt.Add(interval)), interval))
	}
	return schedule.Spread(latest(at.Add(wait), res.free), ownTrouble, res.chance), reasonBusy
}

// failed is the part of the state that a poll sets which failed. What was known of
// the document stays: the next request is conditional.
func failed(st feed.SourceState, res *result, at time.Time) feed.SourceState {
	if st.Failures == 0 {
		st.FailingSince = at
	}
	st = unmoved(st) // a redirect is confirmed by polls in a row
	st.Failures++
	st.Status, st.Error = feed.StatusFailing, oneLine(res.err)
	status, ok := errors.AsType[*fetch.StatusError](res.err)
	switch {
	case !ok:
	case status.Gone():
		st.Status = feed.StatusGone
	case status.Code == 429:
		st.Throttled = at
	case status.Unacceptable():
		st.AcceptAny = !st.AcceptAny // and if that does not help, not again
	}
	return missing(st, res.err, at)
}

// repeated counts the documents that were the one before, of a source whose
// answers have no validators.
func repeated(st feed.SourceState, res *result, at time.Time) feed.SourceState {
	switch {
	case res.answer.ETag != "" || res.answer.LastModified != "" || res.answer.NotModified, res.body != st.Body:
		st.Same, st.SameSince = 0, time.Time{}
	case st.Same == 0:
		st.Same, st.SameSince = 1, at
	default:
		st.Same++
	}
	return st
}

// succeeded is the part of the state that every answered poll sets.
func succeeded(st feed.SourceState, res *result, at time.Time) feed.SourceState {
	st.Status, st.Error, st.Failures, st.FailingSince = feed.StatusOK, "", 0, time.Time{}
	st.Fault, st.Code = "", 0
	st.LastSuccess = at
	if at.Sub(st.Throttled) >= throttledFor {
		st.Throttled = time.Time{}
	}
	if res.outcome != NotModified || res.answer.Freshness > 0 { // a 304 changes what it names
		st.Freshness = res.answer.Freshness
	}
	// What a part of a document says of its feed may be a part, too.
	if res.outcome == Changed && !res.answer.Delta || res.outcome != NotModified && st.Info == (feed.Info{}) {
		st.Info = res.doc.Info
		st.Floor = res.doc.Floor
		st.SkipHours, st.SkipDays = res.doc.SkipHours, res.doc.SkipDays
	}
	if res.outcome != NotModified {
		st.Warnings = res.doc.Warnings
	}
	return st
}

// validators returns what the next request carries. A 200 replaces both, also
// by nothing; a 304 changes only what it names (RFC 9111, section 4.3.4).
func validators(st *feed.SourceState, ans *fetch.Answer) (etag, lastModified string) {
	if !ans.NotModified {
		return ans.ETag, ans.LastModified
	}
	etag, lastModified = st.ETag, st.LastModified
	if ans.ETag != "" {
		etag = ans.ETag
	}
	if ans.LastModified != "" {
		lastModified = ans.LastModified
	}
	return etag, lastModified
}

// rethink chooses the next poll anew where the reasons for it have changed by the
// time that the poll is stored: it ended a quiet time, which only the store can
// tell, the plan has another interval for the source by now, or a hub took back what
// it had promised.
func (r *Runner) rethink(ctx context.Context, l *landing) error {
	s, rep := l.source, &l.report
	now, plan, ok := r.source(s.Name)
	news := rep.Merged.New > 0 && rep.Why == string(schedule.ReasonQuiet)
	left := rep.Why == string(schedule.ReasonPushed) && !r.opt.Lease(s.Name).After(time.Now())
	if !ok || now.URL != s.URL || l.delivery.State.Status == feed.StatusGone || !news && !left && now.Interval == s.Interval {
		return nil
	}
	st := l.delivery.State
	if rep.Merged.New > 0 {
		st.LastNew, st.Quiet = rep.At, 0
	}
	next, why := schedule.Explain(rep.At, r.hints(&st, now, l.retryAfter, l.failed), limits(now, plan), r.opt.Chance())
	err := r.store.Reschedule(ctx, map[feed.SourceID]storage.Schedule{
		s.Name: {NextPoll: next, Interval: now.Interval, Reason: string(why)},
	})
	if err == nil {
		rep.Next, rep.Why = next, string(why)
	}
	return err
}

// planned is when a source is polled next; zero for never.
func planned(st *feed.SourceState) time.Time {
	if st.Status == feed.StatusGone || st.Status == feed.StatusDisabled {
		return time.Time{}
	}
	return st.NextPoll
}

// hints gathers what bears on the time of the next poll.
func hints(st *feed.SourceState, s *Source, retryAfter time.Duration, err error) schedule.Hints {
	h := schedule.Hints{
		Freshness: st.Freshness, Floor: st.Floor, RetryAfter: retryAfter,
		SkipHours: st.SkipHours, SkipDays: st.SkipDays,
		Failures: st.Failures, Failure: failureKind(err),
		Unconditional: s.IgnoreValidators,
		Unvalidated:   st.Same >= sameTimes && st.LastAttempt.Sub(st.SameSince) >= sameFor,
		Throttled:     !st.Throttled.IsZero() && st.LastAttempt.Sub(st.Throttled) < throttledFor,
	}
	if st.Failures == 0 {
		h.Quiet = st.Quiet
	}
	if status, ok := errors.AsType[*fetch.StatusError](err); ok && status.Unacceptable() && st.AcceptAny {
		h.Failures = 0 // it is asked once more in its interval, for any type
	}
	return h
}

func failureKind(err error) schedule.Failure {
	status, ok := errors.AsType[*fetch.StatusError](err)
	switch {
	case !ok:
		return schedule.FailureNetwork
	case status.Code == 429:
		return schedule.FailureRateLimit
	case status.Code == 401 || status.Code == 403:
		return schedule.FailureForbidden
	case status.Code == 451:
		return schedule.FailureLegal
	case status.Code >= 400 && status.Code < 500:
		return schedule.FailureClient
	}
	return schedule.FailureServer
}

func limits(s *Source, plan *Plan) schedule.Limits {
	return schedule.Limits{Interval: s.Interval, Min: plan.Min, Max: plan.Max}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// oneLine is an error as operators see it in tables and states.
func oneLine(err error) string {
	if err == nil {
		return ""
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
