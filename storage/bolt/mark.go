package bolt

import (
	"encoding/binary"
	"math"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/storage/record"
)

// alias is what is kept of a mark of a source.
type alias struct {
	seq    uint64 // the article that it led to last
	day    uint32 // when the source listed it last, to a week
	shared bool   // several items of a document carried it once
}

// staleDays is how old the day of an alias may grow before it is written again:
// an unchanged document then costs no writes on most days.
const staleDays = 7

// encode packs an alias: there are several for each article.
func (a alias) encode() []byte {
	b := binary.AppendUvarint(make([]byte, 0, 16), a.seq)
	flags := uint64(0)
	if a.shared {
		flags = 1
	}
	return binary.AppendUvarint(b, uint64(a.day)<<1|flags)
}

func decodeAlias(v []byte) (alias, error) {
	seq, n := binary.Uvarint(v)
	if n <= 0 {
		return alias{}, damaged("mark of %d bytes", len(v))
	}
	day, m := binary.Uvarint(v[n:])
	if m <= 0 || n+m != len(v) || day>>1 > math.MaxUint32 {
		return alias{}, damaged("mark of %d bytes", len(v))
	}
	return alias{seq: seq, day: uint32(day >> 1), shared: day&1 != 0}, nil
}

func (t *txn) alias(num uint32, m dedup.Mark) (alias, bool, error) {
	v := t.get(bAliases, aliasKey(num, m))
	if v == nil {
		return alias{}, false, nil
	}
	a, err := decodeAlias(v)
	return a, err == nil, err
}

func dayOf(t time.Time) uint32 {
	return uint32(max(t.Unix(), 0) / (24 * 60 * 60))
}

// remember keeps the marks of an item that is the article seq. A fresh article
// takes over marks that led elsewhere; one that was known leaves them, so that
// two articles cannot pull a mark back and forth at each poll.
func (t *txn) remember(num uint32, it dedup.Item, seq uint64, fresh bool, day uint32) error {
	for _, m := range it.Marks {
		a, ok, err := t.alias(num, m)
		if err != nil {
			return err
		}
		is := a
		if !ok || fresh {
			is.seq = seq
		}
		if err := t.putAlias(num, m, ok, a, is, day); err != nil {
			return err
		}
	}
	for _, m := range it.Shared {
		a, ok, err := t.alias(num, m)
		if err != nil {
			return err
		}
		is := a
		if !ok {
			is.seq = seq
		}
		is.shared = true
		if err := t.putAlias(num, m, ok, a, is, day); err != nil {
			return err
		}
	}
	return nil
}

// putAlias stores an alias if it changed or its day is stale. A day never goes
// back when the clock does.
func (t *txn) putAlias(num uint32, m dedup.Mark, there bool, was, is alias, day uint32) error {
	if there && was == is && day <= was.day+staleDays {
		return nil
	}
	is.day = max(day, was.day)
	return t.put(bAliases, aliasKey(num, m), is.encode())
}

// known returns what the source's articles have of the item's marks, and the
// number of an article under the strongest that is not stored any more.
func (s *Store) known(t *txn, num uint32, it dedup.Item) (found []dedup.Known, gone uint64, err error) {
	for _, m := range it.Marks {
		a, ok, err := t.alias(num, m)
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			continue
		}
		v := t.get(bHeads, u64(a.seq))
		if v == nil {
			if gone == 0 && !a.shared {
				gone = a.seq
			}
			continue
		}
		_, digest, err := record.HeadDigest(v)
		if err != nil {
			return nil, 0, broken("article under a mark", err)
		}
		found = append(found, dedup.Known{
			Mark: m, Shared: a.shared, Seq: a.seq, Digest: digest,
			Load: func() (feed.Stored, error) { return s.load(t, a.seq) },
		})
	}
	return found, gone, nil
}

// The bounds of the look for copies: a mark that hundreds of articles carry says
// nothing, and must not cost more for that.
const (
	maxCopies = 20
	maxLooks  = 64
)

// copies returns the articles of other sources under the item's cross marks.
func (s *Store) copies(t *txn, num uint32, it dedup.Item) ([]dedup.Copy, error) {
	var found []dedup.Copy
	for _, m := range it.Cross {
		looks := 0
		prefix := crossPrefix(m)
		err := t.scan(bCross, prefix, func(k, _ []byte) error {
			if looks++; looks > maxLooks || len(found) == maxCopies {
				return errStop
			}
			seq := binary.BigEndian.Uint64(k[len(prefix):])
			v := t.get(bHeads, u64(seq))
			if v == nil {
				return nil
			}
			source, digest, err := record.HeadDigest(v)
			if err != nil {
				return broken("article under a mark", err)
			}
			if source == num {
				return nil
			}
			found = append(found, dedup.Copy{
				Mark: m, Seq: seq, Digest: digest,
				Load: func() (feed.Stored, error) { return s.load(t, seq) },
			})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// offer keeps an article's marks for items of other sources to find.
func (t *txn) offer(it dedup.Item, seq uint64) error {
	for _, m := range it.Cross {
		k := append(crossPrefix(m), u64(seq)...)
		if t.get(bCross, k) != nil {
			continue
		}
		if err := t.put(bCross, k, []byte{}); err != nil {
			return err
		}
	}
	return nil
}
