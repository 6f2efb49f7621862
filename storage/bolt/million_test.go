//go:build linux

package bolt_test

import (
	"context"
	"errors"
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
)

// The store of TestAMillion: what 2,000 sources bring in a year.
const (
	manySources = 2000
	manyDays    = 365
	manyItems   = 50 // of a document
)

// TestAMillion fills a store with a million articles of 2 KB, or as many as
// $SLUICE_MILLION says, and tells how long what an operator does with it takes, and how
// long reads and writes wait meanwhile. A start must not take longer than a second.
func TestAMillion(t *testing.T) {
	count, err := strconv.Atoi(os.Getenv("SLUICE_MILLION"))
	if err != nil {
		t.Skip("set SLUICE_MILLION to a number of articles; 1: a million")
	}
	if count == 1 {
		count = 1_000_000
	}
	path := filepath.Join(t.TempDir(), "sluice.db")
	began := time.Now()
	last := loadMany(t, path, count)
	t.Logf("loaded %d articles of %d sources in %s, %s", count, manySources, since(began), megabytes(t, path))

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
	if _, err := s.SetSources(t.Context(), sourcesOfMany()); err != nil {
		t.Fatal(err)
	}
	t.Logf("set %d sources: %s", manySources, since(began))
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
		r, err := s.Retain(t.Context(), storage.Retention{At: last, MaxAge: manyDays * 24 * time.Hour / 2})
		t.Logf("  %d articles went, there are more: %v", r.Articles(), r.Later)
		return err
	})
	l.during(t, "retention that finds nothing", func() error {
		_, err := s.Retain(t.Context(), storage.Retention{At: last, MaxAge: 10 * manyDays * 24 * time.Hour})
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

func nameOfMany(i int) string { return fmt.Sprintf("source-%d", i%manySources) }

func sourcesOfMany() (all []feed.Source) {
	for i := range manySources {
		all = append(all, source(nameOfMany(i)))
	}
	return all
}

// loadMany writes the articles, document after document over a year, and returns the time
// of the last. Many deliveries share a commit, and nothing is synced before the end.
func loadMany(t *testing.T, path string, count int) (last time.Time) {
	t.Helper()
	s, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetSources(t.Context(), sourcesOfMany()); err != nil {
		t.Fatal(err)
	}
	docs := max(count/manyItems, 1)
	const batch = 64 // deliveries that share a commit
	batches := make(chan []*storage.Delivery, 1)
	var work sync.WaitGroup
	for range 2 { // what is decided before a transaction is decided beside another
		work.Go(func() {
			for all := range batches {
				for _, r := range s.MergeAll(t.Context(), all) {
					if r.Err != nil || r.Merged.New != manyItems {
						t.Errorf("%+v", r)
					}
				}
			}
		})
	}
	for i := 0; i < docs && !t.Failed(); i += batch {
		var all []*storage.Delivery
		for j := i; j < min(i+batch, docs); j++ {
			at := start.Add(time.Duration(j) * manyDays * 24 * time.Hour / time.Duration(docs))
			d, err := deliveryOfMany(t.Context(), s, j, at)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, d)
		}
		batches <- all
	}
	close(batches)
	work.Wait()
	f, err := os.Open(path)
	if err := errors.Join(s.Close(), err); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil { // or the first poll would wait for it
		t.Fatal(err)
	}
	return start.Add(manyDays * 24 * time.Hour)
}

// deliveryOfMany is a document of the store, by its number.
func deliveryOfMany(ctx context.Context, s *bolt.Store, n int, at time.Time) (*storage.Delivery, error) {
	c, err := s.ClaimSource(ctx, at, feed.SourceID(nameOfMany(n)), 1000*time.Hour)
	if err != nil {
		return nil, err
	}
	d := storage.Delivery{Claim: &c, At: at, State: c.State, Authority: "feeds.example"}
	for i := range manyItems {
		a := article(nameOfMany(n), n*manyItems+i)
		a.Published = at
		d.Articles = append(d.Articles, a)
	}
	return &d, nil
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
			names := []feed.SourceID{feed.SourceID(nameOfMany(reads)), feed.SourceID(nameOfMany(reads * 7))}
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
			name := nameOfMany(l.polls)
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
