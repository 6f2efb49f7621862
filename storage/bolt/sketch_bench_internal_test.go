package bolt

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"sluice/feed/dedup/near"
)

// BenchmarkNearLoad is what the first new article after a start pays in a store with
// 100,000 sketches: CPU time to read them and to build the index, and what they take
// on disk.
func BenchmarkNearLoad(b *testing.B) {
	const count, keys = 100_000, 35
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "sluice.db"), Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}()
	today := dayOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	rng := rand.New(rand.NewPCG(1, 2))
	err = s.update(b.Context(), func(t *txn) error {
		for n := range uint64(count) {
			sketch := make(near.Sketch, keys)
			for i := range sketch {
				sketch[i] = rng.Uint32() &^ 7
			}
			slices.Sort(sketch)
			if err := t.putSketch(today-4+uint32(n*5/count), n+1, slices.Compact(sketch)); err != nil {
				return err
			}
		}
		return t.bucket(bSketches).SetSequence(1)
	})
	if err != nil {
		b.Fatal(err)
	}
	disk, err := s.Usage(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var used time.Duration
	rounds := 0
	for b.Loop() {
		err := s.update(b.Context(), func(t *txn) error {
			s.sketches = sketches{}
			start := cpuTime(b)
			index, err := s.loaded(t, today)
			used += cpuTime(b) - start
			if err == nil && index.Len() != count {
				err = fmt.Errorf("%d are held", index.Len())
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		rounds++
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(used.Milliseconds())/float64(rounds), "cpu-ms/100k")
	b.ReportMetric(float64(disk.Bytes)/count, "disk-B/article")
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
