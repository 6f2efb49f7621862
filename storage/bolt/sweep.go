package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"time"

	"sluice/feed/dedup"
	"sluice/storage/record"
	"sluice/storage/retention"
)

const (
	// sweepDays is within how many days all marks are looked at: most are not old.
	sweepDays = 30
	// maxSwept is how many keys go in one transaction.
	maxSwept = 500
	// crossParts is into how many parts marks across sources are divided, by their first byte.
	crossParts = 256
)

// sweep removes what outlived articles for long enough: a part of it a day. While it is
// not sure what day it is nothing goes: it would come back as new.
func (k *keeping) sweep(ctx context.Context) error {
	today := k.today()
	on := int(today.Sub(k.Swept) / (24 * time.Hour))
	if k.Clock.Held() > 0 || k.Clock.Slow || on == 0 {
		return nil
	}
	if on < 0 || on > sweepDays { // the clock was set back, or nothing was ever looked for
		on = 1
	}
	source, err := k.sweepSources(ctx, on)
	if err != nil {
		return err
	}
	cross := k.Cross
	for range (crossParts*on + sweepDays - 1) / sweepDays {
		if err := k.sweepCross(ctx, cross); err != nil {
			return err
		}
		cross++
	}
	return k.update(ctx, func(l *looking) error {
		if err := l.sweepSmall(); err != nil {
			return err
		}
		kept, err := l.t.keeping()
		if err != nil {
			return err
		}
		kept.Swept, kept.Source, kept.Cross = today, source, cross
		return l.t.putKeeping(kept)
	})
}

// sweepSources looks at the marks of the sources whose turn it is after so many days, and
// returns the last of them.
func (k *keeping) sweepSources(ctx context.Context, days int) (last uint32, err error) {
	var nums []uint32
	err = k.view(ctx, func(l *looking) error {
		return l.t.scan(bNames, nil, func(key, _ []byte) error {
			nums = append(nums, binary.BigEndian.Uint32(key))
			return nil
		})
	})
	if err != nil || len(nums) == 0 {
		return 0, err
	}
	at := 0
	for at < len(nums) && nums[at] <= k.Source {
		at++
	}
	last = k.Source
	for range min((len(nums)*days+sweepDays-1)/sweepDays, len(nums)) {
		last = nums[at%len(nums)]
		if err := k.sweepSource(ctx, last); err != nil {
			return 0, err
		}
		at++
	}
	return last, nil
}

// mark is a mark of a removed article: a key of bucket aliases and its value.
type mark struct{ key, value []byte }

