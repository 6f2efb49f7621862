package near

import "math"

// pageSize is how many postings are allocated at once.
const pageSize = 4096

// none is where a chain ends.
const none = ^uint32(0)

// posting says that an article has a key.
type posting struct {
	key  uint32
	doc  uint32
	next uint32 // in the chain of its head, towards lower ids; none at the end
}

// generation is a table of postings, chained by key, the highest id first. It grows
// by pages, so that postings are never copied, and is given up as a whole.
type generation struct {
	heads  []uint32 // 1 << bits
	bits   int
	pages  [][]posting
	used   uint32 // postings of pages that were given out
	free   uint32 // the first of those given back
	ids    []uint64
	shared []uint8  // by article: the keys that a query met it under
	met    []uint32 // articles that a query met
	vacant []uint32 // articles taken out
	count  int
}

func newGeneration() *generation {
	g := &generation{free: none, bits: 6}
	g.heads = ends(1 << g.bits)
	return g
}

// ends returns n empty chains.
func ends(n int) []uint32 {
	heads := make([]uint32, n)
	for i := range heads {
		heads[i] = none
	}
	return heads
}

func (g *generation) at(p uint32) *posting { return &g.pages[p/pageSize][p%pageSize] }

// head returns where the chain of a key begins. Keys are chosen by their lowest
// bits, so it goes by the highest of a product.
func (g *generation) head(key uint32) *uint32 {
	return &g.heads[key*0x9e3779b1>>(32-g.bits)]
}

// add enters an article. What comes in the order of ids is entered at the heads.
func (g *generation) add(id uint64, s Sketch) {
	doc := uint32(len(g.ids))
	if n := len(g.vacant); n > 0 {
		doc = g.vacant[n-1]
		g.vacant = g.vacant[:n-1]
		g.ids[doc] = id
	} else {
		g.ids = append(g.ids, id)
		g.shared = append(g.shared, 0)
	}
	g.count++
	for _, key := range s {
		if int(g.used) >= 2*len(g.heads) {
			g.grow()
		}
		p := g.allocate()
		place := g.head(key)
		for *place != none && g.ids[g.at(*place).doc] > id {
			place = &g.at(*place).next
		}
		*g.at(p) = posting{key: key, doc: doc, next: *place}
		*place = p
	}
}

func (g *generation) allocate() uint32 {
	if p := g.free; p != none {
		g.free = g.at(p).next
		return p
	}
	if g.used%pageSize == 0 {
		g.pages = append(g.pages, make([]posting, pageSize))
	}
	g.used++
	return g.used - 1
}

// grow doubles the heads. Each chain is parted in two that stand where it stood, in
// its order.
func (g *generation) grow() {
	old := g.heads
	g.bits++
	g.heads = ends(1 << g.bits)
	for i, p := range old {
		ends := [2]*uint32{&g.heads[2*i], &g.heads[2*i+1]}
		for p != none {
			entry := g.at(p)
			side := 0
			if g.head(entry.key) != &g.heads[2*i] {
				side = 1
			}
			*ends[side] = p
			ends[side] = &entry.next
			p = entry.next
			*ends[side] = none
		}
	}
}

// remove takes out what was added under an id with the same sketch.
func (g *generation) remove(id uint64, s Sketch) {
	doc, found := none, false
	for _, key := range s {
		place := g.head(key)
		for *place != none {
			p := *place
			entry := g.at(p)
			if entry.key != key || g.ids[entry.doc] != id {
				place = &entry.next
				continue
			}
			doc, found = entry.doc, true
			*place = entry.next
			entry.next, g.free = g.free, p
			break
		}
	}
	if found {
		g.vacant = append(g.vacant, doc)
		g.count--
	}
}

// query appends the articles that have at least minShared of the keys.
func (g *generation) query(s Sketch, hits []hit) []hit {
	for _, key := range s {
		same, steps := 0, 0
		for p := *g.head(key); p != none && same < maxPostings && steps < maxSteps; steps++ {
			entry := g.at(p)
			p = entry.next
			if entry.key != key {
				continue
			}
			same++
			if g.shared[entry.doc] == 0 {
				g.met = append(g.met, entry.doc)
			}
			if g.shared[entry.doc] < math.MaxUint8 {
				g.shared[entry.doc]++
			}
		}
	}
	for _, doc := range g.met {
		if n := int(g.shared[doc]); n >= minShared {
			hits = append(hits, hit{id: g.ids[doc], shared: n})
		}
		g.shared[doc] = 0
	}
	g.met = g.met[:0]
	return hits
}
