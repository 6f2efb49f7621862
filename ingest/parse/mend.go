package parse

import (
	"bytes"
	"unicode/utf8"
)

// mend returns UTF-8 into which bytes of something else were pasted: templates
// and databases mix encodings. What is UTF-8 stays; other bytes are characters of
// the most probable other encoding, or a mark of damage (U+FFFD) where they are
// what is left of a character of UTF-8 that was cut.
func mend(b []byte) []byte {
	runes := byProbability(sampleOfForeign(b), nil, true)[0].table()
	out := make([]byte, 0, len(b)+len(b)/8)
	for len(b) > 0 {
		n := bytes.IndexFunc(b, beyondASCII)
		if n < 0 {
			return append(out, b...)
		}
		out, b = append(out, b[:n]...), b[n:]
		n = 0
		for n < len(b) && b[n] >= utf8.RuneSelf {
			n++
		}
		out, b = mendRun(out, b[:n], &runes), b[n:]
	}
	return out
}

// mendRun appends a run of bytes beyond ASCII.
func mendRun(out, run []byte, runes *[256]rune) []byte {
	if utf8.Valid(run) {
		return append(out, run...)
	}
	foreign := isForeign(run)
	last := rune(0)
	for len(run) > 0 {
		r, size := utf8.DecodeRune(run)
		pair, halves := surrogates(run)
		switch {
		case halves:
			r, size = pair, 6
		case foreign:
			r, size = runes[run[0]], 1
		case size > 1:
			last = r
		default:
			r, size = remains(run, last, runes)
		}
		out = utf8.AppendRune(out, r)
		run = run[size:]
	}
	return out
}

// isForeign reports whether a run of bytes beyond ASCII is in another encoding
// as a whole: then what is valid in it is so by chance.
func isForeign(run []byte) bool {
	n := countUTF8(run)
	return n.bad > len(run)-n.bad
}

// remains reads the bytes at which a run stops being UTF-8, behind the
// character last.
func remains(run []byte, last rune, runes *[256]rune) (r rune, size int) {
	want := 0
	switch c := run[0]; {
	case c >= 0xF0 && c <= 0xF4:
		want = 4
	case c >= 0xE0 && c < 0xF0:
		want = 3
	}
	size = 1
	for size < min(want, len(run)) && run[size] < 0xC0 {
		size++
	}
	const firstForeign = 0x370 // beyond the letters that stand with the Latin ones
	switch {
	case size > 1 && (last != 0 || run[0] == 0xE2 && run[1] == 0x80), // punctuation that was cut
		last >= firstForeign && (last < 0x2000 || last > 0x20CF):
		return utf8.RuneError, size
	}
	return runes[run[0]], 1
}

// surrogates reads a character that was written as two surrogates of three
// bytes each, as some databases do (CESU-8).
func surrogates(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != 0xED || b[1]&0xF0 != 0xA0 || b[3] != 0xED || b[4]&0xF0 != 0xB0 {
		return 0, false
	}
	high := rune(b[1]&0x0F)<<6 | rune(b[2]&0x3F)
	low := rune(b[4]&0x0F)<<6 | rune(b[5]&0x3F)
	return 0x10000 + high<<10 + low, true
}
