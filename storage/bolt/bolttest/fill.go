package bolttest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
)

// What fills large stores: so many sources bring documents of so many items, all through a
// year.
const (
	FillSources = 2000
	FillItems   = 50
	FillTime    = 365 * 24 * time.Hour
)

// fillStart is when Article's dates are counted from.
var fillStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// FilledVar names the variable that has a folder in which Filled looks for stores and
// leaves them.
const FilledVar = "SLUICE_STORES"

// Filled returns the path of a store that Fill has filled with so many articles. Where $SLUICE_STORES names a folder it is made there once, for all processes
// that need it one after the other.
func Filled(tb testing.TB, articles int) string {
	tb.Helper()
	dir := os.Getenv(FilledVar)
	if dir == "" {
		dir = tb.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("articles-%d.db", articles))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	Fill(tb, path+".part", articles, fillStart)
	if err := os.Rename(path+".part", path); err != nil {
		tb.Fatal(err)
	}
	return path
}

// Fill makes a store of so many articles of 2 KB, document after document over a year from
// the time given, and returns the end of that year. Many deliveries share a commit, and
// nothing is synced before the end.
func Fill(tb testing.TB, path string, articles int, from time.Time) (until time.Time) {
	tb.Helper()
	s, err := bolt.Open(tb.Context(), path, bolt.Options{NoSync: true})
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := s.SetSources(tb.Context(), SourcesOfFill()); err != nil {
		tb.Fatal(err)
	}
	docs := max(articles/FillItems, 1)
	const batch = 64 // deliveries that share a commit
	batches := make(chan []*storage.Delivery, 1)
	var work sync.WaitGroup
	for range 2 { // what is decided before a transaction is decided beside another
		work.Go(func() {
			for all := range batches {
				for _, r := range s.MergeAll(tb.Context(), all) {
					if r.Err != nil || r.Merged.New != FillItems {
						tb.Errorf("%+v", r)
					}
				}
			}
		})
	}
	for i := 0; i < docs && !tb.Failed(); i += batch {
		var all []*storage.Delivery
		for j := i; j < min(i+batch, docs); j++ {
			d, err := delivery(tb.Context(), s, j, from.Add(FillTime/time.Duration(docs)*time.Duration(j)))
			if err != nil {
				tb.Error(err)
				break
			}
			all = append(all, d)
		}
		batches <- all
	}
	close(batches)
	work.Wait()
	f, err := os.Open(path)
	if err := errors.Join(s.Close(), err); err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil { // or whoever writes first would wait for it
		tb.Fatal(err)
	}
	return from.Add(FillTime)
}

// SourceOfFill names the source of the n-th document of a store that Fill made.
func SourceOfFill(n int) string { return fmt.Sprintf("source-%d", n%FillSources) }

// SourcesOfFill are all sources of a store that Fill made.
func SourcesOfFill() (all []feed.Source) {
	for n := range FillSources {
		name := SourceOfFill(n)
		all = append(all, feed.Source{Name: feed.SourceID(name), URL: "https://" + name + ".example/feed"})
	}
	return all
}

// DocumentOfFill is the n-th document of a store that Fill made, which came at the time.
func DocumentOfFill(n int, at time.Time) (doc []feed.Article) {
	for i := range FillItems {
		a := Article(SourceOfFill(n), n*FillItems+i)
		a.Published = at
		doc = append(doc, a)
	}
	return doc
}

func delivery(ctx context.Context, s *bolt.Store, n int, at time.Time) (*storage.Delivery, error) {
	c, err := s.ClaimSource(ctx, at, feed.SourceID(SourceOfFill(n)), 1000*time.Hour)
	if err != nil {
		return nil, err
	}
	return &storage.Delivery{Claim: &c, At: at, State: c.State, Authority: "feeds.example", Articles: DocumentOfFill(n, at)}, nil
}

// Article is an item of about 2 KB, between 0.5 and 3.5, that shares little with
// others.
func Article(site string, n int) feed.Article {
	return feed.Article{
		GUID:      fmt.Sprintf("https://%s.example/?p=%d", site, n),
		URL:       fmt.Sprintf("https://%s.example/2026/03/%s", site, Prose(n, 3)),
		Title:     strings.ReplaceAll(Prose(n, 7), "-", " "),
		Content:   "<p>" + strings.ReplaceAll(Prose(n*7+len(site), 60+n*7919%600), "-", " ") + "</p>",
		Authors:   []feed.Person{{Name: "Ada Example"}},
		Published: fillStart.Add(time.Duration(n-100_000) * time.Minute),
	}
}

// Prose makes words out of a vocabulary of some thousand, so that it compresses
// about as far as real text.
func Prose(n, count int) string {
	const consonants, vowels = "bcdfghklmnprstvz", "aeiou"
	x := uint64(n)*0x9e3779b97f4a7c15 + 0x1234567
	words := make([]string, count)
	for i := range words {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		v := x % 4096
		words[i] = string([]byte{
			consonants[v%16], vowels[v/16%5], consonants[v/80%16], vowels[v/7%5], consonants[v/1280%16], 'e',
		}[:3+v%4])
	}
	return strings.Join(words, "-")
}
