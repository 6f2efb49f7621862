//go:build linux

package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"

	"github.com/google/go-cmp/cmp"
)

// writing polls two articles at a time until the test asks it to stop.
func writing(t *testing.T, s *bolt.Store) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() {
		for i := 0; ; i += 2 {
			at := start.Add(1000*time.Hour + time.Duration(i)*time.Minute)
			_, err := poll(ctx, s, "a", at, article("a", 10_000+i), article("a", 10_001+i))
			if ctx.Err() != nil {
				stopped <- nil
				return
			}
			time.Sleep(time.Millisecond) // to leave the others something of a small machine
			if err != nil {
				stopped <- err
				return
			}
		}
	}()
	return func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	}
}

// pausing is a file that lets the store go on a little before it takes what is next.
type pausing struct{ io.Writer }

// Write implements io.Writer.
func (p pausing) Write(b []byte) (int, error) {
	time.Sleep(2 * time.Millisecond)
	return p.Writer.Write(b)
}

func TestACopyOfAStoreThatIsWrittenToIsOfOneMoment(t *testing.T) {
	s := bolttest.OpenAt(t, filled(t, 100))
	defer writing(t, s)()
	for range 3 {
		path := filepath.Join(t.TempDir(), "copy.db")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.Backup(t.Context(), pausing{f})
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() != c.Bytes {
			t.Errorf("the copy is of %d bytes, %v; said %d", info.Size(), err, c.Bytes)
		}
		sameMoment(t, s, path, c.Articles)
	}
}

// sameMoment sees that a copy is sound, has so many articles, all polls of them whole,
// and nothing that the store has not.
func sameMoment(t *testing.T, s *bolt.Store, path string, articles int) {
	t.Helper()
	copied := bolttest.OpenAt(t, path) // verified at the end
	got, err := content(t.Context(), copied)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != articles || len(got)%2 != 0 {
		t.Errorf("%d articles in the copy, said %d", len(got), articles)
	}
	want, err := content(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) < len(got) {
		t.Fatalf("%d articles in the copy, %d in the store", len(got), len(want))
	}
	if d := cmp.Diff(got, want[:len(got)]); d != "" {
		t.Errorf("the copy is another than the store:\n%s", d)
	}
}

func TestACopyThatWaitsForItsReaderHasNoNameAndIsWhole(t *testing.T) {
	path := filled(t, 100)
	s := bolttest.OpenAt(t, path)
	stop := writing(t, s)
	spool, c, err := s.Spool(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stop()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the store are %v, %v", entries, err)
	}
	to := filepath.Join(t.TempDir(), "copy.db")
	body, err := io.ReadAll(spool)
	if err := errors.Join(err, spool.Close(), os.WriteFile(to, body, 0o600)); err != nil {
		t.Fatal(err)
	}
	if int64(len(body)) != c.Bytes {
		t.Errorf("%d bytes, said %d", len(body), c.Bytes)
	}
	sameMoment(t, s, to, c.Articles)
}

func TestNobodyIsWaitedForWhoWantsNoCopyAnyMore(t *testing.T) {
	s := bolttest.OpenAt(t, filled(t, 100))
	full := errors.New("disk full")
	if _, err := s.Backup(t.Context(), refusing{full}); !errors.Is(err, full) || !strings.Contains(err.Error(), "backup of store") {
		t.Errorf("a writer that fails: %v", err)
	}
	ctx, leave := context.WithCancel(t.Context())
	var some bytes.Buffer
	if _, err := s.Backup(ctx, leaving{&some, leave}); !errors.Is(err, context.Canceled) {
		t.Errorf("a client that leaves: %v", err)
	}
	if _, _, err := s.Spool(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a client that has left: %v", err)
	}
	if err := s.Close(); err != nil { // which would wait for a transaction
		t.Error(err)
	}
	if _, err := s.Backup(t.Context(), &some); !errors.Is(err, bolt.ErrClosed) {
		t.Errorf("a closed store: %v", err)
	}
}

// refusing is a writer that takes nothing.
type refusing struct{ err error }

// Write implements io.Writer.
func (r refusing) Write([]byte) (int, error) { return 0, r.err }

// leaving is a writer whose client leaves with the first bytes.
type leaving struct {
	io.Writer

	leave func()
}

// Write implements io.Writer.
func (l leaving) Write(p []byte) (int, error) {
	l.leave()
	return l.Writer.Write(p)
}

func TestTheLastCopyIsRememberedOverRestartsAndInTheNextCopy(t *testing.T) {
	path := filled(t, 10)
	s := bolttest.OpenAt(t, path)
	want := func(s *bolt.Store, want time.Time) {
		t.Helper()
		if got, err := s.LastCopy(t.Context()); err != nil || !got.Equal(want) {
			t.Errorf("the last copy is of %v, %v; want %v", got, err, want)
		}
	}
	want(s, time.Time{})
	for _, at := range []time.Time{start, start.Add(time.Hour + time.Millisecond), start.Add(time.Minute), time.Unix(-5, 0)} {
		if err := s.Copied(t.Context(), at); err != nil {
			t.Fatal(err)
		}
	}
	want(s, start.Add(time.Hour))
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if _, _, err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(s, start.Add(time.Hour))
	var copied bytes.Buffer
	if _, err := s.Backup(t.Context(), &copied); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want(bolttest.OpenAt(t, path), start.Add(time.Hour))
	other := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(other, copied.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	want(bolttest.OpenAt(t, other), start.Add(time.Hour))
}
