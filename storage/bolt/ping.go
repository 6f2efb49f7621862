package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"sluice/feed"
	"sluice/storage/record"
)

// pingKey is the key of a ping: an output's name has no zero byte.
func pingKey(p feed.Ping) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(p.Output), 0), p.Hub)
}

// ping reads a ping with its key.
func ping(k, v []byte) (feed.Ping, error) {
	name, hub, ok := bytes.Cut(k, []byte{0})
	if !ok || len(hub) != 8 {
		return feed.Ping{}, damaged("a ping has a key of %d bytes", len(k))
	}
	p, err := record.DecodePing(v)
	if err != nil {
		return feed.Ping{}, broken("a ping of output "+string(name), err)
	}
	p.Output, p.Hub = string(name), binary.BigEndian.Uint64(hub)
	return p, nil
}

// Pings returns what is owed; see storage.Pings.
func (s *Store) Pings(ctx context.Context) ([]feed.Ping, error) {
	var all []feed.Ping
	err := s.view(ctx, func(t *txn) error {
		return t.scan(bPings, nil, func(k, v []byte) error {
			p, err := ping(k, v)
			all = append(all, p)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("pings: %w", err)
	}
	return all, nil
}

// Owe remembers pings; see storage.Pings.
func (s *Store) Owe(ctx context.Context, all ...feed.Ping) error {
	for _, p := range all {
		if p.Output == "" {
			return errors.New("owe: a ping has no output")
		}
	}
	if len(all) == 0 {
		return ctx.Err()
	}
	err := s.update(ctx, func(t *txn) error {
		for _, p := range all {
			if err := t.put(bPings, pingKey(p), record.EncodePing(p)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("owe: %w", err)
	}
	return nil
}

// Pinged drops pings; see storage.Pings.
func (s *Store) Pinged(ctx context.Context, all ...feed.Ping) error {
	if len(all) == 0 {
		return ctx.Err()
	}
	err := s.update(ctx, func(t *txn) error {
		for _, p := range all {
			key := pingKey(p)
			there := t.get(bPings, key)
			if there == nil {
				continue
			}
			if owed, err := ping(key, there); err == nil && owed.Digest != p.Digest {
				continue
			}
			if err := t.delete(bPings, key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("pinged: %w", err)
	}
	return nil
}
