package sanitize_test

import (
	"net/url"
	"strings"
	"testing"

	"sluice/feed/fuzztest"
	"sluice/feed/sanitize"
	"sluice/feed/sanitize/sanitizetest"

	"golang.org/x/net/html"
)

func seed(f *testing.F) {
	f.Helper()
	for _, s := range []string{
		"", "a&b", "<p>a<p>b", "<b><p>x</b>y</p>", "<table><tr>x<td>y</table>", "<a href=/x>a<a href=y>b",
		"<pre>\n\nx", "<ul><li>a<div><li>b", "<ruby>a<rp>(<rt>b</ruby>", "<xmp>\n<b>", "<menu><li value=3>x", "<acronym title=x>y",
		"<img srcset='a 1x, b,c 2x'>", "</br></p><hr>", "<table><col><caption>x<table><th>y", "<h1><b><h2>x</h3>",
		"<dl><dt>a<dd>b<dt>c", "<details open><summary>a<p>b", "<video><source src=a><p>x</video>",
		"<iframe src=/x title='a b' /><object data=y><embed src=y></object>", "<img data-src=a.png src=b><noscript><img src=a.png></noscript>",
		"<svg/><script src=x />a<style/>b",
	} {
		f.Add(s)
	}
	for _, v := range sanitizetest.Vectors() {
		if len(v.HTML) < 1000 {
			f.Add(v.HTML)
		}
	}
}

// FuzzClean looks for a fragment whose result is not what the package promises:
// balanced, bounded, of the allow-list alone, and stable.
func FuzzClean(f *testing.F) {
	seed(f)
	base := &url.URL{Scheme: "https", Host: "e.org", Path: "/a/b"}
	f.Fuzz(func(t *testing.T, s string) {
		defer fuzztest.Within(t, len(s), fuzztest.Cost{Bytes: 8 << 20, Each: 8 << 10})()
		got := sanitize.Resolve(s, base)
		checkTree(t, got)
		if again := sanitize.Resolve(got, base); again != got {
			t.Errorf("not idempotent:\nonce  %q\ntwice %q", got, again)
		}
		if again := sanitize.HTML(got); again != got {
			t.Errorf("the result needs a base:\nonce  %q\ntwice %q", got, again)
		}
		if p := sanitize.Plain(got); p != got {
			t.Errorf("the result is not plain: %q", got)
		}
		if !sanitize.Passes(got) {
			t.Errorf("the two filters disagree: %q", got)
		}
	})
}

// FuzzText looks for a text that is still markup, or says something else by
// another way.
func FuzzText(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, s string) {
		defer fuzztest.Within(t, len(s), fuzztest.Cost{Bytes: 8 << 20, Each: 8 << 10})()
		safe := sanitize.HTML(s)
		if fast, slow := sanitize.TextOf(safe), sanitize.Text(safe); fast != slow {
			t.Errorf("the text of %q is %q by the short way and %q by the long", safe, fast, slow)
		}
		for _, text := range []string{sanitize.Title(s), sanitize.Text(s), sanitize.TextOf(safe), sanitize.TextOf(s)} {
			if p := sanitize.Plain(text); p != text {
				t.Errorf("the text is not plain: %q", text)
			}
			if line := strings.Join(strings.Fields(text), " "); line != text {
				t.Errorf("the text is not one line: %q", text)
			}
			// Escaped, as it is shown, it is a text and nothing else.
			for _, n := range parseTree(t, html.EscapeString(text)) {
				if n.Type != html.TextNode || n.Data != text {
					t.Errorf("%q is read as %q", text, n.Data)
				}
			}
		}
	})
}
