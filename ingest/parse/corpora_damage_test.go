package parse_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/ingest/parse"
)

// TestRealTestsOfOtherReadersAreReadOrRefusedCleanly reads whatever other readers
// test themselves with: more of it is damaged than in the wild.
func TestRealTestsOfOtherReadersAreReadOrRefusedCleanly(t *testing.T) {
	dir := corpora(t, "parsers")
	read, refused, illFormed, lost := 0, 0, 0, 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, ".jsonl") {
			return err
		}
		name := strings.TrimPrefix(path, dir)
		damaged := strings.Contains(name, "illformed")
		doc, err := parseAt(readFile(t, path), "https://example.org/feed")
		switch {
		case err == nil:
			read++
			checkDocument(t, doc)
		case errors.Is(err, parse.ErrNotFeed):
			refused++
		default:
			t.Errorf("%s: %v", name, err)
		}
		if damaged && err != nil {
			lost++
			t.Logf("%s: %v", name, err)
		} else if damaged {
			illFormed++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d read, %d refused; of those that feedparser calls illformed %d and %d", read, refused, illFormed, lost)
	if read < 584 || illFormed < 5 {
		t.Errorf("%d read, %d of them illformed, want no fewer than 584 and 5", read, illFormed)
	}
}

// TestRealFeedBeyondRepairIsRepaired has a feed with a namespace that nobody
// declared, two question marks at each end of its declaration and values without
// quotes, of which nothing was to be expected.
func TestRealFeedBeyondRepairIsRepaired(t *testing.T) {
	body, err := os.ReadFile(filepath.Join(corpora(t, "feeds"), "7ef13a42fa7e177a"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := parseAt(body, "https://example.org/feed")
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Articles) != 35 || doc.Info.Title == "" || doc.Partial != "" {
		t.Errorf("%d articles of %q, %s; want 35", len(doc.Articles), doc.Info.Title, doc.Partial)
	}
	for _, a := range doc.Articles {
		if a.Title == "" || a.GUID == "" || a.URL == "" || a.Content == "" || a.Published.IsZero() {
			t.Errorf("article %+v", a)
		}
	}
}
