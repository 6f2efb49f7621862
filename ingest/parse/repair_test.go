package parse_test

import (
	"fmt"
	"strings"
	"testing"

	"sluice/feed"
)

// brief writes what the tests below look at of articles: of each the title, id,
// address, texts, files, authors and categories that it has.
func brief(articles []feed.Article) string {
	var all []string
	for _, a := range articles {
		parts := []string{a.Title, a.GUID, a.URL, a.Content, a.Summary}
		for _, e := range a.Enclosures {
			parts = append(parts, fmt.Sprintf("%s (%s, %d)", e.URL, e.Type, e.Length))
		}
		for _, who := range a.Authors {
			parts = append(parts, who.Name)
		}
		for _, c := range a.Categories {
			parts = append(parts, c.Term)
		}
		said := parts[:0]
		for _, part := range parts {
			if part != "" {
				said = append(said, part)
			}
		}
		all = append(all, strings.Join(said, " | "))
	}
	return strings.Join(all, "; ")
}

func TestDamagedXMLIsReadAsItWasMeant(t *testing.T) {
	for name, tt := range map[string]struct{ item, want string }{
		"an element of a text without its end": {`<title>x<b>bold</title><link>http://a.example/1</link>`, "xbold | http://a.example/1"},
		"a line break without its end":         {`<title>x</title><description>a<br>b</description>`, "x | a<br>b"},
		"elements that cross":                  {`<title>x</title><description><b><i>y</b></i></description>`, "x | <b><i>y</i></b>"},
		"a title without its end":              {`<title>x<link>http://a.example/1</link>`, "x | http://a.example/1"},
		"a text without its end":               {`<description>x<br>y<pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate><guid>1</guid>`, "1 | x<br>y"},
		"an unknown element without its end":   {`<title>x</title><foo><bar>`, "x"},
		"an item without its end":              {`<title>x</title><item><title>y</title>`, "x; y"},
		"end tags for nothing":                 {`<title>x</title></foo><link>http://a.example/1</link></b>`, "x | http://a.example/1"},
		"an end tag for nothing in a text":     {`<title>x</b>y</title>`, "xy"},
		"an end tag twice":                     {`<title>x</title></title><description>y</description>`, "x | y"},
		"blanks in end tags":                   {"<title>x</title ><link>http://a.example/1</ link>", "x | http://a.example/1"},
		"attributes in an end tag":             {`<title>x</title foo="b"><link>http://a.example/1</link>`, "x | http://a.example/1"},
		"values without quotes":                {`<title>x</title><enclosure url=http://a.example/c/d.mp3 length=5 type=audio/mpeg />`, "x | http://a.example/c/d.mp3 (audio/mpeg, 5)"},
		"values without quotes up to the end":  {`<title>x</title><enclosure length=5 type="a/b" url=http://a.example/?a='b&c=d/>`, "x | http://a.example/?a='b&c=d (a/b, 5)"},
		"an attribute without a value":         {`<title>x</title><enclosure url="http://a.example/c" hidden length=5/>`, "x | http://a.example/c (, 5)"},
		"an attribute twice":                   {`<title>x</title><enclosure url="http://a.example/c" url="http://a.example/d" length="5"/>`, "x | http://a.example/c (, 5)"},
		"quotes and slashes among attributes":  {`<title>x</title><enclosure / url="http://a.example/c"" length="5"'/>`, "x | http://a.example/c (, 5)"},
		"an ampersand in texts":                {`<title>a & b &amp; c&</title><link>http://a.example/?x=1&y=2&copy=3</link>`, "a & b & c& | http://a.example/?x=1&y=2&copy=3"},
		"an ampersand in a value":              {`<title>x</title><enclosure url="http://a.example/?a=1&b=2&amp;c=3"/>`, "x | http://a.example/?a=1&b=2&c=3 (, 0)"},
		"less-than signs in a text":            {`<title>1 < 2 <3 and a<b but <= 5 <</title>`, "1 < 2 <3 and a<b but <= 5 <"},
		"less-than and greater-than in values": {`<title>x</title><enclosure url="http://a.example/?a<b>c"/>`, "x | http://a.example/?a<b>c (, 0)"},
		"a tag in a text that another ends":    {`<title>x</title><media:title>1 <b "c" / d <i>e</i></media:title><guid>1</guid>`, "x | 1"},
		"entities of HTML, and of nobody":      {`<title>a&nbsp;b&eacute;&hellip;&foo;&amp;amp;</title>`, "a bé…&foo;&"},
		"the end of a section in a text":       {`<title>a]]>b]]>]]c</title><x:y>d]]>e</x:y><guid>1</guid>`, "a]]>b]]>]]c | 1"},
		"names with what no name has":          {`<title>x</title><1a/><b&c>d</b&c><e:f:g/><x:y 1z="v" a&b='c' d:e:f=g h;i .j/><x:×/><guid>1</guid>`, "x | 1"},
		"values without a name":                {`<title>x</title><enclosure ="v" url="http://a.example/c"="w" = z/>`, "x | http://a.example/c (, 0)"},
		"an address of mail in brackets":       {`<title>x</title><author>Ada <ada@a.example></author><dc:creator>Bo <bo@a.example></dc:creator>`, "x | Ada | Bo"},
		"a question mark behind less-than":     {`<title>what <? and <! and <?> mean</title><guid>1</guid>`, "what <? and <! and <?> mean | 1"},
	} {
		t.Run(name, func(t *testing.T) {
			doc := mustRead(t, inChannel("<item>"+tt.item+"</item><item><title>next</title></item>"))
			if got := brief(doc.Articles); got != tt.want+"; next" || doc.Partial != "" {
				t.Errorf("%q, want %q; %s", got, tt.want+"; next", doc.Partial)
			}
		})
	}
}

