package parse

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// wide is UTF-16 or UTF-32.
type wide struct {
	size int // bytes of a unit: 2 or 4
	big  bool
}

func (w wide) name() string {
	name := map[int]string{2: "utf-16", 4: "utf-32"}[w.size]
	if w.big {
		return name + "be"
	}
	return name + "le"
}

// unit returns the unit that b begins with.
func (w wide) unit(b []byte) rune {
	switch {
	case w.size == 2 && w.big:
		return rune(binary.BigEndian.Uint16(b))
	case w.size == 2:
		return rune(binary.LittleEndian.Uint16(b))
	case w.big:
		return rune(binary.BigEndian.Uint32(b)) // what overflows is negative, and no character
	}
	return rune(binary.LittleEndian.Uint32(b))
}

// next returns the character that b begins with and how many bytes it takes;
// utf8.RuneError and false for a unit that is none.
func (w wide) next(b []byte) (r rune, size int, ok bool) {
	r = w.unit(b)
	if w.size == 2 && utf16.IsSurrogate(r) {
		if len(b) >= 4 {
			if r := utf16.DecodeRune(r, w.unit(b[2:])); r != utf8.RuneError {
				return r, 4, true
			}
		}
		return utf8.RuneError, 2, false
	}
	if !utf8.ValidRune(r) {
		return utf8.RuneError, w.size, false
	}
	return r, w.size, true
}

// marks are the byte order marks. The longer come first, since one begins like
// another.
var marks = []struct {
	prefix string
	wide   wide
}{
	{"\x00\x00\xFE\xFF", wide{4, true}},
	{"\xFF\xFE\x00\x00", wide{4, false}},
	{"\xFE\xFF", wide{2, true}},
	{"\xFF\xFE", wide{2, false}},
}

// wide returns the body as UTF-8 when a byte order mark or the zeros of its
// first characters say that it is UTF-16 or UTF-32. A mark that is not true is
// not believed; then rest is what follows it, which is body for none.
func (p *parser) wide(body []byte) (text []byte, w wide, rest []byte) {
	rest = body
	for _, m := range marks {
		if !bytes.HasPrefix(body, []byte(m.prefix)) {
			continue
		}
		rest = body[len(m.prefix):]
		if text := p.asWide(m.wide, rest); text != nil {
			return text, m.wide, rest
		}
	}
	w, ok := byZeros(rest)
	if ok {
		text = p.asWide(w, rest)
	}
	p.misstated(len(rest) < len(body))
	return text, w, rest
}

// asWide returns the body read as w, nil when that is not possible.
func (p *parser) asWide(w wide, body []byte) []byte {
	size, chars, bad, markup := 0, 0, 0, false
	for b := body; len(b) >= w.size; chars++ {
		r, n, ok := w.next(b)
		if !ok {
			bad++
		}
		size += utf8.RuneLen(r)
		markup = markup || r == '<' || r == '{'
		b = b[n:]
	}
	if !markup || bad*tolerance > chars {
		return nil
	}
	if bad > 0 {
		p.warn(warnIllegal)
	}
	text := make([]byte, 0, size)
	for b := body; len(b) >= w.size; {
		r, n, _ := w.next(b)
		text = utf8.AppendRune(text, r)
		b = b[n:]
	}
	return text
}

// byZeros recognises a wide encoding without a mark by the zeros in the ASCII
// characters that markup consists of.
func byZeros(body []byte) (wide, bool) {
	head := body[:min(len(body), 1024)&^3]
	if len(head) == 0 || bytes.IndexByte(head, 0) < 0 {
		return wide{}, false
	}
	for _, w := range []wide{{4, true}, {4, false}} {
		chars, ascii := w.measure(head)
		if chars == len(head)/4 && ascii > 0 {
			return w, true
		}
	}
	_, le := wide{2, false}.measure(head)
	_, be := wide{2, true}.measure(head)
	switch units := len(head) / 2; {
	case le > 4*be && le*16 > units:
		return wide{2, false}, true
	case be > 4*le && be*16 > units:
		return wide{2, true}, true
	}
	return wide{}, false
}

// measure counts the units that are characters, and those that are ASCII.
func (w wide) measure(b []byte) (chars, ascii int) {
	for ; len(b) >= w.size; b = b[w.size:] {
		r := w.unit(b)
		if utf8.ValidRune(r) {
			chars++
		}
		if r > 0 && r < utf8.RuneSelf {
			ascii++
		}
	}
	return chars, ascii
}
