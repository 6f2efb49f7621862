package app_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/fuzztest"
	"sluice/feed/publish"
	"sluice/feed/sanitize"
	"sluice/ingest/parse"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"

	"golang.org/x/net/idna"
)

// chainTime is when the documents of the chain are polled and published.
var chainTime = time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC)

// FuzzChain sends a document all the way: it is parsed, stored, published in
// three formats, and each of these is read again. Whatever a publisher wrote,
// what comes out is well-formed, whole, the same at each build, and says of each
// article what the store says.
func FuzzChain(f *testing.F) {
	for _, pattern := range []string{"../../../ingest/parse/testdata/*.xml", "../../../ingest/parse/testdata/*.json", "../cli/testdata/feeds/*"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatalf("no seeds at %s: %v", pattern, err)
		}
		for _, p := range paths {
			body, err := os.ReadFile(p)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(body)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		defer fuzztest.Within(t, len(body), fuzztest.Cost{Bytes: 64 << 20, Each: 16 << 10})()
		doc, err := read(body)
		if err != nil {
			return // refused, which harms nobody
		}
		checkChain(t, doc)
	})
}

// TestMarkupInTextsGoesAllTheWay has markup in every text of an entry that holds none.
func TestMarkupInTextsGoesAllTheWay(t *testing.T) {
	const markup = `Free <b>to</b> <x:y>use</x:y><rights>All</rights> &lt;i>reserved`
	person := "<name>" + markup + "</name><uri>https://e.example/" + markup + "</uri><email>a@e.example" + markup + "</email>"
	texts, atom := "", ""
	for _, name := range []string{"title", "subtitle", "summary", "rights", "content"} {
		texts += "<" + name + ">" + markup + "</" + name + ">"
	}
	texts += "<contributor>" + person + "</contributor><author>" + person + "</author>"
	for _, tag := range regexp.MustCompile(`<[^<]+`).FindAllString(texts, -1) {
		if !strings.Contains(tag, "x:y") && !strings.HasPrefix(tag, "<b") && !strings.HasPrefix(tag, "</b") {
			tag = strings.NewReplacer("</", "</a:", "<", "<a:").Replace(tag)
		}
		atom += tag
	}
	const named = ` xmlns:x="urn:x" xmlns:a="http://www.w3.org/2005/Atom"`
	for name, body := range map[string]string{
		"Atom":               `<feed xmlns="http://www.w3.org/2005/Atom"` + named + `>` + texts + `<entry><id>1</id>` + texts + `<source>` + texts + `</source></entry></feed>`,
		"Atom with a prefix": `<a:feed` + named + `>` + atom + `<a:entry><a:id>1</a:id>` + atom + `</a:entry></a:feed>`,
		"RSS":                `<rss version="2.0"` + named + `><channel>` + texts + `<item><guid>1</guid>` + texts + `</item></channel></rss>`,
		"Atom in RSS":        `<rss version="2.0"` + named + `><channel><title>T</title>` + atom + `<item><title>1</title>` + atom + `</item></channel></rss>`,
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := read([]byte(body))
			if err != nil || len(doc.Articles) != 1 {
				t.Fatalf("%d articles, %v", len(doc.Articles), err)
			}
			checkChain(t, doc)
		})
	}
}

// TestRealFeedsGoAllTheWay sends real feeds the way of FuzzChain.
func TestRealFeedsGoAllTheWay(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(corpora(t, "feeds"), "*"))
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, p := range paths {
		body, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := read(body)
		if err != nil {
			continue // which ones are refused is counted elsewhere
		}
		sent++
		t.Run(filepath.Base(p), func(t *testing.T) { checkChain(t, doc) })
	}
	if sent < 174 {
		t.Errorf("%d feeds went the way, want 174", sent)
	}
}

func read(body []byte) (parse.Document, error) {
	return parse.Parse(body, parse.Meta{Source: "s", Base: &url.URL{Scheme: "https", Host: "e.example", Path: "/feed"}})
}

func checkChain(t *testing.T, doc parse.Document) {
	t.Helper()
	store := bolttest.Open(t)
	merged := merge(t, store, doc)
	if merged.New > len(doc.Articles) || merged.New == 0 && len(doc.Articles) > 0 {
		t.Fatalf("%d articles gave %+v", len(doc.Articles), merged)
	}
	if again := merge(t, store, doc); again.New+again.Updated > 0 {
		t.Errorf("the same document again gave %+v", again)
	}
	out, pub := build(t, store, doc, feed.Publication{Output: "all"})
	if len(out.Entries) != merged.New {
		t.Fatalf("%d entries of %d articles", len(out.Entries), merged.New)
	}
	for name, r := range representations(out) {
		checkWellFormed(t, name, r.Body)
		checkReadBack(t, name, r.Body, out)
	}
	twice, later := build(t, store, doc, pub)
	if later != pub || !bytes.Equal(twice.RSS.Body, out.RSS.Body) || !bytes.Equal(twice.Atom.Body, out.Atom.Body) || !bytes.Equal(twice.JSON.Body, out.JSON.Body) {
		t.Error("a second build of the same articles gave other bytes")
	}
}

