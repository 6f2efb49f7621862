package bolt

import (
	"context"
	"errors"
	"fmt"

	"sluice/feed"
	"sluice/storage/record"
)

// Hosts returns what is remembered; see storage.Hosts.
func (s *Store) Hosts(ctx context.Context) (all []feed.HostState, begun bool, err error) {
	err = s.view(ctx, func(t *txn) error {
		begun = t.bucket(bHosts).Sequence() > 0
		return t.scan(bHosts, nil, func(k, v []byte) error {
			h, err := record.DecodeHost(v)
			if err != nil {
				return broken("host "+string(k), err)
			}
			h.Host = string(k)
			all = append(all, h)
			return nil
		})
	})
	if err != nil {
		return nil, false, fmt.Errorf("hosts: %w", err)
	}
	return all, begun, nil
}

// SetHosts remembers hosts; see storage.Hosts.
func (s *Store) SetHosts(ctx context.Context, hosts ...feed.HostState) error {
	err := s.update(ctx, func(t *txn) error {
		for _, h := range hosts {
			if err := t.putHost(h); err != nil {
				return err
			}
		}
		return t.bucket(bHosts).SetSequence(1) // begun
	})
	if err != nil {
		return fmt.Errorf("set hosts: %w", err)
	}
	return nil
}

// putHost stores what is remembered of a host in place of what was.
func (t *txn) putHost(h feed.HostState) error {
	switch {
	case h.Host == "":
		return errors.New("a host has no name")
	case h.Silent():
		return t.delete(bHosts, []byte(h.Host))
	}
	return t.put(bHosts, []byte(h.Host), record.EncodeHost(h))
}
