package parse

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"sluice/feed/fuzztest"

	"golang.org/x/text/encoding"
	"pgregory.net/rapid"
)

// assertion is one part of what feedparser's tests say of a file.
type assertion struct {
	LHS []any
	Op  string
	RHS any
}

// TestRealEncodingsAreFound checks the assertions of feedparser's tests about
// encodings and entities, so that their number can only rise. An encoding is
// right when the text is what it makes of the file.
//
// What does not hold: white space in titles becomes blanks (&nbsp;, &#160; and
// &ensp;); HTML 5 has another character than HTML 4 for &lang;; a reference in
// HTML is the character that it refers to (demoronize-3); a repair is a warning
// (demoronize-1); text/xml without a charset is not ASCII, since RFC 7303
// withdrew that default (bozo_http_i18n).
func TestRealEncodingsAreFound(t *testing.T) {
	dir := os.Getenv("SLUICE_CORPORA")
	if dir == "" {
		t.Skip("SLUICE_CORPORA is not set: see make real")
	}
	dir = filepath.Join(dir, "parsers", "feedparser")
	index, err := os.ReadFile(filepath.Join(dir, "expect.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	held, all := 0, 0
	for line := range strings.Lines(string(index)) {
		var x struct {
			File, Expr string
			Headers    map[string]string
			Conj       []assertion
		}
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(x.File, "encoding/") && !strings.HasPrefix(x.File, "entities/") && !strings.Contains(x.File, "/chardet/") {
			continue
		}
		body, err := os.ReadFile(filepath.Join(dir, x.File))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range x.Conj {
			ok, known := holds(a, body, x.Headers["Content-type"])
			if !known {
				continue
			}
			all++
			if ok {
				held++
			} else {
				t.Logf("%s: %s", x.File, x.Expr)
			}
		}
	}
	t.Logf("%d of %d assertions hold", held, all)
	if want := 214; held < want {
		t.Errorf("%d assertions hold, want %d", held, want)
	}
}

// holds checks one assertion; those about other things are not known.
func holds(a assertion, body []byte, contentType string) (ok, known bool) {
	m := Meta{Source: "s", ContentType: contentType}
	key, err := json.Marshal(a.LHS)
	if err != nil {
		return false, false
	}
	want, _ := a.RHS.(string)
	doc, err := Parse(body, m)
	switch string(key) + a.Op {
	case `["encoding"]==`:
		p := &parser{meta: m, warnings: map[string]int{}}
		text, name := p.transcode(body)
		if name == strings.ToLower(want) {
			return true, true
		}
		c, found := lookup(want)
		switch {
		case !found:
		case c.kind == isASCII || c.kind == isUTF8:
			return isASCIIText(text) && bytes.Equal(text, body), true
		case c.kind != isWide:
			wanted, _, _ := c.decode(body)
			return bytes.Equal(wanted, text), true
		}
		return false, true
	case `["bozo"]truthy`:
		return err != nil || len(doc.Warnings) > 0, true
	case `["bozo"]not`:
		return len(doc.Warnings) == 0, true
	case `["feed","title"]==`:
		return doc.Info.Title == strings.TrimSpace(want), true
	case `["entries",0,"description"]==`:
		return err == nil && len(doc.Articles) > 0 && doc.Articles[0].Content == want, true
	case `["entries",0,"link"]==`:
		return err == nil && len(doc.Articles) > 0 && doc.Articles[0].URL == want, true
	}
	return false, false
}

// TestTextComesBackFromAnyEncoding writes what one may write into a feed, in an
// encoding that is declared, and reads it.
func TestTextComesBackFromAnyEncoding(t *testing.T) {
	names := strings.Fields("utf-8 windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 windows-1255 windows-1256 windows-1257 " +
		"windows-1258 iso-8859-2 iso-8859-5 iso-8859-7 iso-8859-15 koi8-r koi8-u ibm866 macintosh windows-874 " +
		"shift_jis euc-jp iso-2022-jp big5 gb18030 euc-kr utf-16le utf-16be utf-32le utf-32be")
	// Characters of the encodings, so that most texts can be written in most of them.
	letters := rapid.RuneFrom([]rune("aZ 09.äßéñŁřőşžя́ЖїђЩαΩώאשابجنกเ日本語の新聞カ一今台灣氣天气说한국오늘날씨“”’–…€"))
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "encoding")
		text := rapid.StringOfN(letters, 1, 200, -1).Draw(t, "text")
		where := rapid.SampledFrom([]string{"declaration", "HTTP", "mark"}).Draw(t, "where")
		head, contentType, mark := "", "", ""
		wide := strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf-32")
		switch {
		case where == "declaration":
			head = `<?xml version="1.0" encoding="` + name + `"?>`
		case where == "mark" && (wide || name == "utf-8"):
			mark = "\uFEFF"
		default:
			contentType = "text/xml; charset=" + name
		}
		body, text := encodeAs(name, mark+head+"<rss><!--", text, "--></rss>")
		if name != "utf-8" && utf8.Valid(body) && !isASCIIText(body) {
			t.Skip("a few characters may be UTF-8 by chance")
		}
		p := &parser{meta: Meta{ContentType: contentType}, warnings: map[string]int{}}
		got := string(p.decode(body))
		if want := head + "<rss><!--" + text + "--></rss>"; got != want {
			t.Errorf("%s: %q is read as %q", name, want, got)
		}
		if len(p.warnings) > 0 {
			t.Errorf("%s: warnings %v", name, p.warnings)
		}
	})
}

