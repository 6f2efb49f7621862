package parse

import (
	"bytes"
	"fmt"
	"strings"
)

// extent is where a field ends and what was met in it.
type extent struct {
	to       int // behind its text
	end      int // behind its end tag
	implied  bool
	elements int
	marks    []edit // what has to be mended if there are no elements
}

// fieldScan looks for the end of a field.
type fieldScan struct {
	extent
	l       *lexer
	native  bool // it is of the format itself
	name    []byte
	sibling extent // what the field would be if it ended before what can only be its sibling; end is 0 without one

	// Elements that are open in it: all, those of its own name, and those of the
	// name of an item or feed around it.
	depth, same, outer int
}

// scanField looks for the end of the field whose text starts at pos. The end tag
// of an element around it ends it, too; then it ended already where a sibling began.
func (l *lexer) scanField(t tag, native bool) (extent, error) {
	s := fieldScan{l: l, native: native, name: l.b[t.from:t.to]}
	elements := l.count.elements
	for i := l.pos; ; {
		lt := bytes.IndexByte(l.b[i:], '<')
		if lt < 0 || i+lt+1 >= len(l.b) {
			return s.extent, errCut
		}
		if l.loose {
			if from, to := sectionEnds(l.b[i : i+lt]); to > 0 {
				s.mark(i+from, i+to, literal)
			}
		}
		i += lt
		size, err := s.markup(i)
		switch {
		case err != nil:
			return s.extent, err
		case s.end > 0 && s.implied && s.sibling.end > 0:
			l.count.elements = elements + s.sibling.elements
			return s.sibling, l.count.retry(i-s.sibling.end, len(l.b))
		case s.end > 0:
			return s.extent, nil
		}
		i += size
	}
}

// markup reads what starts with the "<" at a place. It returns its size, or sets
// where the field ends.
func (s *fieldScan) markup(at int) (int, error) {
	rest, size := s.l.b[at:], 1
	switch c := rest[1]; {
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		if size = bytes.Index(rest, []byte("]]>")) + 3; size < 3 {
			return 0, errCut
		}
	case bytes.HasPrefix(rest, []byte("<!--")) || c == '?' && isAside(rest):
		if size = aside(rest); size < 0 {
			return 0, errCut
		}
		if len(s.marks)+len(s.l.edits) < maxAsides {
			s.mark(at, at+size, asides)
		} else {
			blank(rest[:size])
		}
	case c == '/':
		if size = bytes.IndexByte(rest, '>') + 1; size == 0 {
			return 0, errCut
		}
		s.endTag(at, size)
	case isNameStart(c):
		switch size = tagEnd(rest); {
		case size == 0:
			return 0, errCut
		case size > 0:
			return size, s.startTag(at, size)
		}
		if err := s.l.count.retry(-size, len(s.l.b)); err != nil {
			return 0, err
		}
		size = 1 // another tag begins inside of it
		s.mark(at, at+1, literal)
	default:
		s.mark(at, at+1, literal)
	}
	return size, nil
}

// mark notes what has to be mended, unless there are elements: then the text is
// read as HTML.
func (s *fieldScan) mark(from, to int, kind string) {
	if s.elements == 0 {
		s.marks = mark(s.marks, s.l.b, from, to, kind)
	}
}

func (s *fieldScan) endTag(at, size int) {
	closing := endName(s.l.b[at : at+size])
	switch own := bytes.EqualFold(closing, s.name); {
	case own && s.same == 0:
		tag := s.l.b[at+2 : at+size-1]
		blank(tag[copy(tag, s.name):])
		s.to, s.end = at, at+size
	case own:
		s.same--
	case s.outer == 0 && s.l.isOpen(closing):
		s.to, s.end, s.implied = at, at, true
	default:
		if s.outer > 0 && s.l.isOpen(closing) {
			s.outer--
		}
		s.depth = max(s.depth-1, 0)
		s.elements++
	}
}

func (s *fieldScan) startTag(at, size int) error {
	l, rest := s.l, s.l.b[at:]
	name, closed := startName(rest), rest[size-2] == '/'
	if s.sibling.end == 0 && s.depth == 0 && (isSibling(name, s.name) || !s.native && bytes.IndexByte(name, ':') > 0) {
		s.sibling = s.extent
		s.sibling.to, s.sibling.end, s.sibling.implied = at, at, true
	}
	s.elements++
	if bytes.EqualFold(name, s.name) && !closed {
		s.same++
	}
	if !closed && l.isOpen(name) {
		s.outer++
	}
	if !closed && !isOptional(name) {
		s.depth++
	}
	if l.count.elements++; l.count.elements > MaxElements {
		return fmt.Errorf("more than %d elements: %w", MaxElements, ErrLimit)
	}
	if s.depth+len(l.open) > MaxDepth {
		return fmt.Errorf("elements nested deeper than %d: %w", MaxDepth, ErrLimit)
	}
	return nil
}

// isSibling reports whether an element in a field that has no end tag is none of
// its HTML, but the next field.
func isSibling(name, field []byte) bool {
	switch strings.ToLower(string(name)) {
	case "item", "entry", "guid", "pubdate", "description", "enclosure", "comments", "category", "published", "updated", "lastbuilddate",
		"managingeditor", "webmaster", "ttl", "content:encoded", "dc:creator", "dc:date", "media:content", "media:thumbnail":
		return true
	case "title", "link", "author", "source", "summary", "content", "id":
		return !isLong(field)
	}
	return false
}

// isLong tells fields that have HTML of many kinds in them.
func isLong(field []byte) bool {
	switch lower(unprefixed(field)) {
	case "description", "summary", "content", "encoded", "subtitle", "tagline":
		return true
	}
	return false
}
