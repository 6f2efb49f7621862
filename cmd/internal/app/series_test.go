package app_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sluice/cmd/internal/app"
	"sluice/config"
	"sluice/feed"
	"sluice/ingest"
)

// corpora returns the folder of real feeds, or skips.
func corpora(t *testing.T, folder string) string {
	t.Helper()
	root := os.Getenv("SLUICE_CORPORA")
	if root == "" {
		t.Skip("SLUICE_CORPORA is not set: see make real")
	}
	return filepath.Join(root, folder)
}

// stage is a publisher that shows one document a path at a time.
type stage struct {
	mu    sync.Mutex
	docs  map[string][]byte
	odd   map[string]http.HandlerFunc // answers in place of a document
	hang  chan struct{}               // not nil: no answer before it is closed
	asked atomic.Int64
}

func (s *stage) show(path string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.docs[path] = body
}

// answer has the stage answer a path otherwise than with its document; nil: no more.
func (s *stage) answer(path string, with http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.odd == nil {
		s.odd = map[string]http.HandlerFunc{}
	}
	s.odd[path] = with
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	if s.hang != nil {
		select {
		case <-s.hang:
		case <-r.Context().Done():
		}
	}
	s.mu.Lock()
	body, ok := s.docs[r.URL.Path]
	odd := s.odd[r.URL.Path]
	s.mu.Unlock()
	if odd != nil {
		odd(w, r)
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	etag := fmt.Sprintf(`"%x"`, sha256.Sum256(body))
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(body)
}

// snapshot is one fetch of a series.
type snapshot struct {
	series, time, path string
}

func snapshots(t *testing.T, root string) []snapshot {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "*", "*.xml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no series under %s: %v", root, err)
	}
	var all []snapshot
	for _, p := range paths {
		all = append(all, snapshot{filepath.Base(filepath.Dir(p)), filepath.Base(p), p})
	}
	slices.SortFunc(all, func(a, b snapshot) int {
		return strings.Compare(a.time+a.series, b.time+b.series)
	})
	return all
}

// published is what a subscriber remembers of an entry.
type published struct{ date, source string }

// TestRealSeriesShowEachItemOnce replays eight months of eight news feeds
// into one output and checks what a subscriber would see after each fetch.
func TestRealSeriesShowEachItemOnce(t *testing.T) {
	all := snapshots(t, corpora(t, "series"))
	st := &stage{docs: map[string][]byte{}}
	srv := httptest.NewServer(st)
	defer srv.Close()

	var names []string
	for _, s := range all {
		if !slices.Contains(names, s.series) {
			names = append(names, s.series)
		}
	}
	slices.Sort(names)
	a := startApp(t, seriesConfig(t, srv.URL, names))

	seen := map[string]published{} // id → what it was first shown as
	sums := map[string]map[ingest.Outcome]int{}
	total := map[string]*ingest.Report{}
	for _, n := range names {
		sums[n], total[n] = map[ingest.Outcome]int{}, &ingest.Report{}
	}
	before := []byte(nil)
	for _, s := range all {
		body, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		st.show("/"+s.series, body)
		reports, err := a.Sync(t.Context(), ingest.Request{Sources: []feed.SourceID{feed.SourceID(s.series)}, All: true}, nil)
		if err != nil {
			t.Fatalf("%s %s: %v", s.series, s.time, err)
		}
		rep := reports[0]
		sums[s.series][rep.Outcome]++
		total[s.series].Merged.New += rep.Merged.New
		total[s.series].Merged.Updated += rep.Merged.Updated
		now := get(t, a, "/feeds/all.json")
		if rep.Merged.New+rep.Merged.Updated == 0 && before != nil && rep.Outcome != ingest.Changed && !bytes.Equal(now, before) {
			t.Errorf("%s %s: %s with nothing stored changed the output", s.series, s.time, rep.Outcome)
		}
		before = now
		checkEntries(t, s, now, seen)
	}
	for _, n := range names {
		t.Logf("%-15s %v: %d articles, %d edits", n, sums[n], total[n].Merged.New, total[n].Merged.Updated)
	}
	checkOnce(t, a, total)
}

