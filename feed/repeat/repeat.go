// Package repeat decides how often trouble is told of that goes on, so that a log is
// read when something new is in it.
//
// It owns nothing but that decision: it reads no clock, and whoever asks keeps what it
// returns and finds the words.
package repeat

import (
	"strings"
	"time"
)

const (
	// every is after how many times the same trouble is told again.
	every = 10
	// silence is how long nothing is said of trouble that goes on.
	silence = time.Hour
)

// Trouble is what is remembered of one that goes on. The zero value stands for none.
type Trouble struct {
	What   string    // in what it is the same; see Again
	Since  time.Time // when it showed first
	Times  int       // how often since then
	Untold int       // when it is told: of these since it was told before, the last included

	told     time.Time
	reported int // Times then
	round    int // times since a silence was over; see Flood
}

// Again returns the trouble after it showed at a time, and whether that is told: at
// once where it is another trouble than before, then each tenth time, or when
// nothing was said of it for an hour. It is for what is tried at intervals.
func (t Trouble) Again(what string, now time.Time) (next Trouble, tell bool) {
	next, fresh := t.again(what, now)
	return next.tell(now, fresh || next.Times%every == 0)
}

// Flood is Again for what strangers can make happen as often as they like: within an hour
// it is told the first time, the tenth, the hundredth and so on.
func (t Trouble) Flood(what string, now time.Time) (next Trouble, tell bool) {
	next, fresh := t.again(what, now)
	n := next.round
	for n%every == 0 {
		n /= every
	}
	return next.tell(now, fresh || n == 1)
}

// again counts the trouble, and reports whether it must be told for its time alone.
func (t Trouble) again(what string, now time.Time) (next Trouble, fresh bool) {
	if t.Times == 0 || t.What != what {
		return Trouble{What: what, Since: now, Times: 1, round: 1}, true
	}
	t.Times++
	t.round++
	if past := now.Sub(t.told); past >= silence || past < 0 { // a clock that was set back silences nothing
		t.round = 1
		return t, true
	}
	return t, false
}

// tell returns the trouble as it is told, and remembers that for the next time.
func (t Trouble) tell(now time.Time, tell bool) (Trouble, bool) {
	if tell {
		t.Untold = t.Times - t.reported
		t.told, t.reported = now, t.Times
	}
	return t, tell
}

// Kind is a text without its numbers, which differ in each error of a kind: those of
// ports, lines and attempts. An HTTP status is to be added by whoever has one.
func Kind(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, text)
}
