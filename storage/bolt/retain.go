package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/record"
	"sluice/storage/retention"
)

// The sizes of the steps of a run: few enough articles that a write that comes in between
// waits some tens of milliseconds.
const (
	maxRemoved = 64   // articles that go in one transaction; a story goes as one
	maxWalked  = 2000 // articles that are looked at in one
)

// keepingKey is the key in the bucket "meta" of the record of what runs remember.
const keepingKey = "keeping"

// Retain removes what is kept no longer; see storage.Retainer.
func (s *Store) Retain(ctx context.Context, r storage.Retention) (storage.Retained, error) {
	k := &keeping{
		store: s, wanted: r, days: map[uint32][]uint64{},
		did: storage.Retained{Old: map[feed.SourceID]int{}, Surplus: map[feed.SourceID]int{}},
	}
	for _, step := range []func(context.Context) error{k.look, k.old, k.surplus, k.sweep, k.end} {
		if err := step(ctx); err != nil {
			return k.did, fmt.Errorf("retention: %w", err)
		}
	}
	return k.did, nil
}

// keeping is a run of retention.
type keeping struct {
	store  *Store
	wanted storage.Retention
	record.Keeping
	did  storage.Retained
	days map[uint32][]uint64 // what sources without a listing list, see txn.recent
}

// between lets others write.
func (k *keeping) between(ctx context.Context) error {
	if k.wanted.Between == nil {
		return ctx.Err()
	}
	return k.wanted.Between(ctx)
}

// view runs f in a read transaction, with what sources list at hand.
func (k *keeping) view(ctx context.Context, f func(l *looking) error) error {
	return k.store.view(ctx, func(t *txn) error { return f(&looking{keeping: k, t: t}) })
}

