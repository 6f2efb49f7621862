package parse

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"sluice/feed"
)

// lexer reads a document once, before gofeed does. It enforces the limits, so
// that gofeed's recursion and copying stay bounded; it mends what encoding/xml
// would refuse; and it notes what gofeed drops or alters: raw ids and dates,
// rdf:about, xml:base, xml:lang and the types of Atom's texts. Changes that keep
// the length are made in b, others are collected as edits.
type lexer struct {
	p    *parser
	b    []byte // UTF-8; ours to change
	pos  int
	kind kind

	open  []node
	edits []edit

	feed  note    // of the feed itself
	item  note    // of the item being read
	notes []*note // of the items within the channel or feed
	outer []*note // of the items beside the channel (RSS 1.0), which gofeed puts last
	spot  *start  // the elements around the last item that was begun
	where int     // what item is part of: 0 none, 1 notes, 2 outer
	ends  bool    // the root's end tag was read
	safe  int     // the document may be cut here,
	keep  int     // when so many elements are closed behind the cut
	odd   bool    // an item's end tag was implied and is not part of it, so that it cannot be read alone
	loose bool    // there may be a "]]>" in a text
	count counter // of what is limited

	authors []feed.Person // of the feed, and so of entries that name none

	version  string
	prefixes map[string]string // from the document's prefixes to gofeed's
	natives  map[string]bool   // prefixes of the format's own namespace
	declared map[string]bool   // namespace declarations seen
}

// node is an open element.
type node struct {
	from, to int // its name in b
	end      int // behind its start tag
	role     role
	base     *url.URL
	lang     string
	scopes   int  // namespace bindings in force that gofeed sees
	text     int  // bytes of its own text so far
	hidden   bool // gofeed does not see it
	edits    int  // before it
}

type role byte

const (
	roleOther role = iota
	roleRoot       // rss or rdf:RDF
	roleFeed       // channel, or Atom's feed
	roleItem       // item or entry
)

type kind byte

const (
	kindRSS kind = iota
	kindRDF
	kindAtom
)

// errCut ends the reading of a document that stops in the middle of something.
var errCut = errors.New("document ends early")

// errPieces is the end of a document whose texts would cost too much to join.
var errPieces = fmt.Errorf("text of an element is in too many pieces: %w", ErrLimit)

