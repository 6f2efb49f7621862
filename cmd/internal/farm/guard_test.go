//go:build !race

package farm_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"sluice/cmd/internal/farm"
	"sluice/cmd/internal/web"
	"sluice/feed"
	"sluice/feed/publish"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/parse"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"

	"github.com/cespare/xxhash/v2"
	"go.etcd.io/bbolt"
)

// guards are what work may cost that is done again and again, in numbers that no busy
// machine changes. A change that costs more by intention changes the number here, and its
// commit says why; one that costs less lowers it, so that it stays.
//
// The race detector allocates, too, and drops what is pooled: "make test" runs these
// without it.
var guards = map[string]struct {
	is    float64
	slack float64 // by which share it may be more
}{
	"allocations to answer a feed whole":             {5, 0},
	"allocations to answer a feed by gzip":           {3, 0},
	"allocations to answer 304":                      {2, 0},
	"allocations to poll a source that answers 304":  {45, 0.1},
	"bytes to poll a source that answers 304":        {7500, 0.1},
	"records written by a poll that is answered 304": {1, 0},
	"allocations to read RSS of 50 items":            {16539, 0.1},
	"allocations to read Atom of 50 items":           {17576, 0.1},
	"allocations to read RSS of 3 new items in 50":   {1501, 0.1},
	"allocations to read Atom of 3 new items in 50":  {1682, 0.1},
	"allocations to poll 3 new items in 50":          {4482, 0.1},
	"bytes of the store an article":                  {1712, 0.05},
	"bytes that a quiet daemon keeps an article":     {350, 0.1},
}

// guard compares what something cost with its number.
func guard(t *testing.T, what string, got float64) {
	t.Helper()
	g, ok := guards[what]
	switch {
	case !ok:
		t.Fatalf("there is no number for %s", what)
	case exceeds(got, g.is, g.slack):
		t.Errorf("%s: %.1f, and it was %.1f: see why by \"make profile\"; if this is intended, change the number in guard_test.go and say why", what, got, g.is)
	case got == 0:
		t.Errorf("%s: 0, so nothing was measured", what)
	case got < g.is*(1-g.slack):
		t.Logf("%s: %.1f, and it was %.1f: lower the number in guard_test.go", what, got, g.is)
	}
}

// exceeds reports whether something costs more than it may.
func exceeds(got, is, slack float64) bool { return got > is*(1+slack) }

// one is an output that is built.
type one struct{ doc *publish.Document }

func (o one) Output(string) (web.Output, bool) { return web.Output{Document: o.doc}, true }
func (o one) List() []web.Listed               { return []web.Listed{{Name: o.doc.Name}} }
func (o one) Renamed(string) (string, bool)    { return "", false }
func (o one) Withdrawn(string) bool            { return false }
func (o one) Archive(context.Context, string, int) (*publish.Document, error) {
	return nil, nil
}

func (o one) Delta(context.Context, string, *publish.Document, uint64) (*publish.Document, error) {
	return nil, nil
}

// nobody reads an answer, and costs nothing.
type nobody struct{ header http.Header }

func (n nobody) Header() http.Header         { return n.header }
func (n nobody) Write(p []byte) (int, error) { return len(p), nil }
func (n nobody) WriteHeader(int)             {}

