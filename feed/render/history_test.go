package render_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"sluice/feed/render"

	"github.com/google/go-cmp/cmp"
)

// archiveNo are the addresses of an archive.
func archiveNo(n string) *render.Links {
	base := "https://feeds.example.org/feeds/world/archive/" + n
	return &render.Links{Home: base, RSS: base + ".rss", Atom: base + ".atom", JSON: base + ".json"}
}

// newest is a subscription document with a hub and a past.
func newest() render.Feed {
	f := bare(plain())
	f.Hubs = []string{"https://hub.example/?a=1&b=2", "https://other.example/hub"}
	f.History.Prev = archiveNo("2")
	return f
}

// archive is one between others.
func archive() render.Feed {
	f := bare(plain())
	subscription := f.Links
	f.Links = *archiveNo("2")
	f.Links.Home = subscription.Home
	f.History = render.History{Archive: true, Prev: archiveNo("1"), Next: archiveNo("3"), Current: &subscription}
	return f
}

// all is a document that has all the entries there are.
func all() render.Feed {
	f := bare(plain())
	f.History.Complete = true
	return f
}

// place is where a document says that it stands.
type place struct {
	Links             []string // relation and address
	Archive, Complete bool
}

// places reads all three formats as a reader of feeds does.
func places(t *testing.T, f render.Feed) (r, a, j place) {
	t.Helper()
	type marks struct {
		Links    []xmlLink `xml:"http://www.w3.org/2005/Atom link"`
		Archive  *struct{} `xml:"http://purl.org/syndication/history/1.0 archive"`
		Complete *struct{} `xml:"http://purl.org/syndication/history/1.0 complete"`
	}
	of := func(m marks) place {
		p := place{Archive: m.Archive != nil, Complete: m.Complete != nil}
		for _, l := range m.Links {
			p.Links = append(p.Links, l.Rel+" "+l.Href)
		}
		return p
	}
	var rss struct {
		Channel marks `xml:"channel"`
	}
	var atom marks
	var doc struct {
		Feed string `json:"feed_url"`
		Next string `json:"next_url"`
		Hubs []struct{ Type, URL string }
	}
	for ext, into := range map[string]any{"rss": &rss, "atom": &atom, "json": &doc} {
		body, err := formats[ext](f)
		if err != nil {
			t.Fatal(err)
		}
		read := xml.Unmarshal
		if ext == "json" {
			read = json.Unmarshal
		}
		if err := read(body, into); err != nil {
			t.Fatalf("%s: %v\n%s", ext, err, body)
		}
	}
	j.Links = []string{"self " + doc.Feed}
	for _, h := range doc.Hubs {
		j.Links = append(j.Links, h.Type+" "+h.URL)
	}
	if doc.Next != "" {
		j.Links = append(j.Links, "next "+doc.Next)
	}
	return of(rss.Channel), of(atom), j
}

func TestDocumentsSayWhereTheyStand(t *testing.T) {
	const base = "https://feeds.example.org/feeds/world"
	const hubs = "hub https://hub.example/?a=1&b=2|hub https://other.example/hub"
	tests := map[string]struct {
		feed        render.Feed
		rss, atom   string
		json        string
		arch, compl bool
	}{
		"a feed as it always was": {
			feed: bare(plain()), rss: "self " + base + ".rss", atom: "self " + base + ".atom|alternate " + base, json: "self " + base + ".json",
		},
		"a subscription document": {
			feed: newest(),
			rss:  "self " + base + ".rss|" + hubs + "|prev-archive " + base + "/archive/2.rss",
			atom: "self " + base + ".atom|alternate " + base + "|" + hubs + "|prev-archive " + base + "/archive/2.atom",
			json: "self " + base + ".json|WebSub https://hub.example/?a=1&b=2|WebSub https://other.example/hub|next " + base + "/archive/2.json",
		},
		"an archive": {
			feed: archive(), arch: true,
			rss:  "self " + base + "/archive/2.rss|prev-archive " + base + "/archive/1.rss|next-archive " + base + "/archive/3.rss|current " + base + ".rss",
			atom: "self " + base + "/archive/2.atom|alternate " + base + "|prev-archive " + base + "/archive/1.atom|next-archive " + base + "/archive/3.atom|current " + base + ".atom",
			json: "self " + base + "/archive/2.json|next " + base + "/archive/1.json",
		},
		"a feed with all its entries": {
			feed: all(), compl: true,
			rss: "self " + base + ".rss", atom: "self " + base + ".atom|alternate " + base, json: "self " + base + ".json",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, a, j := places(t, tt.feed)
			split := func(s string) []string { return strings.Split(s, "|") }
			if d := cmp.Diff(r, place{split(tt.rss), tt.arch, tt.compl}); d != "" {
				t.Errorf("RSS (got, want):\n%s", d)
			}
			if d := cmp.Diff(a, place{split(tt.atom), tt.arch, tt.compl}); d != "" {
				t.Errorf("Atom (got, want):\n%s", d)
			}
			if d := cmp.Diff(j, place{Links: split(tt.json)}); d != "" {
				t.Errorf("JSON (got, want):\n%s", d)
			}
			for _, ext := range []string{"rss", "atom"} {
				body, err := formats[ext](tt.feed)
				if err != nil {
					t.Fatal(err)
				}
				if declared := bytes.Contains(body, []byte("xmlns:fh=")); declared != (tt.arch || tt.compl) {
					t.Errorf("%s declares the namespace of histories: %v", ext, declared)
				}
			}
		})
	}
}

func TestHubsAndArchivesThatAreNoneAreLeftOut(t *testing.T) {
	f := bare(plain())
	want := map[string][]byte{}
	for ext, write := range formats {
		body, err := write(f)
		if err != nil {
			t.Fatal(err)
		}
		want[ext] = body
	}
	f.Hubs = []string{"", "hub.example", "javascript:alert(1)", "mailto:hub@e.example"}
	f.History = render.History{Prev: &render.Links{JSON: f.Links.JSON}, Next: &render.Links{}, Current: &render.Links{Atom: "/feeds/world.atom"}}
	for ext, write := range formats {
		body, err := write(f)
		if err != nil || !bytes.Equal(body, want[ext]) {
			t.Errorf("%s: %v\n%s", ext, err, body)
		}
	}
}

func TestAHubIsNamedOnce(t *testing.T) {
	f := newest()
	f.Hubs = append(f.Hubs, f.Hubs[0])
	r, _, j := places(t, f)
	if len(r.Links) != 4 || len(j.Links) != 4 {
		t.Errorf("got %v and %v, want self, two hubs and the archive", r.Links, j.Links)
	}
}
