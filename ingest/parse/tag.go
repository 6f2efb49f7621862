package parse

import (
	"bytes"
	"fmt"
	"strings"
)

// tag is a start tag in the document.
type tag struct {
	from, to int // its name
	end      int // behind its ">"; 0 when it turned out to be no tag
	closed   bool
	attrs    bool // it has attributes
	values   int  // how many have a value, without namespaces
	xmlns    bool // one of them declares a namespace for names without prefix
}

// maxAttributes is how many attributes of an element gofeed sees, maxDeclared how
// many namespaces on it: it keeps all, and nobody means as many.
const (
	maxAttributes = 200
	maxDeclared   = MaxNamespaces + 1 // one more, so that they are refused
)

// shape is what is known of a start tag before it is mended.
type shape struct {
	size               int // 0: it does not end; below 0: another tag begins -size bytes behind it
	values, namespaces int // attributes that have a value
	messy              bool
}

// measureTag looks for the end of the start tag that b begins with. A ">" in a
// value with quotes does not end it; a "<" outside of one shows that it is none.
func measureTag(b []byte) shape {
	var s shape
	last, colon := 1+nameLen(b[1:]), false
	for i := last; i < len(b); {
		switch c := b[i]; c {
		case '>':
			s.size = i + 1
			s.messy = s.messy || s.values > maxAttributes || s.namespaces > maxDeclared
			return s
		case '<':
			s.size = -i
			return s
		case '=':
			name := bytes.TrimRight(b[nameBefore(b, last, i):i], " \t\r\n")
			if isNamespace(name) {
				s.namespaces++
			} else {
				s.values++
			}
			v := valueAt(b, i+1)
			if v.next > len(b) {
				return s
			}
			s.messy = s.messy || !v.quoted || !isName(name) || bytes.IndexByte(b[v.from:v.to], '<') >= 0
			i, last, colon = v.next, v.next, false
		case '"', '\'':
			s.messy = true
			i++
		case '/':
			s.messy = s.messy || i+1 < len(b) && b[i+1] != '>'
			i++
		default:
			s.messy = s.messy || nameBytes[c] == 0 && !isSpace(c) || nameBytes[c] == 2 && nameBytes[b[i-1]] == 0 || c == ':' && colon
			colon = c == ':' || colon && !isSpace(c)
			i++
		}
	}
	return s
}

// tagEnd is the size that measureTag finds.
func tagEnd(b []byte) int { return measureTag(b).size }

func isNamespace(name []byte) bool { return bytes.HasPrefix(name, []byte("xmlns")) }

// value is the value of an attribute.
type value struct {
	from, to int // without its quotes
	next     int // behind it; beyond all where it does not end
	quoted   bool
}

// valueAt reads the value that follows a "=".
func valueAt(b []byte, i int) value {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	if i >= len(b) {
		return value{next: len(b) + 1}
	}
	if q := b[i]; q == '"' || q == '\'' {
		n := bytes.IndexByte(b[i+1:], q)
		if n < 0 {
			return value{next: len(b) + 1}
		}
		return value{from: i + 1, to: i + 1 + n, next: i + n + 2, quoted: true}
	}
	end := i
	for end < len(b) && !isSpace(b[end]) && b[end] != '>' && b[end] != '<' {
		end++
	}
	if end < len(b) && b[end] == '>' && end > i && b[end-1] == '/' {
		end--
	}
	return value{from: i, to: end, next: end}
}

// nameBefore returns where the attribute's name begins that ends before its "=".
func nameBefore(b []byte, from, equals int) int {
	i := equals
	for i > from && isSpace(b[i-1]) {
		i--
	}
	for i > from && !isSpace(b[i-1]) {
		i--
	}
	return i
}

