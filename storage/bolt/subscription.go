package bolt

import (
	"context"
	"errors"
	"fmt"

	"sluice/feed"
	"sluice/storage/record"
)

// Subscriptions returns what is remembered; see storage.Subscriptions.
func (s *Store) Subscriptions(ctx context.Context) ([]feed.Subscription, error) {
	var all []feed.Subscription
	err := s.view(ctx, func(t *txn) error {
		return t.scan(bHubs, nil, func(k, v []byte) error {
			sub, err := record.DecodeSubscription(v)
			if err != nil {
				return broken("a subscription", err) // its key is as good as a password
			}
			sub.ID = string(k)
			all = append(all, sub)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("subscriptions: %w", err)
	}
	return all, nil
}

// Subscribe remembers subscriptions; see storage.Subscriptions.
func (s *Store) Subscribe(ctx context.Context, all ...feed.Subscription) error {
	for _, sub := range all {
		if sub.ID == "" {
			return errors.New("subscribe: a subscription has no id")
		}
	}
	if len(all) == 0 {
		return ctx.Err()
	}
	err := s.update(ctx, func(t *txn) error {
		for _, sub := range all {
			if err := t.put(bHubs, []byte(sub.ID), record.EncodeSubscription(sub)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	return nil
}

// Forget drops subscriptions; see storage.Subscriptions.
func (s *Store) Forget(ctx context.Context, ids ...string) error {
	if len(ids) == 0 {
		return ctx.Err()
	}
	err := s.update(ctx, func(t *txn) error {
		for _, id := range ids {
			if err := t.delete(bHubs, []byte(id)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget subscriptions: %w", err)
	}
	return nil
}