// checkEntries holds an output against what its subscribers saw before: an id
// keeps its date and its source.
func checkEntries(t *testing.T, s snapshot, doc []byte, seen map[string]published) {
	t.Helper()
	var f struct {
		Items []struct {
			ID     string `json:"id"`
			Date   string `json:"date_published"`
			Sluice struct {
				Source struct {
					Name string `json:"name"`
				} `json:"source"`
			} `json:"_sluice"`
		} `json:"items"`
	}
	if err := json.Unmarshal(doc, &f); err != nil {
		t.Fatalf("%s %s: output is no JSON: %v", s.series, s.time, err)
	}
	here := map[string]bool{}
	for _, item := range f.Items {
		if here[item.ID] {
			t.Errorf("%s %s: %s is shown twice", s.series, s.time, item.ID)
		}
		here[item.ID] = true
		now := published{item.Date, item.Sluice.Source.Name}
		if was, ok := seen[item.ID]; ok && was != now {
			t.Errorf("%s %s: %s was %v and is %v", s.series, s.time, item.ID, was, now)
		}
		seen[item.ID] = now
	}
}

// checkOnce counts the stored articles of each source by their guid, or address
// without one: none twice.
func checkOnce(t *testing.T, a *app.App, total map[string]*ingest.Report) {
	t.Helper()
	count := map[string]map[string]int{}
	for seq := uint64(0); ; {
		page, err := a.Store().After(t.Context(), seq, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, art := range page {
			seq = art.Seq
			key := art.GUID
			if key == "" {
				key = art.URL
			}
			src := string(art.Source)
			if count[src] == nil {
				count[src] = map[string]int{}
			}
			if count[src][key]++; count[src][key] == 2 {
				t.Errorf("%s: %q is stored twice", src, key)
			}
		}
	}
	for src, keys := range count {
		if got := total[src].Merged.New; got != len(keys) {
			t.Errorf("%s: %d reported as new, %d different ones stored", src, got, len(keys))
		}
	}
}

// seriesConfig publishes all of the sources in one output without a bound.
func seriesConfig(t *testing.T, base string, names []string) *config.Config {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "server: {listen: '127.0.0.1:0', admin: ''}\nstorage: {path: %q}\n", filepath.Join(t.TempDir(), "s.db"))
	b.WriteString("ingest: {allow_private: [127.0.0.1], per_host: {parallel: 16, spacing: 0s}}\nsources:\n")
	for _, n := range names {
		fmt.Fprintf(&b, "  - {name: %q, url: %q}\n", n, base+"/"+n)
	}
	b.WriteString("outputs:\n  - {name: all, limit: 500}\n")
	return parseConfig(t, b.String())
}

func parseConfig(t *testing.T, text string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// startApp builds the daemon and serves it without its polling loop: the test
// decides when it polls.
func startApp(t *testing.T, cfg *config.Config) *app.App {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	load := func() (*config.Config, error) { return cfg, nil }
	a, err := app.New(t.Context(), cfg, load, log, app.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return a
}

// get returns the body of a public address.
func get(t *testing.T, a *app.App, path string) []byte {
	t.Helper()
	rec := httptest.NewRecorder()
	a.Public().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	if rec.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, rec.Code, rec.Body)
	}
	return rec.Body.Bytes()
}

// TestRealFeedsAsSources polls 175 real feeds, each a source of its own.
func TestRealFeedsAsSources(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpora(t, "feeds"), "*"))
	files = slices.DeleteFunc(files, func(f string) bool { return filepath.Base(f) == "LICENSE" })
	if err != nil || len(files) == 0 {
		t.Fatalf("no feeds: %v", err)
	}
	st := &stage{docs: map[string][]byte{}}
	srv := httptest.NewServer(st)
	defer srv.Close()
	var names []string
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("feed-%d", len(names))
		st.show("/"+name, body)
		names = append(names, name)
	}
	a := startApp(t, seriesConfig(t, srv.URL, names))
	reports, err := a.Sync(t.Context(), ingest.Request{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, articles, copies := map[ingest.Outcome]int{}, 0, 0
	for _, r := range reports {
		outcomes[r.Outcome]++
		articles += r.Merged.New
		copies += r.Merged.Duplicates
		if r.Err != nil {
			t.Logf("%s: %s: %v", filepath.Base(files[slices.Index(names, string(r.Source))]), r.Outcome, r.Err)
		}
	}
	t.Logf("%d sources: %v; %d articles, %d of them copies", len(reports), outcomes, articles, copies)
	if ok := outcomes[ingest.Changed] + outcomes[ingest.Partial]; ok < 174 {
		t.Errorf("%d of %d sources gave a document, want at least 174", ok, len(files))
	}
	if articles < 5376 { // each item of each document
		t.Errorf("%d articles are stored, want at least 5376", articles)
	}
	get(t, a, "/feeds/all.rss")
	again, err := a.Sync(t.Context(), ingest.Request{All: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range again {
		if r.Merged.New+r.Merged.Updated > 0 {
			t.Errorf("%s: the same document again gave %+v", r.Source, r.Merged)
		}
	}
}
