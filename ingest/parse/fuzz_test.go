package parse_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"sluice/feed/fuzztest"
	"sluice/ingest/parse"
)

// FuzzParse reads anything at all. What is an article keeps what feed.Article
// promises, whatever it was made from, and what is well-formed needs no mending.
func FuzzParse(f *testing.F) {
	for _, body := range sound {
		f.Add([]byte(body), "")
	}
	for _, seed := range []string{
		inItem(`<x:a =""=''="b"<c d=e/>]]></x:a>`), inItem("<title>a<!-- b -->c<?d?><![CDATA[e]]>&#102;</title><link>g<guid>h<item>i"),
		inEntry(`<content type="xhtml" xml:base="/b/"><div><x:p/><br>y</div></content><link href=z>`),
		inJSON(`null,{"id":1e9,"tags":"t","authors":[null],"content_text":"` + "\n" + `\x",},`),
	} {
		f.Add([]byte(seed), "")
	}
	paths, err := filepath.Glob("testdata/*")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, path := range paths {
		if ext := filepath.Ext(path); ext != ".xml" && ext != ".json" || strings.Contains(path, ".golden.") {
			continue
		}
		body, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "application/xml; charset=utf-8")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		defer fuzztest.Within(t, len(body)+len(contentType), fuzztest.Cost{Bytes: 16 << 20, Each: 1 << 10})()
		doc, err := parse.Parse(body, parse.Meta{Source: "s", ContentType: contentType})
		if err != nil {
			if text := err.Error(); strings.Contains(text, "parser failed") || strings.ContainsAny(text, "\r\n") {
				t.Errorf("error %q", text)
			}
			return
		}
		checkDocument(t, doc)
		if contentType != "" || !utf8.Valid(body) || !isWellFormed(body) {
			return
		}
		if strings.HasPrefix(doc.Partial, "document ends early") || doc.Warnings["markup-mended"] > 0 && !strings.HasPrefix(doc.Info.Format, "Atom") {
			t.Errorf("a document without damage was mended: %s, %v", doc.Partial, doc.Warnings)
		}
	})
}
