package ingest

import (
	"context"
	"errors"
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
// hide for ever what was missed.
func (r *Runner) advance(s Source, plan Plan, st feed.SourceState, res result, at time.Time) (feed.SourceState, string) {
	wait := max(st.NextPoll.Sub(st.LastAttempt), s.Interval) // what was planned
	if !st.LastSuccess.IsZero() && res.outcome != Failed {
		// Time in which nothing was polled says nothing of the source.
		st.Quiet += min(max(at.Sub(st.LastSuccess), 0), 2*wait)
	}
	st.LastAttempt = at
	st.Interval = s.Interval
	st.NotBefore = time.Time{}
	if res.answer.RetryAfter > 0 {
		st.NotBefore = at.Add(res.answer.RetryAfter)
	}
	switch res.outcome {
	case Failed:
		st.Failures++
		st.Status, st.Error = feed.StatusFailing, oneLine(res.err)
		if status, ok := errors.AsType[*fetch.StatusError](res.err); ok && status.Gone() {
			st.Status = feed.StatusGone
		}
	case Partial:
		st = succeeded(st, res, at)
		st.Error = oneLine(res.err)
	default:
		st = succeeded(st, res, at)
		st.ETag, st.LastModified = validators(st, res.answer)
		st.Origin = res.answer.Origin // of the validators as they are now, also after a 304
		st.Body = res.body
	}
	if res.doc.Expired { // JSON Feed 1.1: the feed is finished
		st.Status, st.Error = feed.StatusGone, "the feed says that it has ended"
	}
	next, why := schedule.Explain(at, hints(st, s, res.answer.RetryAfter, res.err), limits(s, plan), r.opt.Chance())
	st.NextPoll = next
	return st, string(why)
}

// succeeded is the part of the state that every answered poll sets.
func succeeded(st feed.SourceState, res result, at time.Time) feed.SourceState {
	st.Status, st.Error, st.Failures = feed.StatusOK, "", 0
	st.LastSuccess = at
	if res.outcome != NotModified || res.answer.Freshness > 0 { // a 304 changes what it names
		st.Freshness = res.answer.Freshness
	}
	// What a cut document says of its feed may be cut, too.
	if res.outcome == Changed || res.outcome == Partial && st.Info == (feed.Info{}) {
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
func validators(st feed.SourceState, ans fetch.Answer) (etag, lastModified string) {
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
// tell, or the plan has another interval for the source by now.
func (r *Runner) rethink(ctx context.Context, s Source, st feed.SourceState, res result, rep *Report) error {
	now, plan, ok := r.source(s.Name)
	news := rep.Merged.New > 0 && rep.Why == string(schedule.ReasonQuiet)
	if !ok || now.URL != s.URL || st.Status == feed.StatusGone || !news && now.Interval == s.Interval {
		return nil
	}
	if rep.Merged.New > 0 {
		st.LastNew, st.Quiet = rep.At, 0
	}
	next, why := schedule.Explain(rep.At, hints(st, now, res.answer.RetryAfter, res.err), limits(now, plan), r.opt.Chance())
	err := r.store.Reschedule(ctx, map[feed.SourceID]storage.Schedule{s.Name: {NextPoll: next, Interval: now.Interval}})
	if err == nil {
		rep.Next, rep.Why = next, string(why)
	}
	return err
}

// planned is when a source is polled next; zero for never.
func planned(st feed.SourceState) time.Time {
	if st.Status == feed.StatusGone || st.Status == feed.StatusDisabled {
		return time.Time{}
	}
	return st.NextPoll
}

// hints gathers what bears on the time of the next poll.
func hints(st feed.SourceState, s Source, retryAfter time.Duration, err error) schedule.Hints {
	h := schedule.Hints{
		Freshness: st.Freshness, Floor: st.Floor, RetryAfter: retryAfter,
		SkipHours: st.SkipHours, SkipDays: st.SkipDays,
		Failures: st.Failures, Failure: failureKind(err),
	}
	if s.IgnoreValidators {
		h.Unconditional = true
	}
	if st.Failures == 0 {
		h.Quiet = st.Quiet
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
	case status.Code >= 400 && status.Code < 500:
		return schedule.FailureClient
	}
	return schedule.FailureServer
}

func limits(s Source, plan Plan) schedule.Limits {
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
