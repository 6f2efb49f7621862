package bolt

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/storage"
	"sluice/storage/record"
)

// Merge stores the outcome of a poll; see storage.Merger.
func (s *Store) Merge(ctx context.Context, d storage.Delivery) (storage.Merged, error) {
	merged, err := s.merge(ctx, &d)
	if err != nil {
		return storage.Merged{}, fmt.Errorf("source %s: %w", d.Claim.Source, err)
	}
	return merged, nil
}

func (s *Store) merge(ctx context.Context, d *storage.Delivery) (storage.Merged, error) {
	a, err := s.arrive(ctx, d)
	if err != nil {
		return storage.Merged{}, err
	}
	err = s.update(ctx, a.apply)
	return a.end(err)
}

// MergeAll stores the outcomes of polls; see storage.Merger.
func (s *Store) MergeAll(ctx context.Context, all []*storage.Delivery) []storage.Result {
	results := make([]storage.Result, len(all))
	arrivals, jobs := make([]*arrival, len(all)), make([]*job, 0, len(all))
	for i, d := range all {
		a, err := s.arrive(ctx, d)
		if err != nil {
			results[i].Err = fmt.Errorf("source %s: %w", d.Claim.Source, err)
			continue
		}
		arrivals[i] = a
		jobs = append(jobs, newJob(a.apply))
	}
	var refused error
	if len(jobs) > 0 {
		refused = s.enqueue(ctx, jobs)
	}
	for i, a := range arrivals {
		if a == nil {
			continue
		}
		err := refused
		if refused == nil {
			err = jobs[0].wait(ctx)
		}
		jobs = jobs[1:]
		if results[i].Merged, err = a.end(err); err != nil {
			results[i].Err = fmt.Errorf("source %s: %w", a.d.Claim.Source, err)
		}
	}
	return results
}

// arrival is a delivery that waits for its transaction.
type arrival struct {
	store   *Store
	d       *storage.Delivery
	claimed claim
	items   []dedup.Item
	merged  storage.Merged
}

// arrive prepares a delivery: the costly part of the decision needs nothing of the
// store, and so is not for the writer. Its claim is held until end.
func (s *Store) arrive(ctx context.Context, d *storage.Delivery) (*arrival, error) {
	claimed, ok := s.claims.begin(*d.Claim, d.At)
	if !ok {
		return nil, s.noClaim(ctx, d.Claim.Source)
	}
	return &arrival{store: s, d: d, claimed: claimed, items: dedup.Prepare(claimed.mode, d.Articles)}, nil
}

// apply merges the delivery within a transaction.
func (a *arrival) apply(t *txn) error {
	m := &t.merge
	*m = merge{store: a.store, t: t, d: a.d, at: micro(a.d.At), num: a.claimed.num}
	if len(a.items) > 0 {
		m.decided = make(map[uint64]bool, len(a.items))
	}
	err := m.run(a.claimed, a.items)
	a.merged = m.merged
	return err
}

// end ends the claim, or gives it back after an error, and returns what Merge does.
func (a *arrival) end(err error) (storage.Merged, error) {
	a.store.claims.end(a.claimed, err == nil)
	if err != nil {
		return storage.Merged{}, err
	}
	return a.merged, nil
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
	d       *storage.Delivery
	at      time.Time
	num     uint32
	src, is record.Source // as it was, and as it will be
	merged  storage.Merged
	judge   dedup.Judge
	common  *dedup.Boilerplate
	guids   dedup.GUIDs     // what is known of them after this document
	came    []feed.Day      // on which each new article stands
	behind  bool            // all that is new is a backlog
	listed  []uint64        // the articles of this document, in no order
	left    []record.Seen   // its items that were not read
	seen    []record.Seen   // of those that were, what the next document need not have read again
	decided map[uint64]bool // articles that an item of this document spoke for, or is
}

