package near

import "iter"

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
			b.counts[part(key)]++
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
	counts  [batchParts]uint32 // of those that wait, by part
	touched uint32             // of no meaning: it keeps the compiler from leaving the reading out
}

const (
	batchKeys   = 1 << 20 // for the time, 16 bytes of memory each
	batchParts  = 1 << 12 // of a table, entered one after the other
	slotsOfLine = 8       // that memory gives at once
)

// part is the part of a table that a key belongs to.
func part(key uint32) uint32 { return key * scatter / (1 << 32 / batchParts) }

func (b *batch) flush() {
	if len(b.pending) == 0 {
		return
	}
	if cap(b.sorted) < len(b.pending) {
		b.sorted = make([]slot, cap(b.pending))
	}
	// All at once: a table that grew while its beginning is filled would be full there
	// long before it is full, and each key would be looked for along all of that.
	b.to.reserve(len(b.pending))
	end := uint32(0) // of each part, while it is filled
	for i, n := range b.counts {
		b.counts[i] = end
		end += n
	}
	sorted := b.sorted[:len(b.pending)]
	for _, s := range b.pending {
		at := &b.counts[part(s.key)]
		sorted[*at] = s
		*at++
	}
	begin := uint32(0)
	for i, end := range b.counts {
		b.enter(i, sorted[begin:end])
		begin = end
	}
	b.pending = b.pending[:0]
	b.counts = [batchParts]uint32{}
}

// enter enters the keys of a part. It reads the slots first, in their order: that takes
// little, while each key alone would be waited for.
func (b *batch) enter(part int, keys []slot) {
	slots := b.to.slots
	for i := part * len(slots) / batchParts; i < (part+1)*len(slots)/batchParts; i += slotsOfLine {
		b.touched |= slots[i].who
	}
	for _, s := range keys {
		b.to.enter(s.key, s.who)
	}
}
