package sanitize

import (
	"net/url"
	"strings"
)

// writer writes a fragment token by token. It keeps the open elements and
// closes what an HTML parser would close by itself, but visibly, so that the
// result says what it means and a second run has nothing to do.
type writer struct {
	out    strings.Builder
	base   *url.URL
	open   []*element
	plain  []int // how many were open when each span began that says nothing, and is not written
	nodes  int
	inText bool // the last thing written was text
	empty  bool // the last thing written was the start tag of a pre
	fresh  bool // so was the last thing read
	attrs  []attr
}

type attr struct{ key, val string }

// keptNodes is where markup ends: every open element may still get a text.
const keptNodes = MaxNodes - 2*MaxDepth

func newWriter(base *url.URL, size int) *writer {
	w := &writer{base: base}
	w.out.Grow(size + size/8)
	return w
}

func (w *writer) String() string { return w.out.String() }

func (w *writer) get(key string) string {
	for _, a := range w.attrs {
		if a.key == key {
			return a.val
		}
	}
	return ""
}

// start writes a start tag where it may stand, after what must end before it.
func (w *writer) start(e *element) {
	if (e.name == "rt" || e.name == "rp") && w.find("ruby") < 0 {
		return
	}
	if w.nodes >= keptNodes {
		w.space(e)
		return
	}
	if isTablePart(e.name) {
		if !w.tablePart(e.name) {
			w.space(e)
			return
		}
	} else {
		w.inCell()
		w.closeFor(e)
	}
	if e.name == "span" && len(w.attrs) == 0 {
		w.plain, w.fresh = append(w.plain, len(w.open)), false
		return
	}
	limit := MaxDepth
	if e.name == "table" {
		limit -= 8 // its parts must have room: a cell cannot do without its row
	}
	if len(w.open) >= limit && !e.void {
		w.space(e)
		return
	}
	w.tag(e)
}

// tag writes the start tag and opens the element.
func (w *writer) tag(e *element) {
	w.inText, w.empty, w.fresh = false, e.output == "pre", e.output == "pre"
	w.nodes++
	w.out.WriteByte('<')
	w.out.WriteString(e.output)
	for _, a := range w.attrs {
		w.out.WriteByte(' ')
		w.out.WriteString(a.key)
		w.out.WriteString(`="`)
		w.out.WriteString(escapeAttr(a.val))
		w.out.WriteByte('"')
	}
	w.out.WriteByte('>')
	w.attrs = w.attrs[:0]
	if e.void {
		return
	}
	if e.output != e.name {
		e = elements[e.output]
	}
	w.open = append(w.open, e)
}

// end closes the nearest element of that name, and what is open inside it,
// unless a table's cell lies between: an end tag does not leave its cell.
func (w *writer) end(e *element) {
	if e.output != e.name {
		e = elements[e.output]
	}
	if e.name == "br" { // a parser reads </br> as <br>
		w.attrs = w.attrs[:0]
		w.start(e)
		return
	}
	if e.name == "span" && w.endPlain() {
		return
	}
	for i := len(w.open) - 1; i >= 0; i-- {
		name := w.open[i].name
		if name == e.name || isHeading(name) && isHeading(e.name) {
			w.popTo(i)
			return
		}
		if name == "table" || e.name != "table" && !isTablePart(e.name) && isBarrier(name) ||
			e.name == "li" && (name == "ul" || name == "ol") {
			return
		}
	}
}

// endPlain ends the innermost span when it is one that was not written.
func (w *writer) endPlain() bool {
	last := len(w.plain) - 1
	if last < 0 || w.plain[last] <= w.find("span") {
		return false
	}
	n := w.plain[last]
	w.plain = w.plain[:last]
	if w.barrier(n) {
		return true // it began outside of this cell, and a cell ends only by its own tag
	}
	w.popTo(n)
	return true
}

// barrier reports whether a table or a cell is among the elements after the first n.
func (w *writer) barrier(n int) bool {
	for _, e := range w.open[n:] {
		if isBarrier(e.name) {
			return true
		}
	}
	return false
}

// popTo closes elements until n are open.
func (w *writer) popTo(n int) {
	for i := len(w.open) - 1; i >= n; i-- {
		w.out.WriteString("</")
		w.out.WriteString(w.open[i].output)
		w.out.WriteByte('>')
		w.inText, w.empty, w.fresh = false, false, false
	}
	w.open = w.open[:n]
	for len(w.plain) > 0 && w.plain[len(w.plain)-1] > n {
		w.plain = w.plain[:len(w.plain)-1]
	}
}

// text writes text.
func (w *writer) text(s string) { w.escaped(s, escapeText(s)) }

// escaped writes a text that is as, escaped. Between the parts of a table it belongs into
// a cell.
func (w *writer) escaped(s, as string) {
	if s == "" {
		return
	}
	if w.inParts() {
		if strings.TrimSpace(s) == "" {
			return
		}
		w.inCell()
	}
	if s = as; s == "" {
		return
	}
	if w.fresh { // a parser drops one line feed after <pre>
		s = strings.TrimPrefix(s, "\n")
		w.fresh = false
	}
	if s == "" {
		return
	}
	if w.empty && s[0] == '\n' { // another keeps the author's
		w.out.WriteByte('\n')
	}
	w.empty = false
	if !w.inText {
		w.inText = true
		w.nodes++
	}
	w.out.WriteString(s)
}

// space keeps words apart where the tag of a block was left out.
func (w *writer) space(e *element) {
	if e.block || isTablePart(e.name) || e.name == "br" || e.name == "li" || e.name == "dd" || e.name == "dt" {
		w.text(" ")
	}
}
