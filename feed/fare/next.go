package fare

import (
	"strings"
	"time"

	"sluice/feed"
)

// Next says when a source is polled next, as seen from now.
func Next(st *feed.SourceState, now time.Time) string {
	switch {
	case st.Status == feed.StatusGone || st.Status == feed.StatusDisabled:
		return "never"
	case st.NextPoll.IsZero():
		return "now"
	}
	return Until(st.NextPoll, now)
}

// Why says why the next poll is when it is, as what follows "because"; empty where there
// is nothing to say, or where a reason is not known here.
func Why(st *feed.SourceState, now time.Time) string {
	if st.Status == feed.StatusGone || st.Status == feed.StatusDisabled {
		return ""
	}
	switch st.Reason {
	case "interval":
		return "that is its interval"
	case "freshness":
		return "the publisher says that its answer is good until then"
	case "ttl":
		return "the document asks for it by ttl or its update period"
	case "retry-after":
		return "the publisher asks not to be asked before"
	case "back-off":
		if st.Failures < 2 {
			return "it failed"
		}
		return "it failed " + times(st.Failures) + ", and is asked less often each time"
	case "quiet":
		return "it has brought nothing new for " + Span(st.Quiet) + " of polling"
	case "skip hours":
		return "the document asks for hours or days without polls"
	case "no validators":
		return "without validators each poll costs the publisher a whole document"
	case "throttled":
		return "it answered 429 on " + Moment(st.Throttled, now) + ", and is asked half as often for a month"
	case "pushed":
		return "a hub tells us what is new, so that a poll a day is enough"
	case "own network":
		return "our own network failed"
	case "busy host":
		return "it redirects to a host that has no room for us now"
	}
	return st.Reason
}

func times(n int) string {
	if n == 2 {
		return "twice"
	}
	return Number(n) + " times in a row"
}

// Interval is the time between polls as configuration files say it.
func Interval(d time.Duration) string {
	if day := 24 * time.Hour; d >= day && d%day == 0 {
		return Number(int(d/day)) + "d"
	}
	s := d.Truncate(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// NextAndWhy is Next together with Why.
func NextAndWhy(st *feed.SourceState, now time.Time) string {
	if why := Why(st, now); why != "" {
		return Next(st, now) + ", because " + why
	}
	return Next(st, now)
}
