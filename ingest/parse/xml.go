package parse

import (
	"bytes"
	"fmt"
	"strings"

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
	text = text[start:]
	l := p.newLexer(text, k, end-start)
	out, err := l.lex()
	if err != nil {
		return Document{}, err
	}
	if k == kindAtom {
		f, err := guarded(func() (*atom.Feed, error) { return (&atom.Parser{}).Parse(bytes.NewReader(out)) })
		if err != nil {
			return Document{}, unreadable(err)
		}
		return p.atom(f, l), nil
	}
	f, err := guarded(func() (*rss.Feed, error) { return (&rss.Parser{}).Parse(bytes.NewReader(out)) })
	if err != nil {
		return Document{}, unreadable(err)
	}
	return p.rss(f, l), nil
}

func unreadable(err error) error {
	return fmt.Errorf("feed cannot be read: %w", err)
}

// newLexer returns a lexer for the document that text begins with; the name of
// its root element ends at nameEnd.
func (p *parser) newLexer(text []byte, k kind, nameEnd int) *lexer {
	l := &lexer{
		p: p, b: text, kind: k,
		feed: note{base: p.meta.Base}, prefixes: map[string]string{}, natives: map[string]bool{}, declared: map[string]bool{},
	}
	switch k {
	case kindAtom:
		if prefix, _, found := strings.Cut(string(text[1:nameEnd]), ":"); found {
			l.natives[prefix] = true
		}
	default:
		l.natives["rss"], l.natives["rdf"] = true, true
	}
	return l
}

var errPage = fmt.Errorf("this is an HTML page, not a feed: %w", ErrNotFeed)

// root finds the start tag of a feed, and says what the document is when there
// is none. Text before it is skipped: scripts print warnings.
func (p *parser) root(text []byte) (start, nameEnd int, k kind, err error) {
	first, page := "", false // an HTML doctype alone proves nothing: some feeds have one
	for i := 0; ; {
		lt := bytes.IndexByte(text[i:], '<')
		if lt < 0 || i+lt+1 >= len(text) {
			break
		}
		i += lt
		switch c := text[i+1]; {
		case c == '!' || c == '?':
			page = page || isHTMLDoctype(text[i:])
			n := aside(text[i:])
			if n < 0 {
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
	if first != "" {
		return 0, 0, 0, fmt.Errorf("document begins with <%s>, which is no feed: %w", first, ErrNotFeed)
	}
	return 0, 0, 0, fmt.Errorf("document is plain text: %w", ErrNotFeed)
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
