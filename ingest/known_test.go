package ingest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/storage"
	"sluice/storage/bolt/bolttest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// forgetful is a store of whose documents all items are read each time.
type forgetful struct{ ingest.Store }

// Seen implements storage.Merger.
func (forgetful) Seen(context.Context, storage.Claim, time.Time) ([]uint64, error) { return nil, nil }

// leaving is a store that counts the items that were left unread.
type leaving struct {
	ingest.Store
	left *atomic.Int64
}

// Merge implements storage.Merger.
func (s leaving) Merge(ctx context.Context, d storage.Delivery) (storage.Merged, error) {
	s.left.Add(int64(len(d.Unread)))
	return s.Store.Merge(ctx, d)
}

// fixed is a network with one document.
type fixed struct{ body string }

// Fetch implements ingest.Fetcher.
func (f *fixed) Fetch(_ context.Context, t fetch.Target) (fetch.Answer, error) {
	final, err := url.Parse(t.URL)
	return fetch.Answer{Status: 200, Body: []byte(f.body), Final: final, ContentType: "application/xml"}, err
}

// reader polls one source over a store.
type reader struct {
	store  ingest.Store
	runner *ingest.Runner
}

func newReader(t *rapid.T, store ingest.Store, pub ingest.Fetcher) reader {
	r := reader{store, ingest.New(store, slog.New(slog.DiscardHandler), ingest.Options{Chance: func() float64 { return 0 }})}
	plan := ingest.Plan{Max: 24 * time.Hour, Authority: "example.org", Fetcher: pub, Sources: []ingest.Source{source("a", "https://a.example/feed")}}
	if err := r.runner.SetPlan(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	return r
}

// poll polls the source and returns what is told of the poll, what is known of the source,
// and its articles, but for times.
func (r reader) poll(t *rapid.T) (said []any) {
	reports, err := r.runner.Sync(t.Context(), ingest.Request{All: true, Sources: []feed.SourceID{"a"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, rep := range reports {
		said = append(said, rep.Outcome, rep.Merged, rep.Warnings, fmt.Sprint(rep.Err))
	}
	states, err := r.store.StatesOf(t.Context(), []feed.SourceID{"a"})
	if err != nil {
		t.Fatal(err)
	}
	said = append(said, states[0].Info, states[0].GUIDs, states[0].Articles, states[0].Body, states[0].Warnings)
	for a, err := range r.store.Newest(t.Context(), storage.Query{Sources: []feed.SourceID{"a"}}) {
		if err != nil {
			t.Fatal(err)
		}
		a.FirstSeen, a.Date, a.Changed, a.Place = time.Time{}, time.Time{}, time.Time{}, time.Time{}
		said = append(said, a)
	}
	return said
}

// done is what publishers do to items, mostly nothing.
var done = append(make([]string, 20), "title", "address", "guid", "no guid", "text", "line", "date")

// drawFeed is a document of few items of which much is in common: that of before, with what
// publishers do to them.
func drawFeed(t *rapid.T) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<rss version="2.0"><channel><title>F</title><lastBuildDate>%d</lastBuildDate>`, rapid.IntRange(0, 1000).Draw(t, "build"))
	if rapid.IntRange(0, 9).Draw(t, "language") == 0 {
		b.WriteString("<language>de</language>")
	}
	for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, 9), 4, 9, rapid.ID).Draw(t, "items") {
		done := rapid.SampledFrom(done).Draw(t, "what is done to it")
		is := func(what string, n, other int) int {
			if done == what {
				return other
			}
			return n
		}
		b.WriteString("<item>")
		fmt.Fprintf(&b, "<title>Story number %d of many</title><link>https://a.example/%d</link>", is("title", n, n+20), is("address", n, n+1))
		if done != "no guid" {
			fmt.Fprintf(&b, `<guid isPermaLink="false">g-%d</guid>`, is("guid", n, n+1))
		}
		fmt.Fprintf(&b, "<description>&lt;p>What was told of the %d. thing that there is to tell.&lt;/p>", is("text", n, n+30))
		fmt.Fprintf(&b, "&lt;p>Line %d that other stories may have, too, at their ends.&lt;/p></description>", is("line", n%4, 5))
		if done == "date" {
			b.WriteString("<pubDate>soon</pubDate>")
		}
		b.WriteString("</item>")
	}
	b.WriteString("</channel></rss>")
	return b.String()
}

func TestItemsAreLeftUnreadAndNothingElseChanges(t *testing.T) {
	var left atomic.Int64
	rapid.Check(t, func(rt *rapid.T) {
		pub := &fixed{}
		counting := leaving{bolttest.Open(t), &left}
		brief, whole := newReader(rt, counting, pub), newReader(rt, forgetful{bolttest.Open(t)}, pub)
		for range rapid.IntRange(3, 8).Draw(rt, "polls") {
			pub.body = drawFeed(rt)
			if d := cmp.Diff(whole.poll(rt), brief.poll(rt)); d != "" {
				rt.Fatalf("(-all read +known left out)\n%s", d)
			}
		}
	})
	if t.Logf("%d items were left unread", left.Load()); left.Load() == 0 {
		t.Error("that is none")
	}
}
