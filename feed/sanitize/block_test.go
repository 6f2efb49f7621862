package sanitize_test

import (
	"slices"
	"strings"
	"testing"

	"sluice/feed/fuzztest"
	"sluice/feed/sanitize"
)

func TestBlocksAreTheLinesOfAText(t *testing.T) {
	for html, want := range map[string][]string{
		"":                                      {""},
		"one &amp; two":                         {"one & two"},
		"<p>one <b>two</b></p><p>three</p>":     {"one two", "", "three", ""},
		"one<br/>two":                           {"one", "two"},
		`<p><a href="https://a.example/">x</a>`: {"x"},
		"<ul><li>a</li></ul>":                   {"", "a", "", ""},
	} {
		var got []string
		for b := range sanitize.Blocks(html) {
			got = append(got, b.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", html, got, want)
		}
	}
}

func TestBlocksEndWhereTheirReaderStops(t *testing.T) {
	for b := range sanitize.Blocks("<p>one</p><p>two</p>") {
		if b.Text != "one" || b.HTML != "<p>one" {
			t.Errorf("got %+v", b)
		}
		break
	}
}

// FuzzBlocks holds that no text and no markup is lost between blocks.
func FuzzBlocks(f *testing.F) {
	f.Add("<p>one <b>two</b></p>three<br/>&lt;four&gt; <")
	f.Add("a <b> b</b><i")
	f.Fuzz(func(t *testing.T, raw string) {
		defer fuzztest.Within(t, len(raw), fuzztest.Cost{Bytes: 8 << 20, Each: 8 << 10})()
		safe := sanitize.HTML(raw)
		var texts []string
		html := ""
		for b := range sanitize.Blocks(safe) {
			if html += b.HTML; b.Text != "" {
				texts = append(texts, b.Text)
			}
		}
		if html != safe {
			t.Errorf("the blocks of %q are %q", safe, html)
		}
		if got, want := strings.Join(texts, " "), sanitize.TextOf(safe); got != want {
			t.Errorf("the texts of %q are %q, and the whole is %q", safe, got, want)
		}
	})
}
