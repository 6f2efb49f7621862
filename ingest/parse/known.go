package parse

import (
	"encoding/binary"
	"maps"
	"net/url"
	"slices"

	"sluice/feed"
	"sluice/feed/sanitize"

	"github.com/cespare/xxhash/v2"
)

// What is read out of an item follows from three things: what gofeed sees of it, the note
// of what gofeed does not, and what stands around it. The sum of an item is a hash of all
// three, so that whoever has read an item once need not read it again. It is never 0,
// which stands for an item that is to be read each time.

// sum gives the notes of all items their sums, once the feed around them is known.
func (l *lexer) sum(info feed.Info) {
	if l.odd {
		return // what belongs to one item cannot be told from the next
	}
	s := summing{lexer: l, feed: l.sumOfFeed(info)}
	for _, notes := range [][]*note{l.notes, l.outer} {
		for _, n := range notes {
			n.sum = s.of(n)
		}
	}
}

// sumOfFeed is the part of the sums that all items of the document share.
func (l *lexer) sumOfFeed(info feed.Info) uint64 {
	var h sumHash
	h.d.Reset()
	h.number(Version)
	h.number(sanitize.Version)
	h.number(uint64(l.kind))
	h.text(info.Language) // which items without one have
	for _, prefix := range slices.Sorted(maps.Keys(l.prefixes)) {
		h.text(prefix)
		h.text(l.prefixes[prefix])
	}
	for _, who := range l.authors {
		h.text(who.Name)
		h.text(who.Email)
		h.text(who.URL)
	}
	return h.d.Sum64()
}

// summing makes the sums of items, most of which stand in the same place.
type summing struct {
	*lexer
	hash   sumHash
	feed   uint64
	within *start
	around uint64 // feed with the tags of within
	item   []byte
	base   *url.URL
	as     string // base
}

func (s *summing) of(n *note) uint64 {
	h := &s.hash
	h.d.Reset()
	if n.within != s.within {
		s.within = n.within
		h.number(s.feed)
		s.write(n.within.root.from, n.within.root.to)
		s.write(n.within.inner.from, n.within.inner.to)
		s.around = h.d.Sum64()
		h.d.Reset()
	}
	h.number(s.around)
	s.write(int(n.from), int(n.to))
	s.note(n)
	return max(h.d.Sum64(), 1)
}

// write adds a part of the document as gofeed sees it.
func (s *summing) write(from, to int) {
	h := &s.hash
	if len(s.edits) == 0 {
		h.bytes(s.b[from:max(from, min(to, s.safe))])
		return
	}
	s.item = s.apply(s.item[:0], from, to)
	h.bytes(s.item)
}

// note adds all that a note has. What is new in a note has its place here, too.
func (s *summing) note(n *note) {
	h := &s.hash
	h.flag(n.long)
	for _, said := range []string{n.about, n.id, n.lang, n.body} {
		h.text(said)
	}
	s.address(n.base)
	for _, c := range []construct{n.title, n.summary, n.content} {
		h.text(c.kind)
		s.address(c.base)
	}
	h.number(uint64(len(n.linkBases)))
	for _, base := range n.linkBases {
		s.address(base)
	}
	for _, list := range [][]dated{n.published, n.updated} {
		h.number(uint64(len(list)))
		for _, d := range list {
			h.number(uint64(d.rank))
			h.text(d.text)
		}
	}
}

func (s *summing) address(u *url.URL) {
	h := &s.hash
	if h.flag(u != nil); u == nil {
		return
	}
	if u != s.base {
		s.base, s.as = u, u.String()
	}
	h.text(s.as)
}

// sumHash joins values into one number, keeping them apart. It begins with a Reset.
type sumHash struct{ d xxhash.Digest }

func (h *sumHash) number(n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	_, _ = h.d.Write(b[:]) // a hash never fails
}

func (h *sumHash) flag(yes bool) {
	if yes {
		h.number(1)
	} else {
		h.number(0)
	}
}

func (h *sumHash) text(s string) {
	h.number(uint64(len(s)))
	_, _ = h.d.WriteString(s)
}

func (h *sumHash) bytes(b []byte) {
	h.number(uint64(len(b)))
	_, _ = h.d.Write(b)
}

// leave takes away the notes of items that are known, and returns their sums. An item that
// the document has twice is read again: what that means is decided by what it says.
func (l *lexer) leave(known func(sum uint64) bool) (left []uint64) {
	times := make(map[uint64]int, len(l.notes)+len(l.outer))
	for _, n := range slices.Concat(l.notes, l.outer) {
		times[n.sum]++
	}
	for _, notes := range []*[]*note{&l.notes, &l.outer} {
		*notes = slices.DeleteFunc(*notes, func(n *note) bool {
			is := n.sum != 0 && times[n.sum] == 1 && known(n.sum)
			if is {
				left = append(left, n.sum)
			}
			return is
		})
	}
	return left
}

// read has an item read, and keeps the sum of one of which an article came without a
// repair: that is told at each poll.
func (p *parser) read(doc *Document, n *note, item func()) {
	had, repairs := len(doc.Articles), p.repairs
	item()
	if len(doc.Articles) == had {
		return
	}
	sum := n.sum
	if p.repairs != repairs {
		sum = 0
	}
	doc.Sums = append(doc.Sums, sum)
}
