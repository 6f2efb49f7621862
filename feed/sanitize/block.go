package sanitize

import (
	"html"
	"iter"
	"strings"
)

// Block is a piece of HTML between two tags that part texts.
type Block struct {
	Text string // as TextOf gives it; may be empty
	HTML string // the tag that begins it, and all that follows up to the next such
}

// Blocks yields the pieces of what HTML or Resolve returned, in order. Their texts,
// joined by blanks where they are not empty, are what TextOf gives.
func Blocks(safe string) iter.Seq[Block] {
	return func(yield func(Block) bool) {
		var text pieces
		start, from := 0, 0 // of the block, and of what is read next
		for {
			i := strings.IndexByte(safe[from:], '<')
			if i < 0 {
				text.add(html.UnescapeString(safe[from:]))
				yield(Block{Text: collapse(text.take()), HTML: safe[start:]})
				return
			}
			at := from + i
			text.add(html.UnescapeString(safe[from:at]))
			tag, _, _ := strings.Cut(safe[at+1:], ">")
			from = min(at+1+len(tag)+1, len(safe))
			name, _, _ := strings.Cut(strings.TrimPrefix(tag, "/"), " ")
			if isInline(name) {
				continue
			}
			if at > start && !yield(Block{Text: collapse(text.take()), HTML: safe[start:at]}) {
				return
			}
			start = at
		}
	}
}

// pieces join texts. One alone, as most blocks have, is not copied.
type pieces struct {
	first string
	all   []byte // of more than one
}

func (p *pieces) add(s string) {
	switch {
	case s == "":
	case p.first == "":
		p.first = s
	default:
		if len(p.all) == 0 {
			p.all = append(p.all, p.first...)
		}
		p.all = append(p.all, s...)
	}
}

// take returns what was added since the last time.
func (p *pieces) take() string {
	s := p.first
	if len(p.all) > 0 {
		s = string(p.all)
	}
	p.first, p.all = "", p.all[:0]
	return s
}
