//go:build !race

package farm_test

import (
	"context"
	"iter"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/filter"
	"sluice/feed/publish"
	"sluice/storage"
	"sluice/storage/bolt"
)

// read is a store as outputs are built from it.
type read struct{ *bolt.Store }

func (r read) Walk(ctx context.Context, sources []feed.SourceID, order feed.Order, since time.Time) iter.Seq2[feed.Stored, error] {
	return r.Newest(ctx, storage.Query{Sources: sources, Order: order, Since: since})
}

// TestGuardMemory compares what is kept after few feeds and after more of them: how much
// each new article adds to what a daemon has in memory when there is nothing to do. What it
// takes of the system is more, and other each time; what is kept is the same.
func TestGuardMemory(t *testing.T) {
	const few, many = 20, 60
	quiet(t, 5) // what is made once and for all
	least := quiet(t, few)
	guard(t, "bytes that a quiet daemon keeps an article", float64(quiet(t, many)-least)/(50*(many-few)))
}

// quiet has what a daemon is made of poll some feeds of 50 articles, build an output of them
// and file its archives, and returns how many bytes are kept when that is done.
func quiet(t *testing.T, feeds int) int64 {
	t.Helper()
	before := kept()
	r, s, p, _ := polled(t, filepath.Join(t.TempDir(), "sluice.db"), feeds)
	o, infos := feed.Output{Name: "all", Title: "All feeds"}, map[feed.SourceID]publish.SourceInfo{}
	states, err := s.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range states {
		o.Sources, infos[st.Source] = append(o.Sources, st.Source), publish.SourceInfo{Name: st.Source}
	}
	out, err := publish.New(o, nil, map[feed.SourceID]*filter.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	b := publish.NewBuilder(read{s}, out, publish.Site{BaseURL: "https://feeds.example"}, 1<<20)
	pub := feed.Publication{Output: "all", ID: "https://feeds.example/feeds/all", History: &feed.History{}}
	var doc *publish.Document
	for doc == nil || b.Behind() {
		if doc, pub, err = b.Build(t.Context(), infos, pub, time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := s.Publish(t.Context(), pub); err != nil {
			t.Fatal(err)
		}
	}
	if len(doc.Entries) == 0 || pub.History.Closed == 0 {
		t.Fatal(len(doc.Entries), pub.History.Closed)
	}
	for _, rep := range []publish.Representation{doc.RSS, doc.Atom, doc.JSON} {
		for _, coded := range rep.Coded {
			for coded.Body() == nil { // some are made in the background
				time.Sleep(time.Millisecond)
			}
		}
	}
	clear(p.docs)
	after := kept()
	runtime.KeepAlive(r)
	runtime.KeepAlive(b)
	return after - before
}

// kept is how large what is reachable is, in bytes.
func kept() int64 {
	for range 3 { // what is pooled goes with the second, what a cleanup held with the third
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below
}
