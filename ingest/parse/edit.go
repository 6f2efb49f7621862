package parse

import (
	"bytes"
	"cmp"
	"slices"
)

// edit replaces b[from:to] by the text. Where the text is one of the marks below
// it is a change of each place in b[from:to] that asks for it, and of nothing
// else: a flood of them is one edit.
type edit struct {
	from, to uint32 // a body of 4 GiB is none that we read
	text     string
}

// The marks.
const (
	literal = "&lt;"     // each "<" and each "]]>" is text
	quotes  = `"`        // each value without quotes gets them
	asides  = "<!-- -->" // each comment and each processing instruction is dropped
)

// maxAsides is how many edits a document may have before comments in texts become
// blanks, which need none.
const maxAsides = 100_000

func (l *lexer) edit(from, to int, text string) {
	if last := l.lastEdit(); last != nil && text == "" && last.text == "" && int(last.to) == from {
		last.to = uint32(to)
		return
	}
	l.edits = append(l.edits, edit{uint32(from), uint32(to), text})
}

func (l *lexer) lastEdit() *edit {
	if len(l.edits) == 0 {
		return nil
	}
	return &l.edits[len(l.edits)-1]
}

// mark adds a mark to edits of b that lie before it, or extends the last one when
// there is only text between.
func mark(edits []edit, b []byte, from, to int, kind string) []edit {
	if n := len(edits); n > 0 {
		last := &edits[n-1]
		if last.text == kind && int(last.to) <= from && bytes.IndexByte(b[last.to:from], '<') < 0 {
			last.to = uint32(to)
			return edits
		}
	}
	return append(edits, edit{uint32(from), uint32(to), kind})
}

func (l *lexer) mark(from, to int, kind string) {
	l.edits = mark(l.edits, l.b, from, to, kind)
}

// sectionEnds returns the part of a text from its first "]]>" to its last one; to
// is 0 when it has none. XML forbids them outside of CDATA.
func sectionEnds(b []byte) (from, to int) {
	end := []byte("]]>")
	if from = bytes.Index(b, end); from < 0 {
		return 0, 0
	}
	return from, bytes.LastIndex(b, end) + len(end)
}

// apply appends b[from:to] with its edits; those at its very end are not its own.
func (l *lexer) apply(out []byte, from, to int) []byte {
	if from >= to {
		return out
	}
	first, _ := slices.BinarySearchFunc(l.edits, from, func(e edit, at int) int { return cmp.Compare(int(e.from), at) })
	end := min(to, l.safe)
	if out == nil {
		out = make([]byte, 0, l.sizeOf(l.edits[first:], from, to)+len("</channel></rss>"))
	}
	for _, e := range l.edits[first:] {
		if int(e.from) >= to {
			break
		}
		if int(e.from) < from {
			continue // within what another edit replaced
		}
		out = append(out, l.b[from:e.from]...)
		out = e.append(out, l.b[e.from:e.to])
		from = int(e.to)
	}
	if from >= end {
		return out
	}
	return append(out, l.b[from:end]...)
}

// append appends what the edit makes of b, which it replaces.
func (e edit) append(out, b []byte) []byte {
	switch e.text {
	case literal:
		return appendLiteral(out, b)
	case quotes:
		return appendQuoted(out, b)
	case asides:
		return appendWithoutAsides(out, b)
	}
	return append(out, e.text...)
}

// sizeOf returns at least the size of b[from:to] with the edits.
func (l *lexer) sizeOf(edits []edit, from, to int) int {
	size := to - from
	for _, e := range edits {
		if int(e.from) >= to {
			break
		}
		switch b := l.b[e.from:e.to]; e.text {
		case literal:
			size += bytes.Count(b, []byte{'<'})*(len("&lt;")-1) + bytes.Count(b, []byte("]]>"))*(len("&gt;")-1)
		case quotes:
			size += 2 + 2*bytes.Count(b, []byte{'='})
		case asides:
		default:
			size += len(e.text)
		}
	}
	return size
}

func appendLiteral(out, b []byte) []byte {
	from := 0
	for i, c := range b {
		switch {
		case c == '<':
			out = append(append(out, b[from:i]...), "&lt;"...)
			from = i + 1
		case c == '>' && bytes.HasSuffix(b[:i], []byte("]]")):
			out = append(append(out, b[from:i]...), "&gt;"...)
			from = i + 1
		}
	}
	return append(out, b[from:]...)
}

func appendWithoutAsides(out, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			return append(out, b...)
		}
		out = append(out, b[:i]...)
		b = b[i+aside(b[i:]):]
	}
}
