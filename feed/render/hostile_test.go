package render_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"sluice/feed"
	"sluice/feed/render"

	"golang.org/x/text/language"
	"pgregory.net/rapid"
)

// hostile draws strings that break documents: markup, ends of CDATA, controls,
// bytes that are no UTF-8, characters that are no XML.
func hostile() *rapid.Generator[string] {
	pieces := []string{
		":", "@", "[", "]", "#", "?", "/", "e.example", ":80", "en", "-x-", "audio/mpeg", ";",
		"]]>", "]]", "<![CDATA[", "<", ">", "&", "&amp;", "&#0;", "\"", "'", "</item>", "<!--", "-->", "<?xml ?>", "\x00", "\x0b", "\x1b",
		"\x7f", "\x85", "\xff", "\xed\xa0\x80", "\uFFFE", "\uFFFF", "\uFFFD", "\u2028", "\U0001F6A2", "\r\n", "\r", "\n", "\t", " ", "a", "é", "%", "https://",
	}
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "bytes") {
			return string(rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "raw"))
		}
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 8).Draw(t, "pieces"), "")
	})
}

// hostileEntry has such strings everywhere but where its id is.
func hostileEntry(t *rapid.T, n string) render.Entry {
	s := func(of string) string { return hostile().Draw(t, of) }
	return render.Entry{
		ID: "tag:e.example,2026:" + n, URL: "https://e.example/" + s("url"), Title: s("title"),
		Summary: s("summary"), Content: s("content"), Excerpt: s("excerpt"), Language: s("language"),
		Authors:    []feed.Person{{Name: s("name"), Email: s("email"), URL: s("author url")}},
		Categories: []feed.Category{{Term: s("term"), Scheme: s("scheme"), Label: s("label")}, {Term: s("term"), Scheme: "https://" + s("scheme")}},
		Enclosures: []feed.Enclosure{{URL: "https://e.example/" + s("file"), Type: s("type"), Title: s("file title")}, {URL: s("file"), Type: "a/b"}},
		Image:      "https://e.example/" + s("image"), Comments: s("comments"),
		Links:  []feed.Link{{Rel: "via", URL: "http://" + s("via"), Type: s("via type"), Title: s("via title")}, {Rel: s("rel"), URL: s("link")}},
		Origin: &feed.Origin{ID: s("origin id"), Title: s("origin"), URL: s("origin url"), Link: s("origin link")},
		GUID:   s("guid"), Published: noon, Updated: noon,
		Extensions: []feed.Extension{
			{Space: feed.SpaceAtom, Name: "contributor", Elements: []feed.Extension{
				{Space: feed.SpaceAtom, Name: "email", Text: s("mail")}, {Space: feed.SpaceAtom, Name: "uri", Text: s("uri")},
			}},
			{Space: feed.SpaceAtom, Name: "rights", Text: s("rights")},
			{Space: feed.SpaceAtom, Name: "rights", Text: s("more rights")},
			{Space: feed.SpaceAtom, Name: s("element")},
			{Space: feed.SpaceDublinCore, Name: "identifier", Text: s("identifier")},
			{Space: feed.SpacePodcast, Name: "person", Text: s("person"), Attrs: []feed.Attr{{Name: "img", Value: s("avatar")}, {Name: "role", Value: "author"}}},
			{Space: s("space"), Name: s("element"), Text: s("text"), Attrs: []feed.Attr{{Name: s("attribute"), Value: s("value")}}},
		},
		Source:  render.Source{Name: "a", Title: s("source"), ID: s("source id"), URL: "https://" + s("source url"), Site: s("site")},
		Related: []render.Related{{Source: "b", SourceTitle: s("other"), Title: s("other title"), URL: "https://e.example/" + s("other url"), How: feed.HowText}},
	}
}

func TestNothingBreaksADocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := hostileEntry(t, "1")
		f := bare(e, hostileEntry(t, "2"))
		f.Title, f.Description, f.Generator, f.Language = e.Title, e.Summary, e.Content, e.Language
		r, a, j := read(t, f)
		if len(r.Channel.Items) != 2 || len(a.Entries) != 2 || len(j.Items) != 2 {
			t.Fatalf("got %d, %d and %d entries, want 2", len(r.Channel.Items), len(a.Entries), len(j.Items))
		}
		for i := range 2 {
			ri, ai, ji := r.Channel.Items[i], a.Entries[i], j.Items[i]
			if id := f.Entries[i].ID; ri.GUID.Text != id || ai.ID != id || ji.ID != id {
				t.Errorf("ids %q, %q, %q, want %q", ri.GUID.Text, ai.ID, ji.ID, id)
			}
			if ai.Title == "" || ai.Title != ji.Title || strings.NewReplacer("&lt;", "<", "&amp;", "&").Replace(ri.Title) != ai.Title {
				t.Errorf("titles %q, %q, %q of %q", ri.Title, ai.Title, ji.Title, f.Entries[i].Title)
			}
			if ri.Link != ji.URL || len(ai.Links) == 0 || ai.Links[0].Href != ji.URL || strings.ContainsAny(ji.URL, " <>\"{}|\\^`") {
				t.Errorf("addresses %q, %q, %v", ri.Link, ji.URL, ai.Links)
			}
			if want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(f.Entries[i].Content); isXML(want) && want != "" && ai.Content.Text != want {
				t.Errorf("content %q, want %q", ai.Content.Text, want)
			}
		}
		checkStrict(t, f)
	})
}

// isXML reports whether every character may stand in XML.
func isXML(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	})
}

// checkStrict reads the XML formats token by token: no text that is not XML, no
// attribute twice, no element or attribute that is empty and must not be.
func checkStrict(t rapid.TB, f render.Feed) {
	t.Helper()
	for _, write := range []func(render.Feed) ([]byte, error){render.RSS, render.Atom} {
		doc, err := write(f)
		if err != nil {
			t.Fatal(err)
		}
		if !isXML(string(doc)) {
			t.Errorf("not XML: %q", doc)
		}
		dec := xml.NewDecoder(bytes.NewReader(doc))
		for {
			token, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, doc)
			}
			if start, ok := token.(xml.StartElement); ok {
				checkAttributes(t, start)
			}
		}
		for _, empty := range []string{"<title></title>", "<id></id>", "<link></link>", "<name></name>", "<category></category>", "<dc:creator></dc:creator>", "<updated></updated>"} {
			if bytes.Contains(doc, []byte(empty)) {
				t.Errorf("%s in %s", empty, doc)
			}
		}
	}
}

func checkAttributes(t rapid.TB, e xml.StartElement) {
	t.Helper()
	seen := map[xml.Name]bool{}
	for _, a := range e.Attr {
		if seen[a.Name] || strings.TrimSpace(a.Value) == "" || !isValue(e.Name.Local, a) {
			t.Errorf("<%s> has %s=%q", e.Name.Local, a.Name.Local, a.Value)
		}
		seen[a.Name] = true
	}
}

var media = regexp.MustCompile(`^[^\s()<>,;:\\"/[\]?=]+/[^\s()<>,;:\\"/[\]?=]+(\s*;.*)?$`)

// isValue reports whether an attribute has a value of the kind that its
// specification wants.
func isValue(element string, a xml.Attr) bool {
	switch a.Name.Local {
	case "lang":
		_, err := language.Parse(a.Value)
		return err == nil
	case "length":
		return strings.Trim(a.Value, "0123456789") == ""
	case "type":
		return (element == "summary" || element == "content") && a.Value == "html" || a.Value == "text" || media.MatchString(a.Value)
	case "href", "url", "uri", "scheme":
		u, err := url.Parse(a.Value)
		return err == nil && u.IsAbs() && (u.Host != "" || u.Scheme != "http" && u.Scheme != "https")
	}
	return true
}

func TestJSONIsPlain(t *testing.T) {
	doc, err := render.JSON(full())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(doc, []byte(`\u003c`)) || bytes.Contains(doc, []byte("\n ")) {
		t.Errorf("escaped or indented:\n%s", doc)
	}
	var f map[string]any
	if err := json.Unmarshal(doc, &f); err != nil {
		t.Fatal(err)
	}
	empty, err := render.JSON(bare())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(empty, []byte(`"items":[]`)) {
		t.Errorf("a feed without entries has no items: %s", empty)
	}
}

// BenchmarkFormats is a document of a hundred entries of 5 KB each.
func BenchmarkFormats(b *testing.B) {
	e := full().Entries[0]
	e.Content = strings.Repeat("<p>Some <b>words</b> &amp; more, with “quotes”. </p>", 100)
	var entries []render.Entry
	for range 100 {
		entries = append(entries, e)
	}
	f := bare(entries...)
	for ext, write := range formats {
		b.Run(ext, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				doc, err := write(f)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(doc)))
			}
		})
	}
}
