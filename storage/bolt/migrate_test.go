//go:build linux

package bolt_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"

	"go.etcd.io/bbolt"
)

func TestAStartThatIsKilledWhileItMigratesLosesNothing(t *testing.T) {
	from := filled(t, 3000)
	kills := 0
	for i := range 14 {
		path := filepath.Join(t.TempDir(), "sluice.db")
		copyFile(t, from, path)
		change(t, path, func(tx *bbolt.Tx) error {
			return bolt.Earlier(tx, 1, "listed", "gone", "goneby")
		})
		cmd, in, _ := child(t, "hold", path)
		time.Sleep(time.Duration(i*i/2) * time.Millisecond)
		_ = cmd.Process.Kill() // it may have ended
		_ = in.Close()
		if cmd.Wait() != nil {
			kills++
		}
		s := bolttest.OpenAt(t, path) // verified at the end
		if all, err := content(t.Context(), s); err != nil || len(all) != 3000 {
			t.Errorf("%d articles after a kill, %v", len(all), err)
		}
		if left, err := filepath.Glob(path + ".tmp.*"); err != nil || len(left) > 0 {
			t.Errorf("left beside it: %v, %v", left, err)
		}
		kept := bolttest.OpenAt(t, path+".v1.bak")
		if all, err := content(t.Context(), kept); err != nil || len(all) != 3000 {
			t.Errorf("the copy has %d articles, %v", len(all), err)
		}
	}
	if kills == 0 {
		t.Error("none was killed: the test shows nothing")
	}
}

// Run by root in a folder of somebody else, whatever is made belongs to him: his daemon
// could not open it otherwise.
func TestWhatRootMakesBelongsToWhoseFolderItIs(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	owned := func(path string, uid uint32) {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if of, ok := info.Sys().(*syscall.Stat_t); !ok || of.Uid != uid || of.Gid != uid || info.Mode().Perm() != 0o600 {
			t.Errorf("%s is of %d:%d, mode %o", filepath.Base(path), of.Uid, of.Gid, info.Mode().Perm())
		}
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 4711, 4711); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "sluice.db")
	s, err := bolt.Open(t.Context(), path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	owned(path, 4711)
	if _, _, err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	owned(path, 4711)
	if err := errors.Join(s.Close(), os.Chown(path, 4712, 4712)); err != nil {
		t.Fatal(err)
	}
	change(t, path, func(tx *bbolt.Tx) error { return bolt.Earlier(tx, 1) })
	if s, err = bolt.Open(t.Context(), path, bolt.Options{}); err != nil {
		t.Fatal(err)
	}
	owned(path+".v1.bak", 4712)
	if _, _, err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	owned(path, 4712)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
