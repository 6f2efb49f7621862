package sanitize

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// writer writes a fragment token by token. It keeps the open elements and
// closes what an HTML parser would close by itself, but visibly, so that the
// result says what it means and a second run has nothing to do.
type writer struct {
	out    strings.Builder
	base   *url.URL
	open   []*element
	nodes  int
	inText bool // the last thing written was text
	fresh  bool // the last thing written was the start tag of a pre
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

// fragment writes a whole fragment and closes what it leaves open.
func (w *writer) fragment(s string) {
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken: // a strings.Reader fails only at its end
			w.popTo(0)
			return
		case html.TextToken:
			w.text(z.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if e := elements[string(name)]; e != nil {
				w.readAttrs(z, e, more)
				w.start(e)
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if e := elements[string(name)]; e != nil {
				w.end(e)
			}
		}
	}
}

// readAttrs keeps the allowed attributes whose values make sense.
func (w *writer) readAttrs(z *html.Tokenizer, e *element, more bool) {
	w.attrs = w.attrs[:0]
	for more {
		var key, val []byte
		key, val, more = z.TagAttr()
		if !allowed(e.attrs, string(key)) {
			continue
		}
		if v, ok := w.value(string(key), string(val)); ok {
			w.attrs = append(w.attrs, attr{string(key), v})
		}
	}
}

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
	if w.useless(e) {
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

// useless tells elements that show nothing: a link to nowhere, an image without
// a source or that only counts readers.
func (w *writer) useless(e *element) bool {
	switch e.name {
	case "a":
		return w.get("href") == ""
	case "img":
		return w.get("src") == "" && w.get("srcset") == "" || isPixel(w)
	case "source":
		return w.get("src") == "" && w.get("srcset") == ""
	case "rt", "rp":
		return w.find("ruby") < 0
	}
	return false
}

// tag writes the start tag and opens the element.
func (w *writer) tag(e *element) {
	w.inText, w.fresh = false, e.name == "pre"
	w.nodes++
	w.out.WriteByte('<')
	w.out.WriteString(e.output)
	for i, a := range w.attrs {
		if !first(w.attrs[:i], a.key) {
			continue
		}
		w.out.WriteByte(' ')
		w.out.WriteString(a.key)
		w.out.WriteString(`="`)
		w.out.WriteString(escapeAttr(a.val))
		w.out.WriteByte('"')
	}
	if e.name == "a" {
		w.out.WriteString(` rel="noopener noreferrer nofollow ugc"`)
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

func first(attrs []attr, key string) bool {
	for _, a := range attrs {
		if a.key == key {
			return false
		}
	}
	return true
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

// popTo closes elements until n are open.
func (w *writer) popTo(n int) {
	for i := len(w.open) - 1; i >= n; i-- {
		w.out.WriteString("</")
		w.out.WriteString(w.open[i].output)
		w.out.WriteByte('>')
		w.inText, w.fresh = false, false
	}
	w.open = w.open[:n]
}

// text writes text. Between the parts of a table it belongs into a cell.
func (w *writer) text(b []byte) {
	if len(b) == 0 {
		return
	}
	if w.inParts() {
		if len(bytes.TrimSpace(b)) == 0 {
			return
		}
		w.inCell()
	}
	s := escapeText(string(b))
	if s == "" {
		return
	}
	if w.fresh {
		// A parser drops one line feed after <pre>; another keeps the author's.
		if s = strings.TrimPrefix(s, "\n"); strings.HasPrefix(s, "\n") {
			w.out.WriteByte('\n')
		}
		w.fresh = false
	}
	if s == "" {
		return
	}
	if !w.inText {
		w.inText = true
		w.nodes++
	}
	w.out.WriteString(s)
}

// space keeps words apart where the tag of a block was left out.
func (w *writer) space(e *element) {
	if e.block || isTablePart(e.name) || e.name == "br" || e.name == "li" || e.name == "dd" || e.name == "dt" {
		w.text([]byte{' '})
	}
}
