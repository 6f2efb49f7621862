//go:build linux

package bolt_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/record"
)

const (
	benchSources = 1000
	benchItems   = 50
)

func benchStore(b *testing.B, opt bolt.Options) *bolt.Store {
	b.Helper()
	s, err := bolt.Open(b.Context(), filepath.Join(b.TempDir(), "sluice.db"), opt)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	var sources []feed.Source
	for i := range benchSources {
		sources = append(sources, source(fmt.Sprintf("s%d", i)))
	}
	if _, err := s.SetSources(b.Context(), sources); err != nil {
		b.Fatal(err)
	}
	return s
}

func benchDocument(name string, from int) []feed.Article {
	var doc []feed.Article
	for i := range benchItems {
		doc = append(doc, article(name, from+benchItems-i))
	}
	return doc
}

// load polls every source once, with 64 polls at a time.
func load(b *testing.B, s *bolt.Store) {
	b.Helper()
	work := make(chan int)
	var pollers sync.WaitGroup
	for range 64 {
		pollers.Go(func() {
			for i := range work {
				name := fmt.Sprintf("s%d", i)
				at := start.Add(time.Duration(i) * time.Second)
				if _, err := poll(b.Context(), s, name, at, benchDocument(name, i*benchItems)...); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range benchSources {
		work <- i
	}
	close(work)
	pollers.Wait()
}

// BenchmarkLoad stores 1,000 documents of 50 items of 2 KB and tells how fast,
// and how large the file is by the bytes of the records in it.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		s := benchStore(b, bolt.Options{})
		begin := time.Now()
		load(b, s)
		took := time.Since(begin)
		st, err := s.Usage(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(st.Articles)/took.Seconds(), "articles/s")
		b.ReportMetric(float64(st.Bytes)/float64(payload(b, s)), "file/payload")
		b.ReportMetric(float64(st.Bytes-st.Free)/float64(payload(b, s)), "used/payload")
		b.ReportMetric(float64(st.Bytes)/float64(st.Articles), "B/article")
		b.ReportMetric(float64(payload(b, s))/float64(st.Articles), "payload-B/article")
	}
}

// payload is the size of what is stored of the articles, compressed.
func payload(b *testing.B, s *bolt.Store) int {
	b.Helper()
	all, err := content(b.Context(), s)
	if err != nil {
		b.Fatal(err)
	}
	return compressed(b, all)
}

// compressed is the size of articles, each compressed by itself.
func compressed(tb testing.TB, all []feed.Stored) (n int) {
	tb.Helper()
	texts, err := record.NewTexts()
	if err != nil {
		tb.Fatal(err)
	}
	for _, a := range all {
		n += len(record.Head{Stored: a}.Encode()) + len(texts.Encode(a.Summary, a.Content))
	}
	if err := texts.Close(); err != nil {
		tb.Fatal(err)
	}
	return n
}

func BenchmarkNewest100Of50000(b *testing.B) {
	s := benchStore(b, bolt.Options{NoSync: true})
	load(b, s)
	for _, some := range []int{1, 10, 100, 300, benchSources} {
		b.Run(fmt.Sprintf("%d sources", some), func(b *testing.B) {
			q := storage.Query{Order: feed.OrderSeen}
			for i := range some {
				q.Sources = append(q.Sources, feed.SourceID(fmt.Sprintf("s%d", i*benchSources/some)))
			}
			for b.Loop() {
				n := 0
				for _, err := range s.Newest(b.Context(), q) {
					if err != nil {
						b.Fatal(err)
					}
					if n++; n == 100 {
						break
					}
				}
			}
		})
	}
}

func BenchmarkUnchangedDocumentOf50(b *testing.B) {
	for name, noSync := range map[string]bool{"synced": false, "not synced": true} {
		b.Run(name, func(b *testing.B) {
			s := benchStore(b, bolt.Options{NoSync: noSync})
			doc := benchDocument("s1", 0)
			at := start
			for b.Loop() {
				at = at.Add(time.Minute)
				if _, err := poll(b.Context(), s, "s1", at, doc...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
