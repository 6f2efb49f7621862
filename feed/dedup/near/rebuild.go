package near

import "iter"

// AddAll is Add for many articles at once, in a fraction of the time: it is how an
// Index is built again after a restart. A sketch is not kept, and may be overwritten
// once the next entry is asked for.
func (x *Index) AddAll(entries iter.Seq[Entry]) {
	b := batch{pending: make([]posting, 0, min(x.about*keysOfArticle+MaxKeys, batchKeys))}
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
		at, ok := g.place(e.ID, len(s))
		if !ok {
			continue
		}
		for _, key := range s {
			b.pending = append(b.pending, posting{key: key, who: at})
			b.counts[stretch(key)]++
		}
	}
	b.flush()
}

// posting is an article that has a key.
type posting struct {
	key uint32
	who uint32 // its place in docs
}

// batch is keys that wait to be entered in the order of their slots: in any other, nearly
// each would be waited for until memory answers.
type batch struct {
	to      *generation
	pending []posting
	sorted  []posting
	counts  [batchParts]int // of those that wait, by the beginnings of their products
	touched uint64          // of no meaning; see table.touch
}

const (
	batchKeys  = 1 << 18 // for the time, 16 bytes of memory each
	batchBits  = 12
	batchParts = 1 << batchBits
)

// stretch is the part of a table part that a key belongs to.
func stretch(key uint32) uint32 { return key * scatter >> (32 - batchBits) }

func (b *batch) flush() {
	if len(b.pending) == 0 {
		return
	}
	if cap(b.sorted) < len(b.pending) {
		b.sorted = make([]posting, cap(b.pending))
	}
	end := 0 // of each stretch, while it is filled
	for i, n := range b.counts {
		b.counts[i] = end
		end += n
	}
	sorted := b.sorted[:len(b.pending)]
	for _, s := range b.pending {
		at := &b.counts[stretch(s.key)]
		sorted[*at] = s
		*at++
	}
	const each = batchParts / tableParts
	begin := 0
	for i := range b.to.table.parts {
		ends := b.counts[i*each : (i+1)*each]
		// All at once: a part that grew while its beginning is filled would be full there
		// long before it is full.
		b.to.table.parts[i].reserve(ends[each-1] - begin)
		for _, end := range ends {
			b.enter(sorted[begin:end])
			begin = end
		}
	}
	b.pending = b.pending[:0]
	b.counts = [batchParts]int{}
}

// enter enters the keys of a stretch, of which it reads the slots first, in their order.
func (b *batch) enter(keys []posting) {
	if len(keys) == 0 {
		return
	}
	b.touched |= b.to.table.read(keys[0].key, batchBits)
	for _, s := range keys {
		b.to.enter(s.key, s.who)
	}
}
