package parse_test

import (
	"errors"
	"strings"
	"testing"

	"sluice/ingest/parse"
)

func TestFormatsAreKnownByTheirDocumentsAlone(t *testing.T) {
	const rdf = `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="`
	for document, want := range map[string]string{
		rdf + `http://channel.netscape.com/rdf/simple/0.9/"><channel><title>T</title></channel></rdf:RDF>`: "RSS 0.90",
		rdf + `http://my.netscape.com/rdf/simple/0.9/"><channel><title>T</title></channel></rdf:RDF>`:      "RSS 0.90",
		rdf + `http://purl.org/rss/1.0/"><channel><title>T</title></channel></rdf:RDF>`:                    "RSS 1.0",
		`<rss version="0.91"><channel><title>T</title></channel></rss>`:                                    "RSS 0.91",
		`<rss version="0.92"><channel><title>T</title></channel></rss>`:                                    "RSS 0.92",
		`<rss version="0.93"><channel><title>T</title></channel></rss>`:                                    "RSS 0.93",
		`<rss version="0.94"><channel><title>T</title></channel></rss>`:                                    "RSS 0.94",
		`<rss version="2.0"><channel><title>T</title></channel></rss>`:                                     "RSS 2.0",
		`<rss><channel><title>T</title></channel></rss>`:                                                   "RSS",
		`<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>T</title></feed>`:                     "Atom 0.3",
		`<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title></feed>`:                                "Atom 1.0",
		`{"version":"https://jsonfeed.org/version/1","title":"T","items":[]}`:                              "JSON Feed 1.0",
		`{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[]}`:                            "JSON Feed 1.1",
	} {
		for _, kind := range []string{"", "text/html", "application/json", "application/rss+xml; charset=utf-8"} {
			doc, err := parse.Parse([]byte(document), parse.Meta{Source: "s", ContentType: kind})
			if err != nil || doc.Info.Format != want || len(doc.Warnings) > 0 {
				t.Errorf("%s as %q is %q, %v, %v, want %s", document, kind, doc.Info.Format, doc.Warnings, err, want)
			}
		}
	}
}

func TestWhatIsNoFeedIsRefusedByName(t *testing.T) {
	for document, want := range map[string]string{
		`<?xml version="1.0"?><CHANNEL HREF="http://a.example/"><TITLE>T</TITLE></CHANNEL>`: "CDF",
		`<opml version="2.0"><body/></opml>`:                                                "OPML",
		`<entry xmlns="http://www.w3.org/2005/Atom"><id>1</id></entry>`:                     "single Atom entry",
		`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>`:                     "sitemap",
		`<!DOCTYPE html><title>T</title>`:                                                   "run sluice discover",
		`<note>hello</note>`:                                                                "begins with <note>",
		`<rss version="2.0"><channel><link>https://a.example/</link></channel></rss>`:       "neither a title nor items",
	} {
		_, err := parse.Parse([]byte(document), parse.Meta{Source: "s"})
		if !errors.Is(err, parse.ErrNotFeed) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", document, err, want)
		}
	}
}
