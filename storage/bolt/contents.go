package bolt

import (
	"context"

	"sluice/storage"
	"sluice/storage/record"
)

var _ storage.Keeper = (*Store)(nil)

// Contents says what is in the store; see storage.Keeper. Articles are counted from
// the sources' states, so it is quick. Bytes are those of pages: the file is longer, by
// a hole of at most 1 MiB to grow into.
func (s *Store) Contents(ctx context.Context) (storage.Contents, error) {
	var c storage.Contents
	err := s.view(ctx, func(t *txn) (err error) {
		c, err = t.contents()
		return err
	})
	return c, err
}

func (t *txn) contents() (storage.Contents, error) {
	c := storage.Contents{Bytes: t.tx.Size()}
	err := t.eachSource(func(src *record.Source) error {
		c.Sources++
		c.Articles += src.State.Articles
		if at := src.State.LastAttempt; at.After(c.Polled) {
			c.Polled = at
		}
		return nil
	})
	return c, err
}
