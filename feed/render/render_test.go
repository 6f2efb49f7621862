package render_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/render"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// formats are the functions under test by the extension of their documents.
var formats = map[string]func(render.Feed) ([]byte, error){
	"rss": render.RSS, "atom": render.Atom, "json": render.JSON,
}

// bare is a feed whose entries are given.
func bare(entries ...render.Entry) render.Feed {
	const base = "https://feeds.example.org/feeds/world"
	return render.Feed{
		Name: "world", ID: base, Title: "World", Updated: noon, TTL: 15,
		Style:   "/feeds/style.css",
		Links:   render.Links{Home: base, RSS: base + ".rss", Atom: base + ".atom", JSON: base + ".json"},
		Entries: entries,
	}
}

// plain is an entry with what every entry has.
func plain() render.Entry {
	return render.Entry{
		ID: "tag:harbour.example,2026:1", URL: "https://harbour.example/1", Title: "Boats", Content: "<p>Boats.</p>",
		Published: noon, Updated: noon,
		Source: render.Source{Name: "harbour", Title: "Harbour news", URL: "https://harbour.example/feed.xml", Site: "https://harbour.example/"},
	}
}

// full has something in every field.
func full() render.Feed {
	first := render.Entry{
		ID: "https://harbour.example/2026/boats?a=1&b=2", GUID: "boats-7", URL: "https://harbour.example/2026/boats?a=1&b=2",
		Title: `Salt & <pepper>, "quoted" ]]>`, Summary: "<p>Short &amp; sweet.</p>", Excerpt: "Short & sweet.",
		Content: "<p>Long, with <b>markup</b> and ]]&gt; and ]]> raw.</p>", Language: "de",
		Authors: []feed.Person{
			{Name: "Ada Lund", Email: "ada@harbour.example", URL: "https://harbour.example/ada"},
			{Email: "bo@harbour.example"},
			{URL: "https://cy.example/"},
			{},
		},
		Categories: []feed.Category{
			{Term: "boats", Scheme: "https://harbour.example/topics", Label: "Boats & ships"},
			{Term: "sea"},
			{Term: "sea"},
			{Label: " "},
			{Term: "news", Scheme: "section"},
			{},
		},
		Enclosures: []feed.Enclosure{
			{URL: "https://harbour.example/a b.mp3", Type: "audio/mpeg", Length: 12345, Title: "Sound", Duration: 90 * time.Second},
			{URL: "https://harbour.example/film", Length: 99, Title: "Film"},
			{URL: "https://harbour.example/map.pdf", Type: "application/pdf"},
			{URL: "magnet:?xt=urn:btih:1", Type: "application/x-bittorrent"},
		},
		Image: "https://harbour.example/boat.jpg", Comments: "https://harbour.example/2026/boats#comments",
		Links: []feed.Link{
			{Rel: "license", URL: "https://creativecommons.org/licenses/by/4.0/"},
			{Rel: "hub", URL: "https://hub.example/"},
			{Rel: "related", URL: "https://harbour.example/elsewhere", Title: "Elsewhere"},
			{Rel: feed.RelExternal, URL: "https://pier.example/about"},
		},
		Extensions: []feed.Extension{
			{Space: feed.SpaceAtom, Name: "contributor", Elements: []feed.Extension{
				{Space: feed.SpaceAtom, Name: "name", Text: "Eve Moss"}, {Space: feed.SpaceAtom, Name: "email", Text: "eve@harbour.example"},
			}},
			{Space: feed.SpaceAtom, Name: "rights", Text: "Free & easy"},
		},
		Origin:    &feed.Origin{ID: "tag:origin.example,2026:feed", Title: "Origin", URL: "https://origin.example/feed", Link: "https://origin.example/"},
		Published: noon.Add(-time.Hour).In(time.FixedZone("", 7200)), Updated: noon.Add(-time.Minute),
		Source: render.Source{
			Name: "harbour", Title: "Harbour & sea", ID: "tag:harbour.example,2026:feed",
			URL: "https://harbour.example/feed.xml?token=***", Site: "https://harbour.example/",
		},
		Related: []render.Related{
			{Source: "gull", SourceTitle: "The Gull", Title: "Salt & pepper", URL: "https://gull.example/7", How: feed.HowURL},
			{Source: "plain", Title: "", URL: "tag:plain.example,2026:9", How: feed.HowGUID},
		},
	}
	second := plain()
	second.Content, second.Summary, second.Excerpt, second.Language = "", "<p>Only a summary.</p>", "Only a summary.", "en-GB"
	third := plain()
	third.ID, third.URL, third.Content, third.Published = "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a", "", "", time.Time{}
	f := bare(first, second, third)
	f.Title, f.Description, f.Generator = "World & <everything>", "All of it & more", "sluice 1.0"
	return f
}

