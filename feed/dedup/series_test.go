package dedup_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest/parse"
	"sluice/storage"
)

// tally is what a series of documents of one source did to its articles.
type tally struct {
	documents, refused, partial int
	items                       int // stored for the first time
	edits, mended, noise        int // called updated; edited otherwise; listed otherwise, and as it was
	returned, renamed           int // listed again after an absence; known under another guid
	twice                       int
}

// TestRealSeriesThroughTheStore replays months of real news feeds, one document a
// poll at the time at which it was fetched, and prints what became of the items.
// None may be stored twice, and no source's guids have a fault.
func TestRealSeriesThroughTheStore(t *testing.T) {
	root := os.Getenv("SLUICE_CORPORA")
	if root == "" {
		t.Skip("SLUICE_CORPORA is not set: see make real")
	}
	folders, err := filepath.Glob(filepath.Join(root, "series", "*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no series: %v", err)
	}
	t.Logf("%-15s %9s %7s %7s %6s %6s %6s %6s %8s %7s %6s", "source", "documents", "refused", "partial", "items", "edits", "mended", "noise", "returned", "renamed", "twice")
	for _, folder := range folders {
		r := newReplay(t)
		files, err := filepath.Glob(filepath.Join(folder, "*.xml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files { // in the order of their times
			r.fetch(file)
		}
		n := r.finish()
		t.Logf("%-15s %9d %7d %7d %6d %6d %6d %6d %8d %7d %6d", filepath.Base(folder), n.documents, n.refused, n.partial, n.items, n.edits, n.mended, n.noise, n.returned, n.renamed, n.twice)
		if n.twice > 0 {
			t.Errorf("%s: %d items are stored twice", filepath.Base(folder), n.twice)
		}
	}
}

// replay is a source in a store of its own, and what its publisher listed so far.
type replay struct {
	*window
	tally
	stored map[uint64]feed.Stored
	listed map[string]string // what an item said when it was last listed
	here   map[string]bool   // the keys of the last document
	guids  map[string]bool
}

func newReplay(t *testing.T) *replay {
	t.Helper()
	return &replay{
		window: newWindow(t), stored: map[uint64]feed.Stored{}, listed: map[string]string{}, here: map[string]bool{}, guids: map[string]bool{},
	}
}

// known is an item by what should name it alone.
func known(a feed.Article) string {
	if a.GUID != "" {
		return a.GUID
	}
	return a.URL
}

func (r *replay) fetch(file string) {
	r.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		r.Fatal(err)
	}
	at, err := time.Parse("20060102T150405Z.xml", filepath.Base(file))
	if err != nil {
		r.Fatal(err)
	}
	r.documents++
	doc, err := parse.Parse(body, parse.Meta{Source: "a"})
	if err != nil {
		r.refused++
		return
	}
	if doc.Partial != "" {
		r.partial++
	}
	r.now = at.Add(-time.Hour)
	m := r.poll(doc.Articles)
	r.items += m.New
	r.compare(doc.Articles, m)
}

// compare counts what a document did.
func (r *replay) compare(doc []feed.Article, m storage.Merged) {
	changed, raised := 0, 0
	for _, a := range r.all() {
		was, ok := r.stored[a.Seq]
		if ok && a.Changed.After(was.Changed) {
			raised++
		}
		if ok && a.Form != was.Form {
			changed++
		}
		r.stored[a.Seq] = a
	}
	r.edits += raised
	r.mended += m.Updated - raised
	here, differs, unseen := map[string]bool{}, 0, 0
	for _, a := range doc {
		key := known(a)
		says := a.Title + "\x00" + a.Body() + "\x00" + a.URL
		if was, ok := r.listed[key]; ok && !here[key] {
			if was != says {
				differs++
			}
			if !r.here[key] {
				r.returned++
			}
		}
		if a.GUID != "" && !r.guids[a.GUID] {
			r.guids[a.GUID] = true
			unseen++
		}
		r.listed[key], here[key] = says, true
	}
	r.noise += max(0, differs-changed)
	r.renamed += max(0, unseen-m.New)
	r.here = here
}

func (r *replay) all() (all []feed.Stored) {
	r.Helper()
	for seq := uint64(0); ; {
		page, err := r.store.After(r.Context(), seq, 1000)
		if err != nil {
			r.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		all, seq = append(all, page...), page[len(page)-1].Seq
	}
}

// finish checks what is known of the source, and looks for items that were stored twice: under one guid, or without guids
// under one address.
func (r *replay) finish() tally {
	states, err := r.store.States(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	if fault := states[0].GUIDs; fault != "" {
		r.Errorf("guids are taken to be %s", fault)
	}
	seen := map[string]feed.Stored{}
	for _, a := range r.all() {
		key := known(a.Article)
		if first, ok := seen[key]; ok {
			r.twice++
			r.Logf("twice: %q %q %q", key, first.Title, a.Title)
		}
		seen[key] = a
	}
	return r.tally
}
