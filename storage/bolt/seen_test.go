package bolt_test

import (
	"cmp"
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"
	"sluice/storage/storagetest"

	"github.com/cespare/xxhash/v2"
)

// brief is a store whose caller reads of each document what it must, as ingest does: what
// the store makes of it is to be what it makes of all.
type brief struct {
	*bolt.Store
	merged, left *atomic.Int64 // items, and those of them that were not read
}

// Merge implements storage.Merger.
func (s brief) Merge(ctx context.Context, d storage.Delivery) (storage.Merged, error) {
	if err := s.shorten(ctx, &d); err != nil {
		return storage.Merged{}, err
	}
	return s.Store.Merge(ctx, d)
}

// MergeAll implements storage.Merger.
func (s brief) MergeAll(ctx context.Context, all []*storage.Delivery) []storage.Result {
	for i, d := range all {
		short := *d
		if err := s.shorten(ctx, &short); err != nil {
			return make([]storage.Result, len(all)) // which no test takes for right
		}
		all[i] = &short
	}
	return s.Store.MergeAll(ctx, all)
}

// shorten leaves out of a delivery what need not be read.
func (s brief) shorten(ctx context.Context, d *storage.Delivery) error {
	if d.Articles == nil || d.Part {
		return nil
	}
	sums, times := make([]uint64, len(d.Articles)), map[uint64]int{}
	for i, a := range d.Articles {
		said, err := json.Marshal(a)
		if err != nil {
			return err
		}
		sums[i] = xxhash.Sum64(said)
		times[sums[i]]++
	}
	seen, err := s.Seen(ctx, *d.Claim, d.At)
	if err != nil {
		return err
	}
	known := map[uint64]bool{}
	for _, sum := range seen {
		known[sum] = true
	}
	articles, rest, unread := []feed.Article{}, []uint64{}, []uint64(nil)
	for i, sum := range sums {
		if known[sum] && times[sum] == 1 {
			unread = append(unread, sum)
			continue
		}
		articles, rest = append(articles, d.Articles[i]), append(rest, sum)
	}
	apart, err := s.Apart(ctx, *d.Claim, articles, unread)
	if err != nil {
		return err
	}
	s.merged.Add(int64(len(sums)))
	d.State.Body, d.Sums = cmp.Or(d.State.Body, 1), sums
	if apart {
		d.Articles, d.Sums, d.Unread = articles, rest, unread
		s.left.Add(int64(len(unread)))
	}
	return nil
}

func TestContractWithItemsLeftUnread(t *testing.T) {
	var merged, left atomic.Int64
	storagetest.Run(t, func(tb testing.TB) storage.Store {
		tb.Helper()
		return brief{bolttest.Open(tb), &merged, &left}
	})
	if t.Logf("%d of %d items were not read", left.Load(), merged.Load()); left.Load()*10 < merged.Load() {
		t.Error("that is few")
	}
}
