package parse_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sluice/feed"
	"sluice/feed/sanitize"
	"sluice/ingest/parse"
)

var tagLike = regexp.MustCompile(`<[^ 0-9]`)

// checkArticle fails on what no article may be, whatever the document was.
func checkArticle(t *testing.T, a feed.Article) {
	t.Helper()
	for _, fragment := range []string{a.Content, a.Summary} {
		if again := sanitize.HTML(fragment); again != fragment {
			t.Errorf("HTML is not clean:\nonce  %q\ntwice %q", fragment, again)
		}
	}
	addresses := []string{a.URL, a.Image, a.Comments}
	texts := []string{a.GUID, a.Title, a.Content, a.Summary, a.Language}
	for _, e := range a.Enclosures {
		addresses = append(addresses, e.URL)
		texts = append(texts, e.Type, e.Title)
		if e.Length < 0 || e.Duration < 0 {
			t.Errorf("enclosure %+v", e)
		}
	}
	for _, k := range a.Links {
		addresses = append(addresses, k.URL)
		texts = append(texts, k.Rel, k.Type, k.Title)
	}
	for _, who := range a.Authors {
		addresses = append(addresses, who.URL)
		texts = append(texts, who.Name, who.Email)
	}
	for _, c := range a.Categories {
		texts = append(texts, c.Term, c.Label, c.Scheme)
	}
	for list := a.Extensions; len(list) > 0; {
		x := list[0]
		list = append(list[1:], x.Elements...)
		texts = append(texts, x.Space, x.Name, x.Text)
		for _, at := range x.Attrs {
			texts = append(texts, at.Name, at.Value)
		}
		if tagLike.MatchString(x.Text) {
			t.Errorf("extension %+v holds markup", x)
		}
	}
	if a.Origin != nil {
		addresses = append(addresses, a.Origin.URL, a.Origin.Link)
		texts = append(texts, a.Origin.ID, a.Origin.Title)
	}
	for _, s := range addresses {
		u, err := url.Parse(strings.ReplaceAll(s, "%", "%25"))
		if s != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
			t.Errorf("address %q is not absolute", s)
		}
	}
	for _, s := range append(texts, addresses...) {
		if !utf8.ValidString(s) || sanitize.Plain(s) != s {
			t.Errorf("text %q is not plain", s)
		}
	}
	if len(a.Title) > parse.MaxTitle || strings.ContainsAny(a.Title, "\n\r\t") {
		t.Errorf("title %q", a.Title)
	}
	for _, at := range []time.Time{a.Published, a.Updated} {
		if at.Location() != time.UTC || !at.IsZero() && at.Year() < 1990 {
			t.Errorf("date %v", at)
		}
	}
	if a.Sanitizer != sanitize.Version || a.Source != "s" {
		t.Errorf("article of %q by sanitizer %d", a.Source, a.Sanitizer)
	}
}
