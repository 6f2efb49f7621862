package parse

import (
	"bytes"
	"fmt"
)

// The limits of a JSON Feed beside those of every document: encoding/json makes
// of each value up to a hundred times its shortest form.
const (
	maxItemValues = 20_000 // of an item; one that has more is dropped
	maxHeadValues = 20_000 // of the feed beside its items
)

// scan is what one pass over JSON finds, without understanding it.
type scan struct {
	end      int          // behind the outermost value; 0 when it does not end
	lastItem int          // behind the last whole item
	heavy    map[int]bool // the items with too many values, by their place in the list
	err      error
}

// scanner counts the values of a JSON Feed.
type scanner struct {
	scan
	depth   int
	inItems bool // within the feed's list of items
	item    int  // place in that list

	values, ofItem, ofHead int
}

// scanJSON enforces the limits, and finds the items of a document that was cut.
func scanJSON(b []byte) scan {
	s := scanner{}
	key, last := "", ""
	for i := 0; i < len(b) && s.err == nil && s.end == 0; i++ {
		switch b[i] {
		case '"':
			end := stringEnd(b, i)
			if end < 0 {
				return s.scan
			}
			if s.depth == 1 {
				last = string(b[i+1 : min(end, i+20)])
			}
			i = end
		case ':':
			if s.depth == 1 {
				key = last
			}
		case '{', '[':
			if s.depth++; s.depth == 2 {
				if s.inItems = key == "items" && b[i] == '['; s.inItems {
					s.item, s.ofItem, s.heavy = 0, 0, nil // of two lists the last counts
				}
			}
			s.count()
		case '}', ']':
			if s.depth--; s.depth <= 0 {
				s.end = i + 1
			}
			if s.depth == 2 && s.inItems && b[i] == '}' {
				s.lastItem = i + 1
			}
			s.inItems = s.inItems && s.depth > 1
		case ',':
			if s.depth == 2 && s.inItems {
				s.item, s.ofItem = s.item+1, 0
			}
			s.count()
		}
	}
	return s.scan
}

// count counts one value, and checks the limits.
func (s *scanner) count() {
	s.values++
	if s.inItems {
		s.ofItem++
	} else {
		s.ofHead++
	}
	if s.ofItem == maxItemValues+1 {
		if s.heavy == nil {
			s.heavy = map[int]bool{}
		}
		s.heavy[s.item] = true
	}
	switch {
	case s.depth > MaxDepth:
		s.err = fmt.Errorf("values nested deeper than %d: %w", MaxDepth, ErrLimit)
	case s.values > MaxElements:
		s.err = fmt.Errorf("more than %d values: %w", MaxElements, ErrLimit)
	case s.ofHead > maxHeadValues:
		s.err = fmt.Errorf("more than %d values beside the items: %w", maxHeadValues, ErrLimit)
	case s.inItems:
		s.err = tooMany(s.item + 1)
	}
}

// stringEnd returns the place of the quote that ends the string, or -1.
func stringEnd(b []byte, start int) int {
	for i := start + 1; i < len(b); {
		n := bytes.IndexAny(b[i:], `"\`)
		if n < 0 {
			return -1
		}
		if i += n; b[i] == '"' {
			return i
		}
		i += 2
	}
	return -1
}
