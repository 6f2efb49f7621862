package bolt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/storage"
	"sluice/storage/record"
)

// Seen implements storage.Merger.
func (s *Store) Seen(ctx context.Context, c storage.Claim, at time.Time) (sums []uint64, err error) {
	day := dayOf(at)
	err = s.view(ctx, func(t *txn) error {
		src, ok, err := t.sourceNamed(c.Source)
		if err != nil || !ok {
			return err
		}
		seen, err := t.seen(&src, src.Identity)
		for _, one := range seen {
			v := t.get(bHeads, u64(one.Seq))
			if v == nil || day > one.Day+staleDays {
				continue // its article is gone, or its marks are to be noted again: either takes a look
			}
			if _, _, _, err := record.HeadDigest(v); err != nil {
				return broken(fmt.Sprintf("article %d", one.Seq), err)
			}
			sums = append(sums, one.Sum)
		}
		return err
	})
	return sums, err
}

// seen are the items of a source's last document that need not be read again, for items
// that the mode identifies: none where they may mean something else by now.
func (t *txn) seen(src *record.Source, mode feed.IdentityMode) ([]record.Seen, error) {
	if src.State.Body == 0 || src.GUIDs.Fault != "" {
		return nil, nil
	}
	l, _, err := t.lastDocument(src.Num)
	if err != nil || l.Body != src.State.Body || l.Identity != mode {
		return nil, err
	}
	return l.Seen, nil
}

// left are those of what was seen that have the sums.
func left(seen []record.Seen, sums []uint64) (all []record.Seen, ok bool) {
	bySum := make(map[uint64]int, len(seen))
	for i, one := range seen {
		bySum[one.Sum] = i
	}
	all = make([]record.Seen, 0, len(sums))
	for _, sum := range sums {
		i, ok := bySum[sum]
		if !ok {
			return nil, false
		}
		all = append(all, seen[i])
	}
	return all, true
}

// Apart implements storage.Merger.
func (s *Store) Apart(ctx context.Context, c storage.Claim, articles []feed.Article, unread []uint64) (apart bool, err error) {
	if len(articles) == 0 {
		return true, nil
	}
	err = s.view(ctx, func(t *txn) error {
		src, ok, err := t.sourceNamed(c.Source)
		if err != nil || !ok {
			return err
		}
		seen, err := t.seen(&src, src.Identity)
		if err != nil {
			return err
		}
		if seen, ok = left(seen, unread); !ok {
			return nil // they are not known any more, so all are to be read
		}
		its := make(map[uint64]bool, len(seen))
		for _, one := range seen {
			its[one.Seq] = true
		}
		apart, err = t.shareNothing(src.Num, dedup.Prepare(src.Identity, articles), its)
		return err
	})
	return apart, err
}

// shareNothing reports whether no item has a mark, of whatever kind, of one of some articles.
func (t *txn) shareNothing(num uint32, items []dedup.Item, of map[uint64]bool) (bool, error) {
	for _, it := range items {
		for _, m := range slices.Concat(it.Marks, it.Beside, it.Narrow()) {
			all, err := t.carriers(num, m)
			if err != nil {
				return false, err
			}
			if slices.ContainsFunc(all, func(a alias) bool { return of[a.seq] }) {
				return false, nil
			}
		}
	}
	return true, nil
}

// unread finds out which items the delivery leaves out.
func (m *merge) unread(mode feed.IdentityMode) (err error) {
	if len(m.d.Unread) == 0 {
		return nil
	}
	seen, err := m.t.seen(&m.src, mode)
	if err != nil {
		return err
	}
	var ok bool
	if m.left, ok = left(seen, m.d.Unread); !ok {
		return errors.New("an item was left out that is not known")
	}
	for _, one := range m.left {
		m.listed = append(m.listed, one.Seq)
	}
	return nil
}

// saw notes an item of the document for the next one, unless that is to look at it again:
// what several items or articles may be is decided by all of them together.
func (m *merge) saw(it dedup.Item, seq uint64, contested bool, day uint32) {
	if it.At >= len(m.d.Sums) || m.d.Sums[it.At] == 0 || it.Joined() || contested || len(it.Contested) > 0 {
		return
	}
	_, guid := it.GUIDMark()
	m.seen = append(m.seen, record.Seen{Sum: m.d.Sums[it.At], Seq: seq, Day: day, GUID: guid, Said: it.Said()})
}

// seenNow are the items that the next document need not have read again, when these are the
// articles of this one, in no order.
func (m *merge) seenNow() []record.Seen {
	if m.d.State.Body == 0 || m.guids.Fault != "" {
		return nil
	}
	times := make(map[uint64]int, len(m.listed))
	for _, seq := range m.listed {
		times[seq]++
	}
	return sortSeen(slices.DeleteFunc(slices.Concat(m.left, m.seen), func(one record.Seen) bool { return times[one.Seq] > 1 }))
}

// seenStill are those items of the last whole document of which a part says nothing.
func (m *merge) seenStill(was []record.Seen) []record.Seen {
	return slices.DeleteFunc(was, func(one record.Seen) bool { return slices.Contains(m.listed, one.Seq) })
}

func sortSeen(all []record.Seen) []record.Seen {
	slices.SortFunc(all, func(a, b record.Seen) int { return cmp.Compare(a.Seq, b.Seq) })
	return all
}

// unreadOf are items that were seen, as dedup.NewBoilerplate takes them.
func unreadOf(seen []record.Seen) []dedup.Unread {
	all := make([]dedup.Unread, len(seen))
	for i, one := range seen {
		all[i] = dedup.Unread{GUID: one.GUID, Said: one.Said}
	}
	return all
}
