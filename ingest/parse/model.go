package parse

import (
	"math"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A model is an encoding together with a language. It adds up how probable each
// character is that the bytes would be: it knows how often the language uses its
// letters and what stands beside what, and nothing else. The logarithms are
// natural, and round since only large differences decide.
const (
	costASCII   = -1.2 // what is no letter of ASCII; it matters where it is part of a wider character
	costForeign = -9   // a letter that the language does not have
	costSymbol  = -8   // a sign that is rare in texts
	costHole    = -15  // what the encoding does not have
	costCase    = -4   // a capital behind a small letter
	costScript  = -4   // letters of two scripts in a word
	costBeside  = -3   // a rare sign beside a letter
	gainSaid    = 6    // the document says that it is in this language
	lnCapital   = -2   // a capital, compared with its small letter
	shareMarks  = 0.02 // punctuation among the characters

	// Letters of ASCII say something of the language, and only by it of the
	// encoding; names and quotations have those of another.
	weightASCII = 0.35
)

// costGlyph is what a character of several bytes costs that is not among the
// frequent ones of its language.
var costGlyph = [...]float64{
	glyphNone: costHole, glyphMark: -8, glyphKana: -7.5, glyphCommon: -9.7, glyphRare: -12.7, glyphExotic: -14,
}

// punctuation is what texts of all languages have, most frequent first.
const punctuation = "’“”–—…‘«»„\u00A0·•‚‹›€£°§№©®™´ªº½¼×"

// rare are encodings that hardly any document on the web is in.
var rare = map[string]float64{
	"macintosh": -7, "ibm850": -7, "ibm866": -3, "x-mac-cyrillic": -4, "iso-8859-4": -4, "iso-8859-16": -3,
}

// anyLetter are the letters of ASCII in a language with a script of its own.
const anyLetter = "etaoinsrhldcumfpgwybvkxjqz"

// model is an encoding with a language.
type model struct {
	charset  charset
	language string
	prior    float64
	latin    bool

	cost  [256]float64 // of one byte
	class [256]byteClass

	levels func([]byte) (int, glyph) // of several bytes; nil for encodings of one
	pairs  map[[2]byte]float64       // of the frequent characters
}

type byteClass byte

const (
	classOther byteClass = iota // blanks, digits, punctuation
	classSmall                  // letters of ASCII
	classCapital
	classHighSmall // letters beyond ASCII, also of scripts without capitals
	classHighCapital
	classSymbol
)

// models are made when a guess is made for the first time.
var models = sync.OnceValue(func() (all []model) {
	for _, a := range alphabets {
		for i, name := range strings.Fields(a.charsets) {
			if c, ok := named(name); ok {
				all = append(all, single(c, a, a.prior+rare[name]-float64(i)/2))
			}
		}
	}
	for _, g := range ideographs {
		if c, ok := named(g.charset); ok {
			all = append(all, multi(c, g.language, g.letters, g.levels))
		}
	}
	return all
})

// single makes the model of an encoding of one byte a character.
func single(c charset, a alphabet, prior float64) model {
	m := model{charset: c, language: a.language, latin: a.ascii != "", prior: prior}
	costs := map[rune]float64{}
	fill(costs, punctuation, shareMarks, 0.85)
	if m.latin {
		fill(costs, a.letters, a.share, 0.8)
		fill(costs, a.ascii, 1-a.share, 0.88)
	} else {
		fill(costs, a.letters, a.share, 0.92)
		fill(costs, anyLetter, 1-a.share, 0.99)
	}
	m.ascii(costs)
	runes := c.table()
	for x := utf8.RuneSelf; x < len(runes); x++ {
		r := runes[x]
		small := unicode.ToLower(r)
		cost, known := costs[small]
		switch {
		case r == utf8.RuneError:
			m.cost[x], m.class[x] = costHole, classSymbol
		case unicode.IsLetter(r) || unicode.IsMark(r):
			if !known {
				cost = costForeign
			}
			if small != r {
				cost += lnCapital
			}
			m.cost[x], m.class[x] = cost, classOf(r, classHighSmall)
		case known:
			m.cost[x] = cost
		default:
			m.cost[x], m.class[x] = costSymbol, classSymbol
		}
	}
	return m
}

// multi makes the model of an encoding of several bytes a character.
func multi(c charset, language, frequent string, levels func([]byte) (int, glyph)) model {
	m := model{charset: c, language: language, prior: -1, levels: levels, pairs: map[[2]byte]float64{}}
	costs := map[rune]float64{}
	fill(costs, anyLetter, 1-foreign, 0.99)
	m.ascii(costs)
	m.rank(frequent)
	return m
}

// ascii sets what the characters of ASCII cost.
func (m *model) ascii(costs map[rune]float64) {
	for x := range rune(utf8.RuneSelf) {
		m.cost[x], m.class[x] = costASCII, classOf(x, classSmall)
		if cost, known := costs[unicode.ToLower(x)]; known {
			m.cost[x] = weightASCII * cost
		}
	}
}

// classOf returns the class of a letter: small, the class that follows it for a
// capital, or other for what is no letter.
func classOf(r rune, small byteClass) byteClass {
	switch {
	case unicode.IsUpper(r):
		return small + 1
	case unicode.IsLetter(r) || unicode.IsMark(r):
		return small
	}
	return classOther
}

// fill shares a probability among characters, each getting a fixed part of what
// the one before it got.
func fill(costs map[rune]float64, characters string, mass, decay float64) {
	n := utf8.RuneCountInString(characters)
	first := mass * (1 - decay) / (1 - math.Pow(decay, float64(n)))
	for i, r := range []rune(characters) {
		costs[r] = math.Log(first) + float64(i)*math.Log(decay)
	}
}

// rank gives the frequent characters of several bytes three quarters of the
// probability, by Zipf's law.
func (m *model) rank(characters string) {
	const flat = 8
	sum := math.Log(float64(utf8.RuneCountInString(characters)+flat) / flat)
	for i, r := range []rune(characters) {
		b, err := m.charset.enc.NewEncoder().Bytes([]byte(string(r)))
		if err != nil || len(b) != 2 {
			continue
		}
		if pair := [2]byte(b); m.pairs[pair] == 0 { // the first time is the right one
			m.pairs[pair] = math.Log(0.75 / sum / float64(i+flat))
		}
	}
}

// score returns the logarithm of the probability of the sample.
func (m *model) score(sample []byte) float64 {
	if m.levels != nil {
		return m.scoreWide(sample)
	}
	total, last := 0.0, classOther
	for _, x := range sample {
		total += m.cost[x] + m.beside(last, m.class[x])
		last = m.class[x]
	}
	return total
}

// beside returns what it costs that one class follows the other.
func (m *model) beside(a, b byteClass) float64 {
	switch {
	case a == classOther || b == classOther || a <= classCapital && b <= classCapital:
		return 0
	case a == classSymbol || b == classSymbol:
		return costBeside
	}
	cost := 0.0
	if !m.latin && (a <= classCapital) != (b <= classCapital) {
		cost += costScript
	}
	if (a == classSmall || a == classHighSmall) && (b == classCapital || b == classHighCapital) {
		cost += costCase
	}
	return cost
}

func (m *model) scoreWide(sample []byte) float64 {
	total := 0.0
	for i := 0; i < len(sample); {
		if sample[i] < utf8.RuneSelf {
			total += m.cost[sample[i]]
			i++
			continue
		}
		size, class := m.levels(sample[i:])
		cost := costGlyph[class]
		if size == 2 {
			if known, ok := m.pairs[[2]byte(sample[i:i+2])]; ok {
				cost = known
			}
		}
		total += cost
		i += max(size, 1)
	}
	return total
}
