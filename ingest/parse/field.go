package parse

import (
	"bytes"
	"strings"
)

// fields are the elements of a feed or an item that hold one text, without
// those of extensions.
var fields = map[string]bool{
	"title": true, "description": true, "link": true, "guid": true, "pubdate": true, "comments": true, "category": true,
	"language": true, "copyright": true, "managingeditor": true, "webmaster": true, "lastbuilddate": true, "generator": true,
	"docs": true, "ttl": true, "rating": true, "id": true, "updated": true, "modified": true, "published": true, "issued": true,
	"created": true, "subtitle": true, "tagline": true, "summary": true, "content": true, "rights": true, "icon": true,
	"logo": true, "author": true, "source": true, "encoded": true,
}

// isField reports whether an element is a text that is read as a whole.
func (l *lexer) isField(parent role, prefix, local string, native bool) bool {
	if parent != roleItem && parent != roleFeed {
		return false
	}
	if local == "encoded" && l.kind != kindAtom && parent == roleItem {
		return native || l.prefix(prefix) == "content"
	}
	if !native {
		return local == "body" && l.kind != kindAtom && parent == roleItem && (prefix == "" || l.prefix(prefix) == "xhtml")
	}
	if !fields[local] {
		return false
	}
	if l.kind == kindAtom {
		return local != "author" && local != "source" && local != "link" && local != "category"
	}
	return true
}

// prefix returns the name by which gofeed files a prefix.
func (l *lexer) prefix(p string) string {
	if known, ok := l.prefixes[p]; ok {
		return known
	}
	return p
}

// field reads a text up to its end tag. HTML that stands in it without being
// escaped becomes CDATA, because gofeed would unescape it once too often.
func (l *lexer) field(t tag, n node, parent role, local string) error {
	from := l.pos
	f, err := l.scanField(t)
	if err != nil {
		return err
	}
	inner := l.b[from:f.to]
	if len(inner) > MaxText && textSize(inner) > MaxText {
		l.p.warn(warnText)
		l.item.long = l.item.long || parent == roleItem
		l.edit(from, f.to, "")
		inner, f.elements, f.marks = nil, 0, nil
	}
	if f.elements > 0 {
		if l.kind != kindAtom || !l.isXHTML(t) {
			l.p.warn(warnInline)
		}
		l.edit(from, f.to, "<![CDATA["+inlineHTML(inner, l.kind == kindAtom)+"]]>")
	} else {
		for _, e := range f.marks {
			if e.text != asides {
				l.p.warn(warnMarkup)
			}
			l.mark(int(e.from), int(e.to), e.text)
		}
	}
	if l.kind == kindAtom && f.elements == 0 && t.attrs {
		l.base64(t, from, f.to)
	}
	if f.implied {
		l.p.warn(warnMarkup)
		l.edit(f.to, f.to, "</"+string(l.b[t.from:t.to])+">")
	}
	l.pos = f.end
	l.noteField(t, n, parent, local, inner, f.elements > 0)
	if parent == roleFeed {
		l.safe, l.keep = l.pos, len(l.open)
	}
	return nil
}

// isXHTML reports whether an Atom text may have markup in it: type and, before
// Atom 1.0, mode say so.
func (l *lexer) isXHTML(t tag) bool {
	return strings.Contains(l.attr(t, "type"), "xhtml") || l.version == "0.3" && firstOf(l.attr(t, "mode"), "xml") == "xml"
}

// textSize returns how long a text is at least when its references are read.
func textSize(b []byte) int {
	size := 0
	for len(b) > 0 {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			return size + len(b)
		}
		size += i + 1
		b = b[i+1:]
		if end := bytes.IndexByte(b[:min(len(b), longestReference)], ';'); end >= 0 {
			b = b[end+1:]
		}
	}
	return size
}

// longestReference is longer than any name of a character in HTML.
const longestReference = 40

// isOpen reports whether a feed or an item of that name is open.
func (l *lexer) isOpen(name []byte) bool {
	for _, n := range l.open {
		if n.role != roleOther && bytes.EqualFold(l.b[n.from:n.to], name) {
			return true
		}
	}
	return false
}

// endName returns the name in an end tag, which may stand behind blanks.
func endName(b []byte) []byte {
	b = b[2:]
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b[:nameLen(b)]
}

func startName(b []byte) []byte { return b[1 : 1+nameLen(b[1:])] }

func nameLen(b []byte) int {
	for i, c := range b {
		if isSpace(c) || c == '>' || c == '/' || c == '<' {
			return i
		}
	}
	return len(b)
}

// isOptional tells elements of HTML that authors leave open: they do not count
// as depth.
func isOptional(name []byte) bool {
	switch strings.ToLower(string(name)) {
	case "br", "img", "hr", "p", "li", "td", "tr", "th", "dt", "dd", "wbr", "input", "meta", "link", "source", "col", "embed",
		"param", "area", "base", "track", "option":
		return true
	}
	return false
}
