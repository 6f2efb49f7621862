package near

import (
	"cmp"
	"slices"
)

// Bounds of the work of a query.
const (
	MaxCandidates = 20
	maxPostings   = 32 // of each key, the highest ids first: a key of more says little
	minShared     = 2  // keys that a candidate shares
	shareOfKeys   = 10 // and so many keys of the shorter sketch for each of them
)

// Index finds the articles that share keys with one. It is a cache in memory: it
// holds what was added to it, and is built again after a restart by adding the
// sketches that were stored, in any order.
//
// Articles are forgotten by their day, a whole generation at a time: all whose day is
// less than the Index's days before the newest are found, and none whose day is
// twice as many before. An Index is for one goroutine.
type Index struct {
	days    uint32
	about   int
	newest  uint32 // number of the newer generation
	recent  *generation
	earlier *generation
	hits    []hit
}

// Entry is an article as it is added to an Index.
type Entry struct {
	ID     uint64
	Day    uint32
	Sketch Sketch
}

// Candidate is an article that may be the same.
type Candidate struct {
	ID     uint64
	Shared int // keys that both have
}

// keysOfArticle is how many keys most articles have at most.
const keysOfArticle = 37

// NewIndex returns an index that keeps articles for the given number of days, at
// least one. A Judge accepts no copy beyond four days, which may touch five. It makes
// room for about so many articles in those days, which only spares it from growing;
// 0 if nobody knows.
func NewIndex(days, about int) *Index {
	about = max(about, 0)
	return &Index{days: uint32(max(days, 1)), about: about, recent: newGeneration(about), earlier: newGeneration(0)}
}

// Len returns how many articles are held.
func (x *Index) Len() int { return x.recent.count + x.earlier.count }

// generationOf returns the generation that holds a day, nil if it is forgotten.
func (x *Index) generationOf(day uint32) *generation {
	switch number := day / x.days; {
	case number == x.newest:
		return x.recent
	case number+1 == x.newest:
		return x.earlier
	}
	return nil
}

// Add enters an article: its id, the day when it was first seen, counted from any
// day, and its sketch. A day that is newer than all before may forget others; one
// that is forgotten itself changes nothing. Ids are never added twice, unless Remove
// came between.
func (x *Index) Add(id uint64, day uint32, s Sketch) {
	if g := x.turn(day); g != nil {
		g.add(id, s[:min(len(s), MaxKeys)])
	}
}

// turn returns the generation of a day, which may be a new one, or nil.
func (x *Index) turn(day uint32) *generation {
	if number := day / x.days; number > x.newest {
		if number == x.newest+1 {
			x.earlier = x.recent
		} else {
			x.earlier = newGeneration(0)
		}
		// The next days will bring about as much as the last.
		x.recent, x.newest = newGeneration(max(x.about, x.recent.count)), number
	}
	return x.generationOf(day)
}

// Remove takes an article out, given as it was added. One that is not there changes
// nothing.
func (x *Index) Remove(id uint64, day uint32, s Sketch) {
	if g := x.generationOf(day); g != nil {
		g.remove(id, s)
	}
}

// hit is an article that a query met.
type hit struct {
	id     uint64
	shared int
}

// Query returns the articles that share two keys or more with the sketch, and a tenth
// or more of the fewer keys of the two: those that share most first, and of equal ones
// the lowest id, at most MaxCandidates. Of each key it looks at some dozen articles at
// most. An article that was added is among its own candidates.
func (x *Index) Query(s Sketch) []Candidate {
	x.hits = x.hits[:0]
	for _, g := range []*generation{x.recent, x.earlier} {
		x.hits = g.query(s[:min(len(s), MaxKeys)], x.hits)
	}
	slices.SortFunc(x.hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.shared, a.shared), cmp.Compare(a.id, b.id))
	})
	found := make([]Candidate, min(len(x.hits), MaxCandidates))
	for i := range found {
		found[i] = Candidate{ID: x.hits[i].id, Shared: x.hits[i].shared}
	}
	return found
}
