package sanitize

import (
	"net/url"
	"testing"

	"sluice/feed/fuzztest"

	"pgregory.net/rapid"
)

// FuzzPlain compares what is read of a fragment with what is read of it where the
// tokenizer reads all of it.
func FuzzPlain(f *testing.F) {
	for _, seed := range []string{
		"a &amp; b &copy=1 &nope; <p>c</p>", `<a href="/x?a=1&amp;b=2&ampc" title='t'>x</a>`, "a < b <3 </ > </3> <!-- c --> <p", "<br/><br /><hr/ ><img\nsrc=\"a.png\"\talt=\"\"/>",
		"<p a=\"b\"c=\"d\">", "<p hidden>", "<P>a</P>", "a\r\nb<p title=\"\r\">", "<title><b></title><script><p></script><textarea><b>", "<svg><title>a</title><p>b",
		"<select>a<b>c</select>", "<select>a<b>c", `<a href="x" href="y">`, `<img src="a>b" alt="<p>">`, "<h1>a</h1 ><h2\f>b", "<p data-x=\"1\" =\"2\">", "<a href=\"x\"/>y</a>",
		"<object data=\"/v\" title=\"t\"><embed src=\"/v\"/></object>", "<noscript><img src=\"x.png\"></noscript><plaintext><b>", "x<![CDATA[y]]>z", "<x-y a=\"b\">c</x-y>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, fragment string) {
		defer fuzztest.Within(t, len(fragment), fuzztest.Cost{Bytes: 8 << 20, Each: 8 << 10})()
		readBothWays(t, fragment)
	})
}

// readBothWays compares what is read of a fragment with what the tokenizer makes of all of it.
func readBothWays(t interface {
	Helper()
	Errorf(format string, args ...any)
}, fragment string,
) {
	t.Helper()
	base := &url.URL{Scheme: "https", Host: "e.org", Path: "/a/b"}
	fragment = Plain(fragment)
	quick, slow := newWriter(base, 0), newWriter(base, 0)
	read(fragment, quick)
	r := &reader{writer: slow, source: fragment}
	r.rest()
	slow.popTo(0)
	if quick.String() != slow.String() || quick.nodes != slow.nodes {
		t.Errorf("%q is read as\n%s\nand by the tokenizer as\n%s", fragment, quick.String(), slow.String())
	}
}

// TestATagIsReadAloneHoweverItIsWritten puts tags together of attributes that are plain and
// others, in any order: what was read of one before it turned out not to be plain belongs to
// no other.
func TestATagIsReadAloneHoweverItIsWritten(t *testing.T) {
	readBothWays(t, `<img src="a.png" alt="&#34;a&#34;"><img src="b.png" alt="b"><a href="/x">c</a>`)
	piece := func(of ...string) *rapid.Generator[string] { return rapid.SampledFrom(of) }
	attribute := piece(` src="a.png"`, ` src="b.png"`, ` href="/x"`, ` href='/y'`, ` alt="a"`, ` alt="&#34;"`, ` title="&amp;b"`, ` title=c`, ` ALT="d"`, ` hidden`, ` x"`)
	name := piece("img", "a", "p", "B", "video", "source", "iframe", "h1", "td")
	rapid.Check(t, func(t *rapid.T) {
		fragment := ""
		for range rapid.IntRange(1, 8).Draw(t, "pieces") {
			switch n := name.Draw(t, "name"); rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				fragment += "</" + n + ">"
			case 1:
				fragment += piece("text", "a &amp; b", "&copy;", "1 < 2", "<!-- c -->").Draw(t, "text")
			default:
				fragment += "<" + n
				for range rapid.IntRange(0, 4).Draw(t, "attributes") {
					fragment += attribute.Draw(t, "attribute")
				}
				fragment += piece(">", ">", "/>", " />").Draw(t, "end")
			}
		}
		readBothWays(t, fragment)
	})
}
