package bolt

import (
	"cmp"
	"time"

	"sluice/feed"
	"sluice/storage/record"
)

// dueList is the order in which sources are due. It is kept in memory, as claims are,
// because it says nothing that the sources' states do not say, and on disk would cost a
// poll more than all else that is stored of one that brought nothing. It is made from
// the states when it is first asked for, and hears of each write after its commit; what
// it hears twice changes nothing. Between a commit and the news of it, which are of one
// write, it may name a source that is due no more. It is guarded by claims.mu.
//
// What is claimed stands apart: of a sweep that is thousands, in front of all that is to
// be found.
type dueList struct {
	known bool
	order placeList            // of those that nobody holds
	held  map[uint32]heldPlace // of those under a claim
	ends  placeList            // of these, when they can be claimed again
}

// heldPlace is where a source that is claimed stands in the order, if it does.
type heldPlace struct {
	dueAt
	there bool
	until int64 // when the claim expires, in microseconds
}

// end is the place of a source under a claim among the ends of claims.
func (h heldPlace) end() dueAt { return dueAt{max(h.at, h.until), h.num} }

// dueAt is a source's place in the order.
type dueAt struct {
	at  int64 // microseconds, as the state keeps its next poll
	num uint32
}

func placeOf(src *record.Source) dueAt { return dueAt{src.State.NextPoll.UnixMicro(), src.Num} }

func (a dueAt) time() time.Time { return time.UnixMicro(a.at).UTC() }

func (a dueAt) compare(b dueAt) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.num, b.num))
}

// dueMove is a place that a source takes or leaves.
type dueMove struct {
	dueAt
	takes bool
}

// maxMoves is how many places are moved one by one in a short list: for more the list is
// made anew.
const maxMoves = 1024

// due reports whether the source is ever due.
func due(src *record.Source) bool {
	return src.Configured && !src.Disabled && src.State.Status != feed.StatusGone
}

// learn makes the list from the states, if it is not known.
func (l *dueList) learn(t *txn, claimed map[uint32]*claim) error {
	if l.known {
		return nil
	}
	var free, ends []dueAt
	l.held = map[uint32]heldPlace{}
	for num, cl := range claimed {
		l.held[num] = heldPlace{dueAt{num: num}, false, cl.expires.UnixMicro()}
	}
	err := t.eachSource(func(src *record.Source) error {
		if !due(src) {
			return nil
		}
		if h, claimed := l.held[src.Num]; claimed {
			h.dueAt, h.there = placeOf(src), true
			l.held[src.Num] = h
			ends = append(ends, h.end())
		} else {
			free = append(free, placeOf(src))
		}
		return nil
	})
	l.order, l.ends = newPlaceList(free), newPlaceList(ends)
	l.known = err == nil
	return err
}

// move takes in what a commit moved, in its order.
func (l *dueList) move(moves []dueMove) {
	l.known = l.known && len(moves) <= max(maxMoves, l.order.n/2)
	if !l.known {
		return
	}
	for _, m := range moves {
		h, held := l.held[m.num]
		switch {
		case held && m.takes:
			l.hold(heldPlace{m.dueAt, true, h.until})
		case held && h.there && h.dueAt == m.dueAt:
			l.hold(heldPlace{m.dueAt, false, h.until})
		case held:
		case m.takes:
			l.order.add(m.dueAt)
		default:
			l.order.remove(m.dueAt)
		}
	}
}

// hold puts a source under a claim into its place.
func (l *dueList) hold(h heldPlace) {
	if old := l.held[h.num]; old.there {
		l.ends.remove(old.end())
	}
	l.held[h.num] = h
	if h.there {
		l.ends.add(h.end())
	}
}

// claimed sets a source apart that stands at a place.
func (l *dueList) claimed(at dueAt, until time.Time) {
	if l.known {
		l.hold(heldPlace{at, l.order.remove(at), until.UnixMicro()})
	}
}

// free puts a source back that was set apart.
func (l *dueList) free(num uint32) {
	h, held := l.held[num]
	if !held {
		return
	}
	delete(l.held, num)
	if h.there {
		l.ends.remove(h.end())
		l.order.add(h.dueAt)
	}
}

// expire puts those back whose claims have expired by then.
func (l *dueList) expire(now time.Time) {
	var over []uint32
	for at := range l.ends.all() {
		if at.at > now.UnixMicro() {
			break
		}
		over = append(over, at.num)
	}
	for _, num := range over {
		l.free(num)
	}
}

// moved notes where a source was in the order, and where it is; nil: nowhere.
func (t *txn) moved(was, is *record.Source) {
	if was != nil && due(was) {
		t.moves = append(t.moves, dueMove{placeOf(was), false})
	}
	if is != nil && due(is) {
		t.moves = append(t.moves, dueMove{placeOf(is), true})
	}
}
