package parse

import (
	"bytes"
	"fmt"
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
		inner, f.elements, f.stray = nil, 0, nil
	}
	if f.elements > 0 {
		if l.kind != kindAtom || !l.isXHTML(t) {
			l.p.warn(warnInline)
		}
		l.edit(from, f.to, "<![CDATA["+inlineHTML(inner, l.kind == kindAtom)+"]]>")
	} else {
		for _, run := range f.stray {
			l.p.warn(warnMarkup)
			l.escape(run.from, run.to)
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

// extent is where a field ends and what was met in it.
type extent struct {
	to       int // behind its text
	end      int // behind its end tag
	implied  bool
	elements int
	stray    []run // of "<" that begin nothing
}

// run is a part of a text in which each "<" is text.
type run struct{ from, to int }

// addStray notes the "<" at a place, which comes after those before it in b.
func (f *extent) addStray(b []byte, at int) {
	if n := len(f.stray); n > 0 && bytes.IndexByte(b[f.stray[n-1].to:at], '<') < 0 {
		f.stray[n-1].to = at + 1
		return
	}
	f.stray = append(f.stray, run{at, at + 1})
}

// scanField looks for the end of the field whose text starts at pos. The end
// tag of an element around it ends it, too.
func (l *lexer) scanField(t tag) (extent, error) {
	var f extent
	b, name := l.b, l.b[t.from:t.to]
	depth, same := 0, 0
	for i := l.pos; ; {
		lt := bytes.IndexByte(b[i:], '<')
		if lt < 0 || i+lt+1 >= len(b) {
			return f, errCut
		}
		i += lt
		size := 1
		switch c := b[i+1]; {
		case bytes.HasPrefix(b[i:], []byte("<![CDATA[")):
			size = bytes.Index(b[i:], []byte("]]>")) + 3
		case bytes.HasPrefix(b[i:], []byte("<!--")) || c == '?':
			if size = aside(b[i:]); size > 0 {
				blank(b[i : i+size])
			}
		case c == '/':
			size = bytes.IndexByte(b[i:], '>') + 1
			closing := endName(b[i:])
			switch {
			case size == 0:
			case bytes.EqualFold(closing, name) && same == 0:
				copy(b[i+2:], name)
				blank(b[i+2+len(name) : i+size-1])
				f.to, f.end = i, i+size
				return f, nil
			case bytes.EqualFold(closing, name):
				same--
			case l.isOpen(closing):
				f.to, f.end, f.implied = i, i, true
				return f, nil
			default:
				depth = max(depth-1, 0)
				f.elements++
			}
		case isNameStart(c):
			size = tagEnd(b[i:])
			if size == 0 {
				return f, errCut
			}
			if size < 0 { // another tag begins inside of it
				if err := l.count.retry(-size, len(b)); err != nil {
					return f, err
				}
				size = 1
				f.addStray(b, i)
				break
			}
			f.elements++
			inner := startName(b[i:])
			if bytes.EqualFold(inner, name) && b[i+size-2] != '/' {
				same++
			}
			if !isOptional(inner) && b[i+size-2] != '/' {
				depth++
			}
			if l.count.elements++; l.count.elements > MaxElements {
				return f, fmt.Errorf("more than %d elements: %w", MaxElements, ErrLimit)
			}
			if depth+len(l.open) > MaxDepth {
				return f, fmt.Errorf("elements nested deeper than %d: %w", MaxDepth, ErrLimit)
			}
		default:
			f.addStray(b, i)
		}
		if size <= 2 && size != 1 {
			return f, errCut
		}
		i += size
	}
}

// isOpen reports whether a feed or an item of that name is open.
func (l *lexer) isOpen(name []byte) bool {
	for _, n := range l.open {
		if n.role != roleOther && bytes.EqualFold(l.b[n.from:n.to], name) {
			return true
		}
	}
	return false
}

func endName(b []byte) []byte   { return b[2 : 2+nameLen(b[2:])] }
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
