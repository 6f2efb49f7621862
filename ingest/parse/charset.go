package parse

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// charset is an encoding that has a label.
type charset struct {
	name string
	kind charsetKind
	enc  encoding.Encoding // of the last three kinds
}

type charsetKind byte

const (
	isUTF8 charsetKind = iota
	isWide
	isASCII
	isSevenBit // several bytes, and escapes, none beyond ASCII
	isSingle   // one byte a character
	isMulti    // several bytes
)

// codePages are the names of what vendors number.
var codePages = map[string]string{
	"437": "IBM437", "850": "IBM850", "852": "IBM852", "855": "IBM855", "858": "IBM00858", "862": "IBM862", "866": "ibm866", "874": "windows-874",
	"932": "shift_jis", "936": "gbk", "949": "euc-kr", "950": "big5", "951": "big5", "20866": "koi8-r", "21866": "koi8-u",
	"1250": "windows-1250", "1251": "windows-1251", "1252": "windows-1252", "1253": "windows-1253", "1254": "windows-1254",
	"1255": "windows-1255", "1256": "windows-1256", "1257": "windows-1257", "1258": "windows-1258",
	"28591": "windows-1252", "28592": "iso-8859-2", "51932": "euc-jp", "51949": "euc-kr", "54936": "gb18030", "65001": "utf-8",
}

// spellings are names that no registry has, written without signs.
var spellings = map[string]string{
	"utf8mb4": "utf-8", "utf8mb3": "utf-8", "utf": "utf-8", "unicode11utf8": "utf-8", "utf8bom": "utf-8", "utf8n": "utf-8",
	"ansi": "windows-1252", "western": "windows-1252", "latin": "windows-1252", "usansi": "windows-1252",
	"cyrillicwindows": "windows-1251", "winru": "windows-1251", "koi8": "koi8-r", "koi": "koi8-r", "koi8ru": "koi8-u",
	"sjis": "shift_jis", "shiftjis": "shift_jis", "mskanji": "shift_jis", "xsjis": "shift_jis", "sjiswin": "shift_jis",
	"ujis": "euc-jp", "eucjpms": "euc-jp", "eucjpwin": "euc-jp", "jis": "iso-2022-jp", "iso2022jpms": "iso-2022-jp", "iso2022jp": "iso-2022-jp",
	"gb": "gb18030", "gb2312": "gb18030", "gb231280": "gb18030", "euccn": "gb18030", "xgbk": "gb18030",
	"big5hkscs": "big5", "big5eten": "big5", "euctw": "big5", "uhc": "euc-kr", "ksc5601": "euc-kr", "ksc56011987": "euc-kr",
	"eucjp": "euc-jp", "euckr": "euc-kr", "koi8r": "koi8-r", "koi8u": "koi8-u", "tis620": "windows-874", "tis6202533": "windows-874",
	"macroman": "macintosh", "hz": "hz-gb-2312",
}

// lookup finds the encoding that a label names, however it is spelt.
func lookup(label string) (charset, bool) {
	key := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(label))
	switch {
	case key == "":
		return charset{}, false
	case key == "utf8":
		return charset{name: "utf-8"}, true
	case key == "ascii" || key == "usascii" || key == "ansix341968" || key == "iso646us" || key == "646":
		return charset{name: "us-ascii", kind: isASCII}, true
	case strings.HasPrefix(key, "utf16"), strings.HasPrefix(key, "utf32"), strings.HasPrefix(key, "ucs"),
		strings.HasPrefix(key, "iso10646"), key == "unicode":
		return charset{name: "utf-16", kind: isWide}, true
	}
	names := []string{label, spellings[key], key, codePages[strings.TrimLeft(key, "abcdefghijklmnopqrstuvwxyz")]}
	if i := strings.Index(key, "8859"); i >= 0 {
		names = append(names, "iso-8859-"+key[i+4:])
	}
	for _, name := range names {
		if c, ok := named(name); ok {
			return c, true
		}
	}
	return charset{}, false
}

// named finds an encoding by a registered name.
func named(name string) (charset, bool) {
	switch name = strings.ToLower(strings.TrimSpace(name)); name {
	case "", "replacement", "x-user-defined":
		return charset{}, false
	case "hz-gb-2312":
		return charset{name, isSevenBit, simplifiedchinese.HZGB2312}, true
	}
	enc, err := htmlindex.Get(name)
	if err == nil {
		name, err = htmlindex.Name(enc)
	} else if enc, err = ianaindex.IANA.Encoding(name); enc == nil {
		return charset{}, false
	}
	if err != nil {
		return charset{}, false
	}
	c := charset{name, isMulti, enc}
	switch name {
	case "replacement", "x-user-defined", "utf-16le", "utf-16be":
		return charset{}, false
	case "utf-8":
		return charset{name: name}, true
	case "gbk", "gb18030": // the latter has all that the former has
		c.name, c.enc = "gb18030", simplifiedchinese.GB18030
	case "iso-2022-jp":
		c.kind = isSevenBit
	}
	if _, ok := enc.(*charmap.Charmap); ok {
		c.kind = isSingle
	}
	return c, true
}

