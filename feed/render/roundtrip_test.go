package render_test

import (
	"cmp"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/render"
	"sluice/ingest/parse"
)

// TestWhatIsWrittenIsReadBack has our own reader, which is made for the feeds of
// others, read what was written.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	ours := full()
	ours.Entries[0].Content = strings.ReplaceAll(ours.Entries[0].Content, "]]>", "]]&gt;") // as sanitised HTML has it
	ours.Entries[0].Authors = ours.Entries[0].Authors[:3]                                  // the last says nothing
	checkRoundTrip(t, ours)
}

func TestRealFeedsAreReadBackAsTheyWereWritten(t *testing.T) {
	dir := os.Getenv("SLUICE_CORPORA")
	if dir == "" {
		t.Skip("SLUICE_CORPORA is not set: see make real")
	}
	files, err := os.ReadDir(filepath.Join(dir, "feeds"))
	if err != nil {
		t.Fatal(err)
	}
	entries := 0
	for _, file := range files {
		body, err := os.ReadFile(filepath.Join(dir, "feeds", file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := readFeed(body)
		if err != nil {
			continue // how such feeds are told is the reader's affair
		}
		f := bare()
		for i, a := range doc.Articles {
			f.Entries = append(f.Entries, entryOf(a, i, doc.Info))
		}
		entries += len(f.Entries)
		t.Run(file.Name(), func(t *testing.T) { checkRoundTrip(t, f) })
	}
	if entries < 1000 {
		t.Errorf("%d entries were read back; the folder holds more", entries)
	}
}

func readFeed(body []byte) (parse.Document, error) {
	base := &url.URL{Scheme: "https", Host: "e.example", Path: "/feed"}
	return parse.Parse(body, parse.Meta{Source: "s", Base: base})
}

// entryOf is an entry as an output would have it.
func entryOf(a feed.Article, i int, info feed.Info) render.Entry {
	at := noon.Add(-time.Duration(i) * time.Minute)
	return render.Entry{
		ID: cmp.Or(a.URL, "tag:e.example,2026:x") + "#" + string(rune('a'+i%26)) + strings.Repeat("z", i/26), URL: a.URL, Title: cmp.Or(a.Title, "Untitled"),
		Summary: a.Summary, Content: a.Content, Language: a.Language, Authors: a.Authors, Categories: a.Categories,
		Enclosures: a.Enclosures, Image: a.Image, Comments: a.Comments, Links: a.Links, Origin: a.Origin, Extensions: a.Extensions, GUID: a.GUID,
		Published: a.Shown(at), Updated: at,
		Source: render.Source{Name: "s", Title: cmp.Or(info.Title, "s"), ID: info.ID, URL: "https://e.example/feed", Site: info.Link},
	}
}

func checkRoundTrip(t *testing.T, f render.Feed) {
	t.Helper()
	for ext, write := range formats {
		body, err := write(f)
		if err != nil {
			t.Fatalf("%s: %v", ext, err)
		}
		doc, err := readFeed(body)
		if err != nil {
			t.Fatalf("%s: %v", ext, err)
		}
		if doc.Partial != "" || len(doc.Warnings) > 0 && !harmless(doc.Warnings) {
			t.Errorf("%s: the reader mended it: %q %v", ext, doc.Partial, doc.Warnings)
		}
		if len(doc.Articles) != len(f.Entries) {
			t.Fatalf("%s: %d articles were read of %d", ext, len(doc.Articles), len(f.Entries))
		}
		for i, got := range doc.Articles {
			checkRead(t, ext, got, f.Entries[i])
		}
	}
}

// harmless tells that all the reader minded are addresses that are none of the
// web's, such as magnet links, and that an entry has more elements of other
// vocabularies than it keeps: some of them are what was a field of its own before.
func harmless(warnings map[string]int) bool {
	for kind := range warnings {
		if kind != "address-ignored" && kind != "extensions-dropped" {
			return false
		}
	}
	return true
}

func checkRead(t *testing.T, ext string, got feed.Article, want render.Entry) {
	t.Helper()
	if got.GUID != want.ID {
		t.Errorf("%s: id %q, want %q", ext, got.GUID, want.ID)
	}
	if want.URL != "" && got.URL != want.URL && decoded(got.URL) != decoded(want.URL) {
		t.Errorf("%s: address %q, want %q", ext, got.URL, want.URL)
	}
	if got.Title != want.Title {
		t.Errorf("%s: title %q, want %q", ext, got.Title, want.Title)
	}
	if !got.Published.Truncate(time.Second).Equal(want.Published.Truncate(time.Second)) {
		t.Errorf("%s: %s is dated %v, want %v", ext, want.ID, got.Published, want.Published)
	}
	if body := cmp.Or(want.Content, want.Summary); body != "" && got.Body() != body {
		t.Errorf("%s: text of %s\ngot  %.300q\nwant %.300q", ext, want.ID, got.Body(), body)
	}
	if len(want.Authors) > 0 && len(got.Authors) != len(want.Authors) && ext != "rss" {
		t.Errorf("%s: authors %v, want %v", ext, got.Authors, want.Authors)
	}
	for _, x := range want.Enclosures {
		if ext != "json" && strings.HasPrefix(x.URL, "http") && !slices.ContainsFunc(got.Enclosures, func(y feed.Enclosure) bool { return decoded(y.URL) == decoded(x.URL) }) {
			t.Errorf("%s: file %s is missing from %v", ext, x.URL, got.Enclosures)
		}
	}
}

// decoded is an address without the escapes that a URI needs and an IRI does not.
func decoded(address string) string {
	plain, err := url.PathUnescape(address)
	if err != nil {
		return address
	}
	return plain
}
