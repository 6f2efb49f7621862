package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"sluice/feed"
	"sluice/storage/record"
)

// historyKey is that of an output's history, for archive 0, or of one of its archives.
// No id has a zero byte in it: it is an IRI.
func historyKey(id string, archive int) []byte {
	b := append(make([]byte, 0, len(id)+5), id...)
	return binary.BigEndian.AppendUint32(append(b, 0), uint32(archive))
}

// history returns what is remembered of the output with the id; nil where nothing is.
func (t *txn) history(id string) (*feed.History, error) {
	v := t.get(bHistories, historyKey(id, 0))
	if id == "" || v == nil {
		return nil, nil
	}
	h, err := record.DecodeHistory(v)
	if err != nil {
		return nil, broken("history of "+id, err)
	}
	return h, nil
}

// putHistory remembers a history, and the archives that it was the first to have.
func (t *txn) putHistory(id string, h feed.History) error {
	for i, members := range h.Closing {
		number := h.Closed - len(h.Closing) + 1 + i
		key, archive := historyKey(id, number), record.EncodeArchive(members)
		if was := t.get(bHistories, key); was != nil && !bytes.Equal(was, archive) {
			return fmt.Errorf("archive %d of %s is closed with other members", number, id)
		}
		if err := t.put(bHistories, key, archive); err != nil {
			return err
		}
	}
	return t.put(bHistories, historyKey(id, 0), record.EncodeHistory(h))
}

// checkHistory refuses what no history can be.
func checkHistory(p feed.Publication) error {
	switch h := p.History; {
	case h == nil:
		return nil
	case p.ID == "":
		return fmt.Errorf("output %s: a history without an id", p.Output)
	case bytes.IndexByte([]byte(p.ID), 0) >= 0:
		return fmt.Errorf("output %s: an id with a zero byte", p.Output)
	case h.Closed < len(h.Closing):
		return fmt.Errorf("output %s: %d archives closed out of %d", p.Output, len(h.Closing), h.Closed)
	default:
		for _, list := range append([][]uint64{h.Open}, h.Closing...) {
			if len(list) > 0 && list[0] == 0 || !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) < len(list) {
				return fmt.Errorf("output %s: entries of its history do not rise", p.Output)
			}
		}
		return nil
	}
}

// Archive returns the members of an archive; see storage.Publications.
func (s *Store) Archive(ctx context.Context, id string, number int) (members []uint64, err error) {
	if number < 1 || id == "" {
		return nil, ctx.Err()
	}
	err = s.view(ctx, func(t *txn) error {
		v := t.get(bHistories, historyKey(id, number))
		if v == nil {
			return nil
		}
		if members, err = record.DecodeArchive(v); err != nil {
			return broken(fmt.Sprintf("archive %d of %s", number, id), err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	return members, nil
}

// Numbered returns articles by their numbers; see storage.Articles.
func (s *Store) Numbered(ctx context.Context, seqs []uint64) ([]feed.Stored, error) {
	all := make([]feed.Stored, 0, len(seqs))
	for part := range slices.Chunk(seqs, lastPage) {
		err := s.view(ctx, func(t *txn) error {
			for _, seq := range part {
				h, ok, err := t.head(seq)
				if err != nil {
					return err
				}
				if ok {
					all = append(all, h.Stored)
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("articles by number: %w", err)
		}
	}
	return all, nil
}

// Mended counts what operators did to stories; see storage.Stories.
func (s *Store) Mended(ctx context.Context) (n uint64, err error) {
	err = s.view(ctx, func(t *txn) error {
		n = t.bucket(bApart).Sequence()
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("mended stories: %w", err)
	}
	return n, nil
}

// mended counts a Split or Join.
func (t *txn) mended() error {
	_, err := t.bucket(bApart).NextSequence()
	return err
}

// histories sees that histories and archives can be read, that none is missing, and that
// no entry is in two.
func (v *verifier) histories() error {
	var id string
	var h *feed.History
	var in map[uint64]bool
	next := 1
	end := func() {
		if h != nil && next != h.Closed+1 {
			v.fault("history of %s: archive %d of %d is missing", id, next, h.Closed)
		}
	}
	err := v.t.scan(bHistories, nil, func(k, val []byte) error {
		at := len(k) - 5
		if at < 1 || k[at] != 0 {
			v.fault("a history without an id")
			return nil
		}
		name, number := string(k[:at]), int(binary.BigEndian.Uint32(k[at+1:]))
		if number == 0 {
			end()
			got, err := v.t.history(name)
			if err != nil {
				return err
			}
			id, h, next, in = name, got, 1, map[uint64]bool{}
			v.filed(id, h.Open, in)
			return nil
		}
		if name != id || number != next {
			v.fault("archive %d of %s: another was due", number, name)
			return errStop
		}
		next++
		members, err := record.DecodeArchive(val)
		if err != nil {
			return broken(fmt.Sprintf("archive %d of %s", number, id), err)
		}
		v.filed(id, members, in)
		return nil
	})
	end()
	return err
}

// filed sees that entries are in no other archive.
func (v *verifier) filed(id string, members []uint64, in map[uint64]bool) {
	for _, seq := range members {
		if in[seq] {
			v.fault("history of %s: entry %d twice", id, seq)
		}
		in[seq] = true
	}
}
