package bolt

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/storage/record"
)

// What retention removed leaves its marks, so that it does not come back as new, its id,
// which is never another's, and an entry in bucket gone that says so. All three go
// together.

// remove removes an article and what is kept of it elsewhere, but for that. The caller
// has seen to it that none of its story came later.
func (s *Store) remove(t *txn, h record.Head, day uint32) error {
	a, key := h.Stored, u64(h.Stored.Seq)
	for _, e := range []struct {
		in  bucket
		key []byte
	}{
		{bHeads, key},
		{bTexts, key},
		{bSeen, timeKey(a.Place, a.Seq)},
		{bDated, timeKey(a.Date, a.Seq)},
		{bSeenBy, sourceTimeKey(h.Source, a.Place, a.Seq)},
		{bDatedBy, sourceTimeKey(h.Source, a.Date, a.Seq)},
		{bIdentity, pairKey(a.Identity, a.Seq)},
	} {
		if err := t.delete(e.in, e.key); err != nil {
			return err
		}
	}
	if err := s.thin(t, a.Seq); err != nil {
		return err
	}
	g := record.Gone{Source: h.Source, Day: day, Title: h.Digest.Title, Place: a.Place}
	copy(g.ID[:], idKey(a.ID))
	if err := t.putGone(a.Seq, g); err != nil {
		return err
	}
	if err := t.countArticles(-1); err != nil {
		return err
	}
	if a.Seq != a.Identity {
		return nil // the others of the identity came before it
	}
	if _, err := s.dismiss(t, a.Seq, dayOf(a.FirstSeen)); err != nil {
		return err
	}
	return t.leaveStory(a.Identity)
}

// leaveStory forgets an identity that has no article any more.
func (t *txn) leaveStory(identity uint64) error {
	rest, err := t.identity(identity)
	if err != nil || len(rest) > 0 {
		return err
	}
	if j, joined, err := t.join(identity); err != nil {
		return err
	} else if joined {
		if err := t.delete(bStories, pairKey(j.Root, identity)); err != nil {
			return err
		}
		if err := t.delete(bJoins, u64(identity)); err != nil {
			return err
		}
	}
	var parted []uint64
	err = t.scan(bApart, u64(identity), func(k, _ []byte) error {
		parted = append(parted, binary.BigEndian.Uint64(k[8:]))
		return nil
	})
	for _, other := range parted {
		for _, k := range [][]byte{pairKey(identity, other), pairKey(other, identity)} {
			if err := t.delete(bApart, k); err != nil {
				return err
			}
		}
	}
	return err
}

func goneKey(num uint32, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(u32(num), seq)
}

func (t *txn) putGone(seq uint64, g record.Gone) error {
	if err := t.put(bGoneBy, goneKey(g.Source, seq), []byte{}); err != nil {
		return err
	}
	return t.put(bGone, u64(seq), g.Encode())
}

func (t *txn) deleteGone(num uint32, seq uint64) error {
	if err := t.delete(bGoneBy, goneKey(num, seq)); err != nil {
		return err
	}
	return t.delete(bGone, u64(seq))
}

// gone returns what is kept of an article that was removed; false where nothing is.
func (t *txn) gone(seq uint64) (g record.Gone, ok bool, err error) {
	v := t.get(bGone, u64(seq))
	if v == nil {
		return g, false, nil
	}
	if g, err = record.DecodeGone(v); err != nil {
		return g, false, broken(fmt.Sprintf("removed article %d", seq), err)
	}
	return g, true, nil
}

// eachGone calls f with the articles of a source that were removed.
func (t *txn) eachGone(num uint32, f func(seq uint64, g record.Gone) error) error {
	return t.scan(bGoneBy, u32(num), func(k, _ []byte) error {
		if len(k) != 12 {
			return damaged("removed article with a key of %d bytes", len(k))
		}
		seq := binary.BigEndian.Uint64(k[4:])
		g, ok, err := t.gone(seq)
		if err == nil && !ok {
			err = damaged("removed article %d is missing", seq)
		}
		if err != nil {
			return err
		}
		return f(seq, g)
	})
}

// hasGone reports whether anything is kept of removed articles of a source.
func (t *txn) hasGone(num uint32) (some bool, err error) {
	err = t.scan(bGoneBy, u32(num), func(_, _ []byte) error {
		some = true
		return errStop
	})
	return some, err
}

// giveGone makes one source's removed articles another's; 0: nobody's, and they are
// forgotten with their ids.
func (t *txn) giveGone(from, to uint32) error {
	all := map[uint64]record.Gone{}
	err := t.eachGone(from, func(seq uint64, g record.Gone) error {
		all[seq] = g
		return nil
	})
	if err != nil {
		return err
	}
	for _, seq := range slices.Sorted(maps.Keys(all)) {
		g := all[seq]
		if err := t.deleteGone(from, seq); err != nil {
			return err
		}
		if g.Source = to; to == 0 {
			err = t.delete(bIDs, g.ID[:])
		} else {
			err = t.putGone(seq, g)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// removed is the error for an article that is not there, given the number that its id had.
func (t *txn) removed(seq uint64) error {
	g, ok, err := t.gone(seq)
	if err != nil {
		return err
	}
	if !ok {
		return feed.ErrNoArticle
	}
	return &feed.RemovedError{Day: time.Unix(int64(g.Day)*24*60*60, 0).UTC()}
}

// removedAt is the error for an article that was at an address and is not there any more;
// nil where none was.
func (t *txn) removedAt(url string) error {
	c := t.bucket(bNames).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		num := binary.BigEndian.Uint32(k)
		for _, m := range dedup.MarksOf(url) {
			all, err := t.carriers(num, m)
			if err != nil {
				return err
			}
			for _, a := range all {
				if t.get(bGoneBy, goneKey(num, a.seq)) != nil {
					return t.removed(a.seq)
				}
			}
		}
	}
	return nil
}

// gone sees that what is removed is not there, and that its id is still taken for it.
func (v *verifier) gone() error {
	err := v.t.scan(bGone, nil, func(k, val []byte) error {
		g, err := record.DecodeGone(val)
		if err != nil || len(k) != 8 {
			return broken(fmt.Sprintf("removed article %x", k), err)
		}
		v.removed++
		seq := binary.BigEndian.Uint64(k)
		id, err := v.t.find(bIDs, g.ID[:])
		if err != nil {
			return err
		}
		switch {
		case !v.known[g.Source]:
			v.fault("removed article of source number %d, which is not there", g.Source)
		case v.t.get(bGoneBy, goneKey(g.Source, seq)) == nil:
			v.fault("removed article %d: no entry in %s", seq, bucketNames[bGoneBy])
		case v.t.get(bHeads, k) != nil:
			v.fault("article %d is removed, and there", seq)
		case string(id) != string(k):
			v.fault("the id of article %d, which is removed, is free or another's", seq)
		}
		return nil
	})
	if err != nil {
		return err
	}
	n, err := v.count(bGoneBy)
	if err == nil && n != v.removed {
		v.fault("%d entries in %s for %d articles that were removed", n, bucketNames[bGoneBy], v.removed)
	}
	return err
}