func TestGuardServing(t *testing.T) {
	coded := slices.Repeat([]byte("coded"), 5000)
	doc := &publish.Document{Name: "all", Modified: time.Unix(1_800_000_000, 0), RSS: publish.Representation{
		ContentType: "application/rss+xml; charset=utf-8", ETag: `"whole"`, Body: slices.Repeat([]byte("whole"), 20_000),
		Coded: []publish.Coded{{Coding: "gzip", ETag: `"gzip"`, Body: func() []byte { return coded }}},
	}}
	h := web.New(slog.New(slog.DiscardHandler), one{doc}, web.Options{BaseURL: "https://feeds.example", Readers: &web.Readers{}})
	for what, header := range map[string][2]string{
		"allocations to answer a feed whole":   {"Accept-Encoding", "identity"},
		"allocations to answer a feed by gzip": {"Accept-Encoding", "gzip"},
		"allocations to answer 304":            {"If-None-Match", `"whole"`},
	} {
		r := httptest.NewRequest(http.MethodGet, "/feeds/all.rss", http.NoBody)
		r.Header.Set("User-Agent", "Reader/1.0")
		r.Header.Set(header[0], header[1])
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		want := map[string]int{"allocations to answer a feed whole": 100_000, "allocations to answer a feed by gzip": 25_000}[what]
		if rec.Body.Len() != want {
			t.Fatalf("%s: answered %d with %d bytes, want %d", what, rec.Code, rec.Body.Len(), want)
		}
		w := nobody{http.Header{}}
		guard(t, what, testing.AllocsPerRun(200, func() { clear(w.header); h.ServeHTTP(w, r) }))
	}
}

// publisher answers for the feeds of a farm without a network, whose allocations would be
// counted with ours: once with each document, then by 304.
type publisher struct {
	docs map[string][]byte
	tags map[string]string // of the documents
}

func (p publisher) Fetch(_ context.Context, t fetch.Target) (fetch.Answer, error) {
	final, err := url.Parse(t.URL)
	if err != nil {
		return fetch.Answer{}, err
	}
	if t.ETag == p.tags[t.URL] {
		return fetch.Answer{Status: http.StatusNotModified, NotModified: true, ETag: t.ETag, Final: final}, nil
	}
	return fetch.Answer{Status: http.StatusOK, Body: p.docs[t.URL], ETag: p.tags[t.URL], Final: final, ContentType: "application/xml"}, nil
}

// polled is a runner over a store at a path that has polled the feeds of a small farm once,
// one after the other, so that the store is the same each time. A tick changes a tenth of
// them.
func polled(t *testing.T, path string, feeds int) (r *ingest.Runner, s *bolt.Store, p publisher, tick func()) {
	t.Helper()
	f := farm.New(farm.Options{Feeds: feeds})
	s = bolttest.OpenAt(t, path)
	p = publisher{docs: map[string][]byte{}, tags: map[string]string{}}
	publish := func(no int) (address string) {
		address = "https://host-" + strconv.Itoa(no) + ".example/feed"
		p.docs[address] = plain(t, f, no)
		p.tags[address] = strconv.Quote(strconv.FormatUint(xxhash.Sum64(p.docs[address]), 36))
		return address
	}
	plan := ingest.Plan{Min: time.Minute, Max: 24 * time.Hour, Authority: "feeds.example", Fetcher: p, Pace: ingest.Pace{Workers: feeds}}
	for no := range feeds {
		address := publish(no)
		plan.Sources = append(plan.Sources, ingest.Source{
			Source: feed.Source{Name: feed.SourceID("feed-" + strconv.Itoa(no)), URL: address, Interval: time.Hour, Host: "host-" + strconv.Itoa(no)},
			Target: fetch.Target{URL: address},
		})
	}
	r = ingest.New(s, slog.New(slog.DiscardHandler), ingest.Options{Chance: func() float64 { return 0.5 }})
	if err := r.SetPlan(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	for _, src := range plan.Sources {
		pollAll(t, r, ingest.Changed, src.Name)
	}
	return r, s, p, func() {
		f.Tick()
		for no := range feeds {
			publish(no)
		}
	}
}

// pollAll polls sources, all for none, and wants one outcome of them.
func pollAll(t *testing.T, r *ingest.Runner, want ingest.Outcome, names ...feed.SourceID) {
	t.Helper()
	reports, err := r.Sync(t.Context(), ingest.Request{All: true, Sources: names}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, rep := range reports {
		if rep.Outcome != want {
			t.Fatalf("%s: %s, want %s: %v", rep.Source, rep.Outcome, want, rep.Err)
		}
	}
}

func TestGuardPolls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	r, s, _, tick := polled(t, path, 20)
	u, err := s.Usage(t.Context())
	if err != nil || u.Articles != 1000 {
		t.Fatal(u, err)
	}
	guard(t, "bytes of the store an article", float64(u.Bytes-u.Free)/float64(u.Articles))
	allocs := testing.AllocsPerRun(5, func() { pollAll(t, r, ingest.NotModified) })
	guard(t, "allocations to poll a source that answers 304", allocs/20)
	var was, is runtime.MemStats
	runtime.ReadMemStats(&was)
	for range 5 {
		pollAll(t, r, ingest.NotModified)
	}
	runtime.ReadMemStats(&is)
	guard(t, "bytes to poll a source that answers 304", float64(is.TotalAlloc-was.TotalAlloc)/5/20)

	before := records(t, s)
	pollAll(t, r, ingest.NotModified, "feed-7")
	written := 0
	for key, value := range records(t, s) {
		if before[key] != value {
			written++
		}
		delete(before, key)
	}
	guard(t, "records written by a poll that is answered 304", float64(written+len(before)))

	var spent uint64
	for _, names := range [][2]feed.SourceID{{"feed-1", "feed-11"}, {"feed-2", "feed-12"}} {
		tick()
		pollAll(t, r, ingest.Changed, names[0]) // which pays for what is done once
		spent += mallocs(func() { pollAll(t, r, ingest.Changed, names[1]) })
	}
	guard(t, "allocations to poll 3 new items in 50", float64(spent)/2)
}

// mallocs is how many allocations something makes, wherever.
func mallocs(f func()) uint64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

// records are all keys of a store, each after its buckets, with their values, as a copy has
// them.
func records(t *testing.T, s *bolt.Store) map[string]string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Backup(t.Context(), f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				all[string(name)+"/"+string(k)] = string(v)
				return nil
			})
		})
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestGuardReading(t *testing.T) {
	f := farm.New(farm.Options{Feeds: 2})
	base, err := url.Parse("https://farm.example/feed")
	if err != nil {
		t.Fatal(err)
	}
	for no, what := range []string{"allocations to read RSS of 50 items", "allocations to read Atom of 50 items"} {
		body := plain(t, f, no)
		guard(t, what, testing.AllocsPerRun(5, func() {
			doc, err := parse.Parse(body, parse.Meta{Source: "farm", Base: base, ContentType: "application/xml"})
			if err != nil || len(doc.Articles) != 50 {
				t.Fatal(len(doc.Articles), err)
			}
		}))
	}
}

