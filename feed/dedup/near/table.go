package near

import "encoding/binary"

// table is a map from keys to numbers of whoBits, in six bytes each and as little beside
// them as can be: it is most of what an Index takes. It has no pointers that a collection
// of garbage would follow, and grows a part at a time, so that what it was before is never
// beside it. The zero value is empty.
type table struct {
	parts [tableParts]tablePart
}

const (
	partBits   = 8
	tableParts = 1 << partBits
	restBits   = 32 - partBits
	whoBits    = 24
	slotBytes  = (restBits + whoBits) / 8
	slotMask   = 1<<(8*slotBytes) - 1
	whoMask    = 1<<whoBits - 1
	slotPad    = 8 - slotBytes // behind the last, which is read with eight bytes
)

// scatter makes a number of a key whose highest bits depend on all of the key: keys
// were chosen by their lowest. Each key has its own, since it is odd.
const scatter = 0x9e3779b1

// touch reads where keys would be, all at once: each of them alone would be waited for until
// memory answers. What it returns has no meaning, and keeps the reading from being left out.
func (t *table) touch(keys Sketch) (sum uint64) {
	for _, key := range keys {
		product := key * scatter
		if p := &t.parts[product>>restBits]; p.size > 0 {
			sum |= p.load(p.home(product & (1<<restBits - 1)))
		}
	}
	return sum
}

// read is touch for all keys whose products begin with the same bits as that of one.
func (t *table) read(key uint32, bits int) (sum uint64) {
	product := key * scatter
	p := &t.parts[product>>restBits]
	from := product & (1<<restBits - 1) &^ (1<<(32-bits) - 1)
	for at, end := p.home(from), p.home(from|1<<(32-bits)-1); at <= end; at += slotsOfLine {
		sum |= p.load(at)
	}
	return sum
}

// slotsOfLine is how many slots memory gives at once.
const slotsOfLine = 64 / slotBytes

// tablePart is the keys whose products with scatter begin alike, in the order of the rest of
// them. A key stands where its rest would in a part that is evenly filled, or behind that as
// far as others before it take the place: so a look that finds nothing ends at once, at a
// free slot or a key beyond it.
type tablePart struct {
	slots []byte // rest << whoBits | who, little end first; the last is always free
	size  int    // how many slots rests are spread over
	tail  int    // how many follow, for those of the end that are behind their places
	taken int    // slots that are not free
}

// entry is what a table has for a key, or where it would have it. It is valid until the
// next is taken.
type entry struct {
	part  *tablePart
	rest  uint32
	at    int // its slot, or that of who stands where it belongs
	who   uint32
	stays bool // the slot has been the key's
}

// find returns the entry of a key. Its who is free or gone where there is none.
func (t *table) find(key uint32) entry {
	product := key * scatter
	p, rest := &t.parts[product>>restBits], product&(1<<restBits-1)
	at, who := p.find(rest)
	return entry{part: p, rest: rest, at: at, who: who, stays: who != free}
}

// set changes what a table has for a key that has an entry.
func (e *entry) set(who uint32) { e.part.store(e.at, e.rest, who) }

// take makes an entry for a key that has none.
func (e *entry) take(who uint32) {
	if e.stays {
		e.set(who)
		return
	}
	p := e.part
	if p.reserve(1) {
		e.at, _ = p.find(e.rest)
	}
	for !p.open(e.at) {
		p.move(p.size, max(2*p.tail, leastSlots))
		e.at, _ = p.find(e.rest)
	}
	p.taken++
	e.set(who)
}

// find returns the slot of a key and what it has, else where it belongs, and free.
func (p *tablePart) find(rest uint32) (at int, who uint32) {
	if p.size == 0 {
		return 0, free
	}
	for at = p.home(rest); ; at++ {
		s := p.load(at)
		switch had := uint32(s >> whoBits); {
		case s&whoMask == free || had > rest:
			return at, free
		case had == rest:
			return at, uint32(s & whoMask)
		}
	}
}

// open makes a slot free, by moving those from it on to the next that is. It reports whether
// there is one.
func (p *tablePart) open(at int) bool {
	end := at
	for p.load(end)&whoMask != free {
		end++
	}
	if end == p.size+p.tail {
		return false
	}
	copy(p.slots[(at+1)*slotBytes:], p.slots[at*slotBytes:end*slotBytes])
	return true
}

func (p *tablePart) home(rest uint32) int { return int(uint64(rest) * uint64(p.size) >> restBits) }

func (p *tablePart) load(at int) uint64 {
	return binary.LittleEndian.Uint64(p.slots[at*slotBytes:]) & slotMask
}

func (p *tablePart) store(at int, rest, who uint32) {
	s := uint64(rest)<<whoBits | uint64(who)
	b := p.slots[at*slotBytes:]
	binary.LittleEndian.PutUint32(b, uint32(s))
	binary.LittleEndian.PutUint16(b[4:], uint16(s>>32))
}

// leastSlots is the size of a part that holds next to nothing. An eighth of a part stays
// free, and one grows by an eighth: fuller ones are searched for long, and emptier ones are
// what memory is wasted on.
const leastSlots = 16

// reserve makes room for so many keys more, and reports whether entries are elsewhere now.
func (p *tablePart) reserve(keys int) bool {
	need := (p.taken + keys) * 8
	if need <= p.size*7 {
		return false
	}
	p.move(max(p.size+p.size/8, leastSlots, (need+6)/7), max(p.tail, leastSlots))
	return true
}

// move spreads the entries over so many slots, without those that are gone.
func (p *tablePart) move(size, tail int) {
	old := *p
	*p = tablePart{slots: make([]byte, (size+tail+1)*slotBytes+slotPad), size: size, tail: tail}
	next := 0
	for at := range old.size + old.tail {
		s := old.load(at)
		who := uint32(s & whoMask)
		if who <= gone {
			continue
		}
		rest := uint32(s >> whoBits)
		next = max(next, p.home(rest))
		p.store(next, rest, who)
		p.taken++
		next++
	}
}
