package parse

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"sluice/feed"

	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

// xml reads an XML document.
func (p *parser) xml(text []byte) (Document, error) {
	start, end, k, err := p.root(text)
	if err != nil {
		return Document{}, err
	}
	if start > 0 && hasText(text[:start]) {
		p.warn(warnJunk)
	}
	text = declaredEntities(text[:start]).expand(text[start:])
	l := p.newLexer(text, k, end-start)
	if err := l.lex(); err != nil {
		return Document{}, err
	}
	if k == kindAtom {
		return readParts(l, format[*atom.Feed]{p.atom, func(doc *Document, f *atom.Feed, notes []*note) {
			p.atomEntries(doc, f.Entries, l.notesFor(notes, len(f.Entries)), l.authors)
		}, (&atom.Parser{}).Parse, atomTexts})
	}
	return readParts(l, format[*rss.Feed]{p.rss, func(doc *Document, f *rss.Feed, notes []*note) {
		p.rssItems(doc, f.Items, l.notesFor(notes, len(f.Items)))
	}, (&rss.Parser{}).Parse, rssTexts})
}

// format is how feeds of a format are read, which F is in gofeed.
type format[F any] struct {
	info  func(F, *lexer) Document    // what it says of itself
	items func(*Document, F, []*note) // adds its items
	read  func(io.Reader) (F, error)  // gofeed's
	texts func(F) []texted            // of its items
}

// readParts has gofeed read the document: at once, or its head and then its
// items part by part. Items that are known are left out.
func readParts[F any](l *lexer, of format[F]) (Document, error) {
	parse := func(source func(texts bool) []byte, notes []*note) (F, error) {
		read := func(texts bool) (F, error) {
			return guarded(func() (F, error) { return of.read(bytes.NewReader(source(texts))) })
		}
		beside := slices.ContainsFunc(notes, func(n *note) bool { return n.besides() > 0 })
		f, err := read(!beside)
		if beside && (err != nil || !l.putBack(of.texts(f), notes)) {
			f, err = read(true)
		}
		if err != nil {
			err = fmt.Errorf("feed cannot be read: %w", err)
		}
		return f, err
	}
	known := l.p.meta.Known
	split := l.isSplit() || known != nil && !l.odd && len(l.notes)+len(l.outer) > 0
	all := slices.Concat(l.notes, l.outer)
	text, within := l.whole, all
	if split {
		text, within = l.head, nil
	}
	head, err := parse(text, within)
	if err != nil {
		return Document{}, err
	}
	doc := of.info(head, l)
	l.sum(doc.Info)
	if split && known != nil {
		doc.Unread = l.leave(known)
	}
	doc.Articles = make([]feed.Article, 0, len(all))
	doc.Sums = make([]uint64, 0, cap(doc.Articles))
	if !split {
		of.items(&doc, head, all)
		return doc, nil
	}
	for text, notes := range l.parts() {
		part, err := parse(text, notes)
		if err != nil {
			return Document{}, err
		}
		of.items(&doc, part, notes)
	}
	return doc, nil
}

// newLexer returns a lexer for the document that text begins with; the name of
// its root element ends at nameEnd.
func (p *parser) newLexer(text []byte, k kind, nameEnd int) *lexer {
	l := &lexer{
		p: p, b: text, kind: k,
		feed: note{constructs: &saysNothing, base: p.meta.Base}, prefixes: map[string]string{}, natives: map[string]bool{}, declared: map[string]bool{},
	}
	if k != kindAtom {
		l.natives["rss"], l.natives["rdf"] = true, true
	}
	if prefix, _, found := strings.Cut(string(text[1:nameEnd]), ":"); found {
		l.natives[prefix] = true
	}
	return l
}

var errPage = fmt.Errorf("this is an HTML page; run sluice discover to find its feeds: %w", ErrNotFeed)

// root finds the start tag of a feed, and says what the document is when there
// is none. Text before it is skipped: scripts print warnings.
func (p *parser) root(text []byte) (start, nameEnd int, k kind, err error) {
	first, page := "", false // an HTML doctype alone proves nothing: some feeds have one
	endless := map[string]int{}
	for i := 0; ; {
		lt := bytes.IndexByte(text[i:], '<')
		if lt < 0 || i+lt+1 >= len(text) {
			break
		}
		i += lt
		switch c := text[i+1]; {
		case c == '!' || c == '?':
			page = page || isHTMLDoctype(text[i:])
			n, opener := -1, string(text[i:min(i+4, len(text))])
			if opener != "<!--" {
				opener = opener[:2]
			}
			if endless[opener] < maxEndless {
				n = aside(text[i:])
			}
			if n < 0 {
				endless[opener]++
				n = 2
			}
			i += n
		case isNameStart(c):
			name := startName(text[i:])
			local := strings.ToLower(string(unprefixed(name)))
			if k, ok := rootKind(local); ok {
				return i, i + 1 + len(name), k, nil
			}
			if first == "" {
				first = printable(local)
			}
			if first == "html" || first == "head" || first == "body" {
				return 0, 0, 0, errPage
			}
			i++
		default:
			i++
		}
	}
	if page {
		return 0, 0, 0, errPage
	}
	if other, ok := otherFormats[first]; ok {
		return 0, 0, 0, fmt.Errorf("this is %s: %w", other, ErrNotFeed)
	}
	if first != "" {
		return 0, 0, 0, fmt.Errorf("document begins with <%s>, which is no feed: %w", first, ErrNotFeed)
	}
	return 0, 0, 0, fmt.Errorf("document is plain text: %w", ErrNotFeed)
}

// maxEndless is how many asides of a kind that do not end are looked for: each
// costs a look at all that follows.
const maxEndless = 4

// otherFormats are documents that operators take for feeds, by their roots.
var otherFormats = map[string]string{
	"channel":      "a channel in CDF, a format of 1997 that is not read",
	"entry":        "a single Atom entry; give the address of the feed that it is in",
	"opml":         "OPML, a list of feeds; give the address of one of them",
	"urlset":       "a sitemap; give the address of the site's feed",
	"sitemapindex": "a list of sitemaps; give the address of the site's feed",
	"service":      "an Atom service document; give the address of one of its collections",
}

func rootKind(local string) (kind, bool) {
	switch local {
	case "rss":
		return kindRSS, true
	case "rdf":
		return kindRDF, true
	case "feed":
		return kindAtom, true
	}
	return 0, false
}

func isHTMLDoctype(b []byte) bool {
	head := strings.ToLower(string(b[:min(len(b), 20)]))
	return strings.HasPrefix(head, "<!doctype html")
}

// printable makes a name fit for a message of one line.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < 0x21 || r == 0x7F {
			return -1
		}
		return r
	}, name)
	return cutAt(name, 40)
}

// hasText reports whether what stands before the root is more than
// declarations, comments and blanks.
func hasText(b []byte) bool {
	for {
		b = bytes.TrimSpace(b)
		if len(b) < 2 || b[0] != '<' || b[1] != '!' && b[1] != '?' {
			return len(b) > 0
		}
		n := aside(b)
		if n < 0 {
			return true
		}
		b = b[n:]
	}
}