// TestGuardReadingWhatIsNew reads documents of which an earlier form was read.
func TestGuardReadingWhatIsNew(t *testing.T) {
	f := farm.New(farm.Options{Feeds: 3})
	m := parse.Meta{Source: "farm", Base: &url.URL{Scheme: "https", Host: "farm.example", Path: "/feed"}, ContentType: "application/xml"}
	for _, c := range []struct {
		what string
		no   int
	}{{"allocations to read Atom of 3 new items in 50", 1}, {"allocations to read RSS of 3 new items in 50", 2}} {
		doc, err := parse.Parse(plain(t, f, c.no), m)
		if err != nil {
			t.Fatal(err)
		}
		f.Tick()
		body := plain(t, f, c.no)
		again := m
		again.Known = func(sum uint64) bool { return slices.Contains(doc.Sums, sum) }
		guard(t, c.what, testing.AllocsPerRun(5, func() {
			doc, err := parse.Parse(body, again)
			if err != nil || len(doc.Articles) != 3 || len(doc.Unread) != 47 {
				t.Fatal(len(doc.Articles), len(doc.Unread), err)
			}
		}))
	}
}

// TestGuardsTellOfMore has a number that is too low.
func TestGuardsTellOfMore(t *testing.T) {
	for name, tt := range map[string]struct {
		got, is, slack float64
		tells          bool
	}{
		"the number":        {2, 2, 0, false},
		"one more":          {3, 2, 0, true},
		"more within slack": {109, 100, 0.1, false},
		"more than slack":   {111, 100, 0.1, true},
		"less is not told":  {1, 2, 0, false},
	} {
		if got := exceeds(tt.got, tt.is, tt.slack); got != tt.tells {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
