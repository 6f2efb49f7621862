package retention

import "time"

// first is a time before which nothing can have been seen: there was no sluice.
var first = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// slack is how far two articles may be first seen in another order than they came in
// without that being the clock's doing.
const slack = 24 * time.Hour

// Ages tells which articles are old, of a walk in the order of their arrival. Articles
// came one after the other, so one that says that it was first seen long before those
// before it was seen by a clock that was wrong, and so was one of the future: it is as
// old as the next that can be right.
type Ages struct {
	Before time.Time // what was first seen earlier is old
	Now    time.Time // what was first seen later cannot be right
	Last   time.Time // when the last was first seen of those that can be right; at the beginning Clock.Gone
	wait   []uint64  // those that cannot, since then
}

// Of takes the next article, and returns those that are known to be old by it, in the
// order of their arrival. done says that no later one is.
func (a *Ages) Of(seq uint64, firstSeen time.Time) (old []uint64, done bool) {
	if firstSeen.After(a.Now) || firstSeen.Before(first) || firstSeen.Before(a.Last.Add(-slack)) {
		a.wait = append(a.wait, seq)
		return nil, false
	}
	if firstSeen.After(a.Last) {
		a.Last = firstSeen
	}
	if !a.Last.Before(a.Before) {
		return nil, true
	}
	a.wait = append(a.wait, seq)
	old, a.wait = a.wait, nil
	return old, false
}
