package near

import (
	"html"
	"strings"
	"unicode/utf8"
)

// scanner cuts text into tokens. It is fed pieces, as tags part them; a word may go
// on from one piece to the next.
type scanner struct {
	tokens []token
	work   int
	isBody bool
	*lexicon

	// The word that is being read.
	hash             uint64
	letters          int
	is               flag
	capitals, digits int
	acronym          bool // single letters with dots between them

	// Where it stands.
	paragraph int  // the first token of the paragraph
	mid       bool // the sentence has begun
	quotes    int  // open quotations that are elements
	marked    bool // within quotation marks
	aside     bool // within brackets: sources and tickers are no names
	skipped   int  // open elements whose text is left out
	start     textStart
}

const (
	hashSeed  = 0xcbf29ce484222325
	hashPrime = 0x100000001b3
)

// full reports whether as much was read as is compared.
func (s *scanner) full() bool { return s.work >= maxWork }

// html reads HTML whose every tag is well-formed; a "<" that begins none is text.
func (s *scanner) html(text string) {
	for !s.full() {
		lt := strings.IndexByte(text, '<')
		if lt < 0 {
			break
		}
		s.text(text[:lt])
		text = text[lt:]
		if !isTag(text) {
			s.text("<")
			text = text[1:]
			continue
		}
		gt := strings.IndexByte(text, '>')
		if gt < 0 {
			break
		}
		s.tag(text[1:gt])
		text = text[gt+1:]
	}
	s.text(text)
}

func isTag(s string) bool {
	if len(s) < 2 {
		return false
	}
	c := s[1] | 0x20
	return c >= 'a' && c <= 'z' || s[1] == '/' || s[1] == '!'
}

// tag notes what an element means for the words in it. What is not known is a block.
func (s *scanner) tag(tag string) {
	open := 1
	if strings.HasPrefix(tag, "/") {
		tag, open = tag[1:], -1
	}
	name := tag
	if end := strings.IndexAny(tag, " \t\n\r/"); end >= 0 {
		name = tag[:end]
	}
	switch name {
	case "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins", "kbd", "mark", "rb",
		"ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr":
		return
	case "q":
		s.endWord()
		s.quotes = max(0, s.quotes+open)
		return
	}
	s.endParagraph()
	switch name {
	case "blockquote":
		s.quotes = max(0, s.quotes+open)
	case "figcaption", "script", "style":
		s.skipped = max(0, s.skipped+open)
	}
}

// text reads plain text, in which entities may stand.
func (s *scanner) text(text string) {
	if s.skipped > 0 {
		return
	}
	for i := 0; i < len(text) && !s.full(); {
		c := text[i]
		switch {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(text[i:])
			i += size
			s.wide(r, text[i:])
		case ascii[c] != other:
			i += s.run(text[i:])
		case c == '&':
			i += s.entity(text[i:])
		default:
			i++
			s.mark(c, text[i:])
		}
	}
}

// run reads the ASCII letters and digits that text begins with, which is most of
// it, and returns how many there are.
func (s *scanner) run(text string) int {
	if s.is&number != 0 && ascii[text[0]] != isDigit {
		s.endWord() // 50m is 50, as in 50 million
	}
	hash, letters, capitals, digits := s.hash, s.letters, 0, 0
	if letters == 0 {
		hash = hashSeed
		switch ascii[text[0]] {
		case isUpper:
			s.is |= capital
		case isDigit:
			s.is |= number
		}
	}
	i := 0
	for ; i < len(text); i++ {
		c := text[i]
		kind := ascii[c]
		if kind == other || kind != isDigit && s.is&number != 0 {
			break
		}
		switch kind {
		case isUpper:
			capitals++
			c |= 0x20
		case isDigit:
			digits++
		}
		hash = (hash ^ uint64(c)) * hashPrime
	}
	s.hash, s.letters, s.capitals, s.digits = hash, letters+i, s.capitals+capitals, s.digits+digits
	return i
}

func (s *scanner) letter(r uint64) {
	if s.letters == 0 {
		s.hash = hashSeed
	}
	s.hash = (s.hash ^ r) * hashPrime
	s.letters++
}

// entity reads the entity at the beginning of text and returns its length.
func (s *scanner) entity(text string) int {
	end := strings.IndexByte(text[:min(len(text), 34)], ';')
	if end < 0 {
		s.endWord()
		return 1
	}
	switch name := text[1:end]; name {
	case "amp", "lt", "gt":
		s.endWord()
	case "quot", "#34":
		s.mark('"', text[end+1:])
	case "#39", "apos":
		s.mark('\'', text[end+1:])
	default:
		plain := html.UnescapeString(text[:end+1])
		if plain == text[:end+1] {
			s.endWord()
			return 1
		}
		for _, r := range plain {
			if r < utf8.RuneSelf && r != '&' {
				s.text(string(r))
			} else {
				s.wide(r, text[end+1:])
			}
		}
	}
	return end + 1
}

