package render_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sluice/feed"
	"sluice/feed/render"
)

// Readers put addresses of other vocabularies into their pages as they put links.
func TestAddressesOfOtherVocabulariesAreAddresses(t *testing.T) {
	media := func(attr, value string) feed.Extension {
		return feed.Extension{Space: feed.SpaceMedia, Name: "content", Attrs: []feed.Attr{{Name: attr, Value: value}, {Name: "medium", Value: "image"}}}
	}
	for name, tc := range map[string]struct {
		given feed.Extension
		want  string // of the attribute
		gone  bool   // the element
	}{
		"an address":          {media("url", "https://e.example/a?b=1"), "https://e.example/a?b=1", false},
		"markup":              {media("url", `https://e.example/"><b>`), "https://e.example/%22%3E%3Cb%3E", false},
		"a script":            {media("url", "javascript:x"), "", true},
		"a script in capital": {media("href", "JavaScript:x"), "", true},
		"a page":              {media("src", "data:text/html,x"), "", true},
		"a file":              {media("url", "file:///etc/passwd"), "", true},
		"no address":          {media("url", "a.png"), "", true},
		"a script beside text": {feed.Extension{Space: feed.SpacePodcast, Name: "person", Text: "Ann", Attrs: []feed.Attr{
			{Name: "img", Value: "javascript:x"}, {Name: "href", Value: "vbscript:x"},
		}}, "", false},
		"a script beside an address": {feed.Extension{Space: feed.SpacePodcast, Name: "person", Attrs: []feed.Attr{
			{Name: "img", Value: "javascript:x"}, {Name: "href", Value: "https://e.example/"},
		}}, "https://e.example/", false},
		"within another": {feed.Extension{Space: feed.SpaceMedia, Name: "group", Elements: []feed.Extension{media("url", "javascript:x"), media("url", "https://e.example/")}}, "https://e.example/", false},
	} {
		t.Run(name, func(t *testing.T) {
			e := plain()
			e.Extensions = []feed.Extension{tc.given}
			before, err := json.Marshal(e.Extensions)
			if err != nil {
				t.Fatal(err)
			}
			for format, write := range formats {
				doc, err := write(bare(e))
				if err != nil {
					t.Fatal(err)
				}
				text := string(doc)
				if strings.Contains(text, "script:x") || strings.Contains(text, "text/html,x") || strings.Contains(text, "etc/passwd") || strings.Contains(text, "><b>") {
					t.Errorf("%s: %s", format, text)
				}
				if tc.want != "" && !strings.Contains(text, `"`+tc.want+`"`) {
					t.Errorf("%s has no %s: %s", format, tc.want, text)
				}
				if has := strings.Contains(text, tc.given.Name) && strings.Contains(text, feed.SpaceMedia) && tc.given.Name == "content" && strings.Contains(text, "medium"); tc.gone && has {
					t.Errorf("%s keeps an element that is for nothing: %s", format, text)
				}
			}
			if after, err := json.Marshal(e.Extensions); err != nil || string(after) != string(before) {
				t.Errorf("what is stored was changed: %s, %v", after, err)
			}
		})
	}
}

func TestTheSchemeOfACategoryRunsNothing(t *testing.T) {
	for given, want := range map[string]string{
		"javascript:x": "", "DATA:text/html,x": "", "file:///etc/passwd": "", "Syndic8": "Syndic8", "https://e.example/a": "https://e.example/a",
		`https://e.example/"x`: "https://e.example/%22x", "a: b": "a: b",
	} {
		e := plain()
		e.Categories = []feed.Category{{Term: "a", Scheme: given}}
		doc, err := render.RSS(bare(e))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, has := strings.Cut(string(doc), ` domain="`)
		got, _, _ := strings.Cut(rest, `"`)
		if got != want || has != (want != "") {
			t.Errorf("RSS: %q is written as %q", given, got)
		}
		if doc, err = render.JSON(bare(e)); err != nil || want == "" && strings.Contains(string(doc), given) {
			t.Errorf("JSON Feed: %q: %v in %s", given, err, doc)
		}
	}
}
