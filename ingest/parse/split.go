package parse

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
)

// partSize is up to which size gofeed reads a document at once. What it returns
// is several times as large as small items are; of a large document the items
// are read part by part, so that only their articles add up.
const (
	partSize  = 256 << 10
	partItems = 500
)

// start is where the start tags of the elements around an item are; the inner
// one is empty where there is but one.
type start struct {
	root, inner tagSpan
}

type tagSpan struct{ from, nameTo, to int }

// around returns the start tags that are open, the same value as long as they
// are the same.
func (l *lexer) around() (*start, error) {
	var s start
	for i, n := range l.open {
		span := tagSpan{n.from - 1, n.to, n.end}
		if i == 0 {
			s.root = span
		} else {
			s.inner = span
		}
	}
	if l.spot != nil && *l.spot == s {
		return l.spot, nil
	}
	l.spot = &s
	size := s.root.to - s.root.from + s.inner.to - s.inner.from
	if size > maxTagsAround {
		return nil, fmt.Errorf("start tag of the feed is longer than %d bytes: %w", maxTagsAround, ErrLimit)
	}
	l.count.places++
	if l.count.around += size; l.count.around > len(l.b)+maxTagsAround || l.count.places > maxPlaces {
		return nil, fmt.Errorf("items stand in too many places: %w", ErrLimit)
	}
	return l.spot, nil
}

// isSplit reports whether the document is to be read in parts.
func (l *lexer) isSplit() bool {
	items := len(l.notes) + len(l.outer)
	return (l.safe > partSize || items > partItems || l.count.places > 1) && items > 1 && !l.odd
}

// whole returns the whole document.
func (l *lexer) whole() []byte {
	return l.close(l.apply(nil, 0, l.safe+1))
}

// head returns the document without its items.
func (l *lexer) head() []byte {
	items := slices.Concat(l.notes, l.outer)
	slices.SortFunc(items, func(a, b *note) int { return cmp.Compare(a.from, b.from) })
	var out []byte
	from := 0
	for _, n := range items {
		out = l.apply(out, from, int(n.from))
		from = int(n.to)
	}
	return l.close(l.apply(out, from, l.safe+1))
}

// close writes the end tags of elements that were cut.
func (l *lexer) close(out []byte) []byte {
	for i := l.keep - 1; i >= 0; i-- {
		out = appendEnd(out, l.b[l.open[i].from:l.open[i].to])
	}
	return out
}

func appendEnd(out, name []byte) []byte {
	return append(append(append(out, "</"...), name...), '>')
}

// parts yields documents of the items alone, in gofeed's order, each with the
// notes of its items. Both are the caller's until its next step.
func (l *lexer) parts() iter.Seq2[[]byte, []*note] {
	return func(yield func([]byte, []*note) bool) {
		var out []byte
		for _, notes := range [][]*note{l.notes, l.outer} {
			for len(notes) > 0 {
				out, notes = l.part(out[:0], notes, yield)
				if out == nil {
					return
				}
			}
		}
	}
}

// part yields the first part of the notes and returns the others.
func (l *lexer) part(out []byte, notes []*note, yield func([]byte, []*note) bool) ([]byte, []*note) {
	within := notes[0].within
	out = l.apply(out, within.root.from, within.root.to)
	out = l.apply(out, within.inner.from, within.inner.to)
	n := 0
	for n < len(notes) && notes[n].within == within && (n == 0 || len(out) < partSize && n < partItems) {
		out = l.apply(out, int(notes[n].from), int(notes[n].to))
		n++
	}
	for _, tag := range []tagSpan{within.inner, within.root} {
		if tag.to > 0 {
			out = appendEnd(out, l.b[tag.from+1:tag.nameTo])
		}
	}
	if !yield(out, notes[:n]) {
		return nil, nil
	}
	clear(notes[:n])
	return out, notes[n:]
}