// story is an entry that names five articles, each by another evidence, and the entry of
// that which joined late.
func story() render.Feed {
	first := plain()
	first.Title, first.Updated = "Harbour closes early", noon.Add(time.Hour)
	for i, how := range []feed.How{feed.HowGUID, feed.HowURL, feed.HowCanonical, feed.HowText, feed.HowNear} {
		name := "paper-" + string(how)
		first.Related = append(first.Related, render.Related{
			Source: feed.SourceID(name), SourceTitle: "Paper & " + string(how), Title: "Harbour <closed>, part " + strconv.Itoa(i+1),
			URL: "https://" + name + ".example/harbour?a=1&b=2", How: how,
		})
	}
	late := plain()
	last := &first.Related[4]
	late.ID, late.URL, late.Title, late.Published = "tag:paper-near.example,2026:5", last.URL, last.Title, noon.Add(-time.Hour)
	late.Updated = late.Published
	late.Source = render.Source{Name: last.Source, Title: last.SourceTitle, URL: "https://paper-near.example/feed", Site: "https://paper-near.example/"}
	late.Related = append(late.Related, render.Related{
		Source: first.Source.Name, SourceTitle: first.Source.Title, Title: first.Title, URL: first.URL, How: feed.HowNear,
	})
	f := bare(first, late)
	f.Updated = first.Updated
	return f
}

// golden are the feeds whose documents are kept in files.
func golden() map[string]render.Feed {
	inEnglish := bare(plain())
	inEnglish.Language, inEnglish.Entries[0].Language = "en", "en"
	podcast := bare(plain())
	podcast.Entries[0].Extensions = episode()
	return map[string]render.Feed{
		"full": full(), "empty": bare(), "english": inEnglish, "story": story(), "newest": newest(), "archive": archive(), "all": all(),
		"podcast": podcast,
	}
}

func TestGoldenFiles(t *testing.T) {
	for name, f := range golden() {
		for ext, write := range formats {
			t.Run(name+"."+ext, func(t *testing.T) {
				got, err := write(f)
				if err != nil {
					t.Fatal(err)
				}
				path := filepath.Join("testdata", name+"."+ext)
				if *update {
					if err := os.WriteFile(path, got, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(string(got), string(want)); d != "" {
					t.Errorf("(got, want):\n%s", d)
				}
				if again, _ := write(f); !bytes.Equal(again, got) {
					t.Error("a second time the bytes differ")
				}
				if ext != "json" {
					lint(t, got)
				}
			})
		}
	}
}

// lint has an independent parser read a document, where there is one.
func lint(t *testing.T, doc []byte) {
	t.Helper()
	path, err := exec.LookPath("xmllint")
	if err != nil {
		return
	}
	cmd := exec.CommandContext(t.Context(), path, "--noout", "--nonet", "-")
	cmd.Stdin = bytes.NewReader(doc)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("xmllint: %v\n%s", err, out)
	}
}

// rssDoc and atomDoc are what a reader sees. A name without a namespace matches
// in any, so the Atom links come first.
type rssDoc struct {
	Channel struct {
		Self  []xmlLink `xml:"http://www.w3.org/2005/Atom link"`
		Title string    `xml:"title"`
		Link  string    `xml:"link"`
		Items []rssItem `xml:"item"`
	} `xml:"channel"`
}

type rssItem struct {
	Links       []xmlLink `xml:"http://www.w3.org/2005/Atom link"`
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	GUID        struct {
		Text      string `xml:",chardata"`
		PermaLink string `xml:"isPermaLink,attr"`
	} `xml:"guid"`
	Encoded    string   `xml:"http://purl.org/rss/1.0/modules/content/ encoded"`
	Creators   []string `xml:"http://purl.org/dc/elements/1.1/ creator"`
	Enclosures []struct {
		URL    string `xml:"url,attr"`
		Length string `xml:"length,attr"`
		Type   string `xml:"type,attr"`
	} `xml:"enclosure"`
	Source struct {
		URL   string `xml:"url,attr"`
		Title string `xml:",chardata"`
	} `xml:"source"`
}

type xmlLink struct {
	Rel   string `xml:"rel,attr"`
	Href  string `xml:"href,attr"`
	Title string `xml:"title,attr"`
	Type  string `xml:"type,attr"`
}

type atomDoc struct {
	Title   string      `xml:"title"`
	Entries []atomEntry `xml:"entry"`
}

type atomEntry struct {
	ID      string `xml:"id"`
	Title   string `xml:"title"`
	Summary string `xml:"summary"`
	Content struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	} `xml:"content"`
	Links   []xmlLink `xml:"link"`
	Authors []string  `xml:"author>name"`
	Source  struct {
		ID      string    `xml:"id"`
		Title   string    `xml:"title"`
		Updated string    `xml:"updated"`
		Links   []xmlLink `xml:"link"`
		Author  string    `xml:"author>name"`
	} `xml:"source"`
}

