//go:build linux

package bolt_test

import (
	"path/filepath"
	"testing"

	"sluice/storage/bolt/bolttest"

	"go.etcd.io/bbolt"
)

// roomOfArticles is how many bytes a store takes for each byte of articles that are compressed one
// by one, where sources bring some hundred documents. A change that makes it less lowers it, so
// that it stays; one that makes it more by intention says why.
const roomOfArticles = 0.95

// TestWhatManyNewSourcesBringFillsItsPages holds that a store which sources are new to is
// no half empty one: nothing comes later into most pages of what a document brought.
func TestWhatManyNewSourcesBringFillsItsPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	bolttest.Fill(t, path, 10_000, start)
	change(t, path, func(tx *bbolt.Tx) error {
		for _, name := range []string{"seenby", "datedby", "aliases", "titles", "heads"} {
			s := tx.Bucket([]byte(name)).Stats()
			if full := float64(s.LeafInuse) / float64(s.LeafAlloc); s.LeafPageN < 4 || full < 0.7 {
				t.Errorf("bucket %s has %d pages, which are full by %.2f", name, s.LeafPageN, full)
			}
		}
		return nil
	})
	s := bolttest.OpenAt(t, path)
	c, err := s.Contents(t.Context()) // with the pages that were free at the end
	if err != nil {
		t.Fatal(err)
	}
	all, err := content(t.Context(), s)
	if err != nil || len(all) != 10_000 {
		t.Fatalf("%d articles, %v", len(all), err)
	}
	if room := float64(c.Bytes) / float64(compressed(t, all)); room > roomOfArticles*1.03 {
		t.Errorf("%.3f bytes for each of an article, and it was %.2f", room, roomOfArticles)
	} else {
		t.Logf("%.3f bytes for each of an article", room)
	}
}
