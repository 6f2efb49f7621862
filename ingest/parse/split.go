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
func (l *lexer) whole(texts bool) []byte {
	if texts || l.odd {
		return l.close(l.apply(nil, 0, l.safe+1))
	}
	size := l.sizeOf(l.edits, 0, l.safe+1) + len("</channel></rss>")
	for _, n := range l.notes {
		size -= n.besides()
	}
	return l.compose(make([]byte, 0, size), func(out []byte, n *note) []byte { return l.one(out, n, false) })
}

// head returns the document without its items.
func (l *lexer) head(bool) []byte {
	return l.compose(nil, func(out []byte, _ *note) []byte { return out })
}

// compose appends the document, and of its items what item appends.
func (l *lexer) compose(out []byte, item func([]byte, *note) []byte) []byte {
	items := slices.Concat(l.notes, l.outer)
	slices.SortFunc(items, func(a, b *note) int { return cmp.Compare(a.from, b.from) })
	from := 0
	for _, n := range items {
		out = item(l.apply(out, from, int(n.from)), n)
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

// parts yields the items part by part, in gofeed's order: their notes, and what makes a
// document of them. Both are the caller's until its next step.
func (l *lexer) parts() iter.Seq2[func(texts bool) []byte, []*note] {
	return func(yield func(func(bool) []byte, []*note) bool) {
		var out []byte
		for _, notes := range [][]*note{l.notes, l.outer} {
			for len(notes) > 0 {
				n := l.fitting(notes)
				part := func(texts bool) []byte {
					out = l.part(out[:0], notes[:n], texts)
					return out
				}
				if !yield(part, notes[:n]) {
					return
				}
				clear(notes[:n])
				notes = notes[n:]
			}
		}
	}
}

// fitting returns how many of the notes, from the first, are one part.
func (l *lexer) fitting(notes []*note) int {
	n, size := 0, 0
	for n < len(notes) && notes[n].within == notes[0].within && (n == 0 || size < partSize && n < partItems) {
		size += int(notes[n].to - notes[n].from)
		n++
	}
	return n
}

// part appends a document of the items alone that the notes are of.
func (l *lexer) part(out []byte, notes []*note, texts bool) []byte {
	within := notes[0].within
	out = l.apply(out, within.root.from, within.root.to)
	out = l.apply(out, within.inner.from, within.inner.to)
	for _, n := range notes {
		out = l.one(out, n, texts)
	}
	for _, tag := range []tagSpan{within.inner, within.root} {
		if tag.to > 0 {
			out = appendEnd(out, l.b[tag.from+1:tag.nameTo])
		}
	}
	return out
}