// encodeAs writes a text between two others, and returns what of the text the
// encoding has.
func encodeAs(name, before, text, after string) (body []byte, had string) {
	if name == "utf-8" {
		return []byte(before + text + after), text
	}
	if strings.HasPrefix(name, "utf-") {
		w := wide{size: 2, big: strings.HasSuffix(name, "be")}
		if strings.HasPrefix(name, "utf-32") {
			w.size = 4
		}
		return w.encode(before + text + after), text
	}
	c, _ := named(name)
	var kept strings.Builder
	for _, r := range text {
		if _, err := c.enc.NewEncoder().String(string(r)); err == nil {
			kept.WriteRune(r)
		}
	}
	body, err := encoding.ReplaceUnsupported(c.enc.NewEncoder()).Bytes([]byte(before + kept.String() + after))
	if err != nil {
		panic(err)
	}
	return body, kept.String()
}

func (w wide) encode(s string) (b []byte) {
	put := func(unit rune) {
		for i := range w.size {
			at := i
			if w.big {
				at = w.size - 1 - i
			}
			b = append(b, byte(unit>>(8*at)))
		}
	}
	for _, r := range s {
		if w.size == 2 && r >= 0x10000 {
			r -= 0x10000
			put(0xD800 + r>>10)
			r = 0xDC00 + r&0x3FF
		}
		put(r)
	}
	return b
}

func FuzzDecode(f *testing.F) {
	for _, name := range strings.Fields("utf-8 windows-1251 shift_jis iso-2022-jp gb18030 utf-16le utf-32be") {
		body, _ := encodeAs(name, `<?xml version="1.0" encoding="`+name+`"?><rss>`, "Größe Новости 日本の新聞 &#146;&#xD83D;&#xDE00;&#11;", "</rss>")
		f.Add(body, "text/xml; charset="+name)
		f.Add(body, "")
	}
	f.Add([]byte("<rss>&&#11;#11;&#1&#11;1;&#xD8&#12;00;"), "")
	f.Add([]byte("\xFF\xFE<rss>\x00\xED\xA0\x80\xE2\x80 \xEF\xBF\xBF\xC2\x92"), "")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		defer fuzztest.Within(t, len(body)+len(contentType), fuzztest.Cost{Bytes: 4 << 20, Each: 1 << 10})()
		before := bytes.Clone(body)
		p := &parser{meta: Meta{ContentType: contentType}, warnings: map[string]int{}}
		text := p.decode(body)
		if !bytes.Equal(before, body) {
			t.Error("the body was changed")
		}
		if len(text) > 3*len(body) {
			t.Errorf("%d bytes became %d", len(body), len(text))
		}
		for i, r := range string(text) {
			if r == utf8.RuneError && !utf8.FullRune(text[i:]) || !isChar(r) {
				t.Fatalf("character %U in %q", r, text)
			}
		}
		if !utf8.Valid(text) {
			t.Errorf("%q is not UTF-8", text)
		}
		literal := sections{b: text}
		for at := range text {
			if text[0] == '{' || text[0] == '[' || literal.around(at) > 0 {
				continue
			}
			if r, size := reference(text[at:]); size > 0 && !isChar(r) {
				t.Errorf("reference to %U in %q", r, text)
			}
		}
	})
}
