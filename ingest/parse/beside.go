package parse

import (
	"bytes"
	"html"
	"strings"

	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

// Most of a document are the texts of its items, and encoding/xml looks at each byte of
// them several times to give gofeed what stood there. Where a text has no element in it
// and needs no mending, gofeed is shown a stand-in, and its words are read here as gofeed
// would read them. Where the stand-ins then are not where they belong, because the
// document's elements mean something else to gofeed, it reads the document again, with
// its texts. So all that this could do wrong is to take longer.

// span is a part of the document.
type span struct{ from, to uint32 }

// The texts of a note, and what stands in for them: a character that means nothing to
// anybody, and which text it is. One that a publisher writes himself is only that item's text.
const (
	ofContent = iota
	ofSummary
)

var standIns = [2]string{"\uF8FE1", "\uF8FE2"}

// leastBeside is how many bytes a text has that is worth it.
const leastBeside = 64

// beside notes a text of an item that gofeed need not see.
func (l *lexer) beside(t tag, local string, text span) {
	which := ofSummary
	switch atom := l.kind == kindAtom; {
	case local == "content" && atom, local == "encoded" && !atom && bytes.IndexByte(l.b[t.from:t.to], ':') >= 0:
		which = ofContent
	case local == "summary" && atom, local == "description" && !atom:
	default:
		return
	}
	last := l.lastEdit()
	if l.loose || text.to-text.from < leastBeside || l.item.texts[which].to > 0 || last != nil && int(last.to) >= t.from {
		return
	}
	if l.kind != kindAtom || l.isTyped(t) {
		l.item.texts[which] = text
	}
}

// isTyped reports whether gofeed reads a text of Atom as RSS's: it has no attribute, or
// its type is "text", as it is for gofeed where the publisher wrote "html".
func (l *lexer) isTyped(t tag) bool {
	typed, other := !t.attrs, false
	l.attributes(t, func(a attribute) {
		name := l.b[a.nameFrom:a.nameTo]
		if lower(unprefixed(name)) != "type" {
			return
		}
		typed = true
		other = other || string(name) != "type" || !bytes.EqualFold(l.b[a.valueFrom:a.valueTo], []byte("text"))
	})
	return typed && !other
}

// besides returns how many bytes of an item gofeed need not see.
func (n *note) besides() int {
	size := 0
	for _, t := range n.texts {
		size += int(t.to - t.from)
	}
	return size
}

// one appends an item, with its texts or what stands in for them.
func (l *lexer) one(out []byte, n *note, texts bool) []byte {
	from := int(n.from)
	order := [2]int{ofContent, ofSummary}
	if n.texts[ofSummary].from < n.texts[ofContent].from {
		order = [2]int{ofSummary, ofContent}
	}
	for _, which := range order {
		if t := n.texts[which]; t.to > 0 && !texts {
			out = append(l.apply(out, from, int(t.from)), standIns[which]...)
			from = int(t.to)
		}
	}
	return l.apply(out, from, int(n.to))
}

// putBack gives items the texts that gofeed did not see. It reports false, and gives
// them nothing, where one of them is not where it belongs.
func (l *lexer) putBack(items []texted, notes []*note) bool {
	if len(items) != len(notes) {
		return false
	}
	for i, n := range notes {
		for which, t := range n.texts {
			if at := items[i][which]; t.to > 0 && (at == nil || *at != standIns[which]) {
				return false
			}
		}
	}
	for i, n := range notes {
		for which, t := range n.texts {
			if t.to > 0 {
				*items[i][which] = gofeedText(l.b[t.from:t.to])
			}
		}
	}
	return true
}

// texted is where gofeed has an item's texts; nil is nowhere.
type texted [2]*string

func rssTexts(f *rss.Feed) []texted {
	all := make([]texted, len(f.Items))
	for i, item := range f.Items {
		all[i] = texted{ofContent: &item.Content, ofSummary: &item.Description}
	}
	return all
}

func atomTexts(f *atom.Feed) []texted {
	all := make([]texted, len(f.Entries))
	for i, e := range f.Entries {
		all[i][ofSummary] = &e.Summary
		if e.Content != nil {
			all[i][ofContent] = &e.Content.Value
		}
	}
	return all
}

// gofeedText returns what gofeed reads of the source of a text without elements: what is in
// CDATA sections as it is, and the rest with its references decoded.
func gofeedText(source []byte) string {
	source = bytes.TrimSpace(source)
	if bytes.IndexByte(source, '&') < 0 && bytes.IndexByte(source, '<') < 0 {
		return string(source)
	}
	var out strings.Builder
	out.Grow(len(source))
	for {
		text, rest, found := bytes.Cut(source, []byte("<![CDATA["))
		decode(&out, text)
		if !found {
			return out.String()
		}
		var raw []byte
		raw, source, _ = bytes.Cut(rest, []byte("]]>"))
		out.Write(raw)
	}
}

// The references of which texts are full that are HTML.
var common = []struct {
	source []byte
	is     byte
}{{[]byte("&lt;"), '<'}, {[]byte("&gt;"), '>'}, {[]byte("&amp;"), '&'}, {[]byte("&quot;"), '"'}, {[]byte("&#34;"), '"'}, {[]byte("&#39;"), '\''}}

// farthest is how far the ";" of a reference may be for gofeed.
const farthest = 64

// decode appends text with its references decoded, by gofeed's rules: what has a blank
// in it is none, and what HTML would decode without its ";" is none with it either.
func decode(out *strings.Builder, text []byte) {
next:
	for {
		i := bytes.IndexByte(text, '&')
		if i < 0 {
			out.Write(text)
			return
		}
		out.Write(text[:i])
		text = text[i:]
		for _, c := range common {
			if bytes.HasPrefix(text, c.source) {
				out.WriteByte(c.is)
				text = text[len(c.source):]
				continue next
			}
		}
		end := bytes.IndexByte(text[:min(len(text), farthest)], ';')
		if end < 0 && len(text) <= farthest {
			out.Write(text)
			return
		}
		if end >= 0 && !bytes.ContainsAny(text[:end], " \t\r\n") {
			bare := html.UnescapeString(string(text[:end]))
			if is := html.UnescapeString(string(text[:end+1])); is != bare+";" {
				out.WriteString(is)
				text = text[end+1:]
				continue
			}
		}
		out.WriteByte('&')
		text = text[1:]
	}
}