type jsonDoc struct {
	Title string
	Items []struct {
		ID, URL, Title string
		ContentHTML    *string `json:"content_html"`
		Attachments    []struct {
			Title    string
			Size     int64   `json:"size_in_bytes"`
			Duration float64 `json:"duration_in_seconds"`
		}
		Sluice struct {
			Source map[string]string   `json:"source"`
			Story  []map[string]string `json:"story"`
		} `json:"_sluice"`
	}
}

// read renders the feed in all formats and reads it back.
func read(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, f render.Feed,
) (r rssDoc, a atomDoc, j jsonDoc) {
	t.Helper()
	for ext, into := range map[string]any{"rss": &r, "atom": &a, "json": &j} {
		doc, err := formats[ext](f)
		if err != nil {
			t.Fatalf("%s: %v", ext, err)
		}
		if ext == "json" {
			err = json.Unmarshal(doc, into)
		} else {
			err = xml.Unmarshal(doc, into)
		}
		if err != nil {
			t.Fatalf("%s cannot be read back: %v\n%s", ext, err, doc)
		}
	}
	return r, a, j
}

func TestFormatsAgreeOnEveryEntry(t *testing.T) {
	f := full()
	r, a, j := read(t, f)
	for i, e := range f.Entries {
		ri, ai, ji := r.Channel.Items[i], a.Entries[i], j.Items[i]
		if ri.GUID.Text != e.ID || ai.ID != e.ID || ji.ID != e.ID {
			t.Errorf("entry %d: ids %q, %q, %q, want %q", i, ri.GUID.Text, ai.ID, ji.ID, e.ID)
		}
		if ri.GUID.PermaLink != "false" {
			t.Errorf("entry %d: isPermaLink is %q", i, ri.GUID.PermaLink)
		}
		if ai.Title != e.Title || ji.Title != e.Title {
			t.Errorf("entry %d: titles %q, %q, want %q", i, ai.Title, ji.Title, e.Title)
		}
		if want := strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(e.Title); ri.Title != want {
			t.Errorf("entry %d: the RSS title reads %q, want %q", i, ri.Title, want)
		}
		alternate := slices.DeleteFunc(ai.Links, func(l xmlLink) bool { return l.Rel != "alternate" })
		if e.URL == "" {
			alternate = append(alternate, xmlLink{})
		}
		if len(alternate) != 1 || alternate[0].Href != e.URL || ri.Link != e.URL || ji.URL != e.URL {
			t.Errorf("entry %d: addresses %v, %q, %q, want %q", i, alternate, ri.Link, ji.URL, e.URL)
		}
	}
}

func TestATextIsSentOnce(t *testing.T) {
	type text struct{ description, encoded, summary, content, json string }
	tests := map[string]struct {
		summary, content string
		want             text
	}{
		"both":               {"s", "c", text{"s", "c", "s", "c", "c"}},
		"a content alone":    {"", "c", text{"c", "", "", "c", "c"}},
		"a summary alone":    {"s", "", text{"s", "", "s", "", "s"}},
		"both the same":      {"c", "c", text{"c", "", "", "c", "c"}},
		"neither of the two": {"", "", text{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := plain()
			e.Summary, e.Content = tt.summary, tt.content
			r, a, j := read(t, bare(e))
			if j.Items[0].ContentHTML == nil {
				t.Fatal("JSON has no content_html; an item must")
			}
			ri, ai := r.Channel.Items[0], a.Entries[0]
			got := text{ri.Description, ri.Encoded, ai.Summary, ai.Content.Text, *j.Items[0].ContentHTML}
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestAnEntryWithoutAddressAndTextHasContentInAtom(t *testing.T) {
	e := plain()
	e.URL, e.Content = "", ""
	_, a, _ := read(t, bare(e))
	if got := a.Entries[0].Content; got.Type != "text" || got.Text != "Boats" {
		t.Errorf("content: %+v, want the title", got)
	}
}

func TestEntriesWithoutAnIDAreRefused(t *testing.T) {
	noEntryID, noFeedID := bare(plain(), render.Entry{Source: render.Source{Name: "harbour"}}), bare()
	noFeedID.ID = ""
	for name, f := range map[string]render.Feed{"entry": noEntryID, "feed": noFeedID} {
		for ext, write := range formats {
			if doc, err := write(f); !errors.Is(err, render.ErrNoID) || doc != nil {
				t.Errorf("%s without id as %s: got %d bytes and %v", name, ext, len(doc), err)
			}
		}
	}
	_, err := render.RSS(noEntryID)
	if want := "feed world: entry 2 from harbour: no id: store the article with one"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
