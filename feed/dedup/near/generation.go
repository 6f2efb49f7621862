package near

// generation says which articles have a key. Most keys are one article's alone, and most
// that are asked for are nobody's: either is told by one look into the table.
type generation struct {
	table table // from a key to free, gone, a place in docs, or isList and a list's number
	lists lists
	docs  []doc    // the first two are none
	hits  []uint8  // by place in docs: the keys that a query met it under
	met   []uint32 // places in docs that a query met
	spare []uint32 // places in docs whose articles were taken out
	count int      // articles held
	last  uint64   // the highest id so far
	mixed bool     // ids did not come in their order, so that lists must be searched

	touched uint64 // of no meaning; see table.touch
}

// What a table has for a key that is no place in docs.
const (
	free   = 0
	gone   = 1 // was taken, and may be again
	isList = 1 << (whoBits - 1)
)

// doc is an article.
type doc struct {
	id   uint64
	keys uint8 // how many it has
}

// maxDocs is how many articles a generation holds at most, as many as there are numbers
// for. What comes beyond them is not found.
const maxDocs = isList - 1

// newGeneration makes room for so many articles.
func newGeneration(about int) *generation {
	g := &generation{
		docs: make([]doc, gone+1, gone+1+about),
		hits: make([]uint8, gone+1, gone+1+about),
	}
	for i := range g.table.parts {
		g.table.parts[i].reserve(about * keysOfArticle / tableParts)
	}
	return g
}

// add enters an article.
func (g *generation) add(id uint64, s Sketch) {
	at, ok := g.place(id, len(s))
	if !ok {
		return
	}
	for _, key := range s {
		g.enter(key, at)
	}
}

// place makes room for an article that has so many keys, unless there are too many.
func (g *generation) place(id uint64, keys int) (at uint32, ok bool) {
	if len(g.docs) > maxDocs && len(g.spare) == 0 {
		return 0, false
	}
	g.count++
	g.mixed = g.mixed || id < g.last || len(g.spare) > 0
	g.last = max(g.last, id)
	d := doc{id: id, keys: uint8(keys)}
	if n := len(g.spare); n > 0 {
		at := g.spare[n-1]
		g.spare = g.spare[:n-1]
		g.docs[at] = d
		return at, true
	}
	g.docs = append(g.docs, d)
	g.hits = append(g.hits, 0)
	return uint32(len(g.docs) - 1), true
}

// enter notes that an article has a key.
func (g *generation) enter(key, at uint32) {
	switch e := g.table.find(key); {
	case e.who <= gone:
		e.take(at)
	case g.lists.used >= none-1: // there are no numbers for more; see maxDocs
	case e.who&isList == 0:
		e.set(isList | g.insert(g.lists.push(e.who, none), at))
	default:
		e.set(isList | g.insert(e.who&^isList, at))
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
		e := g.table.find(key)
		if e.who <= gone {
			continue
		}
		if e.who&isList == 0 {
			if g.docs[e.who].id == id {
				at, found = e.who, true
				e.set(gone)
			}
			continue
		}
		before := uint32(none)
		for n := e.who &^ isList; n != none; before, n = n, g.lists.at(n).next {
			if g.docs[g.lists.at(n).doc].id != id {
				continue
			}
			at, found = g.lists.at(n).doc, true
			next := g.lists.pop(n)
			switch {
			case before != none:
				g.lists.at(before).next = next
			case next != none:
				e.set(isList | next)
			default:
				e.set(gone)
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
	g.touched |= g.table.touch(s)
	for _, key := range s {
		switch who := g.table.find(key).who; {
		case who <= gone:
		case who&isList == 0:
			g.meet(who)
		default:
			for n, i := who&^isList, 0; n != none && i < maxPostings; n, i = g.lists.at(n).next, i+1 {
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
