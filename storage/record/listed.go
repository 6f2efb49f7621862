package record

import (
	"encoding/binary"
	"math"

	"sluice/feed"
)

// Listed is what is kept of a source's last document.
type Listed struct {
	Seqs []uint64 // the numbers, rising, of the articles that it had
	// Seen are those of its items that need not be read again where a document has them
	// unchanged, by rising Seq. They hold as long as Body is the document that the source's
	// state names, and Identity what identifies its items.
	Seen     []Seen
	Body     uint64
	Identity feed.IdentityMode
}

// Seen is an item of a document as it was read.
type Seen struct {
	Sum  uint64 // of all that it was read from
	Seq  uint64 // the article that it is
	Day  uint32 // when any of its marks was noted last, the oldest
	GUID bool   // it has one
	// Said are the keys of the lines by which the source's other items may be known for
	// having them in common. One that no other item of the document has is its lower half
	// alone when it is read, and below 1<<32 for that: which it is matters with the next.
	Said []uint64
}

// Encode returns the record.
func (l Listed) Encode() []byte {
	w := newWriter(32 + 2*len(l.Seqs) + 48*len(l.Seen))
	w.numbers(l.Seqs)
	if len(l.Seen) > 0 {
		w.seen(&l)
	}
	return w.seal(kindListed)
}

// EncodeListed returns the record of a listing of which nothing else is kept.
func EncodeListed(seqs []uint64) []byte { return Listed{Seqs: seqs}.Encode() }

func (w *writer) seen(l *Listed) {
	w.fixed(l.Body)
	w.string(string(l.Identity))
	shared := sharedLines(l.Seen)
	places := make(map[uint32]int, len(shared))
	w.uint(uint64(len(shared)))
	for i, key := range shared {
		w.fixed(key)
		places[uint32(key)] = i
	}
	first := uint32(math.MaxUint32)
	for _, s := range l.Seen {
		first = min(first, s.Day)
	}
	w.uint(uint64(first))
	w.uint(uint64(len(l.Seen)))
	last := uint64(0)
	var alone []uint32
	for _, s := range l.Seen {
		w.fixed(s.Sum)
		w.uint(s.Seq - last)
		last = s.Seq
		guid := uint64(0)
		if s.GUID {
			guid = 1
		}
		w.uint(uint64(s.Day-first)<<1 | guid)
		alone = alone[:0]
		for _, key := range s.Said {
			if _, ok := places[uint32(key)]; !ok {
				alone = append(alone, uint32(key))
			}
		}
		w.uint(uint64(len(s.Said) - len(alone)))
		for _, key := range s.Said {
			if i, ok := places[uint32(key)]; ok {
				w.uint(uint64(i))
			}
		}
		w.uint(uint64(len(alone)))
		for _, key := range alone {
			w.b = binary.LittleEndian.AppendUint32(w.b, key)
		}
	}
}

// sharedLines are the keys that several items have, in the order in which they come first.
func sharedLines(all []Seen) (shared []uint64) {
	type line struct {
		times int
		key   uint64 // whole, where any item has it so
	}
	lines := map[uint32]line{}
	var order []uint32
	for _, s := range all {
		for _, key := range s.Said {
			l := lines[uint32(key)]
			if l.times == 0 {
				order = append(order, uint32(key))
			}
			lines[uint32(key)] = line{l.times + 1, max(l.key, key)}
		}
	}
	for _, half := range order {
		if l := lines[half]; l.times > 1 {
			shared = append(shared, l.key)
		}
	}
	return shared
}

// DecodeListed returns the numbers of the articles of a listing. The error is ErrInvalid.
func DecodeListed(b []byte) ([]uint64, error) {
	r, err := open(kindListed, b)
	if err != nil {
		return nil, err
	}
	seqs := r.numbers()
	if r.err == nil {
		r.b = "" // what else there is was not asked for
	}
	return seqs, r.end()
}

// DecodeSeen reads all of a listing. The error is ErrInvalid.
func DecodeSeen(b []byte) (l Listed, err error) {
	r, err := open(kindListed, b)
	if err != nil {
		return l, err
	}
	if l.Seqs = r.numbers(); r.more() {
		r.seen(&l)
	}
	return l, r.end()
}

func (r *reader) seen(l *Listed) {
	l.Body = r.fixed()
	l.Identity = feed.IdentityMode(r.string())
	shared := list(r, r.fixed)
	first, last := r.uint(), uint64(0)
	l.Seen = list(r, func() (s Seen) {
		s.Sum = r.fixed()
		last += r.uint()
		s.Seq = last
		day := r.uint()
		s.Day, s.GUID = uint32(first+day>>1), day&1 == 1
		s.Said = list(r, func() uint64 {
			i := r.uint()
			if i >= uint64(len(shared)) {
				r.fail("line that is not listed")
				return 0
			}
			return shared[i]
		})
		for range r.count() {
			half := r.take(4)
			if r.err != nil {
				break
			}
			s.Said = append(s.Said, uint64(binary.LittleEndian.Uint32([]byte(half))))
		}
		return s
	})
}
