package bolt

import (
	"iter"
	"slices"
)

// fullPiece is how many places a piece of a list has at most: 8 KB of them, which are
// moved in a moment.
const fullPiece = 512

// placeList is a sorted set of places. It is kept in pieces, so that to put one in or to
// take one out moves few of the others, however many there are. The zero value is empty.
type placeList struct {
	pieces [][]dueAt // none is empty
	n      int
}

// newPlaceList makes a list of places, which it sorts and keeps.
func newPlaceList(places []dueAt) placeList {
	slices.SortFunc(places, dueAt.compare)
	l := placeList{n: len(places)}
	for piece := range slices.Chunk(places, fullPiece/2) { // room for what comes
		l.pieces = append(l.pieces, slices.Clip(piece))
	}
	return l
}

// find returns where a place is, or would be put in.
func (l *placeList) find(a dueAt) (piece, at int, there bool) {
	piece, _ = slices.BinarySearchFunc(l.pieces, a, func(p []dueAt, a dueAt) int { return p[len(p)-1].compare(a) })
	if piece == len(l.pieces) {
		if piece == 0 {
			return 0, 0, false
		}
		piece--
	}
	at, there = slices.BinarySearchFunc(l.pieces[piece], a, dueAt.compare)
	return piece, at, there
}

// add puts a place in, unless it is there.
func (l *placeList) add(a dueAt) {
	piece, at, there := l.find(a)
	if there {
		return
	}
	l.n++
	if len(l.pieces) == 0 {
		l.pieces = [][]dueAt{{a}}
		return
	}
	p := slices.Insert(l.pieces[piece], at, a)
	l.pieces[piece] = p
	if len(p) > fullPiece {
		l.pieces[piece] = slices.Clone(p[:fullPiece/2])
		l.pieces = slices.Insert(l.pieces, piece+1, slices.Clone(p[fullPiece/2:]))
	}
}

// remove takes a place out, and reports whether it was there.
func (l *placeList) remove(a dueAt) bool {
	piece, at, there := l.find(a)
	if !there {
		return false
	}
	l.n--
	if p := slices.Delete(l.pieces[piece], at, at+1); len(p) > 0 {
		l.pieces[piece] = p
	} else {
		l.pieces = slices.Delete(l.pieces, piece, piece+1)
	}
	return true
}

// all yields the places, the first first. The list is not changed meanwhile.
func (l *placeList) all() iter.Seq[dueAt] {
	return func(yield func(dueAt) bool) {
		for _, p := range l.pieces {
			for _, a := range p {
				if !yield(a) {
					return
				}
			}
		}
	}
}
