package bolt

import (
	"fmt"
	"slices"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/storage/record"
)

// add stores the items that are new, oldest first.
func (m *merge) add(fresh []dedup.Item, of int) error {
	if len(fresh) == 0 {
		return nil
	}
	sortOldestFirst(fresh, m.at)
	places := m.places(fresh, of)
	created := map[uint64]bool{}
	for i, it := range fresh {
		// The document may hold an item twice, and the first made an article.
		seq, _, err := m.match(it)
		if err != nil {
			return err
		}
		switch {
		case seq == 0:
			seq, err = m.create(it, places[i])
			created[seq] = true
		case created[seq]:
			err = m.again(it, seq)
		default:
			err = m.keep(it, seq)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// create stores a new article and returns its number.
func (m *merge) create(it dedup.Item, place time.Time) (uint64, error) {
	seq, err := m.t.number()
	if err != nil {
		return 0, err
	}
	a := feed.Stored{Article: it.Article, Seq: seq, Identity: seq, FirstSeen: m.at, Place: place}
	if err := m.join(it, &a); err != nil {
		return 0, err
	}
	a.ID, err = dedup.ID(it, m.d.Authority, m.at.Year(), m.t.taken)
	if err != nil {
		return 0, fmt.Errorf("id: %w", err)
	}
	a.Date = micro(a.Shown(m.at))
	a.Changed = changedAtFirst(a, m.at)
	h := record.Head{Stored: a, Source: m.num, Digest: it.Digest}
	if err := m.store.addArticle(m.t, h); err != nil {
		return 0, err
	}
	if err := m.t.remember(m.num, it, seq, true, dayOf(m.at)); err != nil {
		return 0, err
	}
	m.merged.New++
	return seq, m.t.offer(it, seq)
}

// join gives a new article the identity of a copy that another source brought.
func (m *merge) join(it dedup.Item, a *feed.Stored) error {
	copies, err := m.store.copies(m.t, m.num, it)
	if err != nil || len(copies) == 0 {
		return err
	}
	seq, how, ok, err := dedup.Join(it, copies)
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

// sortOldestFirst orders new items for numbering: by their dates when all have
// one, else as documents list them, newest first.
func sortOldestFirst(fresh []dedup.Item, at time.Time) {
	slices.Reverse(fresh)
	for _, it := range fresh {
		if it.Article.Dated(at).IsZero() {
			return
		}
	}
	slices.SortStableFunc(fresh, func(a, b dedup.Item) int {
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
