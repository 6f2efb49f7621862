package near

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// class says what an ASCII character is.
type class uint8

const (
	other class = iota
	isLower
	isUpper
	isDigit
)

var ascii = func() (table [256]class) {
	for c := range table {
		switch {
		case 'a' <= c && c <= 'z':
			table[c] = isLower
		case 'A' <= c && c <= 'Z':
			table[c] = isUpper
		case '0' <= c && c <= '9':
			table[c] = isDigit
		}
	}
	return table
}()

// wide reads a character beyond ASCII; rest follows it.
func (s *scanner) wide(r rune, rest string) {
	switch r {
	case '’', '\u02BC':
		if s.letters > 0 && rest != "" && (rest[0] >= utf8.RuneSelf || ascii[rest[0]] != other) {
			s.apostrophe(rest)
			return
		}
		s.quotation(false)
	case '“', '„', '‟', '«', '‹', '「', '『', '‘', '‚':
		// Some languages open with what others close with.
		s.quotation(true)
	case '”', '»', '›', '」', '』':
		s.quotation(false)
	case '—', '–', '―':
		s.endWord()
		s.dash()
	case '…', '。', '！', '？', '．', '：', '।', '؟', '۔', '։', '¿', '¡', '።':
		s.endWord()
		s.mid = false
	case '٫': // in Arabic, what a dot is between digits, and a comma
		s.mark('.', rest)
	case '٬':
		s.mark(',', rest)
	case '\u00A0', '\u3000', '•', '·', '、', '，', '（', '）', '\u2009', '\u202F', '€', '£':
		s.endWord()
	default:
		s.fold(r)
	}
}

// fold reads a character as what it is compatible with. What has no width is as if
// it were not there.
func (s *scanner) fold(r rune) {
	if isIgnored(r) {
		return
	}
	if r >= 0xAC00 && r <= 0xD7A3 { // Hangul: a text may have its syllables in parts
		n := r - 0xAC00
		s.part(0x1100 + n/588)
		s.part(0x1161 + n%588/28)
		if t := n % 28; t > 0 {
			s.part(0x11A7 + t)
		}
		return
	}
	if f := arabic(r); f != r {
		s.part(f)
		return
	}
	var buf [utf8.UTFMax]byte
	n := utf8.EncodeRune(buf[:], r)
	parts := norm.NFKD.Properties(buf[:n]).Decomposition()
	if parts == nil {
		s.part(r)
		return
	}
	for len(parts) > 0 {
		p, size := utf8.DecodeRune(parts)
		parts = parts[size:]
		if p < utf8.RuneSelf {
			s.text(string(p))
		} else if !isIgnored(p) {
			s.part(arabic(p))
		}
	}
}

// isIgnored tells marks by which spellings of a word differ, and what cannot be
// seen: accents, Hebrew and Arabic points, tatweel, joiners, marks of direction. The
// vowel signs of Indic scripts and of Thai are letters, and stay.
func isIgnored(r rune) bool {
	switch {
	case r < 0x300:
		return r == 0xAD
	case r <= 0x36F, r >= 0x591 && r <= 0x5C7, r >= 0x610 && r <= 0x61A, r == 0x640, r >= 0x64B && r <= 0x65F, r == 0x670,
		r >= 0x6D6 && r <= 0x6DC, r >= 0x6DF && r <= 0x6E8, r >= 0x6EA && r <= 0x6ED, r >= 0x200B && r <= 0x200F,
		r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F, r >= 0xFE00 && r <= 0xFE0F, r == 0xFEFF, r >= 0xE0000:
		return true
	}
	return false
}

// arabic makes one of the letters that Arabic, Persian and Urdu writers exchange.
func arabic(r rune) rune {
	if r < 0x600 || r > 0x6FF {
		return r
	}
	switch r {
	case 'أ', 'إ', 'آ', 'ٱ':
		return 'ا'
	case 'ى', 'ی', 'ې', 'ئ':
		return 'ي'
	case 'ک', 'ڪ':
		return 'ك'
	case 'ة', 'ۀ', 'ہ', 'ە', 'ھ':
		return 'ه'
	case 'ؤ':
		return 'و'
	}
	return r
}

// part reads a character that is compatible with nothing else.
func (s *scanner) part(r rune) {
	switch {
	case isSpaceless(r):
		s.endWord()
		t := token{hash: mix((hashSeed ^ uint64(r)) * hashPrime), is: single}
		s.add(t, 1)
	case unicode.IsLetter(r):
		if s.is&number != 0 {
			s.endWord()
		}
		if lower := unicode.ToLower(r); lower != r {
			if s.letters == 0 {
				s.is |= capital
			}
			s.capitals++
			r = lower
		}
		s.letter(uint64(r))
	case unicode.IsDigit(r):
		if d := digit(r); d != 0 {
			s.text(string(d))
		}
	case unicode.IsMark(r):
		if s.letters > 0 {
			s.letter(uint64(r))
		}
	default:
		s.endWord()
	}
}

// isNumber reports whether text begins with a digit of any script.
func isNumber(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return '0' <= r && r <= '9' || r >= utf8.RuneSelf && unicode.IsDigit(r)
}

// digit returns the ASCII digit of a decimal digit of any script: they come in tens
// that begin with a zero (Unicode 4.6).
func digit(r rune) rune {
	zero := r
	for r-zero < 9 && unicode.IsDigit(zero-1) {
		zero--
	}
	return '0' + (r - zero)
}

// isSpaceless tells scripts that put no blanks between words.
func isSpaceless(r rune) bool {
	switch {
	case r < 0x0E00:
		return false
	case r <= 0x0EFF: // Thai, Lao
		return r < 0x0E50 || r > 0x0E59 && r < 0x0ED0 || r > 0x0ED9
	case r >= 0x1000 && r <= 0x109F: // Myanmar
		return r < 0x1040 || r > 0x1049
	case r >= 0x1780 && r <= 0x17FF: // Khmer
		return r < 0x17E0 || r > 0x17E9
	case r < 0x2E80:
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == 0x3099 || r == 0x309A || r == 0x30FC
}
