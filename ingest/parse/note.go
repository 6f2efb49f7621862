package parse

import (
	"bytes"
	"net/url"
	"strings"
)

// note is what the lexer remembers of an item, or of the feed.
type note struct {
	from, to uint32 // where it is in the document
	within   *start // the elements around it

	sum uint64 // by which the item is known again; see lexer.sum

	long bool // one of its texts is longer than MaxText, and gofeed does not see it

	about string // rdf:about
	id    string // Atom id as written
	lang  string
	base  *url.URL

	*constructs            // never nil; written by say alone
	linkBases   []*url.URL // of Atom links; of the RSS link where it has one of its own

	body string // HTML of an XHTML body

	texts [2]span // of its content and its summary, where gofeed need not see them; see beside

	published, updated []dated
}

// dated is a date as written, with the rank of the element that holds it: the
// lower the more it is meant.
type dated struct {
	rank int
	text string
}

// dates returns the dates with those that count most first. Of several elements
// of one name the last counts, as for other readers.
func dates(list []dated) []string {
	if len(list) == 0 {
		return nil
	}
	texts := make([]string, 0, len(list))
	for rank := range 3 {
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].rank == rank {
				texts = append(texts, list[i].text)
			}
		}
	}
	return texts
}

// constructs are what is said about the texts of an item. Most items say nothing,
// and share one value.
type constructs struct {
	title, summary, content construct
}

var saysNothing constructs

// say notes what is said about a text.
func (n *note) say(of func(*constructs) *construct, c construct) {
	if n.constructs == &saysNothing {
		if c == (construct{}) {
			return
		}
		n.constructs = &constructs{}
	}
	*of(n.constructs) = c
}

// construct is what is said about a text beside the text (RFC 4287, 3.1).
type construct struct {
	kind string   // type attribute, in lower case; "xhtml" for inline markup
	base *url.URL // nil: the item's
}

// noteField remembers what gofeed would lose of a field. Dates are taken away
// from gofeed: it would try a hundred layouts on each.
func (l *lexer) noteField(t tag, n node, parent role, local string, inner []byte, inline bool) {
	to := &l.feed
	if parent == roleItem {
		to = &l.item
	}
	c := construct{}
	if n.base != to.base {
		c.base = n.base
	}
	if l.kind == kindAtom {
		c.kind = strings.ToLower(strings.TrimSpace(l.attr(t, "type")))
		if inline {
			c.kind = "xhtml"
		} else if c.kind == "html" {
			l.hideType(t)
		}
	}
	switch local {
	case "id":
		to.id = strings.TrimSpace(unescape(inner))
	case "title":
		to.say(func(s *constructs) *construct { return &s.title }, c)
	case "summary", "description", "subtitle", "tagline":
		to.say(func(s *constructs) *construct { return &s.summary }, c)
	case "content", "encoded":
		to.say(func(s *constructs) *construct { return &s.content }, c)
	case "link":
		if n.base != to.base {
			to.linkBases = []*url.URL{n.base}
		}
	case "body":
		to.body = inlineHTML(inner, false, nil)
	case "pubdate", "published":
		l.noteDate(&to.published, 0, inner)
	case "issued":
		l.noteDate(&to.published, 1, inner)
	case "created":
		l.noteDate(&to.published, 2, inner)
	case "updated":
		l.noteDate(&to.updated, 0, inner)
	case "modified":
		l.noteDate(&to.updated, 1, inner)
	case "lastbuilddate":
		l.noteDate(&to.updated, 2, inner)
	}
}

func (l *lexer) noteDate(list *[]dated, rank int, inner []byte) {
	*list = append(*list, dated{rank, unescape(inner)})
	if bytes.IndexByte(inner, '<') < 0 {
		blank(inner)
	}
}

// noteLink remembers the base of each Atom link. One that holds its address as
// text, as RSS has it, gets it as its attribute.
func (l *lexer) noteLink(t tag, parent role, base *url.URL) {
	if !t.closed {
		text, _, found := bytes.Cut(l.b[t.end:], []byte("<"))
		if address := bytes.TrimSpace(text); found && len(address) > 0 && isWeb(string(address)) && l.attr(t, "href") == "" {
			l.edit(t.to, t.to, ` href="`+strings.ReplaceAll(string(address), `"`, "&quot;")+`"`)
			l.p.warn(warnMarkup)
		}
	}
	switch parent {
	case roleItem:
		l.item.linkBases = append(l.item.linkBases, base)
	case roleFeed:
		l.feed.linkBases = append(l.feed.linkBases, base)
	}
}

// hideType makes type="html" into "text" for gofeed, which would parse the
// escaped text as HTML to no effect.
func (l *lexer) hideType(t tag) {
	l.attributes(t, func(a attribute) {
		if string(l.b[a.nameFrom:a.nameTo]) == "type" && a.valueTo-a.valueFrom == len("text") {
			copy(l.b[a.valueFrom:a.valueTo], "text")
		}
	})
}