func (m *merge) run(claimed claim, items []dedup.Item) error {
	name := claimed.source
	var ok bool
	var err error
	m.src, ok, err = m.t.sourceNamed(name)
	if err == nil && (!ok || m.src.Num != m.num) { // it has another name since it was claimed
		if name, err = m.t.name(m.num); err != nil {
			return storage.ErrNoSource
		}
		m.src, ok, err = m.t.sourceNamed(name)
	}
	switch {
	case err != nil:
		return err
	case !ok || !m.src.Configured:
		return storage.ErrNoSource
	case m.src.URL != claimed.url:
		return storage.ErrClaim // what came is from an address that is not the source's any more
	}
	m.guids = m.src.GUIDs
	if err := m.unread(claimed.mode); err != nil {
		return err
	}
	fresh, err := m.settle(items)
	if err != nil {
		return err
	}
	of := len(items) + len(m.left)
	if err := m.add(fresh, of); err != nil {
		return err
	}
	if err := m.list(claimed.mode); err != nil {
		return err
	}
	if err := m.t.flush(); err != nil {
		return err
	}
	if m.d.Host != nil {
		if err := m.t.putHost(*m.d.Host); err != nil {
			return err
		}
	}
	m.state(of - len(fresh))
	if err := m.watch(&m.is.State); err != nil {
		return err
	}
	return m.t.putSource(name, &m.src, &m.is)
}

// state makes the source's record after the delivery, of which so many items were known.
func (m *merge) state(known int) {
	m.is = m.src
	st, was := &m.is.State, &m.src.State
	if *st = m.d.State; m.d.Settle != nil {
		*st = m.d.Settle(known, m.merged.New)
	}
	m.is.GUIDs, st.GUIDs = m.guids, m.guids.Fault
	if m.common != nil {
		m.is.Repeated = m.common.Remember(dayOf(m.at))
	}
	if st.Status == feed.StatusDisabled {
		st.Status = was.Status // the configuration's word, not the poll's
	}
	st.Articles = was.Articles + m.merged.New
	st.FirstPoll, st.LastNew = was.FirstPoll, was.LastNew
	if st.FirstPoll.IsZero() && m.d.Articles != nil {
		st.FirstPoll = m.at
	}
	if m.merged.New > 0 {
		st.LastNew, st.Quiet = m.at, 0
	}
	st.Past.News = m.news(was.Past.News, st.Quiet)
}

// news is on which days so many articles came, of a source that was quiet for so long:
// of one that says nothing any more nothing is kept.
func (m *merge) news(was feed.News, quiet time.Duration) feed.News {
	if quiet >= feed.NewsDays*24*time.Hour {
		return nil
	}
	for i := 0; i < len(m.came); {
		day, first := m.came[i], i
		for i < len(m.came) && m.came[i] == day { // they come in order of their dates, mostly
			i++
		}
		was = was.Add(feed.DayOf(m.at), day, i-first)
	}
	return was
}

// remember keeps an item's marks for its article, and that they were listed today:
// those that identify it, those that tell it from others where one of these does
// not suffice, and of the others those that it has. Of these a new article keeps
// all, and any one its text, by which it is found when all else changes.
func (m *merge) remember(it dedup.Item, seq uint64, contested, isNew bool) error {
	marks := it.Marks
	if contested {
		marks = append(slices.Clone(marks), it.Narrow()...)
	}
	for _, mark := range it.Beside {
		keep := isNew || mark.Kind == dedup.KindText
		if !keep {
			var err error
			if keep, err = m.had(mark, seq); err != nil {
				return err
			}
		}
		if keep {
			marks = append(slices.Clip(marks), mark)
		}
	}
	day, err := m.t.remember(m.num, seq, marks, it.Contested, dayOf(m.at))
	if err == nil {
		m.saw(it, seq, contested, day)
	}
	return err
}

// had reports whether an article had a mark before this document.
func (m *merge) had(mark dedup.Mark, seq uint64) (bool, error) {
	v, err := m.t.find(bAliases, aliasKey(m.num, mark, seq))
	return v != nil, err
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
