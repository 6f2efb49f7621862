package bolt

import (
	"slices"

	"sluice/feed"
	"sluice/feed/dedup"
)

// settle deals with the items whose articles are known, and returns the others,
// in the order of the document. What is sure goes first: an article that an item
// is for sure is none that another item of the document might be, too.
func (m *merge) settle(items []dedup.Item) ([]fresh, error) {
	s := settling{merge: m, items: items, verdicts: make([]verdict, len(items)), claimed: map[uint64]int{}}
	for i := range items {
		s.seen.Add(items[i])
		if fault := m.src.GUIDs.Fault; fault != "" {
			s.change(i, items[i].Distrust(fault))
		}
		if err := s.sure(i); err != nil {
			return nil, err
		}
	}
	for _, one := range m.left {
		s.seen.AddUnread(dedup.Unread{GUID: one.GUID}, m.t.get(bHeads, u64(one.Seq)) != nil)
	}
	if err := s.likely(); err != nil {
		return nil, err
	}
	if err := s.weigh(); err != nil {
		return nil, err
	}
	return m.carryOut(s.items, s.verdicts)
}

// settling is a document whose items are looked up.
type settling struct {
	*merge
	items    []dedup.Item // the delivery's, or changed ones of our own: it may be applied once more
	own      bool
	verdicts []verdict
	claimed  map[uint64]int // the item that each article is
	seen     dedup.Evidence
}

func (s *settling) change(i int, it dedup.Item) {
	if !s.own {
		s.items, s.own = slices.Clone(s.items), true
	}
	s.items[i] = it
}

// sure looks an item up, and finds the article that it is for sure. Two items of a
// document are two articles: where both would be one, the guid of one is the other's.
func (s *settling) sure(i int) (err error) {
	v := &s.verdicts[i]
	if v.lookup, err = s.store.look(s.t, s.num, s.items[i]); err != nil {
		return err
	}
	if v.claim, err = s.judge.Sure(s.items[i], v.found); err != nil {
		return err
	}
	if v.claim.Doubt {
		return s.doubt(i)
	}
	if v.seq = v.claim.Seq; v.seq == 0 {
		return nil
	}
	other, taken := s.claimed[v.seq]
	switch {
	case !taken:
		s.claimed[v.seq] = i
	case v.claim.Says && !s.verdicts[other].claim.Says:
		s.claimed[v.seq] = i
		return s.doubt(other)
	case !s.items[i].Trusted():
		return s.doubt(i)
	}
	return nil
}

// doubt looks an item up again whose guid turned out to be another's: what it is,
// if anything, is to be said by the rest.
func (s *settling) doubt(i int) (err error) {
	s.change(i, s.items[i].DoubtGUID())
	v := &s.verdicts[i]
	v.seq = 0
	v.lookup, err = s.store.look(s.t, s.num, s.items[i])
	return err
}

// likely finds the articles that the other items are, of those that are left.
func (s *settling) likely() (err error) {
	claimed := func(seq uint64) bool { _, ok := s.claimed[seq]; return ok }
	for i, it := range s.items {
		v := &s.verdicts[i]
		if v.seq == 0 && len(v.found) > 0 {
			if v.seq, err = s.judge.Likely(it, v.found, claimed); err != nil {
				return err
			}
			s.claimed[v.seq] = i
		}
		v.found = nil
	}
	return nil
}

// weigh learns from a document whether the source's guids are to be believed.
func (s *settling) weigh() error {
	if s.guids.Fault != "" || s.src.Identity != "" && s.src.Identity != feed.IdentityAuto {
		return nil // that is for good, or the operator said what identifies
	}
	for i, it := range s.items {
		if err := s.compareGUID(it, s.verdicts[i]); err != nil {
			return err
		}
	}
	s.guids = s.guids.Weigh(s.seen)
	s.merged.GUIDs = s.guids.Fault
	return nil
}

// compareGUID notes whether an item's guid was its article's before this document.
func (s *settling) compareGUID(it dedup.Item, v verdict) error {
	mark, ok := it.GUIDMark()
	if !ok || v.gone != 0 && v.seq == 0 {
		return nil
	}
	had, err := s.t.carriers(s.num, mark)
	if err != nil {
		return err
	}
	its := slices.ContainsFunc(had, func(a alias) bool { return a.seq == v.seq })
	s.seen.Compare(it, v.seq != 0, its, len(had) > 0)
	return nil
}

// verdict is what an item is: an article by its number, or 0 and one that is
// gone, or neither.
type verdict struct {
	lookup
	claim dedup.Claim
	seq   uint64
}

// fresh is an item that is new.
type fresh struct {
	dedup.Item
	contested bool // see lookup
}

func (m *merge) carryOut(items []dedup.Item, verdicts []verdict) (all []fresh, err error) {
	if err := m.boilerplate(items, verdicts); err != nil {
		return nil, err
	}
	for i, it := range items {
		v := verdicts[i]
		switch {
		case v.seq != 0:
			m.listed = append(m.listed, v.seq)
			err = m.keep(it, v.seq, v.contested)
		case v.gone != 0:
			// Retention took the article and left its marks, so that it does not
			// come back as new.
			m.listed = append(m.listed, v.gone)
			err = m.remember(it, v.gone, v.contested, false)
		default:
			all = append(all, fresh{it, v.contested})
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
