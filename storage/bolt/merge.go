package bolt

import (
	"context"
	"fmt"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/storage"
	"sluice/storage/record"
)

// Merge stores the outcome of a poll; see storage.Merger.
func (s *Store) Merge(ctx context.Context, d storage.Delivery) (storage.Merged, error) {
	merged, err := s.merge(ctx, d)
	if err != nil {
		return storage.Merged{}, fmt.Errorf("source %s: %w", d.Claim.Source, err)
	}
	return merged, nil
}

func (s *Store) merge(ctx context.Context, d storage.Delivery) (merged storage.Merged, err error) {
	claimed, ok := s.claims.begin(d.Claim, d.At)
	if !ok {
		return merged, s.noClaim(ctx, d.Claim.Source)
	}
	defer func() { s.claims.end(claimed, err == nil) }()

	// The costly part of the decision needs nothing of the store, and so is not
	// for the writer.
	items := dedup.Prepare(claimed.mode, d.Articles)
	err = s.update(ctx, func(t *txn) error {
		m := merge{store: s, t: t, d: d, at: micro(d.At), num: claimed.num, decided: map[uint64]bool{}}
		err := m.run(claimed, items)
		merged = m.merged
		return err
	})
	if err != nil {
		return storage.Merged{}, err
	}
	return merged, nil
}

// noClaim tells a claim that ended from a source that is not there.
func (s *Store) noClaim(ctx context.Context, name feed.SourceID) error {
	return s.view(ctx, func(t *txn) error {
		src, ok, err := t.sourceNamed(name)
		if err != nil {
			return err
		}
		if !ok || !src.Configured {
			return storage.ErrNoSource
		}
		return storage.ErrClaim
	})
}

// merge is one delivery on its way into a transaction.
type merge struct {
	store   *Store
	t       *txn
	d       storage.Delivery
	at      time.Time
	num     uint32
	src     record.Source
	merged  storage.Merged
	decided map[uint64]bool // articles that an item of this document spoke for
}

func (m *merge) run(claimed claim, items []dedup.Item) error {
	name, err := m.t.name(m.num)
	if err != nil {
		return storage.ErrNoSource
	}
	src, ok, err := m.t.sourceNamed(name)
	switch {
	case err != nil:
		return err
	case !ok || !src.Configured:
		return storage.ErrNoSource
	case src.URL != claimed.url:
		return storage.ErrClaim // what came is from an address that is not the source's any more
	}
	m.src = src
	fresh, err := m.settle(items)
	if err != nil {
		return err
	}
	if err := m.add(fresh, len(items)); err != nil {
		return err
	}
	return m.t.putSource(name, &src, m.state())
}

// state is the source's record after the delivery.
func (m *merge) state() record.Source {
	is, was := m.src, m.src.State
	is.State = m.d.State
	st := &is.State
	if st.Status == feed.StatusDisabled {
		st.Status = was.Status // the configuration's word, not the poll's
	}
	st.Articles = was.Articles + m.merged.New
	st.FirstPoll, st.LastNew = was.FirstPoll, was.LastNew
	if st.FirstPoll.IsZero() && m.d.Articles != nil {
		st.FirstPoll = m.at
	}
	if m.merged.New > 0 {
		st.LastNew = m.at
	}
	return is
}

// settle deals with the items whose articles are known, and returns the others.
// Where two items are the same article the first of the document speaks for it:
// else each poll would find the one changed into the other.
func (m *merge) settle(items []dedup.Item) (fresh []dedup.Item, err error) {
	for _, it := range items {
		seq, gone, err := m.match(it)
		switch {
		case err != nil:
			return nil, err
		case seq != 0:
			err = m.keep(it, seq)
		case gone != 0:
			// Retention took the article and left its marks, so that it does not
			// come back as new.
			err = m.t.remember(m.num, it, gone, false, dayOf(m.at))
		default:
			fresh = append(fresh, it)
		}
		if err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

// match returns the number of the article that the item is, 0 for none, or else
// of one that it was and that is not stored any more.
func (m *merge) match(it dedup.Item) (seq, gone uint64, err error) {
	found, gone, err := m.store.known(m.t, m.num, it)
	if err != nil {
		return 0, 0, err
	}
	if len(found) > 0 {
		seq, err = dedup.Match(it, found)
	}
	return seq, gone, err
}

// micro is the time as stores keep it: in UTC, to the microsecond.
func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
