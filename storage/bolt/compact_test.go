//go:build linux

package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"

	"github.com/google/go-cmp/cmp"
)

// thinned is a store of which most articles were removed, and its path.
func thinned(t *testing.T, articles, left int) (*bolt.Store, string) {
	t.Helper()
	path := filled(t, articles)
	s := bolttest.OpenAt(t, path)
	at := start.Add(time.Duration(articles) * time.Minute)
	if _, err := poll(t.Context(), s, "a", at); err != nil { // lists nothing
		t.Fatal(err)
	}
	_, err := s.Retain(t.Context(), storage.Retention{At: at, MaxAge: 1000 * time.Hour, MaxPerSource: left})
	if err != nil {
		t.Fatal(err)
	}
	return s, path
}

func TestACompactedStoreIsSmallerAndHasWhatItHad(t *testing.T) {
	s, path := thinned(t, 2000, 100)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	was, err := content(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	before, after, err := s.Compact(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() != after || before < 2*after || info.Mode().Perm() != 0o640 {
		t.Errorf("%d → %d, the file is %v, %v", before, after, info, err)
	}
	if u, err := s.Usage(t.Context()); err != nil || u.Bytes != after || u.Articles != 100 || u.Free > after/4 {
		t.Errorf("usage: %+v, %v", u, err)
	}
	is, err := content(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(is, was); d != "" {
		t.Errorf("articles (got, want):\n%s", d)
	}
	// It goes on in the new file, and what it says next is there after it is opened again.
	if _, err := poll(t.Context(), s, "a", start.Add(999*time.Hour), article("a", 90_000)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Verify(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	if all, err := content(t.Context(), bolttest.OpenAt(t, path)); err != nil || len(all) != 101 {
		t.Errorf("%d articles after it was opened again, %v", len(all), err)
	}
	if left, err := filepath.Glob(path + ".tmp.*"); err != nil || len(left) > 0 {
		t.Errorf("left beside it: %v, %v", left, err)
	}
}

func TestALinkToAStoreStaysOne(t *testing.T) {
	path := filled(t, 200)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := errors.Join(os.Symlink(path, link), os.WriteFile(path+".tmp.old", nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	s := bolttest.OpenAt(t, link)
	if left, err := filepath.Glob(path + ".tmp.*"); err != nil || len(left) > 0 {
		t.Errorf("left beside it: %v, %v", left, err)
	}
	if _, _, err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := poll(t.Context(), s, "a", start.Add(999*time.Hour), article("a", 90_000)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != path {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if all, err := content(t.Context(), bolttest.OpenAt(t, path)); err != nil || len(all) != 201 {
		t.Errorf("%d articles where it leads, %v", len(all), err)
	}
}

func TestACompactionHoldsWritesAndNoReads(t *testing.T) {
	s, _ := thinned(t, 1500, 700)
	stop := writing(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	var reads atomic.Int64
	read := make(chan error, 1)
	go func() {
		for {
			all, err := content(ctx, s)
			if ctx.Err() != nil {
				read <- nil
				return
			}
			if err == nil && len(all) < 700 {
				err = fmt.Errorf("a read saw %d articles", len(all))
			}
			if err == nil {
				err = s.Alive(ctx)
			}
			if err != nil && ctx.Err() == nil {
				read <- err
				return
			}
			reads.Add(1)
		}
	}()
	for range 4 {
		began := reads.Load()
		if _, _, err := s.Compact(t.Context()); err != nil {
			t.Error(err)
		}
		for reads.Load() == began { // they go on after it at the latest
			time.Sleep(time.Millisecond)
		}
	}
	stop() // fails the test if any write failed
	cancel()
	if err := <-read; err != nil {
		t.Error(err)
	}
}

// A long read that began before a compaction must not hold what comes after it, and
// reads the file that it began with to its end.
func TestAReadThatBeganBeforeACompactionEndsInItsFile(t *testing.T) {
	s, _ := thinned(t, 500, 200)
	var copied strings.Builder
	reading, compacted := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		_, err := s.Backup(t.Context(), first{&copied, func() { close(reading); <-compacted }})
		done <- err
	}()
	<-reading
	for range 2 {
		if _, _, err := s.Compact(t.Context()); err != nil {
			t.Error(err)
		}
		if all, err := content(t.Context(), s); err != nil || len(all) != 200 {
			t.Errorf("beside it: %d articles, %v", len(all), err)
		}
		if _, err := poll(t.Context(), s, "a", start.Add(999*time.Hour)); err != nil {
			t.Errorf("beside it: %v", err)
		}
	}
	close(compacted)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, []byte(copied.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if all, err := content(t.Context(), bolttest.OpenAt(t, path)); err != nil || len(all) != 200 {
		t.Errorf("the copy has %d articles, %v", len(all), err)
	}
}

// first calls a function before it writes for the first time.
type first struct {
	to   *strings.Builder
	call func()
}

// Write implements io.Writer.
func (f first) Write(b []byte) (int, error) {
	if f.to.Len() == 0 {
		f.call()
	}
	return f.to.Write(b)
}

// Whoever waits for the lock has opened the old file by then, and must not get it.
func TestWhoWaitsForTheLockDoesNotGetTheOldFile(t *testing.T) {
	s, path := thinned(t, 500, 200)
	cmd, in, out := child(t, "hold", path)
	time.Sleep(100 * time.Millisecond) // it waits by now, or will: either is right
	if _, _, err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := poll(t.Context(), s, "a", start.Add(999*time.Hour), article("a", 90_000)); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Open(t.Context(), path, bolt.Options{LockTimeout: 200 * time.Millisecond}); !errors.Is(err, storage.ErrLocked) {
		t.Errorf("the lock is free after a compaction: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !out.Scan() || out.Text() != "held" {
		t.Fatalf("who waits got %q", out.Text())
	}
	if _, err := bolt.Open(t.Context(), path, bolt.Options{LockTimeout: 200 * time.Millisecond}); !errors.Is(err, storage.ErrLocked) {
		t.Errorf("who waited holds another file: %v", err)
	}
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		t.Fatal(err)
	}
}

func TestAKilledCompactionLeavesAWholeStore(t *testing.T) {
	_, from := thinned(t, 2000, 1500)
	kills := 0
	for i := range 12 {
		path := filepath.Join(t.TempDir(), "sluice.db")
		copyFile(t, from, path)
		cmd, _, out := child(t, "compact", path)
		if !out.Scan() {
			t.Fatal("it did not begin")
		}
		time.Sleep(time.Duration(i*i) * 3 * time.Millisecond)
		_ = cmd.Process.Kill() // it may have ended
		if cmd.Wait() != nil {
			kills++
		}
		s := bolttest.OpenAt(t, path) // verified at the end
		if all, err := content(t.Context(), s); err != nil || len(all) != 1500 {
			t.Errorf("%d articles after a kill, %v", len(all), err)
		}
		if left, err := filepath.Glob(path + ".tmp.*"); err != nil || len(left) > 0 {
			t.Errorf("left beside it: %v, %v", left, err)
		}
	}
	if kills == 0 {
		t.Error("none was killed: the test shows nothing")
	}
}

// childCompact says that the store is open, and compacts it for ever.
func childCompact(path string) error {
	s, err := bolt.Open(context.Background(), path, bolt.Options{})
	if err != nil {
		return err
	}
	fmt.Println("open")
	for range 3 {
		if _, _, err := s.Compact(context.Background()); err != nil {
			return err
		}
	}
	return s.Close()
}

// childTight compacts where no file may grow beyond some bytes.
func childTight(path string) error {
	ctx := context.Background()
	s, err := bolt.Open(ctx, path, bolt.Options{})
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	was := syscall.Rlimit{}
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(info.Size() / 4), Max: was.Max}); err != nil {
		return err
	}
	if _, _, err := s.Compact(ctx); !errors.Is(err, storage.ErrFull) {
		return fmt.Errorf("without room: %w", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	// It was as if nothing had been: writes go on.
	if _, err := poll(ctx, s, "a", start.Add(999*time.Hour), article("a", 90_000)); err != nil {
		return err
	}
	return s.Close()
}

func TestACompactionWithoutRoomChangesNothing(t *testing.T) {
	path := filled(t, 1000)
	cmd, _, _ := child(t, "tight", path)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	s := bolttest.OpenAt(t, path)
	if all, err := content(t.Context(), s); err != nil || len(all) != 1001 {
		t.Errorf("%d articles, %v", len(all), err)
	}
	if left, err := filepath.Glob(path + ".tmp.*"); err != nil || len(left) > 0 {
		t.Errorf("left beside it: %v, %v", left, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	small := t.TempDir()
	if err := syscall.Mount("t", small, "tmpfs", 0, fmt.Sprintf("size=%d", info.Size()+256<<10)); err != nil {
		t.Skip("a small file system needs a mount: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(small, syscall.MNT_DETACH) })
	tight := filepath.Join(small, "sluice.db")
	copyFile(t, path, tight)
	full := bolttest.OpenAt(t, tight)
	_, _, err = full.Compact(t.Context())
	if !errors.Is(err, storage.ErrFull) || !strings.Contains(err.Error(), "are missing") {
		t.Errorf("on a full disk: %v", err)
	}
	if err := full.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestACompactionEndsWithItsCallerOrTheStore(t *testing.T) {
	s, path := thinned(t, 1000, 900)
	for steps := 1; steps < 60; steps += 7 {
		_, _, err := s.Compact(&patient{Context: t.Context(), steps: steps})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("asked %d times whether to go on: %v", steps, err)
		}
	}
	if left, err := filepath.Glob(path + ".tmp.*"); err != nil || len(left) > 0 {
		t.Errorf("left beside it: %v, %v", left, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Compact(t.Context()); !errors.Is(err, bolt.ErrClosed) {
		t.Errorf("of a closed store: %v", err)
	}
}