// mark reads an ASCII character that is no letter and no digit; rest follows it.
func (s *scanner) mark(c byte, rest string) {
	next := byte(' ')
	if rest != "" {
		next = rest[0]
	}
	switch c {
	case '\'':
		s.apostrophe(rest)
	case '.', ',':
		if s.is&number != 0 && s.letters > 0 && isNumber(rest) {
			if c == '.' { // 1,500 is 1500, and 1.5 is not 15
				s.hash = (s.hash ^ '.') * hashPrime
			}
			return
		}
		if c == '.' && s.dotted(rest) {
			return
		}
		s.endWord()
		s.mid = s.mid && c == ','
	case '!', '?':
		s.endWord()
		s.mid = false
	case ':':
		s.endWord()
		s.colon()
	case '"':
		opens := s.letters <= 0 && next != ' ' && next != '\n'
		if rest == "" { // a tag follows
			opens = !s.marked
		}
		s.quotation(opens)
	case '-':
		s.endWord()
		if next == ' ' || next == '-' {
			s.dash()
		}
	case '(':
		s.endWord()
		s.aside = true
	case ')':
		s.endWord()
		s.aside = false
		s.start.closed = len(s.tokens)
	case '\n':
		s.endWord()
		if next == '\n' || next == '\r' {
			s.endParagraph()
		}
	default:
		s.endWord()
	}
}

// dotted reports whether a dot stands within an acronym: U.S. is US.
func (s *scanner) dotted(rest string) bool {
	if s.letters != 1 && !s.acronym || s.is&number != 0 {
		return false
	}
	if rest == "" || ascii[rest[0]] != isLower && ascii[rest[0]] != isUpper {
		if s.acronym {
			s.endWord()
			return true // its last dot need not end the sentence
		}
		return false
	}
	if len(rest) > 1 && rest[1] != '.' && ascii[rest[1]] != other {
		return false
	}
	s.acronym = true
	return true
}

// apostrophe joins what stands around it, but for the English genitive, which
// editors add and take away.
func (s *scanner) apostrophe(rest string) {
	switch {
	case s.letters == 0:
		s.mid = false // a quotation may begin
	case rest == "" || rest[0] < utf8.RuneSelf && ascii[rest[0]] == other:
		s.endWord()
	case rest[0]|0x20 == 's' && (len(rest) == 1 || rest[1] < utf8.RuneSelf && ascii[rest[1]] == other):
		s.endWord()
		s.letters = -1 // the s is no word
		s.hash = 0
	}
}

// quotation notes a quotation mark.
func (s *scanner) quotation(opens bool) {
	s.endWord()
	s.marked = opens
	if opens {
		s.mid = false
	}
}

// endWord ends the word that is being read, if one is.
func (s *scanner) endWord() {
	if s.letters <= 0 {
		s.letters, s.is, s.capitals, s.digits = 0, 0, 0, 0
		return
	}
	t := token{hash: mix(s.hash), is: s.is}
	if s.letters <= 3 && t.is&number == 0 {
		t.is |= weak
	}
	if s.is&capital != 0 && s.mid && !s.aside {
		t.is |= name
	}
	if s.letters >= 3 && s.letters <= 11 && s.digits == 0 {
		t = s.lookUp(t)
	}
	if s.digits > 0 { // roads, ships and aircraft are told apart by theirs
		t.is = t.is&^weak | number
	}
	s.add(t, wordWork)
	s.letters, s.is, s.capitals, s.digits, s.acronym = 0, 0, 0, 0, false
}

// add appends a token.
func (s *scanner) add(t token, work int) {
	if s.marked || s.quotes > 0 {
		t.is |= quoted
	}
	if s.capitals >= 2 && s.capitals == s.letters && s.start.shouts == len(s.tokens)-s.paragraph {
		s.start.shouts++
	}
	s.tokens = append(s.tokens, t)
	s.work += work
	s.mid = true
}

// endParagraph ends the paragraph, and takes it back if it is none of the article's.
func (s *scanner) endParagraph() {
	s.endWord()
	if s.isBody && s.isBoilerplate(s.tokens[s.paragraph:], s.start.colon) {
		s.tokens = s.tokens[:s.paragraph]
	}
	s.paragraph = len(s.tokens)
	s.start = textStart{colon: -1}
	s.mid, s.marked, s.aside = false, false, false
}

// colon notes a colon. Few words in capitals before it are a dateline.
func (s *scanner) colon() {
	before := len(s.tokens) - s.paragraph
	if s.start.colon < 0 {
		s.start.colon = before
	}
	if s.isBody && before > 0 && before <= maxShouts && s.start.shouts == before && !s.isBoilerplate(s.tokens[s.paragraph:], before) {
		s.tokens = s.tokens[:s.paragraph]
	}
	s.mid = false
}

// mix makes 32 bits of a hash that depend on all of its own.
func mix(h uint64) uint32 {
	h ^= h >> 32
	h *= 0x9e3779b97f4a7c15
	return uint32(h >> 32)
}
