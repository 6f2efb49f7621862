package parse

import (
	"bytes"
	"encoding/binary"
	"mime"
	"strconv"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// decode returns the body as UTF-8 without a byte order mark and without
// characters that XML forbids. The result is the caller's to change.
func (p *parser) decode(body []byte) []byte {
	return p.clean(p.transcode(body))
}

// marks are the byte order marks, and what "<" and its successor look like in
// wide encodings without one (XML 1.0, appendix F). The longer come first.
var marks = []struct {
	prefix string
	skip   int
	enc    encoding.Encoding // nil: UTF-8
}{
	{"\xEF\xBB\xBF", 3, nil},
	{"\x00\x00\xFE\xFF", 4, utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
	{"\xFF\xFE\x00\x00", 4, utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
	{"\x00\x00\x00<", 0, utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
	{"<\x00\x00\x00", 0, utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
	{"\xFE\xFF", 2, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	{"\xFF\xFE", 2, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"\x00<", 0, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	{"<\x00", 0, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"\x00{", 0, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	{"{\x00", 0, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
}

// transcode finds the encoding: the byte order mark, then what HTTP says, then
// what the document says. Bytes that are valid UTF-8 are UTF-8 whatever is
// declared: no other encoding looks like it by chance.
func (p *parser) transcode(body []byte) []byte {
	for _, m := range marks {
		if !bytes.HasPrefix(body, []byte(m.prefix)) {
			continue
		}
		if m.enc == nil {
			body = body[m.skip:]
			break
		}
		if out, err := m.enc.NewDecoder().Bytes(body[m.skip:]); err == nil {
			return out
		}
	}
	body = dropHalfRune(body)
	labels := []string{httpCharset(p.meta.ContentType), declaredCharset(body)}
	if utf8.Valid(body) {
		return p.validUTF8(body, labels)
	}
	for _, label := range labels {
		if enc := lookup(label); enc != nil {
			if out, err := enc.NewDecoder().Bytes(body); err == nil {
				return out
			}
		}
	}
	if mostlyUTF8(body) {
		p.warn(warnIllegal)
		return bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	p.warn(warnGuessed)
	out, err := charmap.Windows1252.NewDecoder().Bytes(body)
	if err != nil { // a single-byte encoding has no wrong input
		return bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	return out
}

// validUTF8 returns bytes that are valid UTF-8, unless an encoding of seven
// bits is declared and used.
func (p *parser) validUTF8(body []byte, labels []string) []byte {
	for _, label := range labels {
		_, name := charset.Lookup(label)
		if name == "iso-2022-jp" && bytes.IndexByte(body, 0x1B) >= 0 {
			if out, err := lookup(label).NewDecoder().Bytes(body); err == nil {
				return out
			}
		}
		if name != "" && name != "utf-8" && !isASCII(body) {
			p.warn(warnDeclared)
			break
		}
	}
	return bytes.Clone(body)
}

// lookup returns the encoding of a label, nil for none, for UTF-8, which the
// bytes are not, and for wide ones, which would have been seen by their zeros.
func lookup(label string) encoding.Encoding {
	enc, name := charset.Lookup(label)
	switch name {
	case "", "utf-8", "utf-16le", "utf-16be", "replacement", "x-user-defined":
		return nil
	}
	return enc
}

func httpCharset(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return params["charset"]
}

// declaredCharset returns the encoding that an XML declaration names. It may
// stand behind blank lines or other text.
func declaredCharset(body []byte) string {
	head := body[:min(len(body), 1024)]
	_, decl, found := bytes.Cut(head, []byte("<?xml"))
	if !found {
		return ""
	}
	decl, _, _ = bytes.Cut(decl, []byte("?>"))
	_, value, found := bytes.Cut(decl, []byte("encoding"))
	if !found {
		return ""
	}
	value = bytes.TrimLeft(value, " \t\r\n=")
	if len(value) == 0 || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	label, _, _ := bytes.Cut(value[1:], value[:1])
	return string(bytes.TrimSpace(label))
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

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

// mostlyUTF8 reports whether more characters than wrong bytes are beyond ASCII:
// then a few bytes were damaged, and the encoding is UTF-8 all the same.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			bad++
		} else {
			good++
		}
		i += size
	}
	return good > bad
}

// clean drops characters and numeric references that XML forbids; encoding/xml
// refuses a whole document for one of them.
func (p *parser) clean(b []byte) []byte {
	if hasControls(b) || bytes.Contains(b, []byte("\uFFFE")) || bytes.Contains(b, []byte("\uFFFF")) {
		p.warn(warnIllegal)
		b = bytes.Map(func(r rune) rune {
			if isChar(r) {
				return r
			}
			return -1
		}, b)
	}
	return p.cleanReferences(b)
}

func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF ||
		r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// hasControls looks at eight bytes at a time: nearly all documents pass.
func hasControls(b []byte) bool {
	const high, spaces = 0x8080808080808080, 0x2020202020202020
	for len(b) >= 8 {
		x := binary.LittleEndian.Uint64(b)
		if (x-spaces)&^x&high != 0 && anyControl(b[:8]) {
			return true
		}
		b = b[8:]
	}
	return anyControl(b)
}

func anyControl(b []byte) bool {
	for _, c := range b {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
			return true
		}
	}
	return false
}

// cleanReferences drops references such as &#11; in place.
func (p *parser) cleanReferences(b []byte) []byte {
	out, from := b[:0], 0
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("&#"))
		if i < 0 {
			break
		}
		at += i
		end, legal := reference(b[at:])
		if !legal {
			p.warn(warnIllegal)
			out = append(out, b[from:at]...)
			from = at + end
		}
		at += end
	}
	if from == 0 {
		return b
	}
	return append(out, b[from:]...)
}

// reference measures a numeric reference and says whether XML allows its
// character. What is no complete reference is text, and legal.
func reference(b []byte) (size int, legal bool) {
	digits, base := b[2:], 10
	if len(digits) > 0 && (digits[0] == 'x' || digits[0] == 'X') {
		digits, base = digits[1:], 16
	}
	n := bytes.IndexByte(digits[:min(len(digits), 16)], ';')
	if n < 1 {
		return 2, true
	}
	code, err := strconv.ParseUint(string(digits[:n]), base, 32)
	size = len(b) - len(digits) + n + 1
	if err != nil {
		return 2, true
	}
	return size, code <= utf8.MaxRune && isChar(rune(code))
}