// update runs f in a write transaction, unless it returns errUnchanged.
func (k *keeping) update(ctx context.Context, f func(l *looking) error) error {
	err := k.store.update(ctx, func(t *txn) error { return f(&looking{keeping: k, t: t}) })
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// today is the day that is believed to be.
func (k *keeping) today() time.Time { return k.Clock.Known.Truncate(24 * time.Hour) }

func (t *txn) keeping() (k record.Keeping, err error) {
	if v := t.get(bMeta, []byte(keepingKey)); v != nil {
		if k, err = record.DecodeKeeping(v); err != nil {
			return k, broken("what retention remembers", err)
		}
	}
	return k, nil
}

func (t *txn) putKeeping(k record.Keeping) error {
	return t.put(bMeta, []byte(keepingKey), k.Encode())
}

// look has the clock looked at. That it went on by minutes is not worth a commit.
func (k *keeping) look(ctx context.Context) error {
	err := k.update(ctx, func(l *looking) error {
		was, err := l.t.keeping()
		if err != nil {
			return err
		}
		k.Keeping = was
		k.Clock = was.Clock.Look(micro(k.wanted.At), k.wanted.MaxAge)
		on := k.Clock.Known.Sub(was.Clock.Known)
		if same := was.Clock; on >= 0 && on < time.Hour {
			same.Known, same.Last = k.Clock.Known, k.Clock.Last
			if same == k.Clock && k.Clock.Last.Sub(was.Clock.Last) < time.Hour {
				return errUnchanged
			}
		}
		return l.t.putKeeping(k.Keeping)
	})
	k.did.Held = k.Clock.Held()
	return err
}

// old removes what is too old. It is looked for once a day: what many sources list is old,
// and would be looked at each time.
func (k *keeping) old(ctx context.Context) error {
	if k.Walked.Equal(k.today()) && k.Age == k.wanted.MaxAge {
		k.did.Later = k.Clock.Slow && k.Clock.Held() == 0
		return nil
	}
	usage, err := k.store.Usage(ctx)
	if err != nil {
		return err
	}
	room := k.Clock.Room(usage.Articles)
	ages := retention.Ages{Before: k.Clock.Known.Add(-k.wanted.MaxAge), Now: k.Clock.Known, Last: k.Clock.Gone}
	all := reason{did: k.did.Old, aged: true, may: func(feed.Stored) bool { return true }} // the walk has come to the last of a story
	for from, done := uint64(0), false; !done; {
		var found []uint64
		err := k.view(ctx, func(l *looking) error {
			found, done = nil, true
			c, n := l.t.bucket(bHeads).Cursor(), 0
			for key, v := c.Seek(u64(from + 1)); key != nil; key, v = c.Next() {
				if n++; n > maxWalked {
					done = false
					return nil
				}
				from = binary.BigEndian.Uint64(key)
				h, err := l.t.decodeHead(from, v)
				if err != nil {
					return err
				}
				old, last := ages.Of(from, h.Stored.FirstSeen)
				if last {
					return nil
				}
				if err := l.add(&found, old, all.may); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := k.removeAll(ctx, found, all, &room); err != nil {
			return err
		}
		if k.did.Later {
			return nil
		}
	}
	return nil
}

// surplus removes what sources have too many of: all but the newest.
func (k *keeping) surplus(ctx context.Context) error {
	if k.wanted.MaxPerSource <= 0 {
		return nil
	}
	var over []uint32
	err := k.view(ctx, func(l *looking) error {
		return l.t.eachSource(func(src *record.Source) error {
			if src.State.Articles > k.wanted.MaxPerSource {
				over = append(over, src.Num)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, num := range over {
		if err := k.surplusOf(ctx, num); err != nil {
			return err
		}
	}
	return nil
}

func (k *keeping) surplusOf(ctx context.Context, num uint32) error {
	var seqs []uint64
	err := k.view(ctx, func(l *looking) error {
		seqs = nil
		return l.t.scan(bSeenBy, u32(num), func(key, _ []byte) error {
			seqs = append(seqs, binary.BigEndian.Uint64(key[12:]))
			return nil
		})
	})
	if err != nil || len(seqs) <= k.wanted.MaxPerSource {
		return err
	}
	slices.Sort(seqs)
	seqs = seqs[:len(seqs)-k.wanted.MaxPerSource]
	surplus := reason{did: k.did.Surplus, may: func(a feed.Stored) bool {
		_, there := slices.BinarySearch(seqs, a.Seq)
		return there
	}}
	anything := -1
	for part := range slices.Chunk(seqs, maxWalked) {
		var found []uint64
		if err := k.view(ctx, func(l *looking) error { found = nil; return l.add(&found, part, surplus.may) }); err != nil {
			return err
		}
		if err := k.removeAll(ctx, found, surplus, &anything); err != nil {
			return err
		}
	}
	return nil
}

// reason is why articles go.
type reason struct {
	may  func(feed.Stored) bool // for its own sake
	did  map[feed.SourceID]int  // counts those that went
	aged bool                   // they are too old: within what may go of these a day
}

// removeAll removes articles, and of their stories those that may go with them, and
// counts them. room is how many may go, and what of it is left.
func (k *keeping) removeAll(ctx context.Context, found []uint64, why reason, room *int) error {
	for len(found) > 0 {
		if *room == 0 {
			k.did.Later = true
			return nil
		}
		part := found[:min(len(found), maxRemoved)]
		if *room > 0 {
			part = part[:min(len(part), *room)]
		}
		found = found[len(part):]
		var went map[feed.SourceID]int
		remove := func(shown map[uint64]bool) error {
			part = slices.DeleteFunc(part, func(seq uint64) bool { return shown[seq] })
			if len(part) == 0 {
				return nil
			}
			return k.update(ctx, func(l *looking) (err error) {
				l.shown = shown
				went, err = l.remove(part, why)
				return err
			})
		}
		var err error
		if k.wanted.Shown == nil {
			err = remove(nil)
		} else {
			err = k.wanted.Shown(ctx, remove)
		}
		if err != nil {
			return err
		}
		for source, n := range went {
			why.did[source] += n
			if *room > 0 {
				*room = max(*room-n, 0)
			}
		}
		if err := k.between(ctx); err != nil {
			return err
		}
	}
	return nil
}

// end notes that the run is over.
func (k *keeping) end(ctx context.Context) error {
	return k.update(ctx, func(l *looking) error {
		was, err := l.t.keeping()
		if err != nil {
			return err
		}
		is := was
		is.Walked, is.Age = k.today(), k.wanted.MaxAge
		is.Clock = was.Clock.End(!k.did.Later && k.Clock.Held() == 0)
		if is == was {
			return errUnchanged
		}
		return l.t.putKeeping(is)
	})
}
