//go:build linux

package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"

	"go.etcd.io/bbolt"
)

func TestANewStoreIsOneFileForItsOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sluice[1].db")
	left := path + ".tmp.123" // of a process that was killed
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(t.Context(), path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Errorf("folder holds %v, want the store alone", entries)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNoStoreIsLeftAlone(t *testing.T) {
	tests := map[string]struct {
		content []byte
		want    error
	}{
		"an empty file":        {nil, storage.ErrEmpty},
		"a file too short":     {make([]byte, 8192), storage.ErrEmpty},
		"something else":       {[]byte(strings.Repeat("<html>", 10_000)), storage.ErrDamaged},
		"zeros of a good size": {make([]byte, 65536), storage.ErrDamaged},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sluice.db")
			if err := os.WriteFile(path, test.content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := bolt.Open(t.Context(), path, bolt.Options{})
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(after) != string(test.content) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestABoltFileOfAnotherProgramIsDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Open(t.Context(), path, bolt.Options{}); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

func TestANewerStoreIsRefusedAndNotChanged(t *testing.T) {
	path := filled(t, 10)
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte("99"))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Open(t.Context(), path, bolt.Options{}); !errors.Is(err, storage.ErrNewer) {
		t.Errorf("got %v, want ErrNewer", err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(after) != string(before) {
		t.Error("the file was changed")
	}
}

func TestAStoreInUseIsLocked(t *testing.T) {
	path := filled(t, 10)
	cmd, in, out := child(t, "hold", path)
	if !out.Scan() {
		t.Fatal("the child could not open the store")
	}
	_, err := bolt.Open(t.Context(), path, bolt.Options{LockTimeout: 100 * time.Millisecond})
	if !errors.Is(err, storage.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	if want := fmt.Sprintf("process %d", cmd.Process.Pid); !strings.Contains(err.Error(), want) {
		t.Errorf("%q does not name %s", err, want)
	}
	// Who waits gets it when the other ends.
	opened := make(chan error, 1)
	go func() {
		s, err := bolt.Open(t.Context(), path, bolt.Options{LockTimeout: time.Minute})
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		t.Error(err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

func TestWaitingForTheLockEndsWithTheContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	bolttest.OpenAt(t, path)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := bolt.Open(ctx, path, bolt.Options{LockTimeout: time.Hour})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestAFolderThatIsNotThereIsAnError(t *testing.T) {
	_, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "no", "sluice.db"), bolt.Options{})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
}

func TestOpenersOfANewStoreMakeOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	errs := make(chan error)
	for i := range 8 {
		go func() {
			s, err := bolt.Open(t.Context(), path, bolt.Options{LockTimeout: time.Minute, NoSync: true})
			if err == nil {
				err = s.Publish(t.Context(), feed.Publication{Output: fmt.Sprint(i)})
				err = errors.Join(err, s.Close())
			}
			errs <- err
		}()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	all, err := bolttest.OpenAt(t, path).Publications(t.Context())
	if err != nil || len(all) != 8 {
		t.Errorf("%d of 8 writes are there, %v", len(all), err)
	}
}

func TestAClosedStoreSaysSo(t *testing.T) {
	s := bolttest.Open(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Publish(t.Context(), feed.Publication{Output: "o"}); !errors.Is(err, bolt.ErrClosed) {
		t.Errorf("write: got %v, want ErrClosed", err)
	}
	if _, err := s.States(t.Context()); !errors.Is(err, bolt.ErrClosed) {
		t.Errorf("read: got %v, want ErrClosed", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}
