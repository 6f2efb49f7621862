package bolt

import (
	"encoding/binary"
	"fmt"
	"math"

	"sluice/storage/record"
)

// The texts of the new articles of one document stand in blocks in bucket blocks, each under
// the number of its first article; those of its others follow. An article that was edited since,
// and one that came alone, has a record of its own in bucket texts, which is read first.

// maxGathered bounds the bytes of texts that wait for a block to be complete.
const maxGathered = 256 << 10

// gathered are texts of new articles on their way into a block.
type gathered struct {
	on    bool
	first uint64
	texts []record.Text
	bytes int
}

// of returns the text of an article that is among them.
func (g *gathered) of(seq uint64) (record.Text, bool) {
	if seq < g.first || seq-g.first >= uint64(len(g.texts)) {
		return record.Text{}, false
	}
	return g.texts[seq-g.first], true
}

// gatherText adds the text of a new article to those that will be a block.
func (s *Store) gatherText(t *txn, seq uint64, text record.Text) error {
	g := &t.gathered
	size := len(text.Summary) + len(text.Content)
	if n := len(g.texts); n > 0 && (seq != g.first+uint64(n) || n == record.MaxBlock || g.bytes+size > maxGathered) {
		if err := s.putGathered(t); err != nil {
			return err
		}
	}
	if len(g.texts) == 0 {
		g.first = seq
	}
	g.texts = append(g.texts, text)
	g.bytes += size
	return nil
}

// putGathered stores what was gathered.
func (s *Store) putGathered(t *txn) error {
	g := &t.gathered
	first, texts := g.first, g.texts
	for len(texts) > 0 && texts[len(texts)-1].IsEmpty() {
		texts = texts[:len(texts)-1]
	}
	for len(texts) > 0 && texts[0].IsEmpty() {
		first, texts = first+1, texts[1:]
	}
	g.texts, g.bytes = g.texts[:0], 0
	t.block = openBlock{}
	switch len(texts) {
	case 0:
		return nil
	case 1:
		return t.put(bTexts, u64(first), s.texts.Encode(texts[0].Summary, texts[0].Content))
	}
	return t.put(bBlocks, u64(first), s.texts.EncodeBlock(texts))
}

// openBlock is the block that a transaction read last, with the part of it.
type openBlock struct {
	first uint64 // 0: none was read
	block record.Block
	part  record.Part
}

// has reports whether the block has a text of an article.
func (o *openBlock) has(seq uint64) bool {
	return o.first > 0 && seq >= o.first && seq-o.first < uint64(o.block.Len()) && o.block.Has(int(seq-o.first))
}

// openBlock reads the index of the block in which an article's text is; nil where it is in none.
func (t *txn) openBlock(seq uint64) (*openBlock, error) {
	if t.block.has(seq) {
		return &t.block, nil
	}
	if seq == math.MaxUint64 {
		return nil, nil
	}
	k, v := before(t.cursor(bBlocks), u64(seq+1))
	if k == nil {
		return nil, nil
	}
	if len(k) != 8 {
		return nil, damaged("block with a key of %d bytes", len(k))
	}
	first := binary.BigEndian.Uint64(k)
	if first != t.block.first {
		block, err := record.OpenBlock(v)
		if err != nil {
			return nil, brokenBlock(first, err)
		}
		t.block = openBlock{first: first, block: block}
	}
	if !t.block.has(seq) {
		return nil, nil
	}
	return &t.block, nil
}

func brokenBlock(first uint64, err error) error {
	return broken(fmt.Sprintf("texts from article %d on", first), err)
}

// textOf returns the text of an article that has it in a block.
func (s *Store) textOf(o *openBlock, seq uint64) (record.Text, error) {
	i := int(seq - o.first)
	if text, ok := o.part.Text(i); ok {
		return text, nil
	}
	part, err := s.texts.Part(o.block, i)
	if err != nil {
		return record.Text{}, brokenBlock(o.first, err)
	}
	o.part = part
	text, _ := part.Text(i) // that part has it
	return text, nil
}

// thin has a block that an article left, since it went or has a text of its own, take no more
// than twice the room of what is still read of it.
func (s *Store) thin(t *txn, seq uint64) error {
	o, err := t.openBlock(seq)
	if o == nil || err != nil {
		return err
	}
	was, first, of := *o, o.first, 0
	end := first + uint64(was.block.Len())
	own, there := t.numbers(bTexts, first, end), t.numbers(bHeads, first, end)
	var alive []uint64
	for member := first; member < end; member++ {
		if !was.has(member) {
			continue
		}
		of++
		if there[member] && !own[member] {
			alive = append(alive, member)
		}
	}
	if 2*len(alive) > of {
		return nil
	}
	texts := map[uint64]record.Text{}
	for _, member := range alive {
		if texts[member], err = s.textOf(&was, member); err != nil {
			return err
		}
	}
	t.block = openBlock{}
	if err := t.delete(bBlocks, u64(first)); err != nil {
		return err
	}
	for member := first; member < end; member++ { // what has none keeps its place
		if err := s.gatherText(t, member, texts[member]); err != nil {
			return err
		}
	}
	return s.putGathered(t)
}

// numbers returns the keys of a bucket from one on to before another.
func (t *txn) numbers(n bucket, from, to uint64) map[uint64]bool {
	all := map[uint64]bool{}
	c := t.bucket(n).Cursor()
	for k, _ := c.Seek(u64(from)); len(k) == 8 && binary.BigEndian.Uint64(k) < to; k, _ = c.Next() {
		all[binary.BigEndian.Uint64(k)] = true
	}
	return all
}

// blocks sees that blocks can be read, have what is of use, and do not overlap.
func (v *verifier) blocks() error {
	highest, next := v.t.bucket(bHeads).Sequence(), uint64(1)
	return v.t.scan(bBlocks, nil, func(k, val []byte) error {
		if len(k) != 8 {
			return damaged("block with a key of %d bytes", len(k))
		}
		first := binary.BigEndian.Uint64(k)
		block, err := record.OpenBlock(val)
		if err != nil {
			return brokenBlock(first, err)
		}
		if last := first + uint64(block.Len()) - 1; first < next || last < first || last > highest {
			v.fault("texts of articles %d to %d, after such up to %d, of %d", first, last, next-1, highest)
			return nil
		}
		next = first + uint64(block.Len())
		o, of := openBlock{first: first, block: block}, 0
		for seq := first; seq < next; seq++ {
			if _, err := v.store.textOf(&o, seq); err != nil {
				return err
			}
			if o.has(seq) && v.t.get(bHeads, u64(seq)) != nil {
				of++
			}
		}
		if of == 0 {
			v.fault("texts of articles %d to %d, which are not there", first, next-1)
		}
		return nil
	})
}
