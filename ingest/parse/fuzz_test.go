package parse_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/ingest/parse"
)

// FuzzParse reads anything at all. What is an article keeps what feed.Article
// promises, whatever it was made from.
func FuzzParse(f *testing.F) {
	for _, body := range sound {
		f.Add([]byte(body), "")
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
		doc, err := parse.Parse(body, parse.Meta{Source: "s", ContentType: contentType})
		if err != nil {
			if text := err.Error(); strings.Contains(text, "parser failed") || strings.ContainsAny(text, "\r\n") {
				t.Errorf("error %q", text)
			}
			return
		}
		if len(doc.Articles) > parse.MaxItems || doc.Info.Title == "" && len(doc.Articles) == 0 {
			t.Errorf("%d articles of %q", len(doc.Articles), doc.Info.Title)
		}
		for _, a := range doc.Articles {
			checkArticle(t, a)
		}
	})
}