// readTag finds the end of the start tag at pos and mends its attributes. The
// result's end is 0 when another tag begins before it ends: then its "<" was text.
func (l *lexer) readTag() (tag, error) {
	b, start := l.b, l.pos
	s := measureTag(b[start:])
	switch {
	case s.size == 0:
		return tag{}, errCut
	case s.size < 0:
		l.mark(start, start+1, literal)
		l.p.warn(warnMarkup)
		l.pos = start + 1
		return tag{}, l.count.retry(-s.size, len(b))
	}
	t := tag{from: start + 1, end: start + s.size, attrs: s.values+s.namespaces > 0, values: s.values}
	t.to = t.from + nameLen(b[t.from:])
	t.closed = b[t.end-2] == '/'
	name := b[t.from:t.to]
	if bytes.IndexByte(name, '@') >= 0 { // an address of mail
		l.mark(start, start+1, literal)
		l.p.warn(warnMarkup)
		l.pos = start + 1
		return tag{}, nil
	}
	if mended := l.mendName(name); s.messy && l.mendTag(t) || mended {
		l.p.warn(warnMarkup)
	}
	return t, nil
}

// mendTag gives values their quotes and escapes a "<" in them. What is neither
// name nor value is blanked, and so are attributes that are too many. It reports
// whether anything had to be mended.
func (l *lexer) mendTag(t tag) (mended bool) {
	b := l.b[:t.end]
	values, namespaces, last := 0, 0, t.to
	apart := t.to // pieces that get quotes begin behind it: a namespace may have an edit of its own
	for i := t.to; i < t.end-1; {
		switch c := b[i]; {
		case c == '=':
			name := nameBefore(b, last, i)
			v := valueAt(b, i+1)
			surplus := isSpace(b[name]) || name == i // a value without a name
			switch {
			case surplus:
			case isNamespace(b[name:i]):
				namespaces++
				surplus, apart = namespaces > maxDeclared, v.next
			default:
				values++
				surplus = values > maxAttributes
			}
			if surplus {
				blank(b[name:v.next])
				mended = true
			} else {
				mended = l.mendValue(v, apart) || mended
			}
			i, last = v.next, v.next
		case c == '"' || c == '\'' || c == '/' && i < t.end-2:
			b[i] = ' '
			mended = true
			i++
		case isSpace(c) || c == '/':
			i++
		default:
			end := i
			for !isSpace(b[end]) && bytes.IndexByte([]byte(`="'/>`), b[end]) < 0 {
				end++
			}
			mended = l.mendName(b[i:end]) || mended
			i = end
		}
	}
	return mended
}

// mendValue mends a value and reports whether it had to. What gets quotes is one
// piece with what got them before it, down to a place.
func (l *lexer) mendValue(v value, apart int) bool {
	text := l.b[v.from:v.to]
	if v.quoted {
		if bytes.IndexByte(text, '<') < 0 {
			return false
		}
		l.mark(v.from, v.to, literal)
		return true
	}
	for i, c := range text {
		if c == '"' {
			text[i] = '\''
		}
	}
	if last := l.lastEdit(); last != nil && last.text == quotes && int(last.from) >= apart {
		last.to = uint32(v.to)
		return true
	}
	l.edits = append(l.edits, edit{uint32(v.from), uint32(v.to), quotes})
	return true
}

