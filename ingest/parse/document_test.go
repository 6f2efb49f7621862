package parse_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sluice/feed/sanitize"
	"sluice/ingest/parse"
)

// checkDocument fails on what no document may be, whatever it was read from.
func checkDocument(t *testing.T, doc parse.Document) {
	t.Helper()
	if len(doc.Articles) > parse.MaxItems || doc.Info.Title == "" && len(doc.Articles) == 0 {
		t.Errorf("%d articles of %q", len(doc.Articles), doc.Info.Title)
	}
	texts := []string{doc.Info.ID, doc.Info.Title, doc.Info.Description, doc.Info.Link, doc.Info.Self, doc.Info.Language, doc.Info.Image, doc.Info.Format, doc.Self}
	for _, s := range append(texts, doc.Hubs...) {
		if !utf8.ValidString(s) || sanitize.Plain(s) != s {
			t.Errorf("text %q of the feed is not plain", s)
		}
	}
	if strings.ContainsAny(doc.Partial, "\r\n") || len(doc.Partial) > 400 {
		t.Errorf("partial %q", doc.Partial)
	}
	if doc.Floor < 0 || doc.Floor > 10*365*24*time.Hour {
		t.Errorf("floor %v", doc.Floor)
	}
	for _, h := range doc.SkipHours {
		if h < 0 || h > 23 {
			t.Errorf("hour %d", h)
		}
	}
	for kind, n := range doc.Warnings {
		if n < 1 {
			t.Errorf("%d warnings of %s", n, kind)
		}
	}
	for _, a := range doc.Articles {
		checkArticle(t, a)
		if a.Published.Year() > 9999 || a.Updated.Year() > 9999 {
			t.Errorf("dates %v and %v cannot be written", a.Published, a.Updated)
		}
	}
}

// isWellFormed reports whether encoding/xml has nothing against a document, and no
// item is in an item.
func isWellFormed(body []byte) bool {
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return false // encoding/xml minds no text before the root
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	items, elements := 0, 0
	isItem := func(n xml.Name) bool {
		return strings.EqualFold(n.Local, "item") || strings.EqualFold(n.Local, "entry")
	}
	for {
		switch token, err := d.Token(); token := token.(type) {
		case nil:
			return errors.Is(err, io.EOF) && elements > 0
		case xml.StartElement:
			elements++
			if isItem(token.Name) {
				items++
			}
		case xml.EndElement:
			if isItem(token.Name) {
				items--
			}
		}
		if items > 1 {
			return false
		}
	}
}

func TestReadingHasItsOwnWordForWellFormed(t *testing.T) {
	for body, want := range map[string]bool{
		"<a><b/></a>": true, "<a><b></a>": false, "<item><item/></item>": false, "<a b=c/>": false, "<a>&foo;</a>": false, "<a": false, "{}": false, "a<b/>": false,
	} {
		if isWellFormed([]byte(body)) != want {
			t.Errorf("%s: %v, want %v", body, !want, want)
		}
	}
}
