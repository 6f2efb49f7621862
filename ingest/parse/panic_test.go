package parse_test

import (
	"strings"
	"testing"

	"sluice/ingest/parse"
)

// TestTimesThatAreNoneAreNoDates has words in the place of a time that look like
// one at first, each of which once ended the process.
func TestTimesThatAreNoneAreNoDates(t *testing.T) {
	for _, word := range []string{"1d15:00", "1:", "1.5x:", "0:::", "9é:1", "1am2:3:4:5"} {
		body := `<rss version="2.0"><channel><title>T</title><item><title>one</title><pubDate>Mon, 02 Nov 2026 ` + word + ` EST</pubDate></item></channel></rss>`
		doc, err := parse.Parse([]byte(body), parse.Meta{Source: "s"})
		if err != nil || len(doc.Articles) != 1 {
			t.Errorf("%q: %d articles, %v", word, len(doc.Articles), err)
			continue
		}
		if a := doc.Articles[0]; !a.Published.IsZero() || doc.Warnings["date-ignored"] != 1 {
			t.Errorf("%q is read as %v, with the warnings %v", word, a.Published, doc.Warnings)
		}
		if strings.Contains(doc.Partial, "parser failed") {
			t.Errorf("%q: %s", word, doc.Partial)
		}
	}
}
