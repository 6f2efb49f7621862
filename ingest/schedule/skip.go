package schedule

import "time"

// closed says in which hours of the week, in UTC, a source asks not to be polled.
type closed [7 * 24]bool

// at reports whether the hour of a time is closed.
func (c *closed) at(t time.Time) bool {
	t = t.UTC()
	return c[int(t.Weekday())*24+t.Hour()]
}

// skipped gathers skipHours and skipDays (RSS 2.0). It returns nil where nothing
// is closed, and where nothing would be left open: that cannot be meant.
func skipped(h Hints) *closed {
	if len(h.SkipHours)+len(h.SkipDays) == 0 { // most sources: no table is made for them
		return nil
	}
	var c closed
	some := false
	for _, hour := range h.SkipHours {
		if hour < 0 || hour > 24 {
			continue
		}
		some = true
		for d := range 7 {
			c[d*24+hour%24] = true // midnight is written as 24, too
		}
	}
	if allClosed(c) {
		c = closed{}
	}
	byHours := c
	for _, d := range h.SkipDays {
		if d < time.Sunday || d > time.Saturday {
			continue
		}
		some = true
		for hour := range 24 {
			c[int(d)*24+hour] = true
		}
	}
	if allClosed(c) {
		c = byHours
	}
	if !some {
		return nil
	}
	return &c
}

func allClosed(c closed) bool {
	for _, shut := range c {
		if !shut {
			return false
		}
	}
	return true
}

// skip moves a due poll to the first open hour, within the configured maximum,
// and returns how much longer that stays open, which bounds jitter: a poll moved
// out of a closed hour must not be jittered into the next one.
func (w wait) skip(due, now time.Time, c *closed, l Limits) (at time.Time, free time.Duration) {
	if c == nil {
		return due, w.slack
	}
	at = due
	for range len(c) {
		if !c.at(at) {
			break
		}
		at = nextHour(at)
	}
	if last := now.Add(w.latest(l)); at.After(last) {
		return last, w.slack // polled in a closed hour rather than later than the cap
	}
	end := nextHour(at)
	for range len(c) {
		if c.at(end) || end.Sub(at) >= w.slack {
			break
		}
		end = nextHour(end)
	}
	return at, end.Sub(at)
}

// latest returns the longest wait to which closed hours may lead: the configured
// maximum, or a day more than what we would wait anyhow beyond it.
func (w wait) latest(l Limits) time.Duration {
	if w.own < l.Max {
		return max(w.total, l.Max)
	}
	return max(w.total, w.own+day)
}

func nextHour(t time.Time) time.Time {
	return t.UTC().Truncate(time.Hour).Add(time.Hour)
}
