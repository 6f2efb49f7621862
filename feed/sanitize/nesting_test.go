package sanitize_test

import (
	"strings"
	"testing"

	"sluice/feed/sanitize"

	"pgregory.net/rapid"
)

// Tags thrown together at random reach the rules of nesting that a fuzzer of
// bytes seldom does.
func TestAnyOrderOfTagsGivesATreeThatStays(t *testing.T) {
	names := []string{
		"a href=http://e.org/", "b", "i", "p", "div", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "colgroup", "col",
		"thead", "tbody", "tr", "td", "th", "h1", "h2", "pre", "blockquote", "ruby", "rt", "rp", "br", "hr", "details", "summary",
		"figure", "video src=http://e.org/v", "picture", "source srcset=http://e.org/s", "img src=http://e.org/i", "main", "nav",
		"form", "select", "option", "button", "svg", "math", "font", "span", "span lang=en", "code", "address", "section", "q",
		"audio", "nobr", "menu", "listing", "xmp", "plaintext", "noscript", "iframe src=http://e.org/f", "object data=http://e.org/o",
		"img data-src=http://e.org/i", "template", "title", "textarea", "acronym title=x", "bdo dir=rtl", "center",
	}
	piece := rapid.Custom(func(t *rapid.T) string {
		name := rapid.SampledFrom(names).Draw(t, "name")
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0, 1:
			return "<" + name + ">"
		case 2, 3:
			name, _, _ = strings.Cut(name, " ")
			return "</" + name + ">"
		}
		return rapid.SampledFrom([]string{"x", " ", "\n", "&amp;", "<!-- c -->", "y z", "&lt;b&gt;", "<"}).Draw(t, "text")
	})
	rapid.Check(t, func(r *rapid.T) {
		in := strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(r, "pieces"), "")
		got := checkClean(t, in)
		if fast, slow := sanitize.TextOf(got), sanitize.Text(got); fast != slow {
			r.Errorf("the text of %q is %q by the short way and %q by the long", got, fast, slow)
		}
		if !sanitize.Passes(got) {
			r.Errorf("the two filters disagree: %q", got)
		}
		if t.Failed() {
			r.Fatalf("in %q", in)
		}
	})
}