// sweepSource forgets removed articles of a source that were long not listed, and titles
// that did not come back.
func (k *keeping) sweepSource(ctx context.Context, num uint32) error {
	var expired []uint64
	var marks map[uint64][]mark
	var titles [][]byte
	err := k.view(ctx, func(l *looking) (err error) {
		if expired, marks, err = l.expired(num); err != nil {
			return err
		}
		titles, err = l.oldTitles(num)
		return err
	})
	if err != nil {
		return err
	}
	for len(expired) > 0 || len(titles) > 0 {
		forgotten := 0
		err := k.update(ctx, func(l *looking) error {
			forgotten = 0
			for n := 0; len(expired) > forgotten && n < maxSwept; forgotten++ {
				seq := expired[forgotten]
				if err := l.t.forgetGone(num, seq, marks[seq]); err != nil {
					return err
				}
				n += len(marks[seq]) + 2
			}
			for _, key := range titles[:min(len(titles), maxSwept)] {
				if err := l.t.delete(bTitles, key); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		k.did.Forgotten += forgotten
		expired, titles = expired[forgotten:], titles[min(len(titles), maxSwept):]
		if err := k.between(ctx); err != nil {
			return err
		}
	}
	return k.forgetSource(ctx, num)
}

// expired returns the removed articles of a source whose marks are of no more use, with
// these: they went long ago, and were not listed since for as long.
func (l *looking) expired(num uint32) (seqs []uint64, marks map[uint64][]mark, err error) {
	old := map[uint64]uint32{} // when they were last of use
	err = l.t.eachGone(num, func(seq uint64, g record.Gone) error {
		listed, err := l.lists(num, seq)
		if err == nil && !listed && l.isOld(g.Day) {
			old[seq] = g.Day
		}
		return err
	})
	if err != nil || len(old) == 0 {
		return nil, nil, err
	}
	marks = map[uint64][]mark{}
	err = l.t.scan(bAliases, u32(num), func(key, v []byte) error {
		a, err := decodeAlias(key, v)
		if day, there := old[a.seq]; err == nil && there {
			old[a.seq] = max(day, a.day+staleDays)
			marks[a.seq] = append(marks[a.seq], mark{bytes.Clone(key), bytes.Clone(v)})
		}
		return err
	})
	for seq, day := range old {
		if l.isOld(day) {
			seqs = append(seqs, seq)
		}
	}
	return seqs, marks, err
}

// isOld reports whether what was last of use on a day may go.
func (l *looking) isOld(day uint32) bool {
	return l.Clock.Expired(time.Unix(int64(day)*24*60*60, 0), l.wanted.MaxAge)
}

// forgetGone forgets a removed article with its id and its marks, unless it was listed
// meanwhile: then one of these was written again.
func (t *txn) forgetGone(num uint32, seq uint64, marks []mark) error {
	for _, m := range marks {
		if v, err := t.find(bAliases, m.key); err != nil || !bytes.Equal(v, m.value) {
			return err
		}
	}
	g, ok, err := t.gone(seq)
	if err != nil || !ok || g.Source != num { // its source has another number now
		return err
	}
	for _, m := range marks {
		if err := t.delete(bAliases, m.key); err != nil {
			return err
		}
	}
	if err := t.delete(bIDs, g.ID[:]); err != nil {
		return err
	}
	return t.deleteGone(num, seq)
}

// oldTitles returns the keys of titles that a source has long not had.
func (l *looking) oldTitles(num uint32) (keys [][]byte, err error) {
	err = l.t.scan(bTitles, u32(num), func(key, _ []byte) error {
		seen, err := l.t.recurrence(num, binary.BigEndian.Uint64(key[4:]))
		if err == nil && l.isOld(seen.Day) {
			keys = append(keys, bytes.Clone(key))
		}
		return err
	})
	return keys, err
}

// forgetSource forgets a source that is configured no more and has nothing left.
func (k *keeping) forgetSource(ctx context.Context, num uint32) error {
	return k.update(ctx, func(l *looking) error {
		name, src, err := l.t.source(num)
		if err != nil || src.Configured || src.State.Articles > 0 {
			return keepUnchanged(err)
		}
		if some, err := l.t.hasGone(num); err != nil || some {
			return keepUnchanged(err)
		}
		if !l.Clock.Expired(src.State.LastAttempt, l.wanted.MaxAge) {
			return errUnchanged
		}
		if err := l.t.forgetSource(src); err != nil {
			return err
		}
		k.did.Sources = append(k.did.Sources, name)
		return l.t.delete(bSources, []byte(name))
	})
}

// keepUnchanged is the error that ends a transaction without a change.
func keepUnchanged(err error) error {
	if err != nil {
		return err
	}
	return errUnchanged
}

// sweepCross removes the marks across sources of articles of which nothing is kept, of one
// part.
func (k *keeping) sweepCross(ctx context.Context, part uint8) error {
	for _, kind := range []dedup.Kind{dedup.KindGUID, dedup.KindURL, dedup.KindSaid} {
		prefix := []byte{byte(kind), part}
		for from := prefix; from != nil; {
			var dead [][]byte
			err := k.view(ctx, func(l *looking) error {
				next := []byte(nil)
				dead = nil
				w, n := l.t.walk(bCross), 0
				for key, _ := w.seek(from); bytes.HasPrefix(key, prefix); key, _ = w.next() {
					if n++; n > maxWalked {
						next = bytes.Clone(key)
						break
					}
					if seq := key[len(key)-8:]; l.t.get(bHeads, seq) == nil && l.t.get(bGone, seq) == nil {
						dead = append(dead, bytes.Clone(key))
					}
				}
				from = next
				return w.err
			})
			if err != nil {
				return err
			}
			if len(dead) == 0 {
				continue
			}
			err = k.update(ctx, func(l *looking) error {
				for _, key := range dead {
					if err := l.t.delete(bCross, key); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
			if err := k.between(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// sweepSmall forgets the documents of outputs that the ledger has not, and what hosts
// asked for of which no source is polled any more.
func (l *looking) sweepSmall() error {
	ids := map[string]bool{}
	err := l.t.scan(bOutputs, nil, func(k, v []byte) error {
		p, err := record.DecodePublication(v)
		if err != nil {
			return broken("output "+string(k), err)
		}
		ids[p.ID] = true
		return nil
	})
	if err != nil {
		return err
	}
	hosts := l.store.claims.polled()
	var old []entry
	err = l.t.scan(bDocuments, nil, func(k, _ []byte) error {
		if !ids[string(k)] {
			old = append(old, entry{in: bDocuments, key: bytes.Clone(k)})
		}
		return nil
	})
	if err == nil {
		err = l.t.scan(bHosts, nil, func(k, v []byte) error {
			h, err := record.DecodeHost(v)
			if err != nil {
				return broken("host "+string(k), err)
			}
			if !hosts[string(k)] && l.Clock.Known.Sub(later(h.Throttled, h.Rests)) > retention.Beyond {
				old = append(old, entry{in: bHosts, key: bytes.Clone(k)})
			}
			return nil
		})
	}
	if err != nil {
		return err
	}
	for _, e := range old {
		if err := l.t.delete(e.in, e.key); err != nil {
			return err
		}
	}
	return nil
}
