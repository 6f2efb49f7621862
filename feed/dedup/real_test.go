package dedup_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest/parse"
	"sluice/storage"
	"sluice/storage/bolt/bolttest"
)

// TestRealFeedsAreTheSameInWindowsOfAnySize shows each feed as a publisher does
// who lists the newest few items, for several sizes of the window, and then as a
// whole. The articles must be those of the whole document alone, and afterwards
// none may come back as new.
func TestRealFeedsAreTheSameInWindowsOfAnySize(t *testing.T) {
	dir := os.Getenv("SLUICE_CORPORA")
	if dir == "" {
		t.Skip("SLUICE_CORPORA is not set: see make real")
	}
	files, err := filepath.Glob(filepath.Join(dir, "feeds", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no feeds: %v", err)
	}
	wrong := 0
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := parse.Parse(body, parse.Meta{Source: "a"})
		if err != nil {
			continue
		}
		items := doc.Articles[:min(len(doc.Articles), 100)]
		whole := newWindow(t).poll(items)
		for _, size := range []int{1, 2, len(items) / 2, len(items)} {
			if size < 1 || size > len(items) {
				continue
			}
			w, stored := newWindow(t), 0
			for i := len(items) - size; i >= 0; i-- {
				stored += w.poll(items[i : i+size]).New
			}
			stored += w.poll(items).New // that two items share a guid may show only now
			back := 0
			for i := range items {
				back += w.poll(items[i : i+1]).New
			}
			if stored != whole.New || back != 0 {
				wrong++
				t.Logf("%s: %d articles in windows of %d instead of %d, and %d came back", filepath.Base(file), stored, size, whole.New, back)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d windows were wrong", wrong)
	}
}

// window is a source in a store of its own.
type window struct {
	testing.TB
	store storage.Store
	now   time.Time
}

func newWindow(t *testing.T) *window {
	t.Helper()
	w := &window{TB: t, store: bolttest.Open(t), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	if _, err := w.store.SetSources(t.Context(), []feed.Source{{Name: "a", URL: "https://a.example/feed"}}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *window) poll(articles []feed.Article) storage.Merged {
	w.Helper()
	w.now = w.now.Add(time.Hour)
	c, err := w.store.ClaimSource(w.Context(), w.now, "a", time.Minute)
	if err != nil {
		w.Fatal(err)
	}
	m, err := w.store.Merge(w.Context(), storage.Delivery{
		Claim: &c, At: w.now, Articles: slices.Clone(articles), State: c.State, Authority: "feeds.example",
	})
	if err != nil {
		w.Fatal(err)
	}
	return m
}