func representations(d *publish.Document) map[string]publish.Representation {
	return map[string]publish.Representation{"RSS": d.RSS, "Atom": d.Atom, "JSON": d.JSON}
}

func merge(t *testing.T, store *bolt.Store, doc parse.Document) storage.Merged {
	t.Helper()
	ctx := t.Context()
	source := feed.Source{Name: "s", URL: "https://e.example/feed", Host: "e.example", Interval: time.Hour}
	if _, err := store.SetSources(ctx, []feed.Source{source}); err != nil {
		t.Fatal(err)
	}
	claim, err := store.ClaimSource(ctx, chainTime, "s", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	state := claim.State
	state.Status, state.Info, state.LastSuccess, state.LastAttempt = feed.StatusOK, doc.Info, chainTime, chainTime
	merged, err := store.Merge(ctx, storage.Delivery{
		Claim: &claim, At: chainTime, Articles: doc.Articles, State: state, Authority: "feeds.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

// shelf gives publish a store in the words that it asks with.
type shelf struct{ storage.Store }

func (s shelf) Walk(ctx context.Context, sources []feed.SourceID, order feed.Order, since time.Time) iter.Seq2[feed.Stored, error] {
	return s.Newest(ctx, storage.Query{Sources: sources, Order: order, Since: since})
}

func build(t *testing.T, store *bolt.Store, doc parse.Document, prev feed.Publication) (*publish.Document, feed.Publication) {
	t.Helper()
	out, err := publish.New(feed.Output{
		Name: "all", Title: "All", Sources: []feed.SourceID{"s"}, Dedup: feed.DedupNone, Limit: publish.MaxLimit,
	}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	infos := map[feed.SourceID]publish.SourceInfo{"s": {
		Name: "s", Title: doc.Info.Title, ID: doc.Info.ID, URL: "https://e.example/feed", Site: doc.Info.Link, Language: doc.Info.Language,
	}}
	d, pub, err := publish.Build(t.Context(), shelf{store}, out, infos, publish.Site{BaseURL: "https://feeds.example"}, prev, chainTime)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range d.Warnings {
		t.Error(w)
	}
	return d, pub
}

// checkWellFormed reads a document as strictly as the standard library can.
func checkWellFormed(t *testing.T, name string, body []byte) {
	t.Helper()
	if name == "JSON" {
		if !json.Valid(body) {
			t.Error("JSON: not valid")
		}
		return
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		if _, err := d.RawToken(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if err := xml.Unmarshal(body, new(struct{})); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// checkReadBack has our own reader, which is made for the feeds of others, read
// what was published: nothing needed mending, and nothing was lost.
func checkReadBack(t *testing.T, name string, body []byte, out *publish.Document) {
	t.Helper()
	doc, err := read(body)
	if len(out.Entries) == 0 && err == nil {
		return
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, body)
	}
	for kind := range doc.Warnings {
		if kind != "address-ignored" { // magnet links and the like are kept as links
			t.Errorf("%s: the reader says %s\n%s", name, kind, body)
		}
	}
	if doc.Partial != "" || len(doc.Articles) != len(out.Entries) {
		t.Fatalf("%s: %d articles were read of %d %s\n%s", name, len(doc.Articles), len(out.Entries), doc.Partial, body)
	}
	for i, got := range doc.Articles {
		want := out.Entries[i]
		if got.GUID != want.ID {
			t.Errorf("%s: id %q, want %q", name, got.GUID, want.ID)
		}
		if got.Title != want.Title && (name != "JSON" || got.Title != sanitize.Title(want.Title)) { // which cannot say that it is text
			t.Errorf("%s: title of %s is %q, want %q", name, want.ID, got.Title, want.Title)
		}
		if cmp.Or(want.URL, got.URL) != got.URL && plainAddress(got.URL) != plainAddress(want.URL) {
			t.Errorf("%s: address of %s is %q, want %q", name, want.ID, got.URL, want.URL)
		}
		if !got.Published.Equal(want.Date.Truncate(time.Second)) && !got.Published.Equal(want.Date) {
			t.Errorf("%s: %s is dated %v, want %v", name, want.ID, got.Published, want.Date)
		}
	}
}

// plainAddress is an address without what a URI needs and an IRI does not:
// escapes, and host names in ASCII.
func plainAddress(address string) string {
	if scheme, rest, ok := strings.Cut(address, "://"); ok {
		end := strings.IndexAny(rest+"/", "/?#")
		user := strings.LastIndexByte(rest[:end], '@') + 1
		host := strings.ToLower(rest[user:end])
		if ascii, err := idna.Lookup.ToASCII(host); err == nil {
			host = ascii
		}
		address = strings.ToLower(scheme) + "://" + rest[:user] + host + rest[end:]
	}
	return escape.ReplaceAllStringFunc(address, func(e string) string {
		plain, err := url.PathUnescape(e)
		if err != nil {
			return e
		}
		return plain
	})
}

var escape = regexp.MustCompile("%[0-9A-Fa-f]{2}")
