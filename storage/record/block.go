package record

import (
	"encoding/binary"
	"fmt"
)

// Text is what an article says.
type Text struct {
	Summary, Content string
}

// IsEmpty reports whether it says nothing.
func (t Text) IsEmpty() bool { return t.Summary == "" && t.Content == "" }

// The bounds of a block. Articles of one source have words and markup in common, so those of a
// part take a third less than each alone; but whoever wants one reads all of its part.
const (
	MaxBlock = 64       // articles
	maxPart  = 32 << 10 // bytes of texts in a part before they are compressed, unless one article has more
)

// A block is the texts of several articles that follow each other: an index with a checksum,
// which says how long each text is and where each part ends, and the parts, of which each is
// compressed and has a checksum of its own. One article is read without the other parts.

// EncodeBlock returns the block of the texts, of which there are MaxBlock at most.
func (t *Texts) EncodeBlock(all []Text) []byte {
	if len(all) == 0 || len(all) > MaxBlock {
		panic(fmt.Sprintf("record: a block of %d texts", len(all)))
	}
	index := binary.AppendUvarint([]byte{version}, uint64(len(all)))
	var parts, plain, ends []byte
	of := 0 // texts in the part
	end := func() {
		part := seal(kindPart, t.pack(make([]byte, 0, 2+len(plain)+sumSize), plain))
		parts = append(parts, part...)
		ends = binary.AppendUvarint(binary.AppendUvarint(ends, uint64(of)), uint64(len(part)))
		plain, of = plain[:0], 0
	}
	for _, text := range all {
		if of > 0 && len(plain)+len(text.Summary)+len(text.Content) > maxPart {
			end()
		}
		index = binary.AppendUvarint(binary.AppendUvarint(index, uint64(len(text.Summary))), uint64(len(text.Content)))
		plain = append(append(plain, text.Summary...), text.Content...)
		of++
	}
	end()
	index = seal(kindBlock, append(index, ends...))
	block := binary.AppendUvarint(make([]byte, 0, binary.MaxVarintLen32+len(index)+len(parts)), uint64(len(index)))
	return append(append(block, index...), parts...)
}

// Block is a block of which the index was read. It refers to the bytes that it was read from.
type Block struct {
	texts []place
	parts []part
}

// place is where a text is in its part.
type place struct {
	part         int
	at           int
	summary, all int // bytes
}

type part struct {
	first int // of its texts
	size  int // of them
	b     []byte
}

// OpenBlock reads the index of a block. The error is ErrInvalid.
func OpenBlock(b []byte) (Block, error) {
	n, skip := binary.Uvarint(b)
	if skip <= 0 || n > uint64(len(b)-skip) {
		return Block{}, fmt.Errorf("%w: a block without its index", ErrInvalid)
	}
	index, rest := b[skip:skip+int(n)], b[skip+int(n):]
	r, err := open(kindBlock, index)
	if err != nil {
		return Block{}, err
	}
	count := r.uint()
	if count == 0 || count > MaxBlock {
		r.fail("a block of so many texts")
		count = 0
	}
	block := Block{texts: make([]place, count)}
	for i := range block.texts {
		summary, content := r.uint(), r.uint()
		if summary > maxTexts || content > maxTexts {
			r.fail("a text beyond any")
		}
		block.texts[i] = place{summary: int(summary), all: int(summary + content)}
	}
	for next := 0; next < len(block.texts) && r.err == nil; {
		of, size := r.uint(), r.uint()
		if of == 0 || of > uint64(len(block.texts)-next) || size > uint64(len(rest)) {
			r.fail("a part beyond its block")
			break
		}
		p := part{first: next, b: rest[:size]}
		for i := range int(of) {
			text := &block.texts[next+i]
			text.part, text.at = len(block.parts), p.size
			p.size += text.all
		}
		block.parts = append(block.parts, p)
		next, rest = next+int(of), rest[size:]
	}
	if len(rest) > 0 {
		r.fail("bytes beyond its parts")
	}
	if err := r.end(); err != nil {
		return Block{}, err
	}
	return block, nil
}

// Len is how many texts the block has, also such as say nothing.
func (b Block) Len() int { return len(b.texts) }

// Has reports whether the i-th text says anything.
func (b Block) Has(i int) bool { return b.texts[i].all > 0 }

// Part is texts of a block as they were before they were compressed.
type Part struct {
	texts []place // of the block
	no    int
	plain []byte
}

// Part decompresses the part of a block that the i-th text is in. The error is ErrInvalid.
func (t *Texts) Part(b Block, i int) (Part, error) {
	no := b.texts[i].part
	p := b.parts[no]
	plain, err := t.unpack(kindPart, p.b)
	if err == nil && len(plain) != p.size {
		err = fmt.Errorf("%w: texts of %d bytes, not %d", ErrInvalid, len(plain), p.size)
	}
	if err != nil {
		return Part{}, err
	}
	return Part{b.texts, no, plain}, nil
}

// Text returns the i-th text of the block; false where it is in another part. The zero value
// has none.
func (p Part) Text(i int) (Text, bool) {
	if i >= len(p.texts) || p.texts[i].part != p.no {
		return Text{}, false
	}
	at := p.texts[i]
	all := string(p.plain[at.at : at.at+at.all]) // apart from the others: nobody who has one shall hold all
	return Text{all[:at.summary], all[at.summary:]}, true
}
