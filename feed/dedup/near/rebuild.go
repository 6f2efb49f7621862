package near

import (
	"iter"
	"slices"
)

// AddAll is Add for many articles at once, in a fraction of the time: it is how an
// Index is built again after a restart. A sketch is not kept, and may be overwritten
// once the next entry is asked for.
func (x *Index) AddAll(entries iter.Seq[Entry]) {
	b := batch{pending: make([]slot, 0, min(x.about*slotsOfArticle, batchKeys))}
	for e := range entries {
		g := x.turn(e.Day)
		if g == nil {
			continue
		}
		if g != b.to || len(b.pending)+MaxKeys > batchKeys {
			b.flush()
			b.to = g
		}
		s := e.Sketch[:min(len(e.Sketch), MaxKeys)]
		at := g.place(e.ID, len(s))
		for _, key := range s {
			b.pending = append(b.pending, slot{key: key, who: at})
		}
	}
	b.flush()
}

// batch is keys that wait to be entered in the order of their slots: in any other,
// nearly each would be waited for until memory answers.
type batch struct {
	to      *generation
	pending []slot
	sorted  []slot
}

const (
	batchKeys  = 1 << 20 // for the time, 16 bytes of memory each
	batchParts = 1 << 12 // of a table, entered one after the other
)

func (b *batch) flush() {
	if len(b.pending) == 0 {
		return
	}
	if cap(b.sorted) < len(b.pending) {
		b.sorted = make([]slot, cap(b.pending))
	}
	part := func(s slot) uint32 { return s.key * scatter / (1 << 32 / batchParts) }
	var begins [batchParts + 1]int
	for _, s := range b.pending {
		begins[part(s)+1]++
	}
	for i := range batchParts {
		begins[i+1] += begins[i]
	}
	sorted := b.sorted[:len(b.pending)]
	for _, s := range b.pending {
		p := part(s)
		sorted[begins[p]] = s
		begins[p]++
	}
	for some := range slices.Chunk(sorted, MaxKeys) {
		b.to.reserve(len(some))
		for _, s := range some {
			b.to.enter(s.key, s.who)
		}
	}
	b.pending = b.pending[:0]
}
