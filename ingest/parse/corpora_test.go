package parse_test

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"sluice/feed"
	"sluice/ingest/parse"
)

func corpora(t *testing.T, folder string) string {
	t.Helper()
	dir := os.Getenv("SLUICE_CORPORA")
	if dir == "" {
		t.Skip("SLUICE_CORPORA is not set: see make real")
	}
	return filepath.Join(dir, folder)
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parseAt(body []byte, address string) (parse.Document, error) {
	base, err := url.Parse(address)
	if err != nil {
		return parse.Document{}, err
	}
	return parse.Parse(body, parse.Meta{Source: "s", Base: base})
}

func TestRealFeedsAreRead(t *testing.T) {
	dir := corpora(t, "feeds")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	total, read, partial := 0, 0, 0
	warnings := map[string]int{}
	var articles []feed.Article
	for _, e := range entries {
		if e.IsDir() || e.Name() == "LICENSE" {
			continue
		}
		total++
		doc, err := parseAt(readFile(t, filepath.Join(dir, e.Name())), "https://example.org/feed")
		if err != nil {
			t.Logf("%s: %v", e.Name(), err)
			continue
		}
		read++
		if doc.Partial != "" {
			partial++
			t.Logf("%s: partial: %s", e.Name(), doc.Partial)
		}
		for kind, n := range doc.Warnings {
			warnings[kind] += n
			t.Logf("%s: %s %d", e.Name(), kind, n)
		}
		if len(doc.Articles) == 0 {
			t.Logf("%s: no articles in %q (%s)", e.Name(), doc.Info.Title, doc.Info.Format)
		}
		if e.Name() == "9e0834333e854116" && len(doc.Articles) != 59 {
			t.Errorf("the feed that says UTF-16 and is UTF-8 has %d articles, want 59", len(doc.Articles))
		}
		for _, a := range doc.Articles {
			checkArticle(t, a)
		}
		articles = append(articles, doc.Articles...)
	}
	t.Logf("%d of %d feeds read, %d partial, %d articles, warnings %v", read, total, partial, len(articles), warnings)
	if read < total-1 {
		t.Errorf("%d of %d feeds read, want all but one", read, total)
	}
	logCompleteness(t, articles)
}

// logCompleteness says how many articles have what.
func logCompleteness(t *testing.T, articles []feed.Article) {
	t.Helper()
	have := map[string]int{}
	for _, a := range articles {
		for what, ok := range map[string]bool{
			"guid": a.GUID != "", "url": a.URL != "", "title": a.Title != "", "content": a.Content != "",
			"summary": a.Summary != "", "date": !a.Published.IsZero() || !a.Updated.IsZero(), "author": len(a.Authors) > 0,
			"category": len(a.Categories) > 0, "enclosure": len(a.Enclosures) > 0, "image": a.Image != "",
		} {
			if ok {
				have[what]++
			}
		}
	}
	t.Logf("of %d articles have %v", len(articles), have)
	for _, what := range []string{"guid", "url", "title", "date"} {
		if have[what]*100 < len(articles)*75 {
			t.Errorf("only %d of %d articles have a %s", have[what], len(articles), what)
		}
	}
}

func TestRealSnapshotsAreReadOrRefusedCleanly(t *testing.T) {
	dir := corpora(t, "series")
	counts := map[string]int{}
	reasons := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		doc, err := parseAt(readFile(t, path), "https://example.org/feed")
		switch {
		case errors.Is(err, parse.ErrNotFeed):
			counts["not a feed"]++
			reasons[err.Error()]++
		case errors.Is(err, parse.ErrLimit):
			counts["over a limit"]++
		case err != nil:
			counts["unreadable"]++
			t.Logf("%s: %v", path, err)
		case doc.Partial != "":
			counts["partial"]++
			t.Logf("%s: %s", path, doc.Partial)
		default:
			counts["read"]++
		}
		for _, a := range doc.Articles {
			checkArticle(t, a)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v, %v", counts, reasons)
	if counts["read"] == 0 || counts["over a limit"] > 0 {
		t.Errorf("outcomes %v", counts)
	}
}
