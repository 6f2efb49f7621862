// Package schedule decides when a source is polled next.
//
// It owns the rules: what the configuration sets, what a publisher asks for, and
// how to back off from failures. Its functions read no clock and draw no random
// number; the loop that waits, the requests and what is remembered between polls
// are left to others.
package schedule

import "time"

// Limits are what the configuration says about the time between two polls. The
// zero value stands for an hour between polls and a cap of a day.
type Limits struct {
	Interval time.Duration // the time between polls; 0: 1 hour
	Min      time.Duration // never poll more often; 0: no such bound
	Max      time.Duration // cap on what a publisher may ask for; 0: 24 hours
}

// Failure is the kind of failure of the last poll. It decides how fast and how
// far polls back off.
type Failure int

// The kinds of failure. The zero value is the mildest.
const (
	FailureNetwork   Failure = iota // no answer, a broken one, or one that is no feed
	FailureServer                   // 5xx
	FailureClient                   // 4xx but for those below
	FailureForbidden                // 401 and 403
	FailureRateLimit                // 429
	FailureLegal                    // 451: it seldom ends soon, and is asked weekly
)

// Hints are what is known of a source after a poll. The zero value stands for a
// source that succeeded and asks for nothing.
type Hints struct {
	// Freshness is how long the last successful answer stays fresh (RFC 9111,
	// section 4.2). It does not count after a failure: it had run out when the
	// poll that failed was made.
	Freshness time.Duration
	// Floor is the longest of what the document asks for: ttl, update period.
	Floor time.Duration
	// RetryAfter is what the last answer asked for (RFC 9110, section 10.2.3); 0:
	// nothing. It takes the place of the back-off, because the server knows better.
	RetryAfter time.Duration
	// SkipHours are hours of the day, in UTC, in which the source asks not to be
	// polled; 24 counts as 0. All hours together count as none.
	SkipHours []int
	// SkipDays are days on which it asks the same, in UTC; all seven count as none.
	SkipDays []time.Weekday

	Failures int     // consecutive, the last poll included; 0: it succeeded
	Failure  Failure // kind of the last poll's failure; means nothing without one

	// Quiet is for how long polls have succeeded and brought nothing new.
	Quiet time.Duration
	// Unconditional says that no validators are ever sent, by configuration: then
	// a poll a day is all that is polite.
	Unconditional bool
	// Unvalidated says that the source offers no validators and sent the same
	// document at least three times over at least a day.
	Unvalidated bool
	// Scatter says that many sources of the host had their first poll at the same
	// time: jitter is then up to the whole interval, so that they part.
	Scatter bool
	// Throttled says that the source has answered 429 not long ago: the interval
	// counts twice.
	Throttled bool
	// Pushed is for how long a hub has promised to send what is new: until then a
	// poll a day is enough, and never none.
	Pushed time.Duration
}

// Reason names the rule that chose the time of the next poll.
type Reason string

// The reasons, as the status page shows them.
const (
	ReasonInterval     Reason = "interval"
	ReasonFreshness    Reason = "freshness"
	ReasonFloor        Reason = "ttl"
	ReasonRetryAfter   Reason = "retry-after"
	ReasonBackOff      Reason = "back-off"
	ReasonQuiet        Reason = "quiet"
	ReasonSkip         Reason = "skip hours"
	ReasonNoValidators Reason = "no validators"
	ReasonThrottled    Reason = "throttled"
	ReasonPushed       Reason = "pushed"
)

// Reasons lists all reasons.
func Reasons() []Reason {
	return []Reason{
		ReasonInterval, ReasonFreshness, ReasonFloor, ReasonRetryAfter, ReasonBackOff, ReasonQuiet, ReasonSkip,
		ReasonNoValidators, ReasonThrottled, ReasonPushed,
	}
}

const (
	day  = 24 * time.Hour
	week = 7 * day

	// MaxRetryAfter caps what Retry-After may ask for.
	MaxRetryAfter = week
	// maxSpread is the longest stretch over which a start spreads its polls.
	maxSpread = 10 * time.Minute
)

// Next returns the time of the next poll after one that ended at now. The time
// is at least the minimum and the interval away, and at least as far as each hint
// asks within its cap. jitter is in [0,1) and only lengthens: by up to a tenth of
// the interval, all of it where sources are to part, or, in a back-off, by up to the
// back-off again within its cap.
func Next(now time.Time, h Hints, l Limits, jitter float64) time.Time {
	at, _ := Explain(now, h, l, jitter)
	return at
}

// Explain returns what Next returns, and the rule that was decisive.
func Explain(now time.Time, h Hints, l Limits, jitter float64) (time.Time, Reason) {
	l = l.withDefaults()
	w := waitFor(h, l)
	due := now.Add(w.total)
	at, free := w.skip(due, now, skipped(h), l)
	reason := w.reason
	if at.After(due) {
		reason = ReasonSkip
	}
	return at.Add(share(min(w.slack, free), jitter)), reason
}

// Spread returns when to make a poll that fell due while nothing was running, so
// that a start is no burst: within the interval, at most ten minutes, from now.
func Spread(now time.Time, interval time.Duration, jitter float64) time.Time {
	if interval <= 0 {
		interval = maxSpread
	}
	return now.Add(share(min(interval, maxSpread), jitter))
}

// Open returns the time, or the first after it at which a source that asks not to be
// polled in these hours and on these days may be; see Hints.
func Open(at time.Time, hours []int, days []time.Weekday) time.Time {
	c := skipped(Hints{SkipHours: hours, SkipDays: days})
	for range 7 * 24 {
		if c == nil || !c.at(at) {
			break
		}
		at = nextHour(at)
	}
	return at
}

func (l Limits) withDefaults() Limits {
	if l.Interval <= 0 {
		l.Interval = time.Hour
	}
	if l.Max <= 0 {
		l.Max = day
	}
	l.Interval = max(l.Interval, l.Min)
	return l
}

// share returns a part of a duration. A jitter outside [0,1) is a caller's slip
// and must neither shorten a wait nor stretch it.
func share(d time.Duration, jitter float64) time.Duration {
	switch {
	case !(jitter > 0): // also NaN
		return 0
	case jitter >= 1:
		return max(d-1, 0)
	}
	return time.Duration(float64(d) * jitter)
}