// lex reads the document, whose root starts at b[0]. What gofeed shall read of
// it is then given by whole, or by head and parts.
func (l *lexer) lex() error {
	l.loose = bytes.Count(l.b, []byte("]]>")) != bytes.Count(l.b, []byte("<![CDATA["))
	for !l.ends {
		i := bytes.IndexByte(l.b[l.pos:], '<')
		if i < 0 {
			break
		}
		if err := l.addText(i); err != nil {
			return err
		}
		if from, to := 0, 0; l.loose {
			if from, to = sectionEnds(l.b[l.pos : l.pos+i]); to > 0 {
				l.p.warn(warnMarkup)
				l.mark(l.pos+from, l.pos+to, literal)
			}
		}
		l.pos += i
		if err := l.markup(); errors.Is(err, errCut) {
			break
		} else if err != nil {
			return err
		}
	}
	if err := l.closeEarly(); err != nil {
		return err
	}
	slices.SortStableFunc(l.edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	return nil
}

// addText counts text that gofeed joins piece by piece.
func (l *lexer) addText(n int) error {
	if n == 0 || len(l.open) == 0 {
		return nil
	}
	top := &l.open[len(l.open)-1]
	if top.role == roleOther {
		l.count.text += top.text
		top.text += n
		if l.count.text > maxJoined {
			return errPieces
		}
	}
	return nil
}

// closeEarly ends a document whose end is missing after its last whole part.
func (l *lexer) closeEarly() error {
	if l.ends {
		l.safe, l.keep = l.pos, 0
		return nil
	}
	if l.keep == 0 {
		return fmt.Errorf("document ends before anything in it is complete: %w", ErrNotFeed)
	}
	switch items := len(l.notes) + len(l.outer); {
	case l.keep == 1 && l.kind == kindRSS:
		l.p.warn(warnClosers) // the channel is whole, only </rss> is missing
	case items == 0:
		return fmt.Errorf("document ends before its first item is complete: %w", ErrNotFeed)
	default:
		l.p.cut("document ends early, %d whole items were kept", items)
	}
	l.edits = slices.DeleteFunc(l.edits, func(e edit) bool { return int(e.to) > l.safe })
	return nil
}

// markup reads what starts with the "<" at pos.
func (l *lexer) markup() error {
	rest := l.b[l.pos:]
	switch {
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		n := bytes.Index(rest, []byte("]]>"))
		if n < 0 {
			return errCut
		}
		l.pos += n + 3
		return l.addText(n - 9)
	case isAside(rest):
		n := aside(rest)
		if n < 0 {
			return errCut
		}
		if top := len(l.open) - 1; top >= 0 && l.open[top].role == roleOther && len(l.edits) < maxAsides {
			l.mark(l.pos, l.pos+n, asides) // it may stand within a text
		} else {
			blank(rest[:n])
		}
		l.pos += n
		return nil
	case len(rest) > 1 && rest[1] == '/':
		return l.endTag()
	case len(rest) > 1 && isNameStart(rest[1]):
		return l.startTag()
	}
	l.p.warn(warnMarkup)
	l.mark(l.pos, l.pos+1, literal)
	l.pos++
	return nil
}

// startTag reads a start tag: a field of the feed or an item as a whole, any
// other element by opening it.
func (l *lexer) startTag() error {
	known := len(l.edits)
	t, err := l.readTag()
	if err != nil || t.end == 0 {
		return err
	}
	if l.count.elements++; l.count.elements > MaxElements {
		return fmt.Errorf("more than %d elements: %w", MaxElements, ErrLimit)
	}
	prefix, local := l.split(t)
	l.endItem(prefix, local)
	n := node{from: t.from, to: t.to, end: t.end, base: l.p.meta.Base, edits: known}
	parent := roleOther
	if len(l.open) > 0 {
		top := l.open[len(l.open)-1]
		n.base, n.lang, n.scopes, n.hidden, parent = top.base, top.lang, top.scopes, top.hidden, top.role
	}
	if t.attrs {
		if err := l.context(&t, &n, isContainer(local)); err != nil {
			return err
		}
	}
	if l.count.scopes += n.scopes; l.count.scopes > maxScopes {
		return fmt.Errorf("too many namespaces for so many elements: %w", ErrLimit)
	}
	native := (prefix == "" || l.natives[prefix]) && (!t.xmlns || isContainer(local))
	l.pos = t.end
	if !t.closed && l.isField(parent, prefix, local, native) {
		return l.field(t, n, parent, local, "")
	}
	if !t.closed && !n.hidden && len(l.open) > 1 {
		if of := l.vocabulary(prefix, local, native); of != "" && l.extra(t) {
			return l.field(t, n, parent, local, of)
		}
	}
	if native {
		n.role = l.roleOf(parent, local)
	}
	return l.openNode(t, n, parent, local)
}

// roleOf says what a native element is within its parent.
func (l *lexer) roleOf(parent role, local string) role {
	switch {
	case len(l.open) == 0 && l.kind == kindAtom:
		return roleFeed
	case len(l.open) == 0:
		return roleRoot
	case parent == roleRoot && local == "channel":
		return roleFeed
	case (parent == roleRoot || parent == roleFeed) && l.kind != kindAtom && local == "item",
		parent == roleFeed && l.kind == kindAtom && local == "entry":
		return roleItem
	}
	return roleOther
}

// openNode opens an element, unless its tag closes it at once.
func (l *lexer) openNode(t tag, n node, parent role, local string) error {
	switch n.role {
	case roleItem:
		l.count.items++
		if err := tooMany(l.count.items); err != nil {
			return err
		}
		within, err := l.around()
		if err != nil {
			return err
		}
		l.item, l.where = note{constructs: &saysNothing, base: n.base, lang: n.lang, about: l.attr(t, "about"), within: within}, 1
		if parent == roleRoot {
			l.where = 2
		}
		l.count.extras[1] = 0
	case roleFeed, roleRoot:
		l.feed.base, l.feed.lang = n.base, n.lang
	case roleOther:
		if !l.extra(t) && !n.hidden {
			n.hidden = true
			l.p.warn(warnExtras)
		}
		if l.kind == kindAtom && local == "link" && !n.hidden {
			l.noteLink(t, parent, n.base)
		}
	}
	if len(l.open) >= MaxDepth {
		return fmt.Errorf("elements nested deeper than %d: %w", MaxDepth, ErrLimit)
	}
	l.open = append(l.open, n)
	if t.closed {
		l.pop()
	}
	return nil
}

// extra counts an element beside the texts. It reports false when it is one too many
// for gofeed.
func (l *lexer) extra(t tag) bool {
	of := &l.count.extras[min(l.where, 1)]
	*of += 1 + t.values/attributesOfOne
	return *of <= maxExtras
}

// pop closes the innermost element.
func (l *lexer) pop() {
	n := l.open[len(l.open)-1]
	l.open = l.open[:len(l.open)-1]
	if n.hidden && !l.open[len(l.open)-1].hidden {
		l.edits = l.edits[:n.edits]
		blank(l.b[n.from-1 : l.pos])
	}
	if n.role == roleItem {
		done := l.item
		done.from, done.to = uint32(n.from-1), uint32(l.pos)
		if l.where == 2 {
			l.outer = append(l.outer, &done)
		} else {
			l.notes = append(l.notes, &done)
		}
		l.where = 0
	}
	if len(l.open) == 0 {
		l.ends = true
		return
	}
	if top := l.open[len(l.open)-1].role; top == roleFeed || top == roleRoot {
		l.safe, l.keep = l.pos, len(l.open)
	}
}

// endTag closes the element that it names. Elements within it that have no end
// tag get one; an end tag for nothing is removed.
func (l *lexer) endTag() error {
	n := bytes.IndexByte(l.b[l.pos:], '>')
	if n < 0 {
		return errCut
	}
	from, end := l.pos, l.pos+n+1
	name := l.b[from+2 : end-1]
	rest := copy(name, endName(l.b[from:end]))
	blank(name[rest:])
	name = name[:rest]
	l.mendName(name)
	for i := len(l.open) - 1; i >= 0; i-- {
		open := l.b[l.open[i].from:l.open[i].to]
		if !bytes.Equal(open, name) && !bytes.EqualFold(open, name) {
			continue
		}
		copy(name, open)
		l.pos = from
		l.closeDownTo(i + 1)
		l.pos = end
		l.pop()
		return nil
	}
	l.p.warn(warnMarkup)
	if len(l.open) > 0 && l.open[len(l.open)-1].role != roleOther {
		blank(l.b[from:end]) // between elements blanks mean nothing
	} else {
		l.edit(from, end, "")
	}
	l.pos = end
	return nil
}

// closeDownTo writes the end tags that are missing before pos.
func (l *lexer) closeDownTo(n int) {
	if len(l.open) == n {
		return
	}
	l.p.warn(warnMarkup)
	var tags strings.Builder
	odd := false
	for len(l.open) > n {
		top := l.open[len(l.open)-1]
		odd = odd || top.role == roleItem
		if top.hidden {
			l.pop()
			continue
		}
		tags.WriteString("</")
		tags.Write(l.b[top.from:top.to])
		tags.WriteByte('>')
		l.pop()
	}
	if last := l.lastEdit(); last != nil && int(last.to) >= l.pos {
		l.odd = l.odd || odd
		l.edit(l.pos, l.pos, tags.String())
		return
	}
	l.edit(l.pos-1, l.pos, string(l.b[l.pos-1:l.pos])+tags.String()) // so that it is part of the item
}

// endItem ends an item that has no end tag where the next one begins.
func (l *lexer) endItem(prefix, local string) {
	top := len(l.open) - 1
	if top < 0 || l.open[top].role != roleItem || prefix != "" && !l.natives[prefix] {
		return
	}
	if l.kind == kindAtom && local == "entry" || l.kind != kindAtom && local == "item" {
		l.closeDownTo(top)
	}
}
