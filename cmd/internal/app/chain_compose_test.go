package app_test

import (
	"strings"
	"testing"

	"sluice/feed/fuzztest"
)

// FuzzChainOfElements sends documents all the way that are made of what feeds are made of:
// each byte chooses an element, an attribute or a text, so that what stands within what is
// tried out, where FuzzChain tries out bytes. What a document lacks in end tags is its own.
func FuzzChainOfElements(f *testing.F) {
	for kind := range byte(len(roots)) {
		every := []byte{kind}
		for b := range byte(len(pieces)) {
			every = append(every, b)
		}
		f.Add(every)
		f.Add([]byte{kind, 0, 12, 61, 1, 13, 2, 14, 3})
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		defer fuzztest.Within(t, 64*len(choices), fuzztest.Cost{Bytes: 64 << 20, Each: 16 << 10})()
		doc, err := read(composed(choices))
		if err != nil {
			return // refused, which harms nobody
		}
		checkChain(t, doc)
	})
}

// spaces declares what pieces name.
const spaces = ` xmlns:a="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:m="http://search.yahoo.com/mrss/"` +
	` xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:p="https://podcastindex.org/namespace/1.0" xmlns:h="http://www.w3.org/1999/xhtml"` +
	` xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#" xmlns:gr="http://www.georss.org/georss" xmlns:t="http://purl.org/syndication/thread/1.0"` +
	` xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:x="urn:x"`

// roots are the ways a document may begin, with the names of an item and of what its end is.
var roots = []struct{ begin, item, end string }{
	{`<rss version="2.0"` + spaces + `><channel><title>T</title>`, "item", "</channel></rss>"},
	{`<feed xmlns="http://www.w3.org/2005/Atom"` + spaces + `><title>T</title>`, "entry", "</feed>"},
	{`<a:feed` + spaces + `><a:title>T</a:title>`, "a:entry", "</a:feed>"},
	{`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"` + spaces + `><channel><title>T</title></channel>`, "item", "</rdf:RDF>"},
	{`<feed version="0.3" xmlns="http://purl.org/atom/ns#"` + spaces + `><title>T</title>`, "entry", "</feed>"},
}

// pieces are what a byte chooses. One that is the name of an element opens it; "/" closes
// the innermost one; what begins with a blank is an attribute of the element that was just
// opened; the rest is written as it is.
var pieces = strings.Split(`/|/|/|ITEM|title|link|description|guid|pubDate|author|category|enclosure|source|comments|id|updated|published|summary|content|rights|name|`+
	`email|uri|subtitle|contributor|a:title|a:link|a:summary|a:content|a:rights|a:author|a:contributor|a:name|a:email|a:uri|a:category|a:updated|a:id|`+
	`dc:title|dc:creator|dc:subject|dc:description|dc:date|dc:rights|dc:identifier|dc:source|content:encoded|m:group|m:content|m:title|m:description|`+
	`m:thumbnail|m:credit|m:text|m:player|m:restriction|m:category|i:title|i:summary|i:author|i:image|i:duration|i:explicit|i:keywords|p:person|p:value|`+
	`p:transcript|geo:Point|geo:lat|geo:long|gr:point|t:in-reply-to|h:div|div|p|b|x:y|body|h:body|xhtml|`+
	` type="xhtml"| type="html"| type="text"| type="audio/mpeg"| mode="escaped"| mode="base64"| url="https://e.example/1?a=1&amp;b=2"| href="../2"| src="//e.example/3"|`+
	` href="javascript:x"| rel="enclosure"| rel="self"| rel="via"| length="7"| xml:base="/b/"| xml:lang="de"| isPermaLink="true"| term="t&lt;"| label="L"| scheme="urn:s"|`+
	` domain="javascript:y"| medium="image"| xmlns="http://www.w3.org/1999/xhtml"| rdf:about="https://e.example/4"|`+
	`one |zwei &amp; |&lt;b>drei&lt;/b> |&amp;lt;i&amp;gt; |<![CDATA[<p>four</p>]]>|<![CDATA[]]>|<!-- five -->|https://e.example/6|ada@e.example (Ada)|`+
	`Mon, 02 Nov 2026 08:00:00 GMT|2026-11-02T08:00:00Z|54.1 10.2|54.1|1:02:03|&#8239;|&nbsp;|&bogus;|<|>|]]>|&|"|`+"\u202e|\u0301|\U0001f6a2|\u00ad| \n |&#x85;|&#2;|PHA+Zm91cjwvcD4=|</title>|</item>|<br>|<br/>|<?x y?>", "|")

// composed writes the document that bytes choose.
func composed(choices []byte) []byte {
	if len(choices) == 0 {
		return nil
	}
	root := roots[int(choices[0])%len(roots)]
	var out strings.Builder
	out.WriteString(root.begin)
	open, tag := []string{}, false // tag: the last start tag has no ">" yet
	text := func(s string) {
		if tag {
			out.WriteByte('>')
			tag = false
		}
		out.WriteString(s)
	}
	end := func() {
		if n := len(open); n > 0 {
			text("</" + open[n-1] + ">")
			open = open[:n-1]
		}
	}
	begin := func(name string) {
		text("<" + name)
		open, tag = append(open, name), true
	}
	begin(root.item)
	for _, c := range choices[1:] {
		switch piece := pieces[int(c)%len(pieces)]; {
		case piece == "/":
			end()
		case piece == "ITEM":
			for len(open) > 0 {
				end()
			}
			begin(root.item)
		case piece[0] == ' ' && strings.Contains(piece, "="):
			if tag && !strings.Contains(out.String()[strings.LastIndexByte(out.String(), '<'):], piece[:strings.IndexByte(piece, '=')]) {
				out.WriteString(piece)
			}
		case piece[0]|0x20 >= 'a' && piece[0]|0x20 <= 'z' && !strings.ContainsAny(piece, " @/=+,."):
			begin(piece)
		default:
			text(piece)
		}
	}
	for len(open) > 0 {
		end()
	}
	return []byte(out.String() + root.end)
}
