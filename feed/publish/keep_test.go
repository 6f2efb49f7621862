package publish_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"

	"github.com/google/go-cmp/cmp"
)

func TestADocumentIsUnpackedAsItWasPacked(t *testing.T) {
	a := article(3, "a")
	a.Origin, a.Links, a.Categories = &feed.Origin{Title: "O"}, []feed.Link{{Rel: "license", URL: "https://l.example/"}}, []feed.Category{{Term: "t"}}
	r := &shelf{articles: []feed.Stored{article(1, "a"), copyOf(2, "b", article(1, "a")), a}}
	o := output()
	o.Hubs = []string{"https://hub.example/"}
	for name, out := range map[string]publish.Output{"with entries": compile(t, o, "", nil), "empty": compile(t, output(), "false", nil)} {
		doc, pub := buildAt(t, r, out, feed.Publication{ID: "urn:x:1", Since: start}, start.Add(time.Hour))
		stamp := out.Stamp(infos(), site, pub)
		packed, err := doc.Pack(stamp)
		if err != nil {
			t.Fatal(err)
		}
		got, err := publish.Unpack(doc.Name, packed, stamp)
		if err != nil {
			t.Fatal(err)
		}
		sameBytes(t, got, doc)
		if d := cmp.Diff(got.Entries, doc.Entries); d != "" || got.Name != doc.Name || !got.Modified.Equal(doc.Modified) || got.Older != doc.Older || !slices.Equal(got.Hubs, out.Hubs) {
			t.Errorf("%s (got, want):\n%s", name, d)
		}
		for i := range packed {
			broken := append([]byte(nil), packed...)
			broken[i] ^= 0x55
			if _, err := publish.Unpack(doc.Name, broken, stamp); err != nil && errors.Is(err, publish.ErrStale) && i > len(packed)/2 {
				t.Fatalf("%s: byte %d changed: %v", name, i, err)
			}
		}
	}
}

func TestADocumentOfBeforeIsStale(t *testing.T) {
	r := &shelf{articles: []feed.Stored{article(1, "a")}}
	was := compile(t, output(), "", nil)
	doc, pub := buildAt(t, r, was, feed.Publication{ID: "urn:x:1", Since: start}, start.Add(time.Hour))
	packed, err := doc.Pack(was.Stamp(infos(), site, pub))
	if err != nil {
		t.Fatal(err)
	}
	secret := infos()
	info, hide := secret["a"], &feed.Hider{}
	hide.Add("a secret of source a")
	info.Hide = hide
	secret["a"] = info
	renamed, later, moved := output(), pub, site
	renamed.Title, moved.BaseURL = "Another", "https://other.example"
	later.Digest[0]++
	for name, stamp := range map[string][32]byte{
		"another title":              compile(t, renamed, "", nil).Stamp(infos(), site, pub),
		"another rule":               compile(t, output(), "title != 'x'", nil).Stamp(infos(), site, pub),
		"another rule of a source":   compile(t, output(), "", map[feed.SourceID]string{"b": "title != 'x'"}).Stamp(infos(), site, pub),
		"a secret that is to be hid": was.Stamp(secret, site, pub),
		"another base_url":           was.Stamp(infos(), moved, pub),
		"something published since":  was.Stamp(infos(), site, later),
	} {
		if _, err := publish.Unpack(doc.Name, packed, stamp); !errors.Is(err, publish.ErrStale) {
			t.Errorf("%s: got %v, want ErrStale", name, err)
		}
	}
}
