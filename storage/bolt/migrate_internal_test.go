package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sluice/feed"
	"sluice/storage"

	"go.etcd.io/bbolt"
)

// older makes a closed store of today's version with something in it.
func older(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "sluice.db")
	s, err := Open(t.Context(), path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Publish(t.Context(), feed.Publication{Output: "all", ID: "urn:x:all"}), s.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// bak is the copy that is made of such a store.
func bak(path string) string { return fmt.Sprintf("%s.v%d.bak", path, len(steps)+1) }

// holds opens a store with steps and sees that it is sound and has what it had.
func holds(t *testing.T, path string, with []step) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{steps: with})
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Publications(t.Context())
	if err != nil || len(all) != 1 || all[0].ID != "urn:x:all" {
		t.Errorf("got %+v, %v", all, err)
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	return s
}

// later1 is a step to a version that there is not yet.
func later1(tx *bbolt.Tx) error {
	b, err := tx.CreateBucket([]byte("later"))
	if err != nil {
		return err
	}
	return b.Put([]byte("k"), []byte("v"))
}

func TestAnEarlierStoreIsKeptAndBroughtToTheVersionOfToday(t *testing.T) {
	path := older(t)
	today, tomorrow := slices.Clone(steps), append(slices.Clone(steps), step{do: later1}, step{do: func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("later")).Put([]byte("k"), []byte("w"))
	}})
	s := holds(t, path, tomorrow)
	kept := bak(path)
	if version, name := s.Migrated(); version != len(steps)+1 || name != kept {
		t.Errorf("got version %d, kept as %s", version, name)
	}
	err := s.view(t.Context(), func(txn *txn) error {
		if v := txn.tx.Bucket([]byte("later")).Get([]byte("k")); string(v) != "w" {
			t.Errorf("the steps left %q", v)
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v", info, err)
	}
	if err := holds(t, kept, today).Close(); err != nil {
		t.Error(err)
	}
	before := read(t, path)
	if _, err := Open(t.Context(), path, Options{steps: today}); !errors.Is(err, storage.ErrNewer) {
		t.Errorf("the program of before opened it: %v", err)
	}
	if !bytes.Equal(read(t, path), before) {
		t.Error("the program of before changed it")
	}
	s = holds(t, path, tomorrow)
	if version, _ := s.Migrated(); version != 0 {
		t.Errorf("the second start found version %d", version)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAStepThatFailsLeavesTheVersionBeforeIt(t *testing.T) {
	path := older(t)
	broken := errors.New("no such thing")
	failing := append(slices.Clone(steps), step{do: later1}, step{do: func(tx *bbolt.Tx) error {
		return errors.Join(tx.DeleteBucket([]byte("later")), broken)
	}})
	if _, err := Open(t.Context(), path, Options{steps: failing}); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	// What was done is done, and not done again.
	s := holds(t, path, append(slices.Clone(steps), step{do: later1}))
	if version, _ := s.Migrated(); version != 0 {
		t.Errorf("found version %d, want the one before the step that failed", version)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := holds(t, bak(path), steps).Close(); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(path + ".tmp.*"); err != nil || len(left) > 0 {
		t.Errorf("left beside it: %v, %v", left, err)
	}
}

func TestWithoutACopyNothingIsBroughtAnywhere(t *testing.T) {
	path := older(t)
	if err := os.Mkdir(bak(path), 0o700); err != nil { // no file takes its place
		t.Fatal(err)
	}
	before := read(t, path)
	if _, err := Open(t.Context(), path, Options{steps: append(slices.Clone(steps), step{do: later1})}); err == nil {
		t.Fatal("it was opened")
	}
	if !bytes.Equal(read(t, path), before) {
		t.Error("it was changed")
	}
	if left, err := filepath.Glob(path + ".tmp.*"); err != nil || len(left) > 0 {
		t.Errorf("left beside it: %v, %v", left, err)
	}
}

func TestACopyThatIsRestoredIsNotKeptAsItWas(t *testing.T) {
	path := older(t)
	s, err := openAs(t.Context(), path, "c", Options{steps: append(slices.Clone(steps), step{do: later1}), draft: true})
	if err != nil {
		t.Fatal(err)
	}
	if version, kept := s.Migrated(); version != len(steps)+1 || kept != "" {
		t.Errorf("version %d, kept as %q", version, kept)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
