package bolt

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/record"
)

// Events returns what befell sources; see storage.Events.
func (s *Store) Events(ctx context.Context, sources []feed.SourceID, since time.Time, n int) ([]feed.Event, error) {
	var all []feed.Event
	err := s.view(ctx, func(t *txn) error {
		all = nil
		names := make(map[uint32]feed.SourceID, len(sources))
		for _, name := range sources {
			src, ok, err := t.sourceNamed(name)
			if err != nil {
				return err
			}
			if ok {
				names[src.Num] = name
			}
		}
		c := t.bucket(bEvents).Cursor()
		for k, v := c.Last(); k != nil && len(all) < n; k, v = c.Prev() {
			num, e, err := decodeEvent(k, v)
			if err != nil {
				return err
			}
			var wanted bool
			if e.Source, wanted = names[num]; wanted && !e.At.Before(since) {
				all = append(all, e)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	return all, nil
}

func decodeEvent(k, v []byte) (uint32, feed.Event, error) {
	num, e, err := record.DecodeEvent(v)
	if err != nil {
		return 0, e, broken(fmt.Sprintf("event %x", k), err)
	}
	if len(k) != 8 {
		return 0, e, damaged("event with a key of %d bytes", len(k))
	}
	e.Seq = binary.BigEndian.Uint64(k)
	return num, e, nil
}

// watch has it decided what is told of the source, whose state is as it will be but for
// that, and stores it.
func (m *merge) watch(is *feed.SourceState) error {
	is.Told = m.src.State.Told
	if m.d.Watch == nil {
		return nil
	}
	told, events := m.d.Watch(&m.src.State, is, m.merged)
	is.Told = told
	m.merged.Told = len(events)
	for _, e := range events {
		if err := m.t.putEvent(m.num, e); err != nil {
			return err
		}
	}
	return nil
}

// putEvent stores an event, and forgets those for which there is no place beside it.
// Numbers without an event, whose source went, count for the bound: it is found without
// a walk.
func (t *txn) putEvent(num uint32, e feed.Event) error {
	seq, err := t.bucket(bEvents).NextSequence()
	if err != nil {
		return err
	}
	var old [][]byte
	c := t.bucket(bEvents).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		_, there, err := decodeEvent(k, v)
		if err != nil {
			return err
		}
		if seq-there.Seq < storage.MaxEvents && !there.At.Before(e.At.Add(-storage.EventAge)) {
			break
		}
		old = append(old, []byte(string(k)))
	}
	for _, k := range old {
		if err := t.delete(bEvents, k); err != nil {
			return err
		}
	}
	return t.put(bEvents, u64(seq), record.EncodeEvent(num, e))
}

// giveEvents makes one source's events another's; 0: nobody's, and they are forgotten.
func (t *txn) giveEvents(from, to uint32) error {
	moved := map[string][]byte{}
	err := t.scan(bEvents, nil, func(k, v []byte) error {
		num, e, err := decodeEvent(k, v)
		if err == nil && num == from {
			moved[string(k)] = record.EncodeEvent(to, e)
		}
		return err
	})
	if err != nil {
		return err
	}
	for k, v := range moved {
		if to == 0 {
			err = t.delete(bEvents, []byte(k))
		} else {
			err = t.put(bEvents, []byte(k), v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// events sees that events are of sources that are there.
func (v *verifier) events() error {
	return v.t.scan(bEvents, nil, func(k, val []byte) error {
		num, _, err := decodeEvent(k, val)
		if err == nil && !v.known[num] {
			v.fault("event of source number %d, which is not there", num)
		}
		return err
	})
}
