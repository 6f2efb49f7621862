package bolt

import (
	"cmp"
	"slices"
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
type dueList struct {
	known bool
	order []dueAt
}

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

// maxMoves is how many places are moved one by one: for more the list is made anew.
const maxMoves = 1024

// due reports whether the source is ever due.
func due(src *record.Source) bool {
	return src.Configured && !src.Disabled && src.State.Status != feed.StatusGone
}

// learn makes the list from the states, if it is not known.
func (l *dueList) learn(t *txn) error {
	if l.known {
		return nil
	}
	l.order = l.order[:0]
	err := t.eachSource(func(_ string, src record.Source) error {
		if due(&src) {
			l.order = append(l.order, placeOf(&src))
		}
		return nil
	})
	slices.SortFunc(l.order, dueAt.compare)
	l.known = err == nil
	return err
}

// move takes in what a commit moved, in its order.
func (l *dueList) move(moves []dueMove) {
	l.known = l.known && len(moves) <= maxMoves
	if !l.known {
		return
	}
	for _, m := range moves {
		i, there := slices.BinarySearchFunc(l.order, m.dueAt, dueAt.compare)
		switch {
		case m.takes && !there:
			l.order = slices.Insert(l.order, i, m.dueAt)
		case !m.takes && there:
			l.order = slices.Delete(l.order, i, i+1)
		}
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
