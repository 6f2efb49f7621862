package bolt

import (
	"encoding/binary"
	"math"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/storage/record"
)

// alias is what is kept of a mark that an article of a source carried. A mark has
// one for each of its carriers.
type alias struct {
	seq       uint64
	day       uint32 // when the source listed it last, to a week
	contested bool   // several items of a document carried the mark at once
}

// staleDays is how old the day of an alias may grow before it is written again:
// an unchanged document then costs no writes on most days.
const staleDays = 7

// encode packs an alias: there are several for each article.
func (a alias) encode() []byte {
	flags := uint64(0)
	if a.contested {
		flags = 1
	}
	return binary.AppendUvarint(make([]byte, 0, 4), uint64(a.day)<<1|flags)
}

func decodeAlias(k, v []byte) (alias, error) {
	day, n := binary.Uvarint(v)
	if len(k) != aliasKeySize || n != len(v) || n <= 0 || day>>1 > math.MaxUint32 {
		return alias{}, damaged("mark of %d and %d bytes", len(k), len(v))
	}
	return alias{seq: binary.BigEndian.Uint64(k[aliasKeySize-8:]), day: uint32(day >> 1), contested: day&1 != 0}, nil
}

// maxCarriers bounds how many carriers of a mark are looked at, the newest first.
// An older one is found by what it says, if by anything.
const maxCarriers = 16

// carriers returns the aliases of a mark.
func (t *txn) carriers(num uint32, m dedup.Mark) (all []alias, err error) {
	end := aliasKey(num, m, math.MaxUint64)
	err = t.walker(bAliases).downFrom(end, end[:aliasKeySize-8], func(k, v []byte) (bool, error) {
		a, err := decodeAlias(k, v)
		all = append(all, a)
		return len(all) < maxCarriers, err
	})
	return all, err
}

func dayOf(t time.Time) uint32 {
	return uint32(max(t.Unix(), 0) / (24 * 60 * 60))
}

// remember keeps marks of an article, and returns the oldest of their days.
func (t *txn) remember(num uint32, seq uint64, marks, contested []dedup.Mark, day uint32) (oldest uint32, err error) {
	oldest = math.MaxUint32
	for i, list := range [...][]dedup.Mark{marks, contested} {
		for _, m := range list {
			noted, err := t.rememberMark(num, seq, m, i == 1, day)
			if err != nil {
				return 0, err
			}
			oldest = min(oldest, noted)
		}
	}
	return oldest, nil
}

// rememberMark stores an alias if it is not there, says less, or its day is
// stale, and returns the day that it has. A day never goes back when the clock does.
func (t *txn) rememberMark(num uint32, seq uint64, m dedup.Mark, contested bool, day uint32) (uint32, error) {
	key := aliasKey(num, m, seq)
	was := alias{}
	v, err := t.find(bAliases, key)
	if err != nil {
		return 0, err
	}
	if v != nil {
		if was, err = decodeAlias(key, v); err != nil {
			return 0, err
		}
		if (was.contested || !contested) && day <= was.day+staleDays {
			return was.day, nil
		}
	}
	is := alias{day: max(day, was.day), contested: was.contested || contested}
	t.putLater(bAliases, key, is.encode())
	return is.day, nil
}

// lookup is what a source has of an item's marks.
type lookup struct {
	found     []dedup.Known
	contested bool   // one of them names several articles
	dated     uint32 // the day of the item; 0: it has none
	gone      uint64 // the article that the item was, which is not stored any more; 0: none
}

// look finds the articles under an item's marks.
func (s *Store) look(t *txn, num uint32, it dedup.Item) (l lookup, err error) {
	l.contested = len(it.Contested) > 0
	if date := it.Article.Published; !date.IsZero() {
		l.dated = dayOf(date)
	}
	if err := s.lookUnder(t, &l, num, it.Marks); err != nil {
		return l, err
	}
	if l.contested {
		if err := s.lookUnder(t, &l, num, it.Narrow()); err != nil {
			return l, err
		}
	}
	if len(l.found) == 0 {
		err = s.lookUnder(t, &l, num, it.Beside)
	}
	return l, err
}

func (s *Store) lookUnder(t *txn, l *lookup, num uint32, marks []dedup.Mark) error {
	for i, m := range marks {
		all, err := t.carriers(num, m)
		if err != nil {
			return err
		}
		contested := len(all) > 1 || len(all) == 1 && all[0].contested
		l.contested = l.contested || contested
		for _, a := range all {
			v := t.get(bHeads, u64(a.seq))
			if v == nil {
				// Another text may stand at the address of one that is gone; what has its
				// guid, or has none, is the one that is gone, and so is what is dated
				// before that was last listed.
				if !contested && (i == 0 || l.dated > 0 && l.dated <= a.day) {
					l.gone = a.seq
				}
				continue
			}
			source, digest, _, err := record.HeadDigest(v)
			if err != nil {
				return broken("article under a mark", err)
			}
			if source != num {
				return damaged("a mark leads to article %d of another source", a.seq)
			}
			l.found = append(l.found, dedup.Known{
				Mark: m, Contested: contested, Seq: a.seq, Digest: digest,
				Head: func() (feed.Stored, error) { return t.listed(a.seq) },
				Load: func() (feed.Stored, error) { return s.load(t, a.seq) },
			})
		}
	}
	return nil
}

// The bounds of the look for copies: a mark that hundreds of articles carry says
// nothing, and must not cost more for that.
const (
	maxCopies = 20
	maxLooks  = 64
)

// copies returns the articles of other sources under some marks.
func (s *Store) copies(t *txn, num uint32, marks ...dedup.Mark) ([]dedup.Copy, error) {
	var found []dedup.Copy
	for _, m := range marks {
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
			source, digest, _, err := record.HeadDigest(v)
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

// offer keeps marks of an article for items of other sources to find.
func (t *txn) offer(seq uint64, marks ...dedup.Mark) error {
	for _, m := range marks {
		k := append(crossPrefix(m), u64(seq)...)
		v, err := t.find(bCross, k)
		if err != nil {
			return err
		}
		if v == nil {
			t.putLater(bCross, k, []byte{})
		}
	}
	return nil
}
