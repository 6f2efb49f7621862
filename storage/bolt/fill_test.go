//go:build linux

package bolt_test

import (
	"path/filepath"
	"testing"

	"sluice/storage/bolt/bolttest"

	"go.etcd.io/bbolt"
)

// TestWhatManyNewSourcesBringFillsItsPages holds that a store which sources are new to is
// no half empty one: nothing comes later into most pages of what a document brought.
func TestWhatManyNewSourcesBringFillsItsPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	bolttest.Fill(t, path, 10_000, start)
	change(t, path, func(tx *bbolt.Tx) error {
		for _, name := range []string{"seenby", "datedby", "aliases", "titles", "heads"} {
			s := tx.Bucket([]byte(name)).Stats()
			if full := float64(s.LeafInuse) / float64(s.LeafAlloc); s.LeafPageN < 20 || full < 0.7 {
				t.Errorf("bucket %s has %d pages, which are full by %.2f", name, s.LeafPageN, full)
			}
		}
		return nil
	})
}
