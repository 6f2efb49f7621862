package parse_test

import (
	"reflect"
	"strings"
	"testing"

	"sluice/ingest/parse"
)

// sound are documents that the tests below damage. Each item says all that its
// format can say of it, so that none inherits what damage makes the feed's.
var sound = map[string]string{
	"RSS": `<?xml version="1.0" encoding="UTF-8"?><!-- c --><rss version="2.0" xmlns:c="http://purl.org/rss/1.0/modules/content/" xmlns:m="http://search.yahoo.com/mrss/"><channel><title>T</title><link>https://e.example/</link>` +
		`<item><title>Größe &amp; <![CDATA[<b>Maß</b>]]></title><guid isPermaLink="false">1</guid><link>https://e.example/1?a=1&amp;b=2</link><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate><c:encoded><![CDATA[<p>Text &#8364; of <i>one</i></p>]]></c:encoded><category domain="d">x</category></item>` + "\n" +
		`<item><title>Two</title><guid isPermaLink="false">2</guid><link>https://e.example/2</link><description>&lt;p&gt;Text of two&lt;/p&gt;</description><enclosure url="https://e.example/2.mp3" length="2" type="audio/mpeg"/><m:content url='https://e.example/2.mp4' type='video/mp4'><m:title>Film</m:title></m:content></item>` +
		`<item><title>Three</title><guid isPermaLink="false">3</guid></item></channel></rss>`,
	"RSS 1.0": `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="c"><title>T</title><items><rdf:Seq><rdf:li resource="1"/></rdf:Seq></items></channel>` +
		`<item rdf:about="1"><title>One</title><link>https://e.example/1</link><dc:date>2026-11-02T10:00:00Z</dc:date><dc:creator>Ada</dc:creator></item><item rdf:about="2"><title>Two</title><description>Text</description></item></rdf:RDF>`,
	"Atom": `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>T</title><id>urn:f</id><link href="https://e.example/"/>` +
		`<entry><id>urn:1</id><title type="html">One &amp;amp; &lt;b&gt;only&lt;/b&gt;</title><link href="https://e.example/1"/><updated>2026-11-02T10:00:00Z</updated><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Text <b>of</b> one</p></div></content><author><name>Ada</name></author></entry>` +
		`<entry xml:base="https://b.example/"><id>urn:2</id><title>Two</title><link href="2"/><summary>Short</summary><author><name>Bo</name></author></entry></feed>`,
	"JSON Feed": `{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"1","title":"Grö\u00dfe","content_html":"<p>Öfter größer, schöner, süß: über allem — „Text“</p>","tags":["a","b"]},` +
		`{"id":"2","url":"https://e.example/2","content_text":"Two \"quoted\"","attachments":[{"url":"https://e.example/2.mp3","mime_type":"audio/mpeg"}]}]}`,
}

func try(body string) (parse.Document, error) {
	return parse.Parse([]byte(body), parse.Meta{Source: "s"})
}

// TestADocumentCutAnywhereGivesItsWholeItems cuts documents behind each byte.
// What is read is the beginning of what the whole document says, an item whole or
// not at all, and is never called complete.
func TestADocumentCutAnywhereGivesItsWholeItems(t *testing.T) {
	for name, body := range sound {
		t.Run(name, func(t *testing.T) {
			whole, err := try(body)
			if err != nil || whole.Partial != "" {
				t.Fatal(err, whole.Partial)
			}
			most := 0
			for n := range len(body) {
				doc, err := try(body[:n])
				if err != nil {
					if strings.Contains(err.Error(), "parser failed") || most > 0 {
						t.Fatalf("cut behind %q: %v, although %d items were whole before", tail(body[:n]), err, most)
					}
					continue
				}
				if doc.Partial == "" && doc.Warnings["end-tags-missing"] == 0 {
					t.Errorf("cut behind %q: the document is called complete", tail(body[:n]))
				}
				if len(doc.Articles) < most || len(doc.Articles) > len(whole.Articles) || !reflect.DeepEqual(doc.Articles, whole.Articles[:len(doc.Articles)]) {
					t.Fatalf("cut behind %q: %+v", tail(body[:n]), doc.Articles)
				}
				most = len(doc.Articles)
			}
			if most != len(whole.Articles) {
				t.Errorf("only %d of %d items were ever read", most, len(whole.Articles))
			}
		})
	}
}

func tail(s string) string { return s[max(0, len(s)-40):] }
