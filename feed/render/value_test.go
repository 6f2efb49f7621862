package render_test

import (
	"bytes"
	"slices"
	"testing"

	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

func TestAddresses(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"as it should be":             {"https://e.example/a?b=c%20d#e", "https://e.example/a?b=c%20d#e"},
		"a blank":                     {" https://e.example/a b ", "https://e.example/a%20b"},
		"letters beyond ASCII":        {"https://e.example/ångström", "https://e.example/%C3%A5ngstr%C3%B6m"},
		"an international host":       {"https://bücher.example:8443/ü", "https://xn--bcher-kva.example:8443/%C3%BC"},
		"a host by number":            {"http://[2001:db8::1]:80/a[1]", "http://[2001:db8::1]:80/a%5B1%5D"},
		"a stray per cent sign":       {"https://e.example/100%?a=%4", "https://e.example/100%25?a=%254"},
		"characters that break links": {"https://e.example/\"<x>{y}|\\^`", "https://e.example/%22%3Cx%3E%7By%7D%7C%5C%5E%60"},
		"a control character":         {"https://e.example/a\x00b", "https://e.example/ab"},
		"another scheme":              {"gemini://e.example/a", "gemini://e.example/a"},
		"two fragments":               {"https://e.example/a#b#c", "https://e.example/a#b%23c"},
		"a user and a host":           {"https://ada@bücher.example/", "https://ada@xn--bcher-kva.example/"},
		"no host":                     {"https:///a", ""},
		"a port alone":                {"http://:80/a", ""},
		"a port that is none":         {"http://e.example:x/a", ""},
		"nothing behind the slashes":  {"gopher://", ""},
		"a fragment of nothing":       {"gopher:#a", ""},
		"no slashes":                  {"https:e.example/a", ""},
		"no address":                  {"e.example/a", ""},
		"a path":                      {"/a:b", ""},
		"a script":                    {"JavaScript:alert(1)", ""},
		"a document in the address":   {"data:text/html,x", ""},
		"a file of this machine":      {"file:///etc/passwd", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := plain()
			e.URL = tt.in
			r, a, j := read(t, bare(e))
			got := ""
			for _, l := range a.Entries[0].Links {
				if l.Rel == "alternate" {
					got = l.Href
				}
			}
			if got != tt.want || r.Channel.Items[0].Link != tt.want || j.Items[0].URL != tt.want {
				t.Errorf("got %q, %q, %q, want %q", got, r.Channel.Items[0].Link, j.Items[0].URL, tt.want)
			}
		})
	}
}

func TestWhatIsNoneIsLeftOut(t *testing.T) {
	e := plain()
	e.Language = "English (British)"
	e.Authors = []feed.Person{{Name: "Ada", Email: "ada at example"}}
	e.Enclosures = []feed.Enclosure{{URL: "https://e.example/x", Type: "audio"}, {URL: "x.mp3", Type: "audio/mpeg"}}
	e.Categories = []feed.Category{{Term: "a", Scheme: "no address"}}
	e.Source.ID = "no IRI"
	for ext, write := range formats {
		doc, err := write(bare(e))
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"British", "ada at example", `"audio"`, "x.mp3", "no IRI"} {
			if bytes.Contains(doc, []byte(bad)) {
				t.Errorf("%s has %s:\n%s", ext, bad, doc)
			}
		}
	}
}

func TestEnclosuresKeepWhatTheSourceSaid(t *testing.T) {
	r, a, j := read(t, full())
	type file struct{ url, length, kind string }
	var got []file
	for _, x := range r.Channel.Items[0].Enclosures {
		got = append(got, file{x.URL, x.Length, x.Type})
	}
	want := []file{
		{"https://harbour.example/a%20b.mp3", "12345", "audio/mpeg"},
		{"https://harbour.example/map.pdf", "0", "application/pdf"},
	}
	if d := cmp.Diff(got, want, cmp.AllowUnexported(file{})); d != "" {
		t.Errorf("RSS (got, want):\n%s", d)
	}
	for format, all := range map[string][]xmlLink{"RSS": r.Channel.Items[0].Links, "Atom": a.Entries[0].Links} {
		n := len(slices.DeleteFunc(slices.Clone(all), func(l xmlLink) bool { return l.Rel != "enclosure" }))
		if want := map[string]int{"RSS": 2, "Atom": 4}[format]; n != want {
			t.Errorf("%s has %d enclosure links, want %d", format, n, want)
		}
	}
	if files := j.Items[0].Attachments; len(files) != 3 || files[0].Size != 12345 || files[0].Duration != 90 || files[0].Title != "Sound" {
		t.Errorf("JSON: %+v", files)
	}
}

