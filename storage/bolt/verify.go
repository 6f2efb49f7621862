// This file is one walk over one state of the store: its steps share what they
// counted, and each trusts what the earlier ones have seen.

package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"sluice/storage"
	"sluice/storage/record"

	"go.etcd.io/bbolt"
)

// maxFaults is how many faults Verify names: a damaged page makes thousands.
const maxFaults = 20

// Verify reads the whole store and reports what cannot be as it was written:
// pages, checksums, and whatever two buckets must agree on; see storage.Keeper. What
// cannot be read at all is storage.ErrDamaged by itself.
func (s *Store) Verify(ctx context.Context) error {
	return s.verify(ctx, s.stepping(ctx))
}

// verify is Verify, which ends when ended says so.
func (s *Store) verify(ctx context.Context, ended func() error) error {
	v := verifier{store: s}
	err := s.view(ctx, func(t *txn) error {
		v.t, t.ended = t, ended
		steps := []func() error{
			v.pages, v.sources, v.articles, v.texts, v.blocks, v.gone, v.indexes, v.marks, v.listings, v.identities, v.stories, v.sketches, v.titles, v.outputs, v.histories, v.documents, v.pings, v.hubs, v.hosts, v.events, v.structure,
		}
		for _, step := range steps {
			if err := ended(); err != nil {
				return err
			}
			if err := step(); err != nil {
				return err
			}
			if len(v.faults) > 0 {
				break // what follows from a fault only hides it
			}
		}
		return nil
	})
	if err == nil && len(v.faults) > 0 {
		err = &storage.FaultsError{Faults: v.faults, More: v.more}
	}
	if err != nil {
		return fmt.Errorf("verify %s: %w", s.name, err)
	}
	return nil
}

// verifier collects faults of one state of the store.
type verifier struct {
	store    *Store
	t        *txn
	faults   []error
	more     bool           // than maxFaults
	total    int            // articles
	removed  int            // articles of which there are marks
	bySource map[uint32]int // articles
	known    map[uint32]bool
}

func (v *verifier) fault(what string, args ...any) {
	if len(v.faults) >= maxFaults {
		v.more = true
		return
	}
	v.faults = append(v.faults, fmt.Errorf(what, args...))
}

