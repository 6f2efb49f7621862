package parse

import (
	"bytes"
	"encoding/xml"
	"unicode/utf8"
)

// nameBytes are the characters of ASCII that names are made of; 2 stands for those
// with which none begins.
var nameBytes = func() (is [256]byte) {
	for c := range is {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == '_', c == ':':
			is[c] = 1
		case c >= '0' && c <= '9', c == '-', c == '.':
			is[c] = 2
		}
	}
	return is
}()

// isName reports whether b is a name of ASCII alone as encoding/xml reads them: it
// refuses a document for one that is not.
func isName(b []byte) bool {
	colon := false
	for i, c := range b {
		is := nameBytes[c]
		if is == 0 || is == 2 && i == 0 || c == ':' && colon {
			return false
		}
		colon = colon || c == ':'
	}
	return len(b) > 0
}

// mendName makes a name of what stands in the place of one, of the same length, and
// reports whether it had to.
func (l *lexer) mendName(b []byte) bool {
	if isName(b) || l.isForeignName(b) {
		return false
	}
	colon := false
	for i, c := range b {
		is := nameBytes[c]
		if is == 0 || is == 2 && i == 0 || c == ':' && colon {
			b[i] = '_'
		}
		colon = colon || c == ':'
	}
	return true
}

// maxForeign is how many names beyond ASCII a document may have before they are all
// mended: which letters names have is best known to encoding/xml, which is slow.
const maxForeign = 1000

func (l *lexer) isForeignName(b []byte) bool {
	if bytes.IndexFunc(b, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return false
	}
	if l.count.foreign++; l.count.foreign > maxForeign || len(b) > maxForeign {
		return false
	}
	token, err := xml.NewDecoder(bytes.NewReader(append(append([]byte("<"), b...), "/>"...))).Token()
	_, ok := token.(xml.StartElement)
	return err == nil && ok
}
