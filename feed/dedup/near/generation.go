package near

// generation is a table from keys to the articles that have them. Most keys are one
// article's alone, and most that are asked for are nobody's: either is told by one
// look into slots.
type generation struct {
	slots []slot // open addressing, in the order of the keys' products with scatter
	taken int    // slots that are not free
	lists lists
	docs  []doc    // the first two are none
	hits  []uint8  // by place in docs: the keys that a query met it under
	met   []uint32 // places in docs that a query met
	spare []uint32 // places in docs whose articles were taken out
	count int      // articles held
	last  uint64   // the highest id so far
	mixed bool     // ids did not come in their order, so that lists must be searched
}

// slot says who has a key.
type slot struct {
	key uint32
	who uint32 // free, gone, a place in docs, or a list
}

// Values of slot.who that are no place in docs. A list is isList and its number.
const (
	free   = 0
	gone   = 1 // was taken, and may be again
	isList = 1 << 31
)

// doc is an article.
type doc struct {
	id   uint64
	keys uint8 // how many it has
}

// scatter makes a number of a key whose highest bits depend on all of the key: keys
// were chosen by their lowest.
const scatter = 0x9e3779b1

// fewestSlots is the size of a table that holds next to nothing. Tables grow by half
// when four fifths of them are taken.
const fewestSlots = 64

// newGeneration makes room for so many articles.
func newGeneration(about int) *generation {
	return &generation{
		slots: make([]slot, max(about*slotsOfArticle, fewestSlots)),
		docs:  make([]doc, gone+1, gone+1+about),
		hits:  make([]uint8, gone+1, gone+1+about),
	}
}

// find returns the slot of a key, else the one where it would be entered.
func (g *generation) find(key uint32) *slot {
	var vacant *slot
	i := int(uint64(key*scatter) * uint64(len(g.slots)) >> 32)
	for {
		s := &g.slots[i]
		switch {
		case s.who == free:
			if vacant != nil {
				return vacant
			}
			return s
		case s.who == gone:
			if vacant == nil {
				vacant = s
			}
		case s.key == key:
			return s
		}
		if i++; i == len(g.slots) {
			i = 0
		}
	}
}

// grow makes the table larger. It goes through old and new in the same order, which
// is what makes it cheap.
func (g *generation) grow() {
	old := g.slots
	g.slots = make([]slot, len(old)+len(old)/2)
	g.taken = 0
	for _, s := range old {
		if s.who > gone {
			*g.find(s.key) = s
			g.taken++
		}
	}
}

// add enters an article.
func (g *generation) add(id uint64, s Sketch) {
	at := g.place(id, len(s))
	g.reserve(len(s))
	for _, key := range s {
		g.enter(key, at)
	}
}

// place makes room for an article that has so many keys.
func (g *generation) place(id uint64, keys int) uint32 {
	g.count++
	g.mixed = g.mixed || id < g.last || len(g.spare) > 0
	g.last = max(g.last, id)
	d := doc{id: id, keys: uint8(keys)}
	if n := len(g.spare); n > 0 {
		at := g.spare[n-1]
		g.spare = g.spare[:n-1]
		g.docs[at] = d
		return at
	}
	g.docs = append(g.docs, d)
	g.hits = append(g.hits, 0)
	return uint32(len(g.docs) - 1)
}

// reserve makes room for so many keys more.
func (g *generation) reserve(keys int) {
	for 5*(g.taken+keys) > 4*len(g.slots) {
		g.grow()
	}
}

// enter notes that an article has a key. There must be room for it.
func (g *generation) enter(key, at uint32) {
	switch entry := g.find(key); {
	case entry.who == free:
		g.taken++
		*entry = slot{key: key, who: at}
	case entry.who == gone:
		*entry = slot{key: key, who: at}
	case entry.who&isList == 0:
		entry.who = isList | g.insert(g.lists.push(entry.who, none), at)
	default:
		entry.who = isList | g.insert(entry.who&^isList, at)
	}
}

// insert enters an article into a list, whose highest ids stand first, and returns
// the list's new beginning.
func (g *generation) insert(list, at uint32) uint32 {
	if !g.mixed {
		return g.lists.push(at, list)
	}
	id := g.docs[at].id
	before, next := uint32(none), list
	for next != none && g.docs[g.lists.at(next).doc].id > id {
		before, next = next, g.lists.at(next).next
	}
	n := g.lists.push(at, next)
	if before == none {
		return n
	}
	g.lists.at(before).next = n
	return list
}

// remove takes out what was added under an id with the same sketch.
func (g *generation) remove(id uint64, s Sketch) {
	at, found := uint32(0), false
	for _, key := range s {
		entry := g.find(key)
		if entry.who <= gone {
			continue
		}
		if entry.who&isList == 0 {
			if g.docs[entry.who].id == id {
				at, found = entry.who, true
				entry.who = gone
			}
			continue
		}
		before := uint32(none)
		for n := entry.who &^ isList; n != none; before, n = n, g.lists.at(n).next {
			if g.docs[g.lists.at(n).doc].id != id {
				continue
			}
			at, found = g.lists.at(n).doc, true
			next := g.lists.pop(n)
			switch {
			case before != none:
				g.lists.at(before).next = next
			case next != none:
				entry.who = isList | next
			default:
				entry.who = gone
			}
			break
		}
	}
	if found {
		g.spare = append(g.spare, at)
		g.count--
	}
}

// query appends the articles that share enough of the keys.
func (g *generation) query(s Sketch, hits []hit) []hit {
	for _, key := range s {
		entry := g.find(key)
		switch {
		case entry.who <= gone:
		case entry.who&isList == 0:
			g.meet(entry.who)
		default:
			for n, i := entry.who&^isList, 0; n != none && i < maxPostings; n, i = g.lists.at(n).next, i+1 {
				g.meet(g.lists.at(n).doc)
			}
		}
	}
	for _, at := range g.met {
		n := int(g.hits[at])
		g.hits[at] = 0
		if n < minShared {
			continue
		}
		if d := g.docs[at]; n*shareOfKeys >= min(len(s), int(d.keys)) {
			hits = append(hits, hit{id: d.id, shared: n})
		}
	}
	g.met = g.met[:0]
	return hits
}

// meet counts a key that an article shares with the query: MaxKeys at most.
func (g *generation) meet(at uint32) {
	if g.hits[at] == 0 {
		g.met = append(g.met, at)
	}
	g.hits[at]++
}
