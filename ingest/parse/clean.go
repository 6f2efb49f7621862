package parse

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// clean makes every character and every numeric reference one that XML allows;
// encoding/xml refuses a whole document for one that is not. Control characters
// from 128 to 159 become the punctuation that windows-1252 has there, which is
// what HTML makes of them; others are dropped.
func (p *parser) clean(b []byte) []byte {
	if hasControls(b) || hasOddRunes(b) {
		b = p.cleanRunes(b)
	}
	if len(b) > 0 && (b[0] == '{' || b[0] == '[') {
		return b // in JSON they are text
	}
	return p.cleanReferences(b)
}

func (p *parser) cleanRunes(b []byte) []byte {
	out := make([]byte, 0, len(b)+bytes.Count(b, []byte("\xC2"))) // C1 characters take one more
	for i := 0; i < len(b); {
		r, size := rune(b[i]), 1
		if b[i] >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(b[i:])
		}
		i += size
		if c := asMeant(r); c >= 0 {
			out = utf8.AppendRune(out, c)
			if c == r {
				continue
			}
		}
		p.warn(warnIllegal)
	}
	return out
}

// asMeant returns the character that a generator meant by r, -1 for none.
func asMeant(r rune) rune {
	if isC1(r) {
		if r = charmap.Windows1252.DecodeByte(byte(r)); isC1(r) || r == utf8.RuneError {
			return -1
		}
	}
	if !isChar(r) {
		return -1
	}
	return r
}

// isChar reports whether XML 1.0 allows the character.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF ||
		r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// hasControls looks at eight bytes at a time: nearly all documents pass.
func hasControls(b []byte) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	// zeros has the high bit of each byte of x that is zero.
	zeros := func(x uint64) uint64 { return ^((x&^high + ^uint64(high)) | x) & high }
	for ; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		if (x-0x20*ones)&^x&high == 0 { // quick, and right when it says that there is none
			continue
		}
		if found := zeros(x & (0xE0 * ones)); found != 0 &&
			found&^(zeros(x^'\t'*ones)|zeros(x^'\n'*ones)|zeros(x^'\r'*ones)) != 0 {
			return true
		}
	}
	for _, c := range b {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
			return true
		}
	}
	return false
}

// hasOddRunes looks for U+0080 to U+009F, U+FFFE and U+FFFF.
func hasOddRunes(b []byte) bool {
	for _, odd := range []struct {
		lead     string
		from, to byte
	}{{"\xC2", 0x80, 0x9F}, {"\xEF\xBF", 0xBE, 0xBF}} {
		for rest := b; ; {
			i := bytes.Index(rest, []byte(odd.lead))
			if i < 0 || i+len(odd.lead) == len(rest) {
				break
			}
			rest = rest[i+len(odd.lead):]
			if rest[0] >= odd.from && rest[0] <= odd.to {
				return true
			}
		}
	}
	return false
}

// cleanReferences mends references such as &#11; and &#146; in place. In CDATA
// there are none: what looks like one is the affair of whoever reads the text.
func (p *parser) cleanReferences(b []byte) []byte {
	out, from := b[:0], 0
	literal := sections{b: b}
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("&#"))
		if i < 0 {
			break
		}
		at += i
		if end := literal.around(at); end > 0 {
			at = end
			continue
		}
		code, size := reference(b[at:])
		if size == 0 {
			at += 2
			continue
		}
		if utf16.IsSurrogate(code) { // two halves are one character
			low, more := reference(b[at+size:])
			if r := utf16.DecodeRune(code, low); r != utf8.RuneError {
				code, size = r, size+more
			}
		} else if asMeant(code) == code {
			at += size
			continue
		}
		p.warn(warnIllegal)
		out = append(out, b[from:at]...)
		code = asMeant(code)
		if code < 0 && opensReference(out) { // what follows would become part of it
			code = utf8.RuneError
		}
		if code >= 0 {
			out = utf8.AppendRune(out, code) // never longer than the reference was
		}
		at += size
		from = at
	}
	if from == 0 {
		return b
	}
	return append(out, b[from:]...)
}

// sections finds the CDATA sections of a document, first to last.
type sections struct {
	b          []byte
	start, end int // of the last one found; both are len(b) when there are no more
}

// around returns the end of the section around a place, 0 for none. The places
// that it is asked for rise. A section that never ends is none.
func (s *sections) around(at int) int {
	for s.end <= at && s.end < len(s.b) {
		start := bytes.Index(s.b[s.end:], []byte("<![CDATA["))
		size := -1
		if start >= 0 {
			size = bytes.Index(s.b[s.end+start:], []byte("]]>"))
		}
		if size < 0 {
			s.start, s.end = len(s.b), len(s.b)
			break
		}
		s.start = s.end + start
		s.end = s.start + size + len("]]>")
	}
	if at >= s.start && at < s.end {
		return s.end
	}
	return 0
}

// opensReference reports whether b ends like a reference that goes on. A very
// long one is not looked at to its beginning.
func opensReference(b []byte) bool {
	const far = 64
	b = b[max(0, len(b)-far):]
	tail := bytes.TrimRight(b, "0123456789abcdefABCDEF")
	tail = bytes.TrimSuffix(bytes.TrimSuffix(tail, []byte("x")), []byte("X"))
	return len(tail) == 0 && len(b) == far || bytes.HasSuffix(tail, []byte("&#")) || bytes.HasSuffix(b, []byte("&"))
}

// reference reads the numeric reference that b begins with: its character, which
// is above utf8.MaxRune for a number that is too large, and its size. What is no
// complete reference is text, of size 0.
func reference(b []byte) (code rune, size int) {
	if len(b) < 3 || b[0] != '&' || b[1] != '#' {
		return 0, 0
	}
	i, base := 2, rune(10)
	if b[2]|0x20 == 'x' {
		i, base = 3, 16
	}
	for start := i; i < len(b); i++ {
		c := b[i] | 0x20
		switch {
		case b[i] >= '0' && b[i] <= '9':
			code = code*base + rune(b[i]-'0')
		case base == 16 && c >= 'a' && c <= 'f':
			code = code*base + rune(c-'a'+10)
		case b[i] == ';' && i > start:
			return code, i + 1
		default:
			return 0, 0
		}
		code = min(code, utf8.MaxRune+1)
	}
	return 0, 0
}
