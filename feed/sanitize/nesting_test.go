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
		"form", "select", "option", "button", "svg", "math", "font", "span", "code", "address", "section", "q", "audio", "nobr",
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
		return rapid.SampledFrom([]string{"x", " ", "\n", "&amp;", "<!-- c -->", "y z"}).Draw(t, "text")
	})
	rapid.Check(t, func(r *rapid.T) {
		in := strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(r, "pieces"), "")
		got := sanitize.HTML(in)
		if again := sanitize.HTML(got); again != got {
			r.Fatalf("not idempotent:\nin    %q\nonce  %q\ntwice %q", in, got, again)
		}
		if read := reparse(t, got); read != got {
			r.Fatalf("a parser changes the result:\nin      %q\nwritten %q\nread    %q", in, got, read)
		}
	})
}
