package feed

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// NewsDays is over how many days it is remembered how many articles a source brought.
const NewsDays = 30

// Past is what is counted of a source for operators. Nothing is decided by it. Of a
// source that was polled before anything was counted it tells what came since.
type Past struct {
	Since       Day    // of the first poll that was counted; means nothing without one
	Polls       uint64 // that the publisher answered or did not, but for failures of our own
	NotModified uint64 // of these, answered 304
	Failures    uint64 // of these, failed
	// Size is how many bytes the body of the last whole document took to transfer, as it
	// was encoded and without headers; 0: not known, or it is a file of this machine.
	Size uint64
	// Saved estimates the bytes that publishers did not have to send: for each 304, Size
	// at the time.
	Saved uint64
	News  News // kept by the store
}

// Day is a day in UTC, counted from 1 January 1970.
type Day int32

// DayOf returns the day of a time. What a Day has no number for is the last or first.
func DayOf(t time.Time) Day {
	const length = 24 * 60 * 60
	seconds := t.Unix()
	n := seconds / length
	if seconds%length < 0 {
		n--
	}
	return Day(min(max(n, math.MinInt32), math.MaxInt32))
}

// Time returns when the day begins.
func (d Day) Time() time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }

// News is how many articles a source brought on days on which it did, rising, at most
// NewsDays of them. It is not changed once it is made.
type News []DayNews

// DayNews is a day of News.
type DayNews struct {
	Day Day
	New int // more than 0
}

// Add returns the news with so many more on a day, as is known today. A day that lies
// ahead or too far back counts nothing. Beyond NewsDays the day that is farthest from
// today goes, be it past or to come: each day on which the clock was wrong by a year
// costs one that is true, and no more.
func (n News) Add(today, day Day, articles int) News {
	if articles <= 0 || day > today || int64(today)-int64(day) >= NewsDays {
		return n
	}
	at, there := slices.BinarySearchFunc(n, day, func(a DayNews, day Day) int { return cmp.Compare(a.Day, day) })
	if there {
		n = slices.Clone(n)
		n[at].New = min(n[at].New, math.MaxInt32-min(articles, math.MaxInt32)) + min(articles, math.MaxInt32)
		return n
	}
	n = slices.Insert(slices.Clone(n), at, DayNews{day, min(articles, math.MaxInt32)})
	if len(n) <= NewsDays {
		return n
	}
	if int64(today)-int64(n[0].Day) >= int64(n[len(n)-1].Day)-int64(today) {
		return n[1:]
	}
	return n[:len(n)-1]
}

// Until returns how many articles came on each of NewsDays days, the last of which is
// today.
func (n News) Until(today Day) (days [NewsDays]int) {
	for _, d := range n {
		if ago := int64(today) - int64(d.Day); ago >= 0 && ago < NewsDays {
			days[NewsDays-1-ago] = d.New
		}
	}
	return days
}
