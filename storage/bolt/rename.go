package bolt

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"sluice/feed"
	"sluice/storage/record"
)

// move is an entry of the configuration: articles of the old name belong to the
// new one.
type move struct{ to, from feed.SourceID }

func (m move) key() []byte { return []byte(string(m.to) + "\x00" + string(m.from)) }

// moveSources carries out what the sources' earlier names ask for, each entry
// once for as long as it stays in the configuration: the old name may be given
// to another source meanwhile, whose articles are its own. Names are those from
// before this change, so that two sources can change theirs for each other's.
// Numbers whose claims end are added to ended.
func (t *txn) moveSources(sources []feed.Source, ended map[uint32]uint64) error {
	asked, err := t.newMoves(sources)
	if err != nil {
		return err
	}
	bound, err := t.boundMoves(sources, asked)
	if err != nil || len(asked)+len(bound) == 0 {
		return err
	}
	moving := map[feed.SourceID][]record.Source{} // by new name
	for i, m := range slices.Concat(asked, bound) {
		old, ok, err := t.sourceNamed(m.from)
		if err != nil {
			return err
		}
		_, there, err := t.sourceNamed(m.to)
		if err != nil {
			return err
		}
		// A source known by its address leaves no record of that address behind, and
		// takes what it has even where it has no articles: when it may be asked.
		gone := false
		if ok {
			if gone, err = t.hasGone(old.Num); err != nil {
				return err
			}
		}
		if ok && (old.State.Articles > 0 || gone || !there || i >= len(asked)) {
			moving[m.to] = append(moving[m.to], old)
			if err := t.delete(bSources, []byte(m.from)); err != nil {
				return err
			}
		}
	}
	for _, to := range slices.Sorted(maps.Keys(moving)) {
		if err := t.arrive(to, moving[to], ended); err != nil {
			return err
		}
	}
	for _, m := range asked {
		if err := t.put(bRenames, m.key(), []byte{1}); err != nil {
			return err
		}
	}
	return t.flush()
}

