package render_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"sluice/feed"
	"sluice/feed/render"
	"sluice/ingest/parse"

	"github.com/google/go-cmp/cmp"
)

// episode has an extension of every vocabulary that is written.
func episode() []feed.Extension {
	text := func(space, name, s string) feed.Extension { return feed.Extension{Space: space, Name: name, Text: s} }
	return []feed.Extension{
		text(feed.SpaceITunes, "duration", "1:02:03"),
		{Space: feed.SpaceMedia, Name: "group", Elements: []feed.Extension{
			{Space: feed.SpaceMedia, Name: "content", Attrs: []feed.Attr{
				{Name: "type", Value: "video/mp4"}, {Name: "url", Value: "https://cdn.example/1.mp4?a=1&b=2"},
			}},
			text(feed.SpaceMedia, "title", `Tide & wind, a < b, "so"`),
		}},
		{Space: feed.SpaceMedia, Name: "thumbnail", Attrs: []feed.Attr{{Name: "url", Value: "https://cdn.example/1.jpg"}, {Name: "width", Value: "64"}}},
		{Space: feed.SpacePodcast, Name: "person", Text: "Ada", Attrs: []feed.Attr{{Name: "role", Value: "host"}}},
		text(feed.SpaceDublinCore, "contributor", "Cleo"),
		text(feed.SpaceGeoRSS, "point", "45.256 -71.92"),
		text(feed.SpaceGeo, "lat", "45.256"),
		{Space: feed.SpaceThread, Name: "in-reply-to", Attrs: []feed.Attr{{Name: "ref", Value: "tag:e.example,2026:0"}}},
	}
}

func TestExtensionsAreReadBackAsTheyWere(t *testing.T) {
	f := full()
	f.Entries = f.Entries[:1]
	e := &f.Entries[0]
	e.Extensions, e.Image = episode(), "https://cdn.example/1.jpg"
	e.GUID, e.Origin, e.Enclosures = "", nil, nil // which are written as extensions, too
	for name, write := range map[string]func(render.Feed) ([]byte, error){"RSS": render.RSS, "Atom": render.Atom} {
		t.Run(name, func(t *testing.T) {
			body, err := write(f)
			if err != nil {
				t.Fatal(err)
			}
			base := &url.URL{Scheme: "https", Host: "out.example"}
			doc, err := parse.Parse(body, parse.Meta{Source: "s", Base: base})
			if err != nil {
				t.Fatalf("%v in %s", err, body)
			}
			if diff := cmp.Diff(episode(), doc.Articles[0].Extensions); diff != "" {
				t.Errorf("(-written +read)\n%s", diff)
			}
			if n := bytes.Count(body, []byte("<media:thumbnail")); n != 1 {
				t.Errorf("%d thumbnails", n)
			}
		})
	}
}

func TestNamespacesOfExtensionsAreDeclaredWhereTheyAreUsed(t *testing.T) {
	f := full()
	for _, used := range []bool{false, true} {
		if used {
			f.Entries[0].Extensions = episode()
		}
		for name, write := range map[string]func(render.Feed) ([]byte, error){"RSS": render.RSS, "Atom": render.Atom} {
			body, err := write(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, space := range []string{feed.SpaceITunes, feed.SpacePodcast, feed.SpaceGeo, feed.SpaceGeoRSS, feed.SpaceThread} {
				if strings.Contains(string(body), space) != used {
					t.Errorf("%s declares %s, used is %v", name, space, used)
				}
			}
		}
	}
}

func TestExtensionsThatNoDocumentDeclaresAreLeftOut(t *testing.T) {
	f := full()
	f.Entries[0].Extensions = []feed.Extension{
		{Space: "https://x.example/", Name: "y", Text: "z"}, {Space: feed.SpaceMedia, Name: "a b", Text: "left out"},
	}
	for _, write := range []func(render.Feed) ([]byte, error){render.RSS, render.Atom} {
		body, err := write(f)
		if err != nil || strings.Contains(string(body), "left out") || strings.Contains(string(body), "x.example") {
			t.Errorf("%v in %s", err, body)
		}
	}
}

func TestJSONHasExtensionsUnderANameOfOurs(t *testing.T) {
	f := full()
	f.Entries[0].Extensions = episode()[1:4]
	body, err := render.JSON(f)
	if err != nil {
		t.Fatal(err)
	}
	const want = `"extensions":[{"namespace":"http://search.yahoo.com/mrss/","name":"group","elements":[` +
		`{"name":"content","attributes":{"type":"video/mp4","url":"https://cdn.example/1.mp4?a=1&b=2"}},` +
		`{"name":"title","text":"Tide & wind, a < b, \"so\""}]},` +
		`{"namespace":"http://search.yahoo.com/mrss/","name":"thumbnail","attributes":{"url":"https://cdn.example/1.jpg","width":"64"}},` +
		`{"namespace":"https://podcastindex.org/namespace/1.0","name":"person","attributes":{"role":"host"},"text":"Ada"}]`
	if !strings.Contains(string(body), want) {
		t.Errorf("got %s\nwithout %s", body, want)
	}
}

// TestElementsThatNoVocabularyHasThereAreNotWritten has extensions of a store that took
// elements wherever they stood.
func TestElementsThatNoVocabularyHasThereAreNotWritten(t *testing.T) {
	inner := []feed.Extension{{Space: feed.SpaceAtom, Name: "rights", Text: "Reserved"}}
	f := full()
	f.Entries = f.Entries[:1]
	f.Entries[0].Extensions = []feed.Extension{
		{Space: feed.SpaceAtom, Name: "rights", Text: "Free", Elements: inner},
		{Space: feed.SpaceITunes, Name: "duration", Text: "1:02", Elements: []feed.Extension{{Space: feed.SpaceITunes, Name: "rights", Text: "Reserved"}}},
		{Space: feed.SpaceAtom, Name: "contributor", Elements: []feed.Extension{{Space: feed.SpaceAtom, Name: "name", Text: "Cleo", Elements: inner}}},
	}
	for name, write := range map[string]func(render.Feed) ([]byte, error){"RSS": render.RSS, "Atom": render.Atom, "JSON": render.JSON} {
		body, err := write(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(body, []byte("Reserved")) || !bytes.Contains(body, []byte("Free")) || !bytes.Contains(body, []byte("Cleo")) {
			t.Errorf("%s: %s", name, body)
		}
	}
}
