package sanitize

import (
	"net/url"
	"testing"

	"sluice/feed/fuzztest"
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
	base := &url.URL{Scheme: "https", Host: "e.org", Path: "/a/b"}
	f.Fuzz(func(t *testing.T, fragment string) {
		defer fuzztest.Within(t, len(fragment), fuzztest.Cost{Bytes: 8 << 20, Each: 8 << 10})()
		fragment = Plain(fragment)
		quick, slow := newWriter(base, 0), newWriter(base, 0)
		read(fragment, quick)
		r := &reader{writer: slow, source: fragment}
		r.rest()
		slow.popTo(0)
		if quick.String() != slow.String() || quick.nodes != slow.nodes {
			t.Errorf("%q is read as\n%s\nand by the tokenizer as\n%s", fragment, quick.String(), slow.String())
		}
	})
}
