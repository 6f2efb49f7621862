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
	xmlns    bool // one of them declares a namespace for names without prefix
}

// maxAttributes is how many attributes of an element gofeed sees: it keeps all,
// and nobody means as many.
const maxAttributes = 200

// readTag finds the end of the start tag at pos and mends its attributes: a
// value without quotes gets them, a "<" in a value is escaped. The result's end
// is 0 when another tag begins before it ends: then its "<" was text.
func (l *lexer) readTag() (tag, error) {
	b, start := l.b, l.pos
	t := tag{from: start + 1}
	i := t.from
	for i < len(b) && !isSpace(b[i]) && b[i] != '>' && b[i] != '/' && b[i] != '<' {
		i++
	}
	t.to = i
	known, values := len(l.edits), 0
	for i < len(b) {
		switch c := b[i]; {
		case c == '>':
			t.end, t.closed = i+1, b[i-1] == '/'
			return t, nil
		case c == '<':
			l.edits = l.edits[:known]
			l.escape(start, start+1)
			l.p.warn(warnMarkup)
			l.pos = start + 1
			return tag{}, nil
		case c == '=':
			before := len(l.edits)
			next, err := l.readValue(i + 1)
			if err != nil {
				return tag{}, err
			}
			if name := nameBefore(b, t.to, i); !bytes.HasPrefix(b[name:i], []byte("xmlns")) { // which have a limit of their own
				if values++; values > maxAttributes {
					l.edits = l.edits[:before]
					blank(b[name:next])
				}
			}
			i, t.attrs = next, true
		case c == '"' || c == '\'':
			b[i] = ' ' // a quote that begins no value
			i++
		case c == '/' && i+1 < len(b) && b[i+1] != '>':
			b[i] = ' '
			i++
		default:
			i++
		}
	}
	return tag{}, errCut
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

// readValue reads an attribute's value and returns the place behind it.
func (l *lexer) readValue(i int) (int, error) {
	b := l.b
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	if i >= len(b) {
		return 0, errCut
	}
	if q := b[i]; q == '"' || q == '\'' {
		n := bytes.IndexByte(b[i+1:], q)
		if n < 0 {
			return 0, errCut
		}
		if bytes.IndexByte(b[i+1:i+1+n], '<') >= 0 {
			l.escape(i+1, i+1+n)
		}
		return i + n + 2, nil
	}
	end := i
	for end < len(b) && !isSpace(b[end]) && b[end] != '>' && b[end] != '<' {
		end++
	}
	if end < len(b) && b[end] == '>' && end > i && b[end-1] == '/' {
		end--
	}
	if bytes.IndexByte(b[i:end], '"') >= 0 {
		for j := i; j < end; j++ {
			if b[j] == '"' {
				b[j] = '\''
			}
		}
	}
	l.edit(i, i, `"`)
	l.edit(end, end, `"`)
	return end, nil
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
