// Package bolttest opens a store in a test and verifies it when the test ends.
package bolttest

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"sluice/storage/bolt"
)

// Open returns a new store in a folder of the test's own. When the test ends it
// is verified and closed, and a fault fails the test. Nothing is synced to disk.
func Open(tb testing.TB) *bolt.Store {
	tb.Helper()
	return OpenAt(tb, filepath.Join(tb.TempDir(), "sluice.db"))
}

// OpenAt is Open for a store at a path, for tests that open one again. A test
// that has closed the store is not told of a second close.
func OpenAt(tb testing.TB, path string) *bolt.Store {
	tb.Helper()
	s, err := bolt.Open(tb.Context(), path, bolt.Options{NoSync: true, InitialMmap: 64 << 20})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		// The test's own context has ended by now.
		if err := s.Verify(context.Background()); err != nil && !errors.Is(err, bolt.ErrClosed) {
			tb.Error(err)
		}
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}
