package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// A chunk keeps many small entries, in the order of their keys, under the first of these:
// bbolt spends sixteen bytes on each of its own, as much as most of ours have.
//
// It is a checksum(4), which covers the first key as well, and the entries, one after the
// other. Of the first there is the value alone; each other begins with how many bytes its
// key shares with the one before it, as many as there are, and has the rest of it. The
// keys of a bucket are of one length. So are the values, or their length is before each, in
// a byte.
//
// Whoever reads one gets what was written, or errChunk: never a panic, whatever it holds,
// and never another entry. Nothing here keeps or changes what it is given.

// shape is what all entries of a bucket have in common. The zero value is that of a bucket
// that is not packed.
type shape struct {
	key   int // bytes of a key
	value int // bytes of a value; varies: up to maxValue
}

const (
	varies   = -1
	maxValue = 255
	sumSize  = 4
	// fullChunk is how many bytes of entries a chunk has before it is divided. Larger ones
	// cost more to write, since a key changes all of its chunk, and smaller ones more room.
	fullChunk = 640
	// manyEntries is how many entries it has then, at most: to read the last, all are read.
	manyEntries = 64
	// maxChunk is what none is longer than: a damaged length is not believed.
	maxChunk = 4096
)

var (
	errChunk   = errors.New("a chunk that is not as it was written")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

func chunkSum(first, body []byte) uint32 {
	return crc32.Update(crc32.Checksum(first, castagnoli), castagnoli, body)
}

// open returns the entries of a chunk, which are a part of it.
func (s shape) open(first, chunk []byte) (body []byte, err error) {
	if len(first) != s.key || len(chunk) < sumSize || len(chunk) > maxChunk {
		return nil, fmt.Errorf("%w: %d bytes under a key of %d", errChunk, len(chunk), len(first))
	}
	body = chunk[sumSize:]
	if binary.BigEndian.Uint32(chunk) != chunkSum(first, body) {
		return nil, fmt.Errorf("%w: wrong checksum", errChunk)
	}
	return body, nil
}

// valueAt returns where the value begins and ends that a body has at a place; ok is false
// where it has none.
func (s shape) valueAt(body []byte, at int) (begin, end int, ok bool) {
	size := s.value
	if size == varies {
		if at >= len(body) {
			return 0, 0, false
		}
		size = int(body[at])
		at++
	}
	return at, at + size, at+size <= len(body)
}

// spot is where an entry is in a body: its key is what the one before it begins with,
// of so many bytes, and a part of the body; of the first, that is all of it.
type spot struct {
	shared, from, to int // of the key
	begin, end       int // of the value
}

// seek finds the first key that begins with the given one, which may be shorter. None of
// the keys is made that are passed: one that shares more with the one before it than this did
// with the key that is looked for comes before that, too, and one that shares less comes
// after it.
func (s shape) seek(first, body, key []byte) (p spot, found bool, err error) {
	same := common(first, key)
	p.shared = s.key
	ok := false
	for p.begin, p.end, ok = s.valueAt(body, 0); ok; p.begin, p.end, ok = s.valueAt(body, p.to) {
		if same == len(key) {
			return p, true, nil
		}
		if p.end == len(body) {
			return p, false, nil
		}
		p.shared, p.from = int(body[p.end]), p.end+1
		p.to = p.from + s.key - p.shared
		if p.shared >= s.key || p.to > len(body) {
			break
		}
		if p.shared < same {
			return p, false, nil
		}
		if p.shared == same {
			if same += common(body[p.from:p.to], key[same:]); same < len(key) && body[p.from+same-p.shared] > key[same] {
				return p, false, nil
			}
		}
	}
	return p, false, fmt.Errorf("%w: an entry ends beyond it", errChunk)
}

// find returns the value of a key, a part of the body; nil: it is not there.
func (s shape) find(first, body, key []byte) ([]byte, error) {
	p, found, err := s.seek(first, body, key)
	if err != nil || !found {
		return nil, err
	}
	return body[p.begin:p.end:p.end], nil
}

// common is how many bytes two keys have in common.
func common(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// table is a chunk whose entries are read as far as they were asked for, from the first on or
// from another. Its memory is used again for the next.
type table struct {
	shape
	body   []byte
	keys   []byte // of all entries read, one after the other
	values []span // theirs, within the body
	at     int    // where in the body the next entry is
}

type span struct{ begin, end uint16 }

// reset has the table begin another chunk, which it reads until the next reset.
func (t *table) reset(s shape, first, chunk []byte) error {
	_, err := t.resetAt(s, first, chunk, nil)
	return err
}

// resetAt is reset to the first key that begins with the prefix; false: there is none.
func (t *table) resetAt(s shape, first, chunk, prefix []byte) (found bool, err error) {
	body, err := s.open(first, chunk)
	if err != nil {
		return false, err
	}
	p, found, err := s.seek(first, body, prefix)
	if err != nil || !found {
		return false, err
	}
	if cap(t.keys) == 0 {
		t.keys, t.values = make([]byte, 0, (manyEntries+1)*s.key), make([]span, 0, manyEntries+1)
	}
	t.shape, t.body, t.keys, t.values = s, body, t.keys[:0], t.values[:0]
	if p.shared == s.key {
		t.push(first, nil, p.begin, p.end)
	} else {
		t.push(prefix[:p.shared], body[p.from:p.to], p.begin, p.end)
	}
	return true, nil
}

func (t *table) push(start, rest []byte, begin, end int) {
	t.keys = append(append(t.keys, start...), rest...)
	t.values = append(t.values, span{uint16(begin), uint16(end)})
	t.at = end
}

// more reads another entry; false: there is none.
func (t *table) more() (bool, error) {
	if t.at == len(t.body) {
		return false, nil
	}
	shared, rest := int(t.body[t.at]), t.at+1
	at := rest + t.key - shared
	if shared >= t.key || at > len(t.body) {
		return false, fmt.Errorf("%w: a key ends beyond it", errChunk)
	}
	last := t.keyOf(t.len() - 1)
	if t.body[rest] <= last[shared] {
		return false, fmt.Errorf("%w: keys out of order", errChunk)
	}
	begin, end, ok := t.valueAt(t.body, at)
	if !ok {
		return false, fmt.Errorf("%w: a value ends beyond it", errChunk)
	}
	t.push(last[:shared], t.body[rest:at], begin, end)
	return true, nil
}

// all reads all entries that are left.
func (t *table) all() error {
	for {
		if more, err := t.more(); err != nil || !more {
			return err
		}
	}
}

// len is how many entries were read.
func (t *table) len() int { return len(t.values) }

// keyOf is the key of an entry that was read, until the next reset.
func (t *table) keyOf(i int) []byte { return t.keys[i*t.key : (i+1)*t.key : (i+1)*t.key] }

// valueOf is the value of an entry that was read, a part of the chunk.
func (t *table) valueOf(i int) []byte {
	v := t.values[i]
	return t.body[v.begin:v.end:v.end]
}

// packer makes chunks of entries. Its memory is used again for the next.
type packer struct {
	shape
	keys   []byte   // of all entries, one after the other
	values [][]byte // theirs
	shared []uint8  // by how many bytes each key begins as the one before it
	size   int      // of all entries, by weight
}

func (p *packer) reset(s shape) {
	clear(p.values)
	p.shape, p.keys, p.values, p.shared, p.size = s, p.keys[:0], p.values[:0], p.shared[:0], 0
}

// add adds an entry, whose key is above those of before, or the last of these: then it
// takes its place. The value must stay as it is until the chunks are made.
func (p *packer) add(key, value []byte) error {
	if len(key) != p.key || p.value != varies && len(value) != p.value || len(value) > maxValue {
		return fmt.Errorf("an entry of %d and %d bytes, which the bucket does not take", len(key), len(value))
	}
	same := 0
	if n := len(p.values); n > 0 {
		last := p.keys[(n-1)*p.key:]
		same = common(last, key)
		if same == p.key {
			p.size -= p.weight(n - 1)
			p.values[n-1] = value
			p.size += p.weight(n - 1)
			return nil
		}
		if last[same] > key[same] {
			return fmt.Errorf("%w: keys out of order", errChunk)
		}
	}
	p.keys, p.values, p.shared = append(p.keys, key...), append(p.values, value), append(p.shared, uint8(same))
	p.size += p.weight(len(p.values) - 1)
	return nil
}

// weight is what an entry counts for in a full chunk: the bytes that it takes, unless they
// are so few that there would be too many.
func (p *packer) weight(i int) int { return max(p.cost(i), fullChunk/manyEntries) }

// cost is how many bytes an entry takes in a chunk that it is not the first of.
func (p *packer) cost(i int) int {
	n := 1 + p.key - int(p.shared[i]) + len(p.values[i])
	if p.value == varies {
		n++
	}
	return n
}

func (p *packer) keyOf(i int) []byte { return p.keys[i*p.key : (i+1)*p.key] }

// chunks calls emit with the chunks of the entries, in order. What does not go into one
// goes into as few as may be, which are of like length: keys come into the middle of each
// alike. Where they come at the end alone, all but the last are full. The chunk is the
// caller's to keep, the key is not.
func (p *packer) chunks(atEnd bool, emit func(first, chunk []byte) error) error {
	full := fullChunk
	if !atEnd && p.size > 0 {
		parts := (p.size + fullChunk - 1) / fullChunk
		full = (p.size + parts - 1) / parts
	}
	for i := 0; i < len(p.values); {
		from, size, weight := i, 0, 0
		for ; i < len(p.values) && weight < full; i++ {
			size += p.cost(i)
			weight += p.weight(i)
		}
		if err := emit(p.keyOf(from), p.encode(from, i, size)); err != nil {
			return err
		}
	}
	return nil
}

// encode makes a chunk of some of the entries, which would take so many bytes behind others.
func (p *packer) encode(from, to, size int) []byte {
	size -= 1 + p.key - int(p.shared[from])
	b := make([]byte, sumSize, sumSize+size)
	for i := from; i < to; i++ {
		if i > from {
			b = append(append(b, p.shared[i]), p.keyOf(i)[p.shared[i]:]...)
		}
		if p.value == varies {
			b = append(b, byte(len(p.values[i])))
		}
		b = append(b, p.values[i]...)
	}
	binary.BigEndian.PutUint32(b, chunkSum(p.keyOf(from), b[sumSize:]))
	return b
}

// merge adds to the packer the entries of a chunk and others with rising keys, which take
// the place of those that have theirs; atEnd: all of these come after the chunk's.
func (p *packer) merge(old *table, others []entry) (atEnd bool, err error) {
	if err := old.all(); err != nil {
		return false, err
	}
	i, atEnd := 0, len(others) > 0 && bytes.Compare(others[0].key, old.keyOf(old.len()-1)) > 0
	for _, e := range others {
		for ; i < old.len() && bytes.Compare(old.keyOf(i), e.key) <= 0; i++ {
			if err := p.add(old.keyOf(i), old.valueOf(i)); err != nil {
				return false, err
			}
		}
		if err := p.add(e.key, e.value); err != nil {
			return false, err
		}
	}
	for ; i < old.len(); i++ {
		if err := p.add(old.keyOf(i), old.valueOf(i)); err != nil {
			return false, err
		}
	}
	return atEnd, nil
}
