package dedup

import (
	"unicode"

	"sluice/feed"
	"sluice/feed/dedup/near"
	"sluice/feed/sanitize"
)

// prose is what an article says. Few are ever compared, so the words that they are
// compared by are cut up when first asked for, and the plain text is not kept.
type prose struct {
	html  string // as feed/sanitize returns it
	size  int    // of the plain text, without the blanks between lines
	words near.Doc
	cut   bool
}

// newProse returns the prose of an article of these lines.
func newProse(a feed.Article, body []line) *prose {
	p := &prose{html: a.Body()}
	for _, l := range body {
		p.size += l.size
	}
	return p
}

func (p *prose) plain() string { return sanitize.TextOf(p.html) }

func (p *prose) tokens() near.Doc {
	if !p.cut {
		p.words, p.cut = near.Verbatim(p.plain()), true
	}
	return p.words
}

// Coverage returns the share, from 0 to 1, of the shorter text that stands in the
// longer as well: see near.Judge.Shared. It takes plain text, and reads some thousand
// words of each text at most.
func Coverage(a, b string) float64 {
	var j near.Judge
	return j.Shared(near.Verbatim(a), near.Verbatim(b))
}

// isDense reports whether a character is of a script that puts no blanks between words.
func isDense(r rune) bool {
	return r > unicode.MaxLatin1 &&
		unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