// TestWhatIsNoDamageStaysAsItIs has XML that is right and looks like what is mended.
func TestWhatIsNoDamageStaysAsItIs(t *testing.T) {
	for name, tt := range map[string]struct{ item, want string }{
		"comments in texts":            {`<title>ti<!-- > -->tle</title><link>http://a.example/<!-- c -->1</link><guid>g<!----><!-- c -->1</guid>`, "title | g1 | http://a.example/1"},
		"an instruction in a text":     {`<title>ti<?php echo "</title>" ?>tle</title>`, "title"},
		"parts of sections":            {`<title>a<![CDATA[ <b> & ]]>c<![CDATA[]]]]><![CDATA[>d]]></title>`, "a & c]]>d"},
		"all of markup in a section":   {`<title>x</title><description><![CDATA[a &amp; b <!-- c --> <p title=x>y< <? </description> &lt;b&gt;]]></description>`, "x | a &amp; b  <p>y&lt;  &lt;b&gt;</p>"},
		"an unknown text in a section": {`<title>x</title><x:y><![CDATA[</x:y></item> a=b]]></x:y>`, "x"},
		"greater-than in a value":      {`<title>x</title><enclosure url="http://a.example/?a>b" length="5" type='a/"b"'/>`, `x | http://a.example/?a>b (a/"b", 5)`},
		"elements of RSS in a text":    {`<title>x</title><description><item>y</item> <guid>z</guid></description><guid>1</guid>`, "x | 1 | y z"},
		"blanks in tags":               {"<title\n>x</title\n><enclosure\n\turl = 'http://a.example/c'\n/>", "x | http://a.example/c (, 0)"},
	} {
		t.Run(name, func(t *testing.T) {
			doc := mustRead(t, inChannel("<item>"+tt.item+"</item><item><title>next</title></item>"))
			if got := brief(doc.Articles); got != tt.want+"; next" || doc.Partial != "" || doc.Warnings["markup-mended"] > 0 {
				t.Errorf("%q, want %q; %s, %v", got, tt.want+"; next", doc.Partial, doc.Warnings)
			}
		})
	}
}

func TestRootsOfAllKindsAreFound(t *testing.T) {
	const item = "<item><title>x</title><link>http://a.example/1</link><guid>g</guid></item>"
	const entry = `<title>T</title><entry><title>x</title><id>g</id><link href="http://a.example/1"/></entry></feed>`
	for name, body := range map[string]string{
		"capitals":                     strings.ToUpper(inChannel("<item><title>_</title><link>_</link><guid>_</guid></item>")),
		"tags of different case":       `<rss><Channel><Title>T</title><Item><title>x</Title><LINK>http://a.example/1</link><guid>g</GUID></item></Channel></Rss>`,
		"RSS under a prefix":           `<r:rss xmlns:r="http://backend.example/rss2"><r:channel><r:title>T</r:title><r:item><r:title>x</r:title><r:link>http://a.example/1</r:link><r:guid>g</r:guid></r:item></r:channel></r:rss>`,
		"Atom under no namespace":      "<feed>" + entry,
		"Atom under an unknown one":    `<feed xmlns="http://a.example/unknown">` + entry,
		"Atom under a prefix":          `<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>T</a:title><a:entry><a:title>x</a:title><a:id>g</a:id><a:link href="http://a.example/1"/></a:entry></a:feed>`,
		"items beside the channel":     "<rss><channel><title>T</title></channel>" + item + "</rss>",
		"an item in each channel":      "<rss><channel><title>S</title></channel><channel><title>T</title>" + item + "</channel></rss>",
		"text beside all elements":     "<rss>a<channel>b<title>T</title>c" + item + "d</channel>e</rss>",
		"junk behind the root":         inChannel(item) + "<script>alert('</rss>')</script><!-- 0.3 s --><b",
		"another document behind it":   inChannel(item) + inChannel("<item><title>y</title></item>"),
		"another root around it":       "<xml>" + inChannel(item) + "</xml>",
		"a root's end tag is missing":  strings.TrimSuffix(inChannel(item), "</rss>"),
		"the channel's end is missing": strings.Replace(inChannel(item), "</channel>", "", 1),
	} {
		t.Run(name, func(t *testing.T) {
			body = strings.Replace(strings.Replace(strings.Replace(body, "_", "x", 1), "_", "http://a.example/1", 1), "_", "g", 1)
			doc := mustRead(t, body)
			if got := brief(doc.Articles); got != "x | g | http://a.example/1" || doc.Info.Title != "T" || doc.Partial != "" {
				t.Errorf("%q of %q; %s", got, doc.Info.Title, doc.Partial)
			}
		})
	}
}

// TestItemsWithoutAnEndAreReadInPartsToo has so many that gofeed reads them in parts.
func TestItemsWithoutAnEndAreReadInPartsToo(t *testing.T) {
	doc := mustRead(t, "<rss><channel><title>T</title>"+numbered(1200, "<item><title>x</title><guid>%d</guid>")+"<item><title>y<guid>z</channel></rss>")
	if n := len(doc.Articles); n != 1201 || doc.Articles[1199].GUID != "1199" || brief(doc.Articles[n-1:]) != "y | z" || doc.Info.Title != "T" {
		t.Errorf("%d articles of %q, the last %q", n, doc.Info.Title, brief(doc.Articles[n-1:]))
	}
}

func TestChannelsOfADocumentAreAllRead(t *testing.T) {
	doc := mustRead(t, `<rss><channel><title>A</title><item><title>x</title></item></channel><channel><item><title>y</title></item></channel></rss>`)
	if got := brief(doc.Articles); got != "x; y" {
		t.Errorf("%q", got)
	}
}
