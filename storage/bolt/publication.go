package bolt

import (
	"context"
	"errors"
	"fmt"

	"sluice/feed"
	"sluice/storage/record"
)

// Publications returns the ledger; see storage.Publications.
func (s *Store) Publications(ctx context.Context) ([]feed.Publication, error) {
	var all []feed.Publication
	err := s.view(ctx, func(t *txn) error {
		return t.scan(bOutputs, nil, func(k, v []byte) error {
			p, err := record.DecodePublication(v)
			if err != nil {
				return broken("output "+string(k), err)
			}
			p.Output = string(k)
			p.History, err = t.history(p.ID)
			all = append(all, p)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("publications: %w", err)
	}
	return all, nil
}

// Publish remembers publications; see storage.Publications.
func (s *Store) Publish(ctx context.Context, all ...feed.Publication) error {
	for _, p := range all {
		if p.Output == "" {
			return errors.New("publish: an output has no name")
		}
		if err := checkHistory(p); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	if len(all) == 0 {
		return ctx.Err()
	}
	err := s.update(ctx, func(t *txn) error {
		for _, p := range all {
			if err := t.put(bOutputs, []byte(p.Output), record.EncodePublication(p)); err != nil {
				return err
			}
			if p.History == nil {
				continue
			}
			if err := t.putHistory(p.ID, *p.History); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}
