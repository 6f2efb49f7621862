//go:build linux

package bolt_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"
)

// few is how many articles the smaller of two stores has.
const few = 50_000

// many is how many the larger has: $ARTICLES, else 200,000.
func many(b *testing.B) int {
	b.Helper()
	value := os.Getenv("ARTICLES")
	if value == "" {
		return 200_000
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < few {
		b.Fatalf("ARTICLES=%q: want a number of %d or more", value, few)
	}
	return n
}

// BenchmarkGrowth measures what questions cost a store of 50,000 articles and one of many,
// in turns: CPU time, since others may be busy.
func BenchmarkGrowth(b *testing.B) {
	large := many(b)
	stores := []*bolt.Store{openFilled(b, few), openFilled(b, large)}
	var all []feed.SourceID
	for _, src := range bolttest.SourcesOfFill() {
		all = append(all, src.Name)
	}
	newest := func(sources func(rng *rand.Rand) []feed.SourceID) func(s *bolt.Store, rng *rand.Rand) func(context.Context) error {
		return func(s *bolt.Store, rng *rand.Rand) func(context.Context) error {
			q := storage.Query{Order: feed.OrderSeen, Sources: sources(rng)}
			return func(ctx context.Context) error { return firstHundred(ctx, s, q) }
		}
	}
	questions := map[string]func(s *bolt.Store, rng *rand.Rand) func(context.Context) error{
		"newest of all": newest(func(*rand.Rand) []feed.SourceID { return all }),
		"newest of ten": newest(func(rng *rand.Rand) []feed.SourceID { i := rng.IntN(few/bolttest.FillItems - 10); return all[i : i+10] }),
		"look-up": func(s *bolt.Store, rng *rand.Rand) func(context.Context) error {
			return lookUps(b, s, rng, map[*bolt.Store]int{stores[0]: few, stores[1]: large}[s])
		},
	}
	for _, name := range []string{"newest of all", "newest of ten", "look-up"} {
		b.Run(name, func(b *testing.B) {
			spent := [2]time.Duration{}
			rng := rand.New(rand.NewPCG(1, 2))
			turns := 0
			for b.Loop() {
				for i := range stores {
					i = (turns + i) % 2
					ask := questions[name](stores[i], rng)
					spent[i] += spentOn(b, func() {
						if err := ask(b.Context()); err != nil {
							b.Fatal(err)
						}
					})
				}
				turns++
			}
			b.ReportMetric(0, "ns/op") // of both, and of what is prepared for them
			for i, unit := range []string{"few-µs", "many-µs"} {
				b.ReportMetric(float64(spent[i].Nanoseconds())/1e3/float64(turns), unit)
			}
			b.ReportMetric(spent[1].Seconds()/spent[0].Seconds(), "many/few")
			b.ReportMetric(float64(large), "many")
		})
	}
}

func openFilled(b *testing.B, articles int) *bolt.Store {
	b.Helper()
	s, err := bolt.Open(b.Context(), bolttest.Filled(b, articles), bolt.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

func firstHundred(ctx context.Context, s *bolt.Store, q storage.Query) error {
	n := 0
	for _, err := range s.Newest(ctx, q) {
		if err != nil {
			return err
		}
		if n++; n == 100 {
			return nil
		}
	}
	return fmt.Errorf("the store has %d articles of the sources", n)
}

// lookUps has ten documents looked up that are somewhere in the store, so that the way to
// each item is as long as it is to any.
func lookUps(b *testing.B, s *bolt.Store, rng *rand.Rand, articles int) func(context.Context) error {
	b.Helper()
	docs := map[feed.SourceID][]feed.Article{}
	for len(docs) < 10 {
		n := rng.IntN(articles / bolttest.FillItems)
		docs[feed.SourceID(bolttest.SourceOfFill(n))] = bolttest.DocumentOfFill(n, start)
	}
	look := bolt.LookUps(s, docs)
	return func(ctx context.Context) error {
		found, err := look(ctx)
		if want := len(docs) * bolttest.FillItems; err == nil && found != want {
			return fmt.Errorf("found %d of %d items", found, want)
		}
		return err
	}
}

// spentOn is the CPU time that this thread takes for something.
func spentOn(b *testing.B, do func()) time.Duration {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const thread = 1 // RUSAGE_THREAD
	now := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(thread, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := now()
	do()
	return now() - before
}
