package fare

import (
	"fmt"
	"strconv"
	"time"

	"sluice/feed"
)

// Days returns how many articles a source brought on each of the last days, the last of
// which is today: feed.NewsDays of them, or fewer where it was counted for less. None
// where nothing was counted.
func Days(st *feed.SourceState, now time.Time) []int {
	if st.Past.Polls == 0 {
		return nil
	}
	today := feed.DayOf(now)
	all := st.Past.News.Until(today)
	counted := int64(today) - int64(st.Past.Since) + 1
	if !st.FirstPoll.IsZero() && feed.DayOf(st.FirstPoll) >= st.Past.Since {
		counted = feed.NewsDays // the first document told of the days before
	}
	return all[feed.NewsDays-min(max(counted, 1), feed.NewsDays):]
}

// News says what days show: how much comes, and for how long nothing did.
func News(days []int) string {
	if len(days) == 0 {
		return "not counted yet"
	}
	least, most, sum, quiet := days[0], days[0], 0, 0
	for _, n := range days {
		least, most, sum = min(least, n), max(most, n), sum+n
		quiet++
		if n > 0 {
			quiet = 0
		}
	}
	head := Count(len(days), "day", "days") + ": "
	if sum == 0 {
		return head + "nothing new"
	}
	text := head + fmt.Sprintf("%s to %s a day, %s on average", Number(least), Number(most), PerDay(days))
	if least == most {
		text = head + Number(most) + " a day"
	}
	if quiet > 1 {
		text += ", none for " + Count(quiet, "day", "days")
	}
	return text
}

// PerDay is the average of days.
func PerDay(days []int) string {
	sum := 0
	for _, n := range days {
		sum += n
	}
	mean := float64(sum) / float64(max(len(days), 1))
	switch {
	case mean >= 9.95 || mean == float64(int(mean)):
		return Number(int(mean + 0.5))
	case mean < 0.05:
		return "under 0.1"
	}
	return strconv.FormatFloat(mean, 'f', 1, 64)
}

// Polls says how many polls there were, and what those saved that were answered by 304;
// empty where none was counted.
func Polls(st *feed.SourceState) string {
	p := &st.Past
	if p.Polls == 0 {
		return ""
	}
	text := Count(int(p.Polls), "poll", "polls") + " since " + p.Since.Time().Format("2 January 2006")
	if p.NotModified > 0 {
		text += ", " + Share(p.NotModified, p.Polls) + " of them answered 304"
		if p.Saved > 0 {
			text += ", which saved some " + Size(p.Saved)
		}
	}
	if p.Failures > 0 {
		text += ", " + Number(int(p.Failures)) + " failed"
	}
	return text
}
