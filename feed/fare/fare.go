// Package fare says in plain words how a source fares: what is the matter, since when,
// what sluice does about it and what its operator can do, why it is polled when it is, and
// what it brings. Pages, commands and the feed of what befell sources say it with these
// words, so that one thing has one name.
//
// It is made of values alone, reads no clock and knows neither HTML nor a terminal. What
// publishers say is in a few of the texts: whoever shows them takes care of that.
//
// What package publish says of events uses InFull, Moment, Span, Short, WebAddress, Typed
// and Elsewhere. Entries that were published do not change, so these stay as they are; the
// rest may be said better.
package fare

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sluice/feed"
)

// InFull is a time for people.
func InFull(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// Moment is a time as it is said at another: without the year where that is the same.
func Moment(t, said time.Time) string {
	if t.UTC().Year() == said.UTC().Year() {
		return t.UTC().Format("2 January, 15:04 UTC")
	}
	return InFull(t)
}

// Span is a length of time by the unit in which people would say it. Under two minutes it
// is said in seconds; one below a second, or negative, is none.
func Span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return Count(int(d/(24*time.Hour)), "day", "days")
	case d >= 2*time.Hour:
		return Count(int(d/time.Hour), "hour", "hours")
	case d >= 2*time.Minute:
		return Count(int(d/time.Minute), "minute", "minutes")
	}
	return Count(int(max(d, 0)/time.Second), "second", "seconds")
}

// Ago is a time that has passed, as seen from now.
func Ago(t, now time.Time) string {
	if now.Sub(t) < time.Second {
		return "now"
	}
	return Span(now.Sub(t)) + " ago"
}

// Until is a time to come, as seen from now.
func Until(t, now time.Time) string {
	if t.Sub(now) < time.Second {
		return "now"
	}
	return "in " + Span(t.Sub(now))
}

// Count is a number with what is counted.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Number is a number in groups of three digits.
func Number(n int) string {
	s := strconv.Itoa(n)
	for at := len(s) - 3; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// Size is a number of bytes by its largest unit, of a thousand each.
func Size(bytes uint64) string {
	const units = "kMGTPE"
	if bytes < 1000 {
		return strconv.FormatUint(bytes, 10) + " B"
	}
	value, unit := float64(bytes)/1000, 0
	for value >= 999.5 && unit < len(units)-1 {
		value, unit = value/1000, unit+1
	}
	if value < 9.95 {
		return fmt.Sprintf("%.1f %cB", value, units[unit])
	}
	return fmt.Sprintf("%.0f %cB", value, units[unit])
}

// Share is a part of a whole as a percentage; empty where there is no whole. All and
// nothing are said of what is all and nothing alone.
func Share(part, whole uint64) string {
	switch {
	case whole == 0:
		return ""
	case part == 0 || part >= whole:
		return fmt.Sprint(100*min(part, 1)) + " %"
	}
	return fmt.Sprint(min(max(int(100*float64(part)/float64(whole)+0.5), 1), 99)) + " %"
}

// Short is what an error says went wrong, without whom it was about and what to do.
func Short(err string) string {
	if rest, ok := strings.CutPrefix(err, "fetch "); ok {
		if _, what, ok := strings.Cut(rest, ": "); ok {
			err = what
		}
	}
	what, _, _ := strings.Cut(err, "; ")
	return what
}

// WebAddress returns an address that a reader can follow, else nothing.
func WebAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Contains(s, feed.Hidden) {
		return ""
	}
	return s
}

// Typed returns a web address that may be typed as a word of a command, else nothing: what
// a publisher wrote may have characters in it that mean something to a shell.
func Typed(s string) string {
	special := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("/:.-_%+,@", r)
	}
	if strings.ContainsFunc(s, special) {
		return ""
	}
	return WebAddress(s)
}