// pages touches every page and sees that keys rise. It runs first: what cannot be read
// at all is told before what is missing for it.
func (v *verifier) pages() error {
	for n, name := range bucketNames {
		var last []byte
		c := v.t.tx.Bucket([]byte(name)).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			if err := v.t.ended(); err != nil {
				return err
			}
			if len(k) > bbolt.MaxKeySize {
				return damaged("bucket %s: a key of %d bytes", name, len(k))
			}
			if last != nil && bytes.Compare(last, k) >= 0 {
				v.fault("bucket %s: keys out of order", name)
				break
			}
			last = append(last[:0], k...)
		}
		if _, isPacked := bucket(n).packed(); isPacked {
			if err := v.t.checkPacked(bucket(n)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *verifier) sources() error {
	v.bySource, v.known = map[uint32]int{}, map[uint32]bool{}
	err := v.t.eachSource(func(src *record.Source) error {
		name := string(src.State.Source)
		if v.known[src.Num] {
			v.fault("source %s: its number %d is another's", name, src.Num)
		}
		v.known[src.Num] = true
		v.bySource[src.Num] = src.State.Articles
		if got := v.t.get(bNames, u32(src.Num)); string(got) != name {
			v.fault("source %s: number %d is of %q", name, src.Num, got)
		}
		return nil
	})
	if err != nil {
		return err
	}
	n, err := v.count(bNames)
	if err == nil && n != len(v.known) {
		v.fault("%d numbers for %d sources", n, len(v.known))
	}
	return err
}

func (v *verifier) count(b bucket) (n int, err error) {
	err = v.t.scan(b, nil, func(_, _ []byte) error {
		n++
		return nil
	})
	return n, err
}

// articles reads each head and looks up all entries that it should have.
func (v *verifier) articles() error {
	found := map[uint32]int{}
	highest := v.t.bucket(bHeads).Sequence()
	err := v.t.scan(bHeads, nil, func(k, val []byte) error {
		seq := binary.BigEndian.Uint64(k)
		h, err := v.t.decodeHead(seq, val)
		if err != nil {
			return err
		}
		if seq > highest {
			v.fault("article %d: numbers are given up to %d only", seq, highest)
		}
		found[h.Source]++
		v.total++
		return v.article(h)
	})
	if err != nil {
		return err
	}
	if n := v.t.articles(); n != v.total {
		v.fault("%d articles, counted %d", v.total, n)
	}
	for num, want := range v.bySource {
		if found[num] != want {
			v.fault("source number %d: %d articles, counted %d", num, found[num], want)
		}
	}
	return nil
}

func (v *verifier) article(h record.Head) error {
	a, num := h.Stored, u32(h.Source)
	entries := []struct {
		in         bucket
		key, value []byte
	}{
		{bSeen, timeKey(a.Place, a.Seq), num},
		{bDated, timeKey(a.Date, a.Seq), num},
		{bSeenBy, sourceTimeKey(h.Source, a.Place, a.Seq), []byte{}},
		{bDatedBy, sourceTimeKey(h.Source, a.Date, a.Seq), []byte{}},
		{bIDs, idKey(a.ID), u64(a.Seq)},
	}
	if a.Identity != a.Seq {
		entries = append(entries, entries[0])
		entries[len(entries)-1].in = bIdentity
		entries[len(entries)-1].key = pairKey(a.Identity, a.Seq)
		entries[len(entries)-1].value = []byte{}
	}
	for _, e := range entries {
		got, err := v.t.find(e.in, e.key)
		if err != nil {
			return err
		}
		if got == nil || !bytes.Equal(got, e.value) {
			v.fault("article %d: no entry in %s", a.Seq, bucketNames[e.in])
		}
	}
	block, err := v.t.openBlock(a.Seq)
	if err != nil {
		return err
	}
	if h.Texts != (block != nil || v.t.get(bTexts, u64(a.Seq)) != nil) {
		v.fault("article %d: texts are missing or too many", a.Seq)
	}
	if (a.How == "") != (a.Identity == a.Seq) || a.Identity > a.Seq || a.Identity == 0 {
		v.fault("article %d: identity %d by %q", a.Seq, a.Identity, a.How)
	}
	return nil
}

func (v *verifier) texts() error {
	return v.t.scan(bTexts, nil, func(k, val []byte) error {
		seq := binary.BigEndian.Uint64(k)
		if _, _, err := v.store.texts.Decode(val); err != nil {
			return broken(fmt.Sprintf("texts of article %d", seq), err)
		}
		if v.t.get(bHeads, k) == nil {
			v.fault("texts of article %d, which is not there", seq)
		}
		return nil
	})
}

// indexes sees that the entries which articles name are all there are.
func (v *verifier) indexes() error {
	for _, b := range []bucket{bSeen, bDated, bSeenBy, bDatedBy, bIDs} {
		want := v.total
		if b == bIDs {
			want += v.removed // whose ids are nobody else's
		}
		n, err := v.count(b)
		if err != nil {
			return err
		}
		if n != want {
			v.fault("%d entries in %s for %d articles", n, bucketNames[b], want)
		}
	}
	return nil
}

// marks sees that marks lead to articles of their source, which are there or were
// removed: marks outlive them. Those across sources are taken out later.
func (v *verifier) marks() error {
	highest := v.t.bucket(bHeads).Sequence()
	err := v.t.scan(bAliases, nil, func(k, val []byte) error {
		a, err := decodeAlias(k, val)
		if err != nil {
			return err
		}
		switch {
		case !v.known[binary.BigEndian.Uint32(k)]:
			v.fault("mark of source number %d, which is not there", binary.BigEndian.Uint32(k))
		case a.seq == 0 || a.seq > highest:
			v.fault("mark leads to article %d of %d", a.seq, highest)
		case v.t.get(bHeads, u64(a.seq)) == nil && v.t.get(bGoneBy, goneKey(binary.BigEndian.Uint32(k), a.seq)) == nil:
			v.fault("mark leads to article %d, which is neither there nor removed", a.seq)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.t.scan(bCross, nil, func(k, _ []byte) error {
		if seq := binary.BigEndian.Uint64(k[crossKeySize-8:]); seq == 0 || seq > highest {
			v.fault("cross mark leads to article %d of %d", seq, highest)
		}
		return nil
	})
}

// identities sees that members of an identity are its members.
func (v *verifier) identities() error {
	return v.t.scan(bIdentity, nil, func(k, _ []byte) error {
		identity, seq := binary.BigEndian.Uint64(k), binary.BigEndian.Uint64(k[8:])
		h, ok, err := v.t.head(seq)
		if err != nil {
			return err
		}
		if !ok || h.Stored.Identity != identity {
			v.fault("article %d is not of identity %d", seq, identity)
		}
		return nil
	})
}

func (v *verifier) outputs() error {
	return v.t.scan(bOutputs, nil, func(k, val []byte) error {
		if _, err := record.DecodePublication(val); err != nil {
			return broken("output "+string(k), err)
		}
		return nil
	})
}

func (v *verifier) hubs() error {
	return v.t.scan(bHubs, nil, func(_, val []byte) error {
		if _, err := record.DecodeSubscription(val); err != nil {
			return broken("a subscription", err)
		}
		return nil
	})
}

func (v *verifier) pings() error {
	return v.t.scan(bPings, nil, func(k, val []byte) error {
		_, err := ping(k, val)
		return err
	})
}

func (v *verifier) hosts() error {
	return v.t.scan(bHosts, nil, func(k, val []byte) error {
		h, err := record.DecodeHost(val)
		if err != nil {
			return broken("host "+string(k), err)
		}
		if h.Silent() {
			v.fault("host %s: a record that says nothing", k)
		}
		return nil
	})
}
