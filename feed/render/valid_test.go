package render_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// validity are the checks by the extension of the documents.
var validity = map[string]func([]byte) []string{"rss": rssFaults, "atom": atomFaults, "json": jsonFaults}

func TestDocumentsAreValid(t *testing.T) {
	for name, f := range golden() {
		for ext, write := range formats {
			doc, err := write(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range validity[ext](doc) {
				t.Errorf("%s.%s: %s", name, ext, fault)
			}
		}
	}
}

func TestDocumentsAreValidWhateverIsInThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := bare(hostileEntry(t, "1"), hostileEntry(t, "2"))
		f.Title, f.Description, f.Language = hostile().Draw(t, "title"), hostile().Draw(t, "description"), hostile().Draw(t, "language")
		for ext, write := range formats {
			doc, err := write(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range validity[ext](doc) {
				t.Errorf("%s: %s\n%s", ext, fault, doc)
			}
		}
	})
}

// TestRealFeedsBecomeValidDocuments has every real feed read and written in all
// formats, judged by our checks and by libxml2.
func TestRealFeedsBecomeValidDocuments(t *testing.T) {
	dir := os.Getenv("SLUICE_CORPORA")
	if dir == "" {
		t.Skip("SLUICE_CORPORA is not set: see make real")
	}
	files, err := os.ReadDir(filepath.Join(dir, "feeds"))
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	var written []string
	for i, file := range files {
		body, err := os.ReadFile(filepath.Join(dir, "feeds", file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := readFeed(body)
		if err != nil {
			continue // how such feeds are told is the reader's affair
		}
		f := bare()
		for n, a := range doc.Articles {
			f.Entries = append(f.Entries, entryOf(a, n, doc.Info))
		}
		for ext, write := range formats {
			body, err := write(f)
			if err != nil {
				t.Fatal(err)
			}
			for n, fault := range validity[ext](body) {
				if n < 5 {
					t.Errorf("%s as %s: %s", file.Name(), ext, fault)
				}
			}
			if ext == "json" {
				continue
			}
			written = append(written, filepath.Join(out, strconv.Itoa(i)+"-"+file.Name()+"."+ext))
			if err := os.WriteFile(written[len(written)-1], body, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(written) < 200 {
		t.Errorf("%d documents were written; the folder holds more", len(written))
	}
	lintFiles(t, written)
}

// lintFiles has libxml2 read all documents at once.
func lintFiles(t *testing.T, files []string) {
	t.Helper()
	path, err := exec.LookPath("xmllint")
	if err != nil {
		t.Log("xmllint is not installed: documents were checked by our own reader alone")
		return
	}
	out, err := exec.CommandContext(t.Context(), path, append([]string{"--noout", "--nonet", "--huge"}, files...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("xmllint: %v\n%.2000s", err, out)
	}
}

// TestDocumentsThatAreNotValidAreFound spoils documents, a rule at a time.
func TestDocumentsThatAreNotValidAreFound(t *testing.T) {
	documents := golden()
	for name, tt := range map[string]struct{ doc, old, new string }{
		"rss: another version":              {"full.rss", `version="2.0"`, `version="2.1"`},
		"rss: no description":               {"full.rss", "<description>All of it &amp;amp; more</description>", ""},
		"rss: two titles of an item":        {"full.rss", "<item><title>", "<item><title>x</title><title>"},
		"rss: a date without an offset":     {"full.rss", "11:00:00 +0000", "11:00:00 CET"},
		"rss: an enclosure without length":  {"full.rss", ` length="12345"`, ""},
		"rss: an enclosure without type":    {"full.rss", ` type="audio/mpeg"></enclosure>`, `></enclosure>`},
		"rss: an id that is no address":     {"story.rss", `isPermaLink="false"`, `isPermaLink="true"`},
		"rss: the same id again":            {"full.rss", "tag:harbour.example,2026:1</guid>", "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a</guid>"},
		"rss: an author by name":            {"full.rss", "<author>ada@harbour.example (Ada Lund)", "<author>Ada Lund"},
		"rss: a source without address":     {"full.rss", `<source url="https://harbour.example/feed.xml">`, "<source>"},
		"rss: an element of its own":        {"full.rss", "<pubDate>", "<published>x</published><pubDate>"},
		"rss: a path for a link":            {"full.rss", "<link>https://harbour.example/1</link>", "<link>/1</link>"},
		"rss: a prefix of nothing":          {"full.rss", "<pubDate>", "<x:y>x</x:y><pubDate>"},
		"rss: a language by its name":       {"full.rss", "<dc:language>de<", "<dc:language>German<"},
		"rss: no link to itself":            {"full.rss", `rel="self"`, `rel="via"`},
		"atom: no id":                       {"full.atom", "<id>tag:harbour.example,2026:1</id>", ""},
		"atom: an id that is no IRI":        {"full.atom", "<id>tag:harbour.example,2026:1</id>", "<id>1</id>"},
		"atom: a date in small letters":     {"full.atom", "2026-11-02T11:00:00Z", "2026-11-02t11:00:00z"},
		"atom: no author":                   {"full.atom", "<author><name>World &amp; &lt;everything&gt;</name></author>", ""},
		"atom: an author without a name":    {"full.atom", "<name>Ada Lund</name>", ""},
		"atom: a mail address that is none": {"full.atom", "<email>ada@harbour.example", "<email>ada"},
		"atom: a category without a term":   {"full.atom", ` term="sea"`, ""},
		"atom: a scheme that is no IRI":     {"full.atom", `scheme="https://harbour.example/topics"`, `scheme="topics"`},
		"atom: a link to nowhere":           {"full.atom", `href="https://harbour.example/1"`, ""},
		"atom: a relation of its own":       {"full.atom", `rel="via"`, `rel="seen at"`},
		"atom: two alternates of a type":    {"full.atom", `rel="via"`, `rel="alternate"`},
		"atom: neither link nor content":    {"full.atom", `<content type="text"><![CDATA[Boats]]></content>`, ""},
		"atom: a language by its name":      {"full.atom", `xml:lang="de"`, `xml:lang="German"`},
		"atom: a source twice":              {"english.atom", "<source>", "<source><id>urn:x</id><title>x</title><updated>2026-11-02T11:00:00Z</updated></source><source>"},
		"json: an older version":            {"full.json", "version/1.1", "version/1"},
		"json: no title":                    {"full.json", `"title":"World & <everything>",`, ""},
		"json: an item without an id":       {"full.json", `"id":"tag:harbour.example,2026:1",`, ""},
		"json: an id that is a number":      {"full.json", `"id":"tag:harbour.example,2026:1"`, `"id":1`},
		"json: an item without content":     {"full.json", `"content_html":"",`, ""},
		"json: a member of its own":         {"full.json", `"language":"de"`, `"lang":"de"`},
		"json: an extension that is text":   {"full.json", `"language":"de"`, `"_lang":"de"`},
		"json: a file without a type":       {"full.json", `"mime_type":"audio/mpeg",`, ""},
		"json: a size that is text":         {"full.json", `"size_in_bytes":12345`, `"size_in_bytes":"12345"`},
		"json: an author without anything":  {"full.json", `{"name":"https://cy.example/","url":"https://cy.example/"}],"tags"`, `{}],"tags"`},
		"json: a hub without a type":        {"newest.json", `{"type":"WebSub","url":"https://other.example/hub"}`, `{"url":"https://other.example/hub"}`},
		"json: a circle":                    {"newest.json", "/archive/2.json", ".json"},
		"json: a date without an offset":    {"full.json", `"date_published":"2026-11-02T11:00:00Z"`, `"date_published":"2026-11-02T11:00:00"`},
	} {
		t.Run(name, func(t *testing.T) {
			feed, ext, _ := strings.Cut(tt.doc, ".")
			doc, err := formats[ext](documents[feed])
			if err != nil {
				t.Fatal(err)
			}
			spoilt := bytes.Replace(doc, []byte(tt.old), []byte(tt.new), 1)
			if bytes.Equal(spoilt, doc) || len(validity[ext](spoilt)) == 0 {
				t.Errorf("nothing was found; %s is there: %v", tt.old, bytes.Contains(doc, []byte(tt.old)))
			}
		})
	}
}
