// Package retention decides when an article is old, for every store. It knows no store
// and reads no clock: what a store keeps of the time is a value here, and so is what
// comes of a look at the clock.
//
// Retention removes by the clock, and clocks are set, jump after a flat battery and stand
// still while a laptop sleeps. So a store goes by the time that it has seen pass: what
// the clock says beyond that is believed once it has gone on from there for two days, and
// what is old by then goes a part a day.
package retention

import "time"

const (
	// confirm is for how long a clock must go on after a jump before it is believed.
	confirm = 48 * time.Hour
	// jumps is how many jumps after each other are no accident but the rhythm of
	// somebody who looks seldom: then the last look but one is believed.
	jumps = 3
	// minStep and maxStep bound what is no jump: see step.
	minStep, maxStep = 12 * time.Hour, 31 * 24 * time.Hour
	// share and least say how much is removed a day while it goes slowly: a tenth of
	// what there is, or this many.
	share, least = 10, 1000
	// Beyond is for how long marks outlive their article, in addition to the greatest age.
	Beyond = 90 * 24 * time.Hour
)

// Clock is what a store knows of the time. The zero value is that of a store that never
// looked. It is changed by Look, Spend and End alone, and kept in between.
type Clock struct {
	Known time.Time // believed: ages count from it
	Ahead time.Time // what the clock said after the last jump, where that is not believed yet; zero: it is
	Last  time.Time // what it said last, where Ahead is set
	Jumps int       // how often it jumped on since it was believed
	Slow  bool      // what is old is removed a part a day, since much may have become it at once
	Day   time.Time // the day of which Spent says how many were removed
	Spent int
	Gone  time.Time // when the last article was first seen that went for its age
}

// step is how far a clock may go on between two looks without that being a jump: what
// can become old by it is a tenth of all that is kept.
func step(maxAge time.Duration) time.Duration { return min(max(maxAge/10, minStep), maxStep) }

// Look returns the clock after a look at one that says now, where articles are kept for
// maxAge. A clock that was set back is believed at once, since nothing is removed for it.
func (c Clock) Look(now time.Time, maxAge time.Duration) Clock {
	far := func(from time.Time) bool { return now.Sub(from) > step(maxAge) }
	switch {
	case c.Known.IsZero():
		c.Known, c.Slow = now, true
		return c
	case !far(c.Known): // also where it was set back
		return c.believe(now)
	case c.Ahead.IsZero() || now.Before(c.Last):
		c.Ahead, c.Jumps = now, 1
	case far(c.Last):
		if c.Jumps++; c.Jumps > jumps {
			c.Known, c.Slow = c.Last, true
		}
		c.Ahead = now
	case now.Sub(c.Ahead) >= confirm:
		c.Slow = true
		return c.believe(now)
	}
	c.Last = now
	return c
}

func (c Clock) believe(now time.Time) Clock {
	c.Known, c.Ahead, c.Last, c.Jumps = now, time.Time{}, time.Time{}, 0
	return c
}

// Held is by how much the clock is ahead of what is believed; 0: by nothing.
func (c Clock) Held() time.Duration {
	if c.Ahead.IsZero() {
		return 0
	}
	return c.Last.Sub(c.Known)
}

// Room is how many articles may go today for their age, out of so many that are stored;
// negative: there is no bound.
func (c Clock) Room(articles int) int {
	if !c.Slow {
		return -1
	}
	spent := c.Spent
	if !c.Day.Equal(day(c.Known)) {
		spent = 0
	}
	return max(max(articles/share, least)-spent, 0)
}

// Spend notes that articles went for their age.
func (c Clock) Spend(articles int) Clock {
	if today := day(c.Known); !c.Day.Equal(today) {
		c.Day, c.Spent = today, 0
	}
	c.Spent += articles
	return c
}

// End notes that a run is over. One that had room for all that was old has caught up.
func (c Clock) End(room bool) Clock {
	c.Slow = c.Slow && !room
	return c
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// Expired reports whether what was last of use at a time need be kept no longer, as of
// the time that is believed: no mark of an article that went then.
func (c Clock) Expired(last time.Time, maxAge time.Duration) bool {
	return c.Known.Sub(last)-Beyond > maxAge // the sum of the two might be too much for a duration
}
