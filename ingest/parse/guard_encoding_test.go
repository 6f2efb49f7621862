//go:build !race

package parse_test

import (
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"sluice/ingest/parse"
)

// TestGuardEncodingsCostWhatTheirSizeAllows has two megabytes of text in encodings
// that UTF-8 is up to three times as long as.
func TestGuardEncodingsCostWhatTheirSizeAllows(t *testing.T) {
	item := func(text string) string {
		return "<item><title>t</title><description>" + text + "</description></item>"
	}
	feed := func(label, text string) []byte {
		if label != "" {
			label = declares(label)
		}
		text = item(strings.Repeat(text, 100_000/len(text)))
		return []byte(label + `<rss version="2.0"><channel><title>T</title>` + strings.Repeat(text, 2*mb/len(text)) + "</channel></rss>")
	}
	widen := func(b []byte, zeros int) []byte {
		out := make([]byte, 0, len(b)*(zeros+1))
		for _, x := range b {
			out = append(append(out, x), make([]byte, zeros)...)
		}
		return out
	}
	ideographs := func() []byte { // UTF-16 in which each character becomes three bytes
		b := widen(feed("", "aaaa aaa"), 1)
		for i := 0; i < len(b); i += 2 {
			if b[i] == 'a' && b[i+2] == 'a' {
				b[i], b[i+1] = 0x2D, 0x4E
			}
		}
		return b
	}
	for name, body := range map[string]func() []byte{
		"UTF-32":                            func() []byte { return widen(feed("", "Some words, and some more. "), 3) },
		"UTF-16 of ASCII":                   func() []byte { return widen(feed("", "Some words, and some more. "), 1) },
		"UTF-16 of ideographs":              ideographs,
		"windows-874, each byte three":      func() []byte { return feed("windows-874", "\xA1\xD2\xC3\xB7\xB4\xCA\xCD\xBA ") },
		"windows-1252, each byte three":     func() []byte { return feed("windows-1252", "\x80\x93\x94\x97\x80\x80\x80 ") },
		"Shift_JIS, each byte three":        func() []byte { return feed("shift_jis", "\xB1\xB2\xB3\xB4\xB5\xB6\xB7\xB8 ") },
		"Big5":                              func() []byte { return feed("big5", "\xA4\xA4\xA4\xE5\xA4\xA4\xA4\xE5 ") },
		"an encoding that nobody names":     func() []byte { return feed("", "\xCF\xF0\xE8\xE2\xE5\xF2 ") },
		"UTF-8 with bytes of another":       func() []byte { return feed("utf-8", "日本\x80 語\x80 ") },
		"UTF-8 of surrogates":               func() []byte { return feed("utf-8", "日本\xED\xA0\xBD\xED\xB8\x80 語 ") },
		"control characters to be replaced": func() []byte { return feed("utf-8", "\u0080\u0080 ") },
		"references to be replaced":         func() []byte { return feed("utf-8", "&#150; ") },
		"entities": func() []byte {
			return append([]byte(`<!DOCTYPE rss [<!ENTITY a "`+strings.Repeat("x", 250)+`">]>`), feed("", "&a; "+strings.Repeat("word ", 100))...)
		},
		"bytes that are in no encoding":      func() []byte { return feed("", "\x81\x30 \xFF\xFE ") },
		"an encoding of seven bits":          func() []byte { return feed("iso-2022-jp", "\x1B$B$\"$$\x1B(B ") },
		"a mark that is not true, and zeros": func() []byte { return append([]byte("\xFE\xFF"), widen(feed("", "Some words. "), 1)...) },
	} {
		t.Run(name, func(t *testing.T) {
			var doc parse.Document
			var err error
			body := body() // one at a time: the more is alive, the more garbage is let lie
			given := crc32.ChecksumIEEE(body)
			size := len(body)
			if strings.HasSuffix(name, "each byte three") {
				size = parse.Size(body)
			}
			limit := 8*uint64(size) + 16*mb
			took, peak := cost(t, int64(limit), func() { doc, err = parse.Parse(body, parse.Meta{Source: "s"}) })
			t.Logf("%s: %.1f MB: %v, %.1f MB, %.1f times; %d articles, %v %v", name, float64(len(body))/mb, took.Round(time.Millisecond),
				float64(peak)/mb, float64(peak)/float64(len(body)), len(doc.Articles), doc.Warnings, err)
			if peak > limit {
				t.Errorf("%.1f MB of memory, want at most %.1f", float64(peak)/mb, float64(limit)/mb)
			}
			if given != crc32.ChecksumIEEE(body) {
				t.Error("the body was changed")
			}
		})
	}
}
