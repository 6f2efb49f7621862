package bolt

import (
	"context"
	"fmt"

	"sluice/storage"

	"go.etcd.io/bbolt"
)

// Usage says how large the store is; see storage.Gauge. The file may be longer than its
// pages, by a hole of at most 1 MiB to grow into.
func (s *Store) Usage(ctx context.Context) (u storage.Usage, err error) {
	err = s.view(ctx, func(t *txn) error {
		u.Articles = t.articles()
		info, err := t.file.Stat()
		if err != nil {
			return err
		}
		db := t.tx.DB()
		free := db.Stats()
		u.Bytes, u.Free = info.Size(), int64(free.FreePageN+free.PendingPageN)*int64(db.Info().PageSize)
		return nil
	})
	if err != nil {
		return storage.Usage{}, fmt.Errorf("usage of store %s: %w", s.name, err)
	}
	return u, nil
}

// Failed waits for the first commit that fails; see storage.Gauge.
func (s *Store) Failed(ctx context.Context) error {
	select {
	case <-s.broken:
		return *s.failed.Load()
	case <-ctx.Done():
		return nil
	}
}

// Alive says whether the store works; see storage.Gauge.
func (s *Store) Alive(ctx context.Context) error {
	if failed := s.failed.Load(); failed != nil {
		return *failed
	}
	return s.view(ctx, func(t *txn) error {
		_, err := schemaOf(t.tx, len(s.opt.steps)+1)
		return err
	})
}

// articles is the number of articles, which is kept as the sequence of bucket seen.
func (t *txn) articles() int { return int(t.bucket(bSeen).Sequence()) }

// countArticles notes that articles came or went.
func (t *txn) countArticles(more int) error {
	t.wrote = true
	return t.bucket(bSeen).SetSequence(uint64(t.articles() + more))
}

// countAll counts what a store has that is older than the count.
func countAll(tx *bbolt.Tx) error {
	t := newTxn(tx)
	c, err := t.contents()
	if err != nil {
		return err
	}
	return t.bucket(bSeen).SetSequence(uint64(c.Articles))
}
