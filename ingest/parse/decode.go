package parse

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

const markUTF8 = "\uFEFF" // the byte order mark

// decode returns the body as UTF-8 without a byte order mark and without
// characters that XML forbids. The result is the caller's to change.
func (p *parser) decode(body []byte) []byte {
	text, _ := p.transcode(body)
	for { // some servers write the mark twice, or behind blank lines
		text = bytes.TrimLeft(text, blanks)
		if !bytes.HasPrefix(text, []byte(markUTF8)) {
			return p.clean(text)
		}
		text = text[len(markUTF8):]
	}
}

// Size returns how many bytes the text of a body has in UTF-8, at most: that is
// what Parse works with, so that its memory is bounded by it. It is the length
// of the body except where that is in an encoding of fewer bytes a character.
func Size(body []byte) int {
	if utf8.Valid(body) {
		return len(body) + bytes.Count(body, []byte("\xC2")) // of control characters that become others
	}
	size := len(body)
	for _, c := range body {
		if c >= utf8.RuneSelf {
			size += 2
		}
	}
	return size
}

// transcode returns the body as UTF-8, never body itself, and the name of the
// encoding that it was read as. The sources are asked in this order, and the
// first whose answer is possible for the bytes is believed:
//
//  1. the byte order mark, or the zeros of a wide encoding (XML 1.0, appendix F);
//  2. the charset that HTTP names, which precedes the document's own (RFC 7303);
//  3. the XML declaration;
//  4. validity: what is UTF-8, but for a few damaged bytes, is UTF-8;
//  5. a guess.
//
// A legacy encoding is not possible for bytes that are UTF-8: more than a few
// characters never look like it by chance, and many servers and generators
// declare something by habit.
func (p *parser) transcode(body []byte) (text []byte, name string) {
	text, w, body := p.wide(body)
	if text != nil {
		return text, w.name()
	}
	marked := false
	if rest := bytes.TrimLeft(body, blanks); bytes.HasPrefix(rest, []byte(markUTF8)) {
		body, marked = rest[len(markUTF8):], true
	}
	body = dropHalfRune(body)
	labels := []string{httpCharset(p.meta.ContentType), declaredCharset(body)}
	if marked {
		labels = append([]string{"utf-8"}, labels...)
	}
	n := countUTF8(body)
	refused := false
	for _, label := range labels {
		c, known := lookup(label)
		if !known {
			refused = refused || label != ""
			continue
		}
		actual := c.inFact(body)
		if text, ok := p.as(actual, body, n); ok {
			p.misstated(refused || actual.name != c.name)
			return text, actual.name
		}
		refused = true
	}
	p.misstated(refused)
	if n.isUTF8() && !n.escapes {
		return p.utf8(body, n), "utf-8"
	}
	p.warn(warnGuessed)
	if n.escapes {
		c, _ := named("iso-2022-jp")
		text, _, _ := c.decode(body)
		return text, c.name
	}
	text, c := guess(body)
	return text, c.name
}

func (p *parser) misstated(yes bool) {
	if yes {
		p.warn(warnDeclared)
	}
}

// as returns the body read as c, unless c is not possible for it.
func (p *parser) as(c charset, body []byte, n count) ([]byte, bool) {
	switch c.kind {
	case isWide: // its zeros would have been seen
		return nil, false
	case isUTF8:
		if !n.isUTF8() || n.escapes {
			return nil, false
		}
		return p.utf8(body, n), true
	case isASCII:
		return bytes.Clone(body), n.good+n.bad == 0 && !n.escapes
	case isSevenBit:
		if n.bad > 0 || !c.escapes(body) {
			return bytes.Clone(body), n.good+n.bad == 0
		}
	default:
		if n.good+n.bad == 0 {
			return bytes.Clone(body), true
		}
		if n.isSurelyUTF8() {
			return nil, false
		}
	}
	text, chars, bad := c.decode(body)
	if bad*tolerance > chars || !hasMarkup(text) {
		return nil, false
	}
	if bad > 0 {
		p.warn(warnIllegal)
	}
	return text, true
}

// tolerance is how many characters there must be for each that an encoding
// cannot have: damage is rare, while another encoding's bytes are wrong often.
const tolerance = 50

// hasMarkup tells text from what another encoding's bytes look like: there is
// no feed without these characters.
func hasMarkup(text []byte) bool { return bytes.ContainsAny(text, "<{") }

// utf8 returns a copy of bytes that are UTF-8, with what is not UTF-8 in it
// mended.
func (p *parser) utf8(body []byte, n count) []byte {
	if n.bad == 0 {
		return bytes.Clone(body)
	}
	p.warn(warnMixed)
	return mend(body)
}

// count says how much of some bytes is UTF-8.
type count struct {
	good int // characters beyond ASCII
	bad  int // bytes that are part of none

	escapes bool // it is ASCII, but for the escapes by which ISO-2022-JP begins two-byte characters
}

// isUTF8 reports whether the bytes are UTF-8, of which a part may be damaged.
func (n count) isUTF8() bool { return n.bad == 0 || n.good > n.bad }

// isSurelyUTF8 reports the same where another encoding is declared, in which a
// few characters look like UTF-8 by chance.
func (n count) isSurelyUTF8() bool { return n.bad == 0 || n.good >= 8 && n.good > 4*n.bad }

func countUTF8(b []byte) (n count) {
	if utf8.Valid(b) {
		if !isASCIIText(b) {
			n.good = 1 // how many does not matter
		} else if bytes.IndexByte(b, 0x1B) >= 0 {
			n.escapes = bytes.Contains(b, []byte("\x1B$B")) || bytes.Contains(b, []byte("\x1B$@"))
		}
		return n
	}
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if _, pair := surrogates(b[i:]); pair {
			n.good, n.bad, size = n.good+2, n.bad+1, 6
		} else if r == utf8.RuneError && size == 1 {
			n.bad++
		} else {
			n.good++
		}
		i += size
	}
	return n
}

func isASCIIText(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
	}
	return bytes.IndexFunc(b, beyondASCII) < 0
}

func beyondASCII(r rune) bool { return r >= utf8.RuneSelf }

// dropHalfRune removes a character that the end of the body cut in half, so
// that it does not make the rest look invalid.
func dropHalfRune(b []byte) []byte {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if b[i] >= utf8.RuneSelf && !utf8.FullRune(b[i:]) && utf8.Valid(b[:i]) {
				return b[:i]
			}
			break
		}
	}
	return b
}
