package bolt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sluice/storage"

	"go.etcd.io/bbolt"
)

// contentOf is all that a store has in its packed buckets.
func contentOf(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := s.view(t.Context(), func(tx *txn) error {
		for n := range bucketCount {
			if _, isPacked := n.packed(); !isPacked {
				continue
			}
			err := tx.scan(n, nil, func(k, v []byte) error {
				all[fmt.Sprintf("%s %x", bucketNames[n], k)] = string(v)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// version3 makes a closed store of version 3 of some hundred articles, and says what is in it.
func version3(t *testing.T) (path string, has map[string]string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "sluice.db")
	s := openForSketches(t, path, "a", "b")
	for i := range 300 {
		tell(t, s, "a", noon.Add(time.Duration(i)*time.Minute), told("a", i))
		if i%3 == 0 {
			tell(t, s, "b", noon.Add(time.Duration(i)*time.Minute), told("b", i))
		}
	}
	has = contentOf(t, s)
	if err := errors.Join(s.db().Update(func(tx *bbolt.Tx) error { return Earlier(tx, 3) }), s.Close()); err != nil {
		t.Fatal(err)
	}
	return path, has
}

// A step that packs is stopped after each of its transactions, by an end of the context, and
// begins anew at the next start, in as small transactions.
func TestPackingThatIsStoppedBeginsAnew(t *testing.T) {
	path, has := version3(t)
	stopped := 0
	for stops := 1; ; stops++ {
		some := slices.Clone(steps)
		patient := &patience{Context: t.Context(), left: math.MaxInt}
		some[2].ahead = func(ctx context.Context, db *bbolt.DB) error {
			patient.left = stops * stops
			err := makePackedIn(ctx, db, 4000)
			patient.left = math.MaxInt
			return err
		}
		s, err := Open(patient, path, Options{NoSync: true, steps: some})
		if err == nil {
			if got := contentOf(t, s); !maps.Equal(got, has) {
				t.Errorf("%d entries, want %d", len(got), len(has))
			}
			if err := errors.Join(s.Verify(t.Context()), s.Close()); err != nil {
				t.Error(err)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		stopped++
	}
	if stopped < 3 {
		t.Errorf("it was stopped %d times", stopped)
	}
}

// patience is a context that is asked so many times until it has ended.
type patience struct {
	context.Context
	left int
}

// Err implements context.Context.
func (p *patience) Err() error {
	if p.left--; p.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestADamagedEntryOfBeforeIsNotPacked(t *testing.T) {
	for name, in := range map[string]struct {
		bucket
		key, value string
	}{
		"a mark with a wrong checksum": {bAliases, "0123456789012345678901234", "\x01\x02\x03"},
		"a mark without one":           {bAliases, "0123456789012345678901234", "\x01"},
		"a key that is too long":       {bCross, "0123456789012345678901234", ""},
		"a value that is too short":    {bIDs, "01234567", "0123"},
	} {
		t.Run(name, func(t *testing.T) {
			path, _ := version3(t)
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = db.Update(func(tx *bbolt.Tx) error {
				return tx.Bucket([]byte(bucketNames[in.bucket])).Put([]byte(in.key), []byte(in.value))
			})
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			if _, err = Open(t.Context(), path, Options{NoSync: true}); !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("got %v", err)
			}
		})
	}
}
