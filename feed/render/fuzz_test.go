package render_test

import (
	"encoding/json"
	"testing"

	"sluice/feed"
	"sluice/feed/fuzztest"
	"sluice/feed/render"
)

// FuzzText writes an entry with strangers' texts wherever texts, names and addresses
// stand. Each document must be one that a strict reader takes, and say the same.
func FuzzText(f *testing.F) {
	for _, s := range []string{
		"", "a", "]]>", "]]", "<![CDATA[x]]>", "a<b>&amp;&#0;", "\x00\x0b\x1b[2J", "\x7f\x85\u009b", "\xff\xed\xa0\x80", "\uFFFE\uFFFF\uFFFD", "\u2028\u2029",
		"\r\n\r", "--><!--", "<?xml version='1.1'?>", "\"'>", "\u202egnp", "\U0010FFFF\U0001F6A2", "</title></entry></item>", "%00%zz", "&#xD800;",
	} {
		f.Add(s, s, s, s)
		f.Add(s, "text", "https://e.example/"+s, "en")
	}
	f.Fuzz(func(t *testing.T, title, text, address, word string) {
		defer fuzztest.Within(t, len(title)+len(text)+len(address)+len(word), fuzztest.Cost{Bytes: 16 << 20, Each: 16 << 10})()
		e := plain()
		e.Title, e.Content, e.Summary, e.URL, e.Language, e.Comments, e.Image = title, text, text, address, word, address, address
		e.Authors = []feed.Person{{Name: word, Email: word, URL: address}, {Name: title}}
		e.Categories = []feed.Category{{Term: word, Scheme: address, Label: title}, {Term: title}}
		e.Enclosures = []feed.Enclosure{{URL: address, Type: word, Title: title}}
		e.Links = []feed.Link{{Rel: word, URL: address, Type: word, Title: title}, {Rel: "via", URL: address}}
		e.Origin = &feed.Origin{ID: address, Title: title, URL: address, Link: address}
		e.Extensions = []feed.Extension{
			{Space: feed.SpaceAtom, Name: "rights", Text: text},
			{Space: feed.SpacePodcast, Name: "person", Text: text, Attrs: []feed.Attr{{Name: "img", Value: address}, {Name: "role", Value: word}}},
			{Space: address, Name: word, Text: text, Attrs: []feed.Attr{{Name: word, Value: title}}},
		}
		e.Source = render.Source{Name: "a", Title: title, ID: address, URL: address, Site: address}
		e.Related = []render.Related{{Source: "b", SourceTitle: title, Title: title, URL: address, How: feed.HowText}}
		doc := bare(e)
		doc.Title, doc.Description, doc.Language, doc.Generator = title, text, word, word
		r, a, j := read(t, doc)
		if len(r.Channel.Items) != 1 || len(a.Entries) != 1 || len(j.Items) != 1 {
			t.Fatalf("%d, %d and %d entries, want 1", len(r.Channel.Items), len(a.Entries), len(j.Items))
		}
		if a.Entries[0].Title != j.Items[0].Title || r.Channel.Items[0].Link != j.Items[0].URL {
			t.Errorf("titles %q and %q, links %q and %q", a.Entries[0].Title, j.Items[0].Title, r.Channel.Items[0].Link, j.Items[0].URL)
		}
		checkStrict(t, doc)
		if body, err := render.JSON(doc); err != nil || !json.Valid(body) {
			t.Errorf("JSON: %v\n%s", err, body)
		}
	})
}
