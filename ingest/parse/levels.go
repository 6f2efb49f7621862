package parse

// glyph is a class of characters of which an encoding has many, by how often
// they are used.
type glyph byte

const (
	glyphNone   glyph = iota // no character
	glyphMark                // punctuation and symbols
	glyphKana                // of a syllabary, or full-width
	glyphCommon              // the part of the set that is for daily use
	glyphRare                // the part that is not
	glyphExotic              // beyond the standard, in an extension
)

// Each of these measures the character beyond ASCII that b begins with, and
// says by its place in the set how common it is; size 0 for none.

func levelsGB(b []byte) (size int, class glyph) {
	if len(b) < 2 || b[0] == 0x80 || b[0] == 0xFF {
		return 0, glyphNone
	}
	lead, trail := b[0], b[1]
	switch {
	case trail >= '0' && trail <= '9':
		if len(b) < 4 || b[2] < 0x81 || b[3] < '0' || b[3] > '9' {
			return 0, glyphNone
		}
		return 4, glyphExotic
	case trail < 0x40 || trail == 0x7F || trail == 0xFF:
		return 0, glyphNone
	case trail < 0xA1:
		return 2, glyphExotic
	}
	switch {
	case lead == 0xA1 || lead == 0xA3:
		return 2, glyphMark
	case lead >= 0xB0 && lead <= 0xD7:
		return 2, glyphCommon
	case lead >= 0xD8 && lead <= 0xF7:
		return 2, glyphRare
	}
	return 2, glyphExotic
}

func levelsBig5(b []byte) (size int, class glyph) {
	if len(b) < 2 || b[0] < 0x81 || b[0] == 0xFF || b[1] < 0x40 || b[1] > 0x7E && b[1] < 0xA1 || b[1] == 0xFF {
		return 0, glyphNone
	}
	switch lead := b[0]; {
	case lead >= 0xA1 && lead <= 0xA3:
		return 2, glyphMark
	case lead >= 0xA4 && lead <= 0xC6:
		return 2, glyphCommon
	case lead >= 0xC9 && lead <= 0xF9:
		return 2, glyphRare
	}
	return 2, glyphExotic
}

func levelsEUCKR(b []byte) (size int, class glyph) {
	if len(b) < 2 || b[0] < 0x81 || b[0] == 0xFF || b[1] < 0x41 || b[1] == 0xFF {
		return 0, glyphNone
	}
	lead, trail := b[0], b[1]
	switch {
	case trail > 'Z' && trail < 'a' || trail > 'z' && trail < 0x81:
		return 0, glyphNone
	case trail < 0xA1:
		return 2, glyphExotic
	case lead == 0xA1 || lead == 0xA3:
		return 2, glyphMark
	case lead >= 0xB0 && lead <= 0xC8:
		return 2, glyphCommon
	case lead >= 0xCA && lead <= 0xFD:
		return 2, glyphRare
	}
	return 2, glyphExotic
}

func levelsEUCJP(b []byte) (size int, class glyph) {
	switch {
	case len(b) >= 2 && b[0] == 0x8E && b[1] >= 0xA1 && b[1] <= 0xDF:
		return 2, glyphExotic
	case len(b) >= 3 && b[0] == 0x8F && b[1] >= 0xA1 && b[2] >= 0xA1:
		return 3, glyphExotic
	case len(b) < 2 || b[0] < 0xA1 || b[1] < 0xA1 || b[0] == 0xFF || b[1] == 0xFF:
		return 0, glyphNone
	}
	switch lead := b[0]; {
	case lead <= 0xA2:
		return 2, glyphMark
	case lead <= 0xA5:
		return 2, glyphKana
	case lead >= 0xB0 && lead <= 0xCF:
		return 2, glyphCommon
	case lead >= 0xD0 && lead <= 0xF4:
		return 2, glyphRare
	}
	return 2, glyphExotic
}

func levelsShiftJIS(b []byte) (size int, class glyph) {
	if len(b) > 0 && b[0] >= 0xA1 && b[0] <= 0xDF { // a narrow syllable: any text has such bytes
		return 1, glyphRare
	}
	if len(b) < 2 || b[0] == 0x80 || b[0] == 0xA0 || b[0] > 0xFC || b[1] < 0x40 || b[1] == 0x7F || b[1] > 0xFC {
		return 0, glyphNone
	}
	switch lead := b[0]; {
	case lead == 0x81:
		return 2, glyphMark
	case lead <= 0x83:
		return 2, glyphKana
	case lead >= 0x88 && lead <= 0x97:
		return 2, glyphCommon
	case lead >= 0x98 && lead <= 0xEA:
		return 2, glyphRare
	}
	return 2, glyphExotic
}
