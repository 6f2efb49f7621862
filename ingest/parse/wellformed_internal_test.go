package parse

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// wellFormed draws documents that are right and look wrong: sections, references,
// quotes and names of every kind where XML allows them. What the lexer notes and
// hides (dates, bases, namespaces, comments, types) is not in them.
func wellFormed(t *rapid.T) (document string, k kind) {
	var b strings.Builder
	pick := func(options ...string) string { return rapid.SampledFrom(options).Draw(t, "option") }
	text := func() {
		for range rapid.IntRange(0, 4).Draw(t, "pieces") {
			switch rapid.IntRange(0, 4).Draw(t, "piece") {
			case 0:
				section := pick("<b>", "</item>", "<![CDATA[", "]] >", "<!--", "<? ", "&amp;", "a<b", "=\"", "</title>", "&#0;", "]")
				b.WriteString("<![CDATA[" + section + pick("", "x", "\n", section) + "]]>")
			case 1:
				b.WriteString(pick("&amp;", "&lt;", "&#38;", "&#x3C;", "&lt;br>", "&amp;lt;", "&quot;"))
			case 2:
				b.WriteString(pick("] ", "]]x", ">", "'", "\"", "=", "/>", "-->", "?>", "a = \"b\" / c"))
			default:
				b.WriteString(rapid.StringMatching(`[a-zäß日 \n\t]{0,8}`).Draw(t, "text"))
			}
		}
	}
	attributes := func() {
		for range rapid.IntRange(0, 3).Draw(t, "attributes") {
			b.WriteString(pick(" ", "\n", " \t") + pick("url", "href", "a:b", "length", "ä") + pick("=", " = ", "\n=") +
				pick(`"a>b"`, `'"'`, `"'"`, `""`, `'/'`, `"http://a.example/?b=c&amp;d"`, `"/>"`, `" "`))
		}
		b.WriteString(pick("", "", " ", "\n"))
	}
	var element func(names []string, depth int)
	element = func(names []string, depth int) {
		name := pick(names...)
		b.WriteString("<" + name)
		attributes()
		if rapid.IntRange(0, 4).Draw(t, "empty") == 0 {
			b.WriteString("/>")
			return
		}
		b.WriteString(">")
		text()
		for strings.HasPrefix(name, "x:") && depth < 4 && rapid.Bool().Draw(t, "nested") {
			element([]string{"x:a", "x:B", "x:title", "br", "item", "x:item"}, depth+1)
			text()
		}
		b.WriteString("</" + name + pick("", "", " ", "\n") + ">")
	}
	root, container, item := `rss version="2.0"`, "<channel>", "item"
	names := []string{"title", "link", "guid", "description", "category", "enclosure", "comments", "author", "x:a", "x:title", "thumbnail"}
	if k = rapid.SampledFrom([]kind{kindRSS, kindAtom}).Draw(t, "kind"); k == kindAtom {
		root, container, item = "feed", "", "entry"
		names = []string{"title", "link", "id", "summary", "content", "category", "x:a", "x:title"}
	}
	b.WriteString("<" + root + ">" + container)
	for range rapid.IntRange(1, 4).Draw(t, "items") {
		b.WriteString("<" + item + ">")
		for range rapid.IntRange(0, 5).Draw(t, "fields") {
			element(names, 0)
		}
		b.WriteString("</" + item + ">" + pick("", "\n  "))
	}
	if container != "" {
		b.WriteString("</channel>")
	}
	return b.String() + "</" + strings.Fields(root)[0] + ">", k
}

// TestWellFormedDocumentsAreNotTouched gives gofeed the very bytes that were read.
func TestWellFormedDocumentsAreNotTouched(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		document, k := wellFormed(t)
		p := &parser{meta: Meta{Base: &url.URL{}}, warnings: map[string]int{}}
		l := p.newLexer([]byte(document), k, len("<rss"))
		if err := l.lex(); err != nil {
			t.Fatalf("%s\n%v", document, err)
		}
		if out := l.whole(true); !bytes.Equal(out, []byte(document)) || len(p.warnings) > 0 || p.partial != "" {
			t.Fatalf("%s\nis changed to\n%s\n%v %s", document, out, p.warnings, p.partial)
		}
	})
}

// TestSectionsAreNotTouched damages well-formed documents by any bytes between
// their tags: whatever else is mended, a CDATA section in a text is what it was.
func TestSectionsAreNotTouched(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		section := "<![CDATA[" + rapid.StringMatching(`([<>&"'/=!?\[\] a-z\n-]|<b>|</item>|&amp;|<!--|-->|<!\[CDATA\[){0,20}`).Filter(func(s string) bool {
			return !strings.Contains(s, "]]>") && !strings.HasSuffix(s, "]")
		}).Draw(t, "section") + "]]>"
		damage := rapid.StringMatching(`(&|<|> | a|\]\]>|</x>|=|< |<a b=c/>|x){0,5}`)
		item := "<item><x:a>" + damage.Draw(t, "before") + "<y/>" + section + damage.Draw(t, "behind") + "</x:a></item>"
		document := "<rss><channel>" + item + "<item><title>t" + section + "</title></item></channel></rss>"
		p := &parser{meta: Meta{Base: &url.URL{}}, warnings: map[string]int{}}
		l := p.newLexer([]byte(document), kindRSS, len("<rss"))
		if err := l.lex(); err != nil {
			t.Fatalf("%s\n%v", document, err)
		}
		if out := string(l.whole(true)); strings.Count(out, section) != strings.Count(document, section) {
			t.Fatalf("%s\nis changed to\n%s", document, out)
		}
	})
}
