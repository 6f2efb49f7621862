package schedule

import "time"

const (
	quietTwice = 14 * day // without anything new: at most half as many polls
	quietFour  = 60 * day // a quarter

	// unvalidatedFloor is the least wait for a source that offers no validators
	// and does not change: each poll of it costs the publisher a full document.
	unvalidatedFloor = 4 * time.Hour
	// refusedFloor is the first back-off from 401, 403 and a 429 that names no time.
	refusedFloor = 4 * time.Hour

	maxOutage  = day  // back-off while the network or the server is in trouble
	maxRefusal = week // back-off from 4xx, which seldom end by themselves
)

// wait is how long to wait and why.
type wait struct {
	total  time.Duration // without jitter
	own    time.Duration // the part that the publisher's wishes have no share in
	slack  time.Duration // what jitter may add
	reason Reason
}

// atLeast lengthens the wait. Of equal rules the first one named is the reason.
func (w *wait) atLeast(d time.Duration, why Reason) {
	if d > w.total {
		w.total, w.reason = d, why
	}
}

// waitFor weighs all that bears on the length of the wait.
func waitFor(h Hints, l Limits) wait {
	interval := l.Interval
	w := wait{total: interval, slack: interval / 10, reason: ReasonInterval}
	if h.Scatter {
		w.slack = interval
	}
	if h.Throttled {
		w.atLeast(doubled(interval, 1), ReasonThrottled)
		interval = w.total
	}
	if h.Unconditional {
		w.atLeast(day, ReasonNoValidators)
	}
	off, limit := w.refuse(h, l)
	w.own = w.total
	w.wishes(h, l, interval)
	if w.total == off {
		// Full jitter on top: sources that failed together return apart.
		w.slack = max(w.slack, min(off, limit-off))
	}
	return w
}

// refuse adds what a failure or an explicit Retry-After demands, and returns the
// back-off with its cap. Neither is capped by the configured maximum: they say
// that polls are not wanted.
func (w *wait) refuse(h Hints, l Limits) (off, limit time.Duration) {
	switch {
	case h.RetryAfter > 0:
		w.atLeast(min(h.RetryAfter, MaxRetryAfter), ReasonRetryAfter)
	case h.Failures > 0:
		off, limit = backOff(h, l.Interval)
		if off >= w.total {
			w.total, w.reason = off, ReasonBackOff
		}
	}
	return off, limit
}

// backOff returns the wait after consecutive failures, and its cap: the interval,
// doubled for each failure before this one. With the jitter on top a single hiccup
// costs one interval to two, and what lasts doubles from there.
func backOff(h Hints, interval time.Duration) (off, limit time.Duration) {
	off, limit = doubled(interval, h.Failures-1), maxOutage
	switch h.Failure {
	case FailureNetwork, FailureServer:
	case FailureClient:
		limit = maxRefusal
	case FailureLegal:
		return maxRefusal, maxRefusal
	case FailureForbidden, FailureRateLimit:
		limit = maxRefusal
		off = max(off, doubled(refusedFloor, h.Failures-1))
	}
	return min(off, limit), limit
}

// wishes adds what the publisher asks for without refusing, each within the
// configured maximum.
func (w *wait) wishes(h Hints, l Limits, interval time.Duration) {
	if h.Failures <= 0 {
		w.atLeast(min(h.Freshness, l.Max), ReasonFreshness)
	}
	w.atLeast(min(h.Floor, l.Max), ReasonFloor)
	if h.Unvalidated {
		w.atLeast(min(max(doubled(interval, 1), unvalidatedFloor), l.Max), ReasonNoValidators)
	}
	if h.Failures <= 0 {
		w.atLeast(min(h.Pushed, day), ReasonPushed)
	}
	switch {
	case h.Quiet >= quietFour:
		w.atLeast(min(doubled(interval, 2), l.Max), ReasonQuiet)
	case h.Quiet >= quietTwice:
		w.atLeast(min(doubled(interval, 1), l.Max), ReasonQuiet)
	}
}

// doubled returns d doubled n times, without overflow.
func doubled(d time.Duration, n int) time.Duration {
	for ; n > 0 && d < 100*week; n-- {
		d *= 2
	}
	return d
}
