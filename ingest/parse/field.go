package parse

import (
	"bytes"
	"html"
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

// texts are the elements of other vocabularies that hold one text and no elements, by
// gofeed's prefix, in lower case: those whose text may be HTML, and those where it never
// is. What publishers put into them is HTML that they did not escape; gofeed would take
// it for elements, and lose what it says.
var texts = map[string]struct{ html, plain map[string]bool }{
	"atom": {set("title", "subtitle", "summary", "content", "rights"), set("id", "published", "updated", "name", "email", "uri")},
	"dc": {
		set("title", "subject", "description", "rights"),
		set("creator", "publisher", "contributor", "date", "type", "format", "identifier", "source", "language", "relation", "coverage"),
	},
	"geo":    {nil, set("alt", "lat", "long")},
	"georss": {nil, set("elev", "featurename", "featuretypetag", "floor", "line", "point", "polygon", "radius", "relationshiptag")},
	"itunes": {
		set("subtitle", "summary", "title"),
		set("author", "block", "duration", "episode", "episodetype", "explicit", "keywords", "season"),
	},
	"media": {set("copyright", "description", "text", "title"), set("credit", "hash", "keywords", "rating", "restriction")},
}

// isVocabulary reports whether a name is one of a vocabulary that holds no HTML.
func (l *lexer) isVocabulary(name []byte) bool {
	prefix, _, found := bytes.Cut(name, []byte(":"))
	_, known := texts[l.prefix(string(prefix))]
	return found && known
}

// vocabulary returns the vocabulary of an element that is a text, though no field, and
// nothing for other elements. A person of Atom has such texts in Atom, too.
func (l *lexer) vocabulary(prefix, local string, native bool) string {
	name := l.prefix(prefix)
	if native {
		if l.kind == kindAtom && (local == "name" || local == "email" || local == "uri") {
			return "atom"
		}
		return ""
	}
	if of := texts[name]; of.html[local] || of.plain[local] {
		return name
	}
	return ""
}

// prefix returns the name by which gofeed files a prefix.
func (l *lexer) prefix(p string) string {
	if known, ok := l.prefixes[p]; ok {
		return known
	}
	return p
}

// field reads a text up to its end tag. HTML that stands in it without being
// escaped becomes CDATA, because gofeed would unescape it once too often. Texts of
// other vocabularies name theirs.
func (l *lexer) field(t tag, n node, parent role, local, vocabulary string) error {
	from, native := l.pos, vocabulary == ""
	f, err := l.scanField(t, native)
	if err != nil {
		return err
	}
	inner := l.b[from:f.to]
	if native && len(inner) > MaxText && textSize(inner) > MaxText {
		l.p.warn(warnText)
		l.item.long = l.item.long || parent == roleItem
		l.edit(from, f.to, "")
		inner, f.elements, f.marks = nil, 0, nil
	}
	atom := native && l.kind == kindAtom || vocabulary == "atom"
	if f.elements > 0 {
		if !atom || !l.isXHTML(t) {
			l.p.warn(warnInline)
		}
		l.edit(from, f.to, l.inline(inner, local, vocabulary, atom))
	} else {
		for _, e := range f.marks {
			if e.text != asides {
				l.p.warn(warnMarkup)
			}
			l.mark(int(e.from), int(e.to), e.text)
		}
	}
	if atom && native && f.elements == 0 && t.attrs {
		l.base64(t, from, f.to)
	}
	if f.implied {
		l.p.warn(warnMarkup)
		l.edit(f.to, f.to, "</"+string(l.b[t.from:t.to])+">")
	}
	l.pos = f.end
	if native {
		l.noteField(t, n, parent, local, inner, f.elements > 0)
		if parent == roleItem && !f.implied {
			l.beside(t, local, span{uint32(from), uint32(f.to)}) //nolint:gosec // as in edit
		}
	} else if l.count.text += bytes.Count(inner, []byte("<![CDATA[")) * len(inner); f.elements == 0 && l.count.text > maxJoined {
		return errPieces
	}
	if parent == roleFeed {
		l.safe, l.keep = l.pos, len(l.open)
	}
	return nil
}

// inline is what gofeed shall read in place of a text with elements in it.
func (l *lexer) inline(inner []byte, local, vocabulary string, atom bool) string {
	switch {
	case texts[vocabulary].plain[local], vocabulary == "" && !atom && local == "author":
		return html.EscapeString(unescape([]byte(inlineHTML(inner, false, func([]byte) bool { return true }))))
	case vocabulary == "":
		return "<![CDATA[" + inlineHTML(inner, atom, nil) + "]]>"
	}
	return "<![CDATA[" + inlineHTML(inner, atom, l.isVocabulary) + "]]>"
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
