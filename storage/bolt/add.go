package bolt

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/storage/record"
)

// add stores the items that are new, oldest first.
func (m *merge) add(all []fresh, of int) error {
	if len(all) == 0 {
		return nil
	}
	// Before any of them is stored, so that none is found as a copy of itself.
	if _, err := m.store.loaded(m.t, dayOf(m.at)); err != nil {
		return err
	}
	if len(all) >= manyNew {
		m.t.fillBulk()
	}
	sortOldestFirst(all, m.at)
	places := m.places(all, of)
	m.t.gathered.on = len(all) > 1
	for i, f := range all {
		if err := m.create(f, places[i]); err != nil {
			return err
		}
	}
	m.t.gathered.on = false
	return m.store.putGathered(m.t)
}

// create stores a new article.
func (m *merge) create(f fresh, at position) error {
	seq, err := m.t.number()
	if err != nil {
		return err
	}
	a := feed.Stored{Article: f.Article, Seq: seq, Identity: seq, FirstSeen: m.at, Place: at.at, Backlog: at.backlog}
	if err := m.join(f.Item, &a); err != nil {
		return err
	}
	if a.Identity == seq {
		if err := m.echo(f.Item, &a); err != nil {
			return err
		}
	}
	a.ID, err = dedup.ID(f.Item, m.d.Authority, m.at.Year(), m.t.taken)
	if err != nil {
		return fmt.Errorf("id: %w", err)
	}
	a.Date = micro(a.Shown(m.at))
	a.Changed = changedAtFirst(a, m.at)
	h := record.Head{Stored: a, Source: m.num, Digest: f.Digest}
	if err := m.store.addArticle(m.t, h); err != nil {
		return err
	}
	if err := m.remember(f.Item, seq, f.contested, true); err != nil {
		return err
	}
	m.merged.New++
	m.came = append(m.came, feed.DayOf(a.Place))
	m.listed = append(m.listed, seq)
	if err := m.t.offer(seq, f.Cross...); err != nil {
		return err
	}
	if a.Identity == seq {
		if err := m.tell(h); err != nil {
			return fmt.Errorf("story: %w", err)
		}
	}
	m.decided[seq] = true
	return m.t.noteTitle(m.num, h.Digest.Title, dayOf(m.at))
}

// join gives a new article the identity of a copy that another source brought.
func (m *merge) join(it dedup.Item, a *feed.Stored) error {
	copies, err := m.store.copies(m.t, m.num, it.Cross...)
	if err != nil || len(copies) == 0 {
		return err
	}
	seq, how, ok, err := m.judge.Join(it, copies)
	if err != nil || !ok {
		return err
	}
	other, ok, err := m.t.head(seq)
	if err != nil {
		return err
	}
	if !ok {
		return damaged("article %d is missing", seq)
	}
	a.Identity, a.How = other.Stored.Identity, how
	m.merged.Duplicates++
	return nil
}

// echo has a new article that another source had, which retention took, stand where that
// did: subscribers have seen it, and it is no news.
func (m *merge) echo(it dedup.Item, a *feed.Stored) error {
	for _, mark := range it.Cross {
		looks, found := 0, false
		prefix := crossPrefix(mark)
		err := m.t.scan(bCross, prefix, func(k, _ []byte) error {
			if looks++; looks > maxLooks {
				return errStop
			}
			g, ok, err := m.t.gone(binary.BigEndian.Uint64(k[len(prefix):]))
			if err != nil || !ok || g.Title == 0 || g.Title != it.Digest.Title {
				return err
			}
			if a.Place, a.Backlog = earlier(a.Place, g.Place), true; !m.behind {
				m.merged.Backlog++
			}
			found = true
			return errStop
		})
		if err != nil || found {
			return err
		}
	}
	return nil
}

// sortOldestFirst orders new items for numbering: by their dates when all have
// one, else as documents list them, newest first.
func sortOldestFirst(all []fresh, at time.Time) {
	slices.Reverse(all)
	for _, it := range all {
		if it.Article.Dated(at).IsZero() {
			return
		}
	}
	slices.SortStableFunc(all, func(a, b fresh) int {
		return a.Article.Shown(at).Compare(b.Article.Shown(at))
	})
}

// changedAtFirst is the date shown as updated of a new article: the source's own,
// where it can be true.
func changedAtFirst(a feed.Stored, at time.Time) time.Time {
	if a.Updated.After(a.Date) && !a.Updated.After(at.Add(feed.FutureTolerance)) {
		return micro(later(a.Date, earlier(a.Updated, at)))
	}
	return a.Date
}
