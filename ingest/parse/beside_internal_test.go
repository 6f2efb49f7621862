package parse

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"sluice/feed/fuzztest"

	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

const long = "a text that is long enough to be worth it, of which there is not much to be said beside that"

func rssOf(item string) string {
	return `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:x="urn:x"><channel><title>t</title>` +
		item + `</channel></rss>`
}

// besideOf reads a document both ways, and returns how many texts gofeed did not see.
func besideOf(t *testing.T, text string) int {
	t.Helper()
	read := func(none bool) (Document, int, error) {
		p := &parser{meta: Meta{Source: "s"}, warnings: map[string]int{}}
		b := p.decode([]byte(text))
		start, end, k, err := p.root(b)
		if err != nil {
			return Document{}, 0, err
		}
		l := p.newLexer(declaredEntities(b[:start]).expand(b[start:]), k, end-start)
		if err := l.lex(); err != nil {
			return Document{}, 0, err
		}
		beside := 0
		for _, notes := range [][]*note{l.notes, l.outer} {
			for _, n := range notes {
				for which, s := range n.texts {
					if s.to > 0 {
						beside++
					}
					if none {
						n.texts[which] = span{}
					}
				}
			}
		}
		var doc Document
		if k == kindAtom {
			doc, err = readParts(l, format[*atom.Feed]{p.atom, func(doc *Document, f *atom.Feed, notes []*note) {
				p.atomEntries(doc, f.Entries, l.notesFor(notes, len(f.Entries)), l.authors)
			}, (&atom.Parser{}).Parse, atomTexts})
		} else {
			doc, err = readParts(l, format[*rss.Feed]{p.rss, func(doc *Document, f *rss.Feed, notes []*note) {
				p.rssItems(doc, f.Items, l.notesFor(notes, len(f.Items)))
			}, (&rss.Parser{}).Parse, rssTexts})
		}
		return doc, beside, err
	}
	one, beside, err1 := read(false)
	two, _, err2 := read(true)
	if fmt.Sprint(err1) != fmt.Sprint(err2) || !reflect.DeepEqual(one, two) {
		t.Errorf("texts beside gofeed make another document of\n%s\n%v %+v\nwant\n%v %+v", text, err1, one, err2, two)
	}
	return beside
}

func TestATextBesideGofeedIsReadAsByIt(t *testing.T) {
	entry := func(in string) string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>urn:i</id>` + in + `</entry></feed>`
	}
	item := func(in string) string { return rssOf("<item><title>i</title>" + in + "</item>") }
	for name, c := range map[string]struct {
		text   string
		beside int
	}{
		"a description":                {item("<description>" + long + "</description>"), 1},
		"with references":              {item("<description>&lt;p&gt;&amp;eacute;&eacute;&copy=1;&#x41;&nope; &amp&lt; & ; &amp;amp;" + long + "</description>"), 1},
		"both texts":                   {item("<content:encoded><![CDATA[<p>" + long + "</p>]]></content:encoded><description>" + long + "</description>"), 2},
		"sections and references":      {item("<description> &lt;b><![CDATA[&lt;" + long + "]]> &gt; <![CDATA[x]]></description>"), 1},
		"a short text":                 {item("<description>short</description>"), 0},
		"HTML that is not escaped":     {item("<description><p>" + long + "</p></description>"), 0},
		"a comment in it":              {item("<description>" + long + "<!-- c --></description>"), 0},
		"no end tag":                   {item("<description>" + long + "<guid>g</guid>"), 0},
		"two descriptions":             {item("<description>" + long + "1</description><description>" + long + "2</description>"), 1},
		"a stand-in by hand":           {item("<description>" + standIns[ofSummary] + "</description><content:encoded>" + long + "</content:encoded>"), 1},
		"a description of another":     {item("<x:description>" + long + "</x:description>"), 0},
		"encoded without its prefix":   {item("<encoded>" + long + "</encoded>"), 0},
		"a prefix of another":          {strings.Replace(item("<content:encoded>"+long+"</content:encoded>"), "http://purl.org/rss/1.0/modules/content/", "urn:other", 1), 1},
		"an RSS that is Atom's":        {strings.Replace(item("<description>"+long+"</description>"), "<rss ", `<rss xmlns="http://www.w3.org/2005/Atom" `, 1), 1},
		"an item beside the channel":   {`<rss version="2.0"><channel><title>t</title></channel><item><description>` + long + `</description></item></rss>`, 1},
		"what ends a section":          {item("<description>" + long + "]]></description>"), 0},
		"HTML of Atom":                 {entry(`<content type="html">&lt;p&gt;` + long + `&lt;/p&gt;</content><summary>` + long + "</summary>"), 2},
		"HTML of Atom in a section":    {entry(`<content type="HTML" xml:base="https://e.org/a/"><![CDATA[<a href="b">` + long + `</a>]]></content>`), 1},
		"a text of Atom":               {entry(`<summary type="text">` + long + "</summary>"), 1},
		"a type that is something":     {entry(`<content type="text/plain">` + long + "</content>"), 0},
		"a type that is nothing":       {entry(`<content type="application/pdf">` + long + "</content>"), 0},
		"base64":                       {entry(`<content mode="base64">` + strings.Repeat("YWJj", 40) + "</content>"), 0},
		"a type of another vocabulary": {entry(`<content type="html" x:type="xhtml" xmlns:x="urn:x">` + long + "</content>"), 0},
		"an attribute alone":           {entry(`<content src="https://e.org/x">` + long + "</content>"), 0},
		"XHTML":                        {entry(`<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">` + long + "</div></content>"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := besideOf(t, c.text); got != c.beside {
				t.Errorf("%d texts beside gofeed, want %d", got, c.beside)
			}
		})
	}
}

// FuzzBeside compares what is read of a text with what gofeed reads of it.
func FuzzBeside(f *testing.F) {
	for _, seed := range []string{
		"&lt;p&gt;a &amp;amp; b&lt;/p&gt;", "&eacute;&copy=2;&copy;&a&lt;&amp&lt;", "<![CDATA[a]]>&#65;<![CDATA[&lt;]]>", " \u00a0a\u3000 ",
		"&" + strings.Repeat("x", 70) + ";&lt;", "& ;&\n;&;", "&CounterClockwiseContourIntegral;", "&#39;&quot;&#34;&apos;",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzztest.Within(t, len(text), fuzztest.Cost{Bytes: 16 << 20, Each: 1 << 10})()
		source := "<description>" + text + "</description>"
		besideOf(t, rssOf("<item><guid>g</guid>"+source+"</item>"))
		besideOf(t, rssOf("<item>"+strings.ReplaceAll(source, "</", long+"</")+"<content:encoded>"+long+text+"</content:encoded></item>"))
		besideOf(t, `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><content type="html">`+long+text+`</content></entry></feed>`)
		outside := text
		for {
			before, rest, found := strings.Cut(outside, "<![CDATA[")
			if strings.ContainsRune(before, '<') || strings.Contains(before, "]]>") {
				return // there is an element in it, or what XML forbids
			}
			if !found {
				break
			}
			if _, outside, found = strings.Cut(rest, "]]>"); !found {
				return
			}
		}
		read, err := (&rss.Parser{}).Parse(bytes.NewReader([]byte(rssOf("<item>" + source + "</item>"))))
		if err != nil || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' }) {
			return
		}
		if got, want := gofeedText([]byte(text)), read.Items[0].Description; got != want {
			t.Errorf("%q is read as %q, and by gofeed as %q", text, got, want)
		}
	})
}