// appendQuoted appends a piece of a start tag from its first value without quotes
// to its last one, and gives all those quotes.
func appendQuoted(out, b []byte) []byte {
	for {
		v := valueAt(b, 0)
		if v.next > len(b) { // an empty value, the last
			v = value{from: len(b), to: len(b), next: len(b)}
		}
		if v.quoted {
			out = append(out, b[:v.next]...)
		} else {
			out = append(append(append(append(out, b[:v.from]...), '"'), b[v.from:v.to]...), '"')
		}
		b = b[v.next:]
		equals := bytes.IndexByte(b, '=')
		if equals < 0 {
			return append(out, b...)
		}
		out = append(out, b[:equals+1]...)
		b = b[equals+1:]
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// attribute is one attribute in the document.
type attribute struct {
	nameFrom, nameTo   int
	valueFrom, valueTo int // within its quotes
}

// attributes calls f for each attribute of a tag that has a value.
func (l *lexer) attributes(t tag, f func(attribute)) {
	b := l.b[:t.end-1]
	for i := t.to; i < len(b); {
		eq := bytes.IndexByte(b[i:], '=')
		if eq < 0 {
			return
		}
		a := attribute{nameFrom: nameBefore(b, i, i+eq), nameTo: i + eq}
		for a.nameTo > a.nameFrom && isSpace(b[a.nameTo-1]) {
			a.nameTo--
		}
		i += eq + 1
		for i < len(b) && isSpace(b[i]) {
			i++
		}
		if i >= len(b) {
			return
		}
		if q := b[i]; q == '"' || q == '\'' {
			a.valueFrom = i + 1
			n := bytes.IndexByte(b[i+1:], q)
			if n < 0 {
				return
			}
			a.valueTo = i + 1 + n
			i = a.valueTo + 1
		} else {
			a.valueFrom = i
			for i < len(b) && !isSpace(b[i]) {
				i++
			}
			a.valueTo = i
		}
		f(a)
	}
}

// attr returns the value of the attribute with that local name, unescaped.
func (l *lexer) attr(t tag, local string) string {
	if !t.attrs {
		return ""
	}
	value := ""
	l.attributes(t, func(a attribute) {
		name := l.b[a.nameFrom:a.nameTo]
		if i := bytes.IndexByte(name, ':'); i >= 0 {
			name = name[i+1:]
		}
		if value == "" && string(name) == local {
			value = unescape(l.b[a.valueFrom:a.valueTo])
		}
	})
	return value
}

// context reads the attributes that hold for all within an element: xml:base,
// xml:lang and namespaces. gofeed shall not see a base: it resolves against the
// directory of the same name, not as RFC 3986 says.
func (l *lexer) context(t *tag, n *node, container bool) error {
	raw := l.b[t.to:t.end]
	if !bytes.Contains(raw, []byte("xml")) {
		return nil
	}
	tooMany := false
	l.attributes(*t, func(a attribute) {
		name := l.b[a.nameFrom:a.nameTo]
		switch {
		case string(name) == "xml:base":
			n.base = resolveBase(n.base, unescape(l.b[a.valueFrom:a.valueTo]))
			name[3] = '_'
		case string(name) == "xml:lang":
			n.lang = strings.TrimSpace(unescape(l.b[a.valueFrom:a.valueTo]))
		case bytes.HasPrefix(name, []byte("xmlns")):
			t.xmlns = t.xmlns || len(name) == len("xmlns")
			tooMany = !l.namespace(a, n, container) || tooMany
		}
	})
	if tooMany {
		return fmt.Errorf("more than %d namespaces: %w", MaxNamespaces, ErrLimit)
	}
	return nil
}

// split returns a tag's prefix, and its local name in lower case.
func (l *lexer) split(t tag) (prefix, local string) {
	name := l.b[t.from:t.to]
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		prefix, name = string(name[:i]), name[i+1:]
	}
	return prefix, lower(name)
}

// lower is strings.ToLower without a copy for the names that feeds use.
func lower(b []byte) string {
	if name, ok := names[string(b)]; ok {
		return name
	}
	return strings.ToLower(string(b))
}

// names are frequent names of elements.
var names = func() map[string]string {
	m := map[string]string{}
	for _, n := range []string{
		"item", "entry", "title", "link", "guid", "id", "description", "summary", "content", "encoded", "updated", "published",
		"category", "author", "name", "uri", "email", "creator", "enclosure", "comments", "commentRss", "thumbnail", "credit",
		"source", "text", "pubDate", "group", "subject", "date", "li",
	} {
		m[n] = strings.ToLower(n)
	}
	return m
}()

func isContainer(local string) bool {
	switch local {
	case "rss", "rdf", "feed", "channel", "item", "entry":
		return true
	}
	return false
}
