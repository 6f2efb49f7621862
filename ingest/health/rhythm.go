package health

import (
	"time"

	"sluice/feed"
)

// How a source's rhythm is known: by the last days on which it had something new, and
// not by articles, of which some have many in an hour and then none for a night. With
// fewer days in a year it has no rhythm that it could fall out of.
const (
	MaxDays = 32 // more say nothing more
	minDays = 8
	// MaxPast is how far back from the last of them days count.
	MaxPast = 365 * day
)

// Silence reports whether it is time to look at the rhythm of a source that answered,
// before it is known whether it brought something new. It is where the source has
// brought nothing for at least a week and was not told to be silent, once for each
// day of polling. A source of which nothing but its first document was ever new is
// never looked at: it did not fall silent, it was when it was added.
func Silence(before, after *feed.SourceState) bool {
	return after.Failures == 0 && after.Quiet >= silentTime && before.Quiet/day != after.Quiet/day &&
		before.Told.Silent.IsZero() && before.Told.Broke.IsZero() && after.LastNew.After(after.FirstPoll)
}

// Usual returns the longest pause between days on which a source had something new,
// the newest day first and none twice, and whether there are days enough to tell.
func Usual(days []time.Time) (longest time.Duration, known bool) {
	for i, d := range days {
		if days[0].Sub(d) > MaxPast || i == MaxDays {
			days = days[:i]
			break
		}
		if i > 0 {
			longest = max(longest, days[i-1].Sub(d))
		}
	}
	return longest, len(days) >= minDays
}