func TestAuthors(t *testing.T) {
	r, a, _ := read(t, full())
	names := []string{"Ada Lund", "bo@harbour.example", "https://cy.example/"}
	if d := cmp.Diff(r.Channel.Items[0].Creators, names); d != "" {
		t.Errorf("RSS (got, want):\n%s", d)
	}
	if d := cmp.Diff(a.Entries[0].Authors, names); d != "" {
		t.Errorf("Atom (got, want):\n%s", d)
	}
	if got := a.Entries[0].Source.Author; got != "" {
		t.Errorf("the source of an entry with authors has the author %q", got)
	}
	if d := cmp.Diff(r.Channel.Items[1].Creators, []string{"Harbour news"}); d != "" {
		t.Errorf("RSS without an author (got, want):\n%s", d)
	}
	if got := a.Entries[1]; got.Source.Author != "Harbour news" || len(got.Authors) != 0 {
		t.Errorf("Atom without an author: %+v", got)
	}
}

// TestCategoriesAreNamedOnce has what is told apart by an article and not by the
// format: labels of one term, and vocabularies whose names are no addresses.
func TestCategoriesAreNamedOnce(t *testing.T) {
	e := plain()
	e.Categories = []feed.Category{
		{Term: "sea", Label: "Sea"},
		{Term: "sea", Label: "The sea"},
		{Term: "sea", Scheme: "no address"},
		{Term: "sea", Scheme: "https://e.example/topics"},
		{Label: "sea"},
		{Term: " sea"},
	}
	for ext, want := range map[string][]string{
		"atom": {`<category term="sea" label="Sea">`, `<category term="sea" scheme="https://e.example/topics">`},
		"rss": {
			"<category>Sea</category>", "<category>The sea</category>", `<category domain="no address">sea</category>`,
			`<category domain="https://e.example/topics">sea</category>`, "<category>sea</category>",
		},
		"json": {`"tags":["Sea","The sea","sea"]`},
	} {
		doc, err := formats[ext](bare(e))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if bytes.Count(doc, []byte(w)) != 1 {
				t.Errorf("%s has not exactly one %s:\n%s", ext, w, doc)
			}
		}
		if n := bytes.Count(doc, []byte("<category")); ext != "json" && n != len(want) {
			t.Errorf("%s has %d categories, want %d:\n%s", ext, n, len(want), doc)
		}
	}
}

func TestMediaTypesAreValidOrAbsent(t *testing.T) {
	for in, want := range map[string]string{
		"audio/mpeg": "audio/mpeg", " Audio/MPEG ": "audio/mpeg", "text/html; charset=utf-8": "text/html; charset=utf-8",
		"audio/mpeg; x": "audio/mpeg", "audio": "", "audio/": "", "/mpeg": "", "audio/mp eg": "", "a/b/c": "", "***": "",
	} {
		e := plain()
		e.Enclosures = []feed.Enclosure{{URL: "https://e.example/x", Type: in, Length: -5}}
		r, a, _ := read(t, bare(e))
		if got := a.Entries[0].Links[len(a.Entries[0].Links)-1]; got.Rel != "enclosure" || got.Type != want {
			t.Errorf("%q in Atom: %+v, want %q", in, got, want)
		}
		if files := r.Channel.Items[0].Enclosures; len(files) != min(len(want), 1) || len(files) > 0 && (files[0].Type != want || files[0].Length != "0") {
			t.Errorf("%q in RSS: %+v, want %q", in, files, want)
		}
	}
}
