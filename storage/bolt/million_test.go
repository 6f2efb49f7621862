//go:build linux

package bolt_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"
)

// aFew is how many articles stand for a million in a test that is to take seconds.
const aFew = 5_000

// TestAMillion fills a store with articles of 2 KB, as many as $SLUICE_MILLION says (1: a
// million; nothing: a few), and tells how long what an operator does with it takes, and how
// long reads and writes wait meanwhile. A start must not take longer than a second.
func TestAMillion(t *testing.T) {
	count := aFew
	if text := os.Getenv("SLUICE_MILLION"); text != "" {
		var err error
		if count, err = strconv.Atoi(text); err != nil {
			t.Fatalf("SLUICE_MILLION: %v", err)
		}
		if count == 1 {
			count = 1_000_000
		}
	}
	path := filepath.Join(t.TempDir(), "sluice.db")
	began := time.Now()
	last := bolttest.Fill(t, path, count, start)
	t.Logf("loaded %d articles of %d sources in %s, %s", count, bolttest.FillSources, since(began), megabytes(t, path))

	began = time.Now()
	s, err := bolt.Open(t.Context(), path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	took := time.Since(began)
	t.Logf("open: %s", took.Round(10*time.Microsecond))
	if took > time.Second {
		t.Errorf("a start takes %s", took)
	}
	began = time.Now()
	if _, err := s.SetSources(t.Context(), bolttest.SourcesOfFill()); err != nil {
		t.Fatal(err)
	}
	t.Logf("set %d sources: %s", bolttest.FillSources, since(began))
	l := &strain{store: s, at: last}
	l.during(t, "nothing", func() error { time.Sleep(2 * time.Second); return nil })
	l.during(t, "verify", func() error { return s.Verify(t.Context()) })
	l.during(t, "backup", func() error { _, err := s.Backup(t.Context(), io.Discard); return err })
	l.during(t, "backup to a file", func() error {
		f, _, err := s.Spool(t.Context())
		if err != nil {
			return err
		}
		return f.Close()
	})
	l.during(t, "retention of a tenth", func() error {
		// The first look finds a store that nobody looked at, and goes slowly: a tenth.
		r, err := s.Retain(t.Context(), storage.Retention{At: last, MaxAge: bolttest.FillTime / 2})
		t.Logf("  %d articles went, there are more: %v", r.Articles(), r.Later)
		return err
	})
	l.during(t, "retention that finds nothing", func() error {
		_, err := s.Retain(t.Context(), storage.Retention{At: last, MaxAge: 10 * bolttest.FillTime})
		return err
	})
	u, err := s.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s, of these %d MiB are free", megabytes(t, path), u.Free>>20)
	l.during(t, "compact", func() error {
		before, after, err := s.Compact(t.Context())
		t.Logf("  %d MiB → %d MiB", before>>20, after>>20)
		return err
	})
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func since(t time.Time) time.Duration { return time.Since(t).Round(time.Millisecond) }

func megabytes(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("the file has %d MiB", info.Size()>>20)
}

// strain reads and writes while something is done.
type strain struct {
	store *bolt.Store
	at    time.Time
	polls int
}

// during says how long something takes, and how long the longest read and write did
// meanwhile: a list of a hundred articles, and a poll that brings one.
func (l *strain) during(t *testing.T, what string, do func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	var read, write time.Duration
	reads, writes := 0, 0
	again := func(longest *time.Duration, n *int, f func() error) {
		for ctx.Err() == nil {
			began := time.Now()
			if err := f(); err != nil {
				t.Error(err)
				return
			}
			*longest = max(*longest, time.Since(began))
			*n++
			time.Sleep(2 * time.Millisecond)
		}
	}
	work.Go(func() {
		again(&read, &reads, func() error {
			n := 0
			names := []feed.SourceID{feed.SourceID(bolttest.SourceOfFill(reads)), feed.SourceID(bolttest.SourceOfFill(reads * 7))}
			for _, err := range l.store.Newest(t.Context(), storage.Query{Sources: names}) {
				if n++; err != nil || n == 100 {
					return err
				}
			}
			return nil
		})
	})
	work.Go(func() {
		again(&write, &writes, func() error {
			l.polls++
			name := bolttest.SourceOfFill(l.polls)
			_, err := poll(t.Context(), l.store, name, l.at.Add(time.Duration(l.polls)*time.Second), article(name, 100_000_000+l.polls))
			return err
		})
	})
	began := time.Now()
	err := do()
	took := time.Since(began)
	cancel()
	work.Wait()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	t.Logf("%s: %s; meanwhile %d reads, the longest %s, %d polls, the longest %s", what, took.Round(time.Millisecond),
		reads, read.Round(100*time.Microsecond), writes, write.Round(100*time.Microsecond))
}
