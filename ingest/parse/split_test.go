package parse_test

import (
	"fmt"
	"strings"
	"testing"

	"sluice/ingest/parse"
)

// large are documents that gofeed reads in parts: the feed's own data stands
// before, between and behind the items, and what an item inherits is said on
// the elements around it.
var large = map[string]struct {
	before, item, behind string // item holds %d, its number
}{
	"RSS 2.0": {
		`<?xml version="1.0"?><rss version="2.0" xmlns:c="http://purl.org/rss/1.0/modules/content/" xml:base="https://e.example/blog/"><channel xml:lang="de"><link>https://e.example/</link>`,
		`<item><title>Number %[1]d</title><guid isPermaLink="false">g-%[1]d</guid><link>post/%[1]d</link><c:encoded><![CDATA[<p>Text of %[1]d</p>]]></c:encoded><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate></item>`,
		`<title>Large</title></channel></rss>`,
	},
	"RSS 1.0": {
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:x="http://purl.org/rss/1.0/modules/content/" xml:base="https://e.example/blog/" xml:lang="de"><channel><title>Large</title><link>https://e.example/</link></channel>`,
		`<item rdf:about="g-%[1]d"><title>Number %[1]d</title><link>post/%[1]d</link><x:encoded>&lt;p>Text of %[1]d&lt;/p></x:encoded></item>`,
		`</rdf:RDF>`,
	},
	"Atom under a prefix": {
		`<a:feed xmlns:a="http://www.w3.org/2005/Atom" xml:base="https://e.example/blog/" xml:lang="de"><a:link href="https://e.example/"/>`,
		`<a:entry><a:id>g-%[1]d</a:id><a:title>Number %[1]d</a:title><a:link href="post/%[1]d"/><a:content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Text of %[1]d</p></div></a:content></a:entry>`,
		`<a:author><a:name>Ada</a:name></a:author><a:title>Large</a:title></a:feed>`,
	},
}

func TestLargeDocumentsAreReadAsSmallOnesAre(t *testing.T) {
	const n = 3000
	for name, c := range large {
		var b strings.Builder
		b.WriteString(c.before)
		for i := range n {
			fmt.Fprintf(&b, c.item, i)
		}
		whole := b.String() + c.behind
		t.Run(name, func(t *testing.T) {
			doc := mustRead(t, whole)
			if doc.Info.Title != "Large" || doc.Info.Link != "https://e.example/" || doc.Partial != "" || len(doc.Warnings) > 0 {
				t.Errorf("feed %+v, %q, %v", doc.Info, doc.Partial, doc.Warnings)
			}
			checkNumbers(t, doc, n)
		})
		t.Run(name+", cut within its last item", func(t *testing.T) {
			doc := mustRead(t, whole[:strings.LastIndex(whole, "2999")])
			if doc.Partial == "" {
				t.Error("the document is called whole")
			}
			checkNumbers(t, doc, n-1)
		})
		t.Run(name+", with marks of damage", func(t *testing.T) {
			damaged := strings.ReplaceAll(whole, "Number 17<", "Number <<17<")
			damaged = strings.NewReplacer("Number 18</title>", "Number 18</title></x>", "Number 18</a:title>", "Number 18</a:title></x>").Replace(damaged)
			doc := mustRead(t, damaged)
			if doc.Articles[17].Title != "Number <<17" || doc.Articles[18].Title != "Number 18" || doc.Warnings["markup-mended"] != 2 {
				t.Errorf("%q, %q, %v", doc.Articles[17].Title, doc.Articles[18].Title, doc.Warnings)
			}
			doc.Articles[17].Title = "Number 17"
			checkNumbers(t, doc, n)
		})
	}
}

func mustRead(t *testing.T, body string) parse.Document {
	t.Helper()
	doc, err := parse.Parse([]byte(body), parse.Meta{Source: "s"})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// checkNumbers wants the first n items, each with all that belongs to it.
func checkNumbers(t *testing.T, doc parse.Document, n int) {
	t.Helper()
	if len(doc.Articles) != n {
		t.Fatalf("%d articles, want %d", len(doc.Articles), n)
	}
	for i, a := range doc.Articles {
		if a.GUID != fmt.Sprintf("g-%d", i) || a.Title != fmt.Sprintf("Number %d", i) || a.URL != fmt.Sprintf("https://e.example/blog/post/%d", i) ||
			a.Content != fmt.Sprintf("<p>Text of %d</p>", i) || a.Language != "de" {
			t.Fatalf("item %d is %+v", i, a)
		}
	}
}
