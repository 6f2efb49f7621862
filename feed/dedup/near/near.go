// Package near finds near-copies: articles of different publishers that are the
// same piece of writing, cut, given another headline, edited or summed up by its
// lead.
//
// It works in three steps. Prepare cuts an article into a Doc. Sketch keeps of it
// some numbers, by which an Index in memory finds the few articles that may be the
// same. A Judge then compares two Docs and says whether they are, how sure it is,
// and which rule said so; the Doc of the older article is made anew from its stored
// text. Nothing here reads a clock, a file or a network, and nothing is random: the
// same calls give the same answers.
//
// # What counts as a copy
//
// The measure is coverage: the share of the shorter text's words that stand in runs
// which both texts have. Neither the length of the longer text nor the order of its
// paragraphs changes it, so that a summary covers like a whole copy. Reports that are
// made from one form (prices, weather, results) cover as well, and are told apart by
// guards: numbers, names and titles that differ where copies agree, and beginnings in
// which one has other words in the same places. Any guard may refuse; a merge that is
// wrong hides an article, one that is missed shows it twice.
//
// # Stories
//
// A story is compared by its root alone, the first article of it, never by a copy:
// copies of copies must not lead from one text to another. So callers add roots to
// the Index, and nothing else, and let an article join the root of the best Verdict:
// see Verdict.Compare.
//
// Stories therefore depend a little on the order of arrival: two cuts of one text may
// share too little, and be two stories by the time that the whole text comes. It joins
// one of them; a caller who joins both, if it is surely a copy of either, parts far
// fewer pairs.
package near

import "strings"

// flag says what kind of word a token is.
type flag uint8

const (
	number   flag = 1 << iota // has a digit, or is a number in words
	calendar                  // a month or a day of the week
	capital                   // begins with a capital letter
	name                      // capital, and not because a sentence begins there
	quoted                    // within quotation marks or a quotation
	single                    // one character of a script without blanks
	weak                      // so short that it says little: up to three letters
)

// token is one word: a hash of its folded letters, and what is known of it.
type token struct {
	hash uint32
	is   flag
}

func (t token) has(f flag) bool { return t.is&f != 0 }

// Doc is an article as it is compared. It holds hashes, no text, and may be shared
// by goroutines. The zero value is an article that says nothing.
type Doc struct {
	title []token
	body  []token
	dense bool // most of the body's words are single characters
	cut   bool // the body ends with an ellipsis: its last word may be part of one
	plain bool // hardly any of them has a capital, so that names cannot be told
}

// Words returns how many words of the text are compared. In scripts that put no
// blanks between words each character counts as one.
func (d Doc) Words() int { return len(d.body) }

// Bounds of what is read of an article. Whatever stands behind them is as if it were
// not there: the beginning of a text tells which text it is.
const (
	maxBytes      = 1 << 20 // of text and markup
	maxTitleBytes = 1 << 10
	maxWork       = 12_000 // a word costs wordWork, a single character 1
	wordWork      = 3
	denseFactor   = 3 // so many characters say as much as one word
)

// Prepare cuts an article up. The title is plain text; the body is HTML as
// feed/sanitize returns it, or plain text in which an empty line parts paragraphs.
// What publishers add around a text is left out: datelines, captions, offers to read
// on or to subscribe. Letters are compared without regard to case, accents,
// compatible forms (Unicode NFKC), vowel points, or invisible characters.
//
// It takes any bytes, reads at most 1 MiB of them, and takes time linear in that.
func Prepare(title, body string) Doc {
	s := scanner{lexicon: lexical()}
	s.text(cut(title, maxTitleBytes))
	s.endParagraph()
	titled := s.tokens
	s = scanner{isBody: true, lexicon: lexical(), start: textStart{colon: -1}, tokens: make([]token, 0, min(len(body)/6+1, maxWork/wordWork))}
	s.html(cut(body, maxBytes))
	s.endParagraph()
	d := newDoc(titled, s.tokens)
	d.cut = isCut(body)
	return d
}

// newDoc looks at what kind of text it is.
func newDoc(title, body []token) Doc {
	d := Doc{title: title, body: body}
	singles, capitals, names := 0, 0, 0
	for _, t := range d.body {
		switch {
		case t.has(single):
			singles++
		case t.has(name):
			names++
			capitals++
		case t.has(capital):
			capitals++
		}
	}
	d.dense = singles*2 > len(d.body)
	d.plain = capitals*plainRate < len(d.body)
	if names*2 > len(d.body) { // written in capitals: they tell no names either
		for i := range d.body {
			d.body[i].is &^= name
		}
		d.plain = true
	}
	return d
}

// isCut reports whether a body ends with an ellipsis: "The council has bought 1… […]".
func isCut(body string) bool {
	for {
		body = strings.TrimRight(body, " \t\r\n])\u00a0")
		if !strings.HasSuffix(body, ">") {
			break
		}
		body = body[:max(0, strings.LastIndexByte(body, '<'))]
	}
	return strings.HasSuffix(body, "…") || strings.HasSuffix(body, "...")
}

// whole returns the body's words without a last one that may be part of one.
func (d Doc) whole() []token {
	if d.cut && len(d.body) > 0 {
		return d.body[:len(d.body)-1]
	}
	return d.body
}

// plainRate is among how many words one at least has a capital where there are any.
const plainRate = 25

// Sum returns a hash of the words in their order, whatever the title, their case and
// their markup; 0 of fewer than forty, or three times as many single characters. It is
// the same in every version of sluice that reads SketchVersion.
func (d Doc) Sum() uint64 {
	least := longText
	if d.dense {
		least *= denseFactor
	}
	if len(d.body) < least {
		return 0
	}
	h := uint64(hashSeed)
	for _, t := range d.body {
		h = (h ^ uint64(t.hash)) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return max(h, 1)
}

// cut returns at most the first n bytes.
func cut(s string, n int) string { return s[:min(len(s), n)] }