// newMoves returns the moves that were not made yet, and forgets those that the
// configuration asks for no more.
func (t *txn) newMoves(sources []feed.Source) (asked []move, err error) {
	wanted := map[string]bool{}
	for _, src := range sources {
		for _, was := range src.Was {
			m := move{to: src.Name, from: was}
			if was == src.Name || strings.ContainsRune(string(was), 0) {
				continue
			}
			wanted[string(m.key())] = true
			if t.get(bRenames, m.key()) == nil {
				asked = append(asked, m)
			}
		}
	}
	var old [][]byte
	err = t.scan(bRenames, nil, func(k, _ []byte) error {
		if !wanted[string(k)] {
			old = append(old, []byte(string(k)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, k := range old {
		if err := t.delete(bRenames, k); err != nil {
			return nil, err
		}
	}
	return asked, nil
}

// arrive gives sources that have lost their names a new one: the first of them its
// record, unless the name has articles already, the others their articles.
func (t *txn) arrive(to feed.SourceID, moving []record.Source, ended map[uint32]uint64) error {
	is, ok, err := t.sourceNamed(to)
	if err != nil {
		return err
	}
	gone := false
	if ok {
		if gone, err = t.hasGone(is.Num); err != nil {
			return err
		}
	}
	if ok && is.State.Articles == 0 && !gone {
		ended[is.Num] = 0
		if err := t.forgetSource(is); err != nil {
			return err
		}
		ok = false
	}
	if !ok {
		is, moving = moving[0], moving[1:]
		delete(t.names, is.Num)
		if err := t.put(bNames, u32(is.Num), []byte(to)); err != nil {
			return err
		}
	}
	for _, old := range moving {
		ended[old.Num] = 0
		if err := t.absorb(&is, old); err != nil {
			return err
		}
	}
	return t.put(bSources, []byte(to), is.Encode())
}

// absorb makes one source's articles and marks another's.
func (t *txn) absorb(is *record.Source, old record.Source) error {
	var seqs []uint64
	err := t.scan(bSeenBy, u32(old.Num), func(k, _ []byte) error {
		seqs = append(seqs, binary.BigEndian.Uint64(k[12:]))
		return nil
	})
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		if err := t.giveArticle(seq, old.Num, is.Num); err != nil {
			return err
		}
	}
	err = t.eachAlias(old.Num, func(k []byte, a alias) error {
		key := append(u32(is.Num), k[4:]...)
		t.putLater(bAliases, key, a.encode())
		return nil
	})
	if err != nil {
		return err
	}
	if err := t.giveEvents(old.Num, is.Num); err != nil {
		return err
	}
	if err := t.giveGone(old.Num, is.Num); err != nil {
		return err
	}
	if err := t.giveListing(old.Num, is.Num); err != nil {
		return err
	}
	st, was := &is.State, old.State
	st.Articles += was.Articles
	st.LastNew = later(st.LastNew, was.LastNew)
	if !was.FirstPoll.IsZero() {
		st.FirstPoll = earlier(st.FirstPoll, was.FirstPoll)
	}
	return t.forgetSource(old)
}

// giveArticle gives an article to another source.
func (t *txn) giveArticle(seq uint64, from, to uint32) error {
	h, ok, err := t.head(seq)
	if err != nil {
		return err
	}
	if !ok {
		return damaged("article %d is missing", seq)
	}
	a, num := h.Stored, u32(to)
	h.Source = to
	if err := t.put(bHeads, u64(seq), h.Encode()); err != nil {
		return err
	}
	t.putLater(bSeen, timeKey(a.Place, seq), num)
	t.putLater(bDated, timeKey(a.Date, seq), num)
	t.putLater(bSeenBy, sourceTimeKey(to, a.Place, seq), []byte{})
	t.putLater(bDatedBy, sourceTimeKey(to, a.Date, seq), []byte{})
	if err := t.delete(bSeenBy, sourceTimeKey(from, a.Place, seq)); err != nil {
		return err
	}
	return t.delete(bDatedBy, sourceTimeKey(from, a.Date, seq))
}

// eachAlias calls f with the aliases of a source, and deletes them.
func (t *txn) eachAlias(num uint32, f func(k []byte, a alias) error) error {
	var keys [][]byte
	err := t.scan(bAliases, u32(num), func(k, v []byte) error {
		a, err := decodeAlias(k, v)
		if err != nil {
			return err
		}
		k = []byte(string(k))
		keys = append(keys, k)
		return f(k, a)
	})
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := t.delete(bAliases, k); err != nil {
			return err
		}
	}
	return nil
}

// forgetSource forgets all but the name of a source that has no articles any more.
func (t *txn) forgetSource(src record.Source) error {
	t.moved(&src, nil)
	if err := t.eachAlias(src.Num, func([]byte, alias) error { return nil }); err != nil {
		return err
	}
	if err := t.giveEvents(src.Num, 0); err != nil {
		return err
	}
	if err := t.giveGone(src.Num, 0); err != nil {
		return err
	}
	if err := t.delete(bListed, u32(src.Num)); err != nil {
		return err
	}
	if err := t.deleteAll(bTitles, u32(src.Num)); err != nil {
		return err
	}
	delete(t.names, src.Num)
	return t.delete(bNames, u32(src.Num))
}

// giveListing makes what one source lists a part of what another does.
func (t *txn) giveListing(from, to uint32) error {
	was, known, err := t.listing(from)
	if err != nil || !known {
		return err
	}
	is, known, err := t.listing(to)
	if err != nil || !known {
		return err // that its own days say then
	}
	is = append(is, was...)
	slices.Sort(is)
	return t.put(bListed, u32(to), record.EncodeListed(slices.Compact(is)))
}

// deleteAll deletes the keys that begin with the prefix.
func (t *txn) deleteAll(n bucket, prefix []byte) error {
	var keys [][]byte
	err := t.scan(n, prefix, func(k, _ []byte) error {
		keys = append(keys, []byte(string(k)))
		return nil
	})
	for _, k := range keys {
		if err := t.delete(n, k); err != nil {
			return err
		}
	}
	return err
}
