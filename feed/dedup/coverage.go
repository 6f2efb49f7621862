package dedup

import (
	"unicode"

	"sluice/feed"
	"sluice/feed/sanitize"

	"github.com/cespare/xxhash/v2"
)

// A text of scripts that put no blanks between words is compared by longer
// windows of single characters.
const (
	wordWindow = 4
	runeWindow = 9
)

// maxWords bounds how much of a text is compared: the beginning of long ones.
const maxWords = 4000

// prose is what an article says. Few are ever compared, so the words that they are
// compared by are cut up when first asked for, and the plain text is not kept.
type prose struct {
	html  string // as feed/sanitize returns it
	size  int    // of the plain text, without the blanks between lines
	words []uint64
	dense bool // most words are single characters
	cut   bool
}

// newProse returns an article's prose, and its lines.
func newProse(a feed.Article) (*prose, []line) {
	p := &prose{html: a.Body()}
	body := lines(p.html)
	for _, l := range body {
		p.size += l.size
	}
	return p, body
}

func (p *prose) plain() string { return sanitize.TextOf(p.html) }

func (p *prose) tokens() ([]uint64, bool) {
	if !p.cut {
		p.words, p.dense = tokens(p.plain())
		p.cut = true
	}
	return p.words, p.dense
}

// Coverage returns the share, from 0 to 1, of the shorter text that stands in
// the longer as well: of its words those within runs of four or more that both
// have. Texts too short for one run cover each other only if they are equal.
// It takes plain text, ignores case and punctuation, and reads some thousand
// words of each text at most.
func Coverage(a, b string) float64 {
	words, dense := tokens(a)
	others, alsoDense := tokens(b)
	return coverage(words, others, dense || alsoDense)
}

// coverage is Coverage for texts cut up, of which one may be dense.
func coverage(short, long []uint64, dense bool) float64 {
	if len(short) > len(long) {
		short, long = long, short
	}
	if len(short) == 0 {
		return 0
	}
	n := wordWindow
	if dense {
		n = runeWindow
	}
	if len(short) < n {
		if len(short) != len(long) || window(short) != window(long) {
			return 0
		}
		return 1
	}
	there := make(map[uint64]bool, len(long))
	for i := range len(long) - n + 1 {
		there[window(long[i:i+n])] = true
	}
	covered, end := 0, 0 // words counted, and where the last counted run ends
	for i := range len(short) - n + 1 {
		if there[window(short[i:i+n])] {
			covered += i + n - max(i, end)
			end = i + n
		}
	}
	return float64(covered) / float64(len(short))
}

// window mixes the hashes of some words in their order.
func window(words []uint64) uint64 {
	h := uint64(len(words))
	for _, w := range words {
		h = (h ^ w) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return h
}

// tokens returns the hashes of the first words of a text; of scripts without
// blanks each character is one, and dense reports that most are.
func tokens(text string) (words []uint64, dense bool) {
	words = make([]uint64, 0, min(len(text)/6+1, maxWords))
	single := 0
	var word []byte
	flush := func() {
		if len(word) > 0 {
			words = append(words, xxhash.Sum64(word))
			word = word[:0]
		}
	}
	for _, r := range text {
		if len(words) >= maxWords {
			break
		}
		switch {
		case isDense(r):
			flush()
			words = append(words, uint64(r))
			single++
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			word = append(word, string(unicode.ToLower(r))...)
		default:
			flush()
		}
	}
	flush()
	return words, single*2 > len(words)
}

// isDense reports whether a character is of a script that puts no blanks between words.
func isDense(r rune) bool {
	return r > unicode.MaxLatin1 &&
		unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