// escapes reports whether there is anything in the body by which an encoding of
// seven bits would differ from ASCII.
func (c charset) escapes(body []byte) bool {
	if c.name == "hz-gb-2312" {
		return bytes.Contains(body, []byte("~{"))
	}
	return bytes.IndexByte(body, 0x1B) >= 0
}

// decode returns b as UTF-8, how many characters beyond ASCII it has, and how
// many of them the encoding does not have.
func (c charset) decode(b []byte) (text []byte, chars, bad int) {
	if c.kind == isSingle {
		return c.decodeSingle(b)
	}
	size := 0
	c.transform(b, func(piece []byte) {
		size += len(piece)
		for i, x := range piece {
			if x >= 0xC0 { // the first byte of a character
				chars++
				if x == markFFFD[0] && bytes.HasPrefix(piece[i:], []byte(markFFFD)) {
					bad++
				}
			}
		}
	})
	text = make([]byte, 0, size)
	c.transform(b, func(piece []byte) { text = append(text, piece...) })
	return text, chars, bad
}

const markFFFD = "\uFFFD"

// transform decodes b piece by piece, each of whole characters.
func (c charset) transform(b []byte, use func(piece []byte)) {
	d := c.enc.NewDecoder()
	buffer := make([]byte, 16<<10)
	for {
		wrote, read, err := d.Transform(buffer, b, true)
		use(buffer[:wrote])
		if b = b[read:]; err == nil || wrote+read == 0 {
			return
		}
	}
}

// decodeSingle decodes an encoding whose characters are bytes.
func (c charset) decodeSingle(b []byte) (text []byte, chars, bad int) {
	var often [256]int
	for _, x := range b {
		often[x]++
	}
	runes, size := c.table(), 0
	for x, r := range runes {
		size += often[x] * utf8.RuneLen(r)
		if r >= utf8.RuneSelf {
			chars += often[x]
		}
		if r == utf8.RuneError {
			bad += often[x]
		}
	}
	text = make([]byte, 0, size)
	for _, x := range b {
		text = utf8.AppendRune(text, runes[x])
	}
	return text, chars, bad
}

// table returns the characters of an encoding of one byte each. Where one of the
// ISO 8859 family has control characters nobody means them: generators write
// the punctuation of windows-1252 there.
func (c charset) table() (runes [256]rune) {
	cm, ok := c.enc.(*charmap.Charmap)
	if !ok {
		cm = charmap.Windows1252
	}
	for x := range runes {
		r := asMeant(cm.DecodeByte(byte(x)))
		if strings.HasPrefix(c.name, "iso-8859-") && isC1(rune(x)) {
			r = asMeant(rune(x))
		}
		if r < 0 && x >= utf8.RuneSelf {
			r = utf8.RuneError
		} else if r < 0 {
			r = rune(x) // a control character, for clean to drop
		}
		runes[x] = r
	}
	return runes
}

// inFact returns windows-1250 for what is called ISO 8859-2 and has the letters
// that only the former has: a habit of programs for Windows. For everything else it returns c.
func (c charset) inFact(body []byte) charset {
	if c.name != "iso-8859-2" {
		return c
	}
	for _, letter := range []byte("\x8A\x8C\x8D\x8E\x8F\x9A\x9C\x9D\x9E\x9F") {
		if bytes.IndexByte(body, letter) >= 0 {
			c, _ = named("windows-1250")
		}
	}
	return c
}

func isC1(r rune) bool { return r >= 0x80 && r < 0xA0 }

// httpCharset returns the charset that a Content-Type names, also in headers
// that no grammar allows.
func httpCharset(contentType string) string {
	_, rest, found := strings.Cut(strings.ToLower(contentType), "charset")
	if !found {
		return ""
	}
	return token(rest)
}

// declaredCharset returns the encoding that the XML declaration names. It may
// stand behind blank lines or other text, or be the second of two.
func declaredCharset(body []byte) string {
	head := body[:min(len(body), 4096)]
	for {
		_, rest, found := bytes.Cut(head, []byte("<?xml"))
		if !found {
			return ""
		}
		decl, _, _ := bytes.Cut(rest, []byte(">"))
		if _, value, found := bytes.Cut(decl, []byte("encoding")); found && bytes.IndexByte([]byte(blanks), rest[0]) >= 0 {
			if label := token(string(value)); label != "" {
				return label
			}
		}
		head = rest
	}
}

// token returns the value that follows the name of a parameter: behind "=",
// blanks and quotes.
func token(s string) string {
	s = strings.TrimLeft(s, blanks)
	if !strings.HasPrefix(s, "=") {
		return ""
	}
	s = strings.TrimLeft(s, "= \t\r\n\"'")
	end := strings.IndexAny(s, ";,\"'?> \t\r\n")
	if end < 0 {
		end = len(s)
	}
	return s[:end]
}
