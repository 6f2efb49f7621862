package bolt

import (
	"slices"

	"sluice/feed"
	"sluice/feed/dedup"
)

// settle deals with the items whose articles are known, and returns the others,
// in the order of the document. What is sure goes first: an article that an item
// is for sure is none that another item of the document might be, too.
func (m *merge) settle(items []dedup.Item) (fresh []fresh, err error) {
	seen := dedup.Evidence{}
	verdicts := make([]verdict, len(items))
	claimed := map[uint64]int{} // the item that each article is for sure
	for i, it := range items {
		seen.Add(it)
		items[i] = it.Distrust(m.src.GUIDs.Fault)
		if err := m.sure(items, verdicts, i); err != nil {
			return nil, err
		}
		seq := verdicts[i].seq
		if seq == 0 {
			continue
		}
		// Two items of one document are two articles: the guid of one of them was the other's.
		other, taken := claimed[seq]
		switch {
		case !taken:
			claimed[seq] = i
		case verdicts[i].claim.Says && !verdicts[other].claim.Says:
			claimed[seq] = i
			err = m.doubt(items, verdicts, other)
		case !items[i].Trusted():
			err = m.doubt(items, verdicts, i)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := m.likely(items, verdicts, claimed); err != nil {
		return nil, err
	}
	if err := m.weigh(seen, items, verdicts); err != nil {
		return nil, err
	}
	return m.carryOut(items, verdicts)
}

// sure looks an item up, and finds the article that it is for sure.
func (m *merge) sure(items []dedup.Item, verdicts []verdict, i int) (err error) {
	v := &verdicts[i]
	if v.lookup, err = m.store.look(m.t, m.num, items[i]); err != nil {
		return err
	}
	if v.claim, err = m.judge.Sure(items[i], v.found); err != nil {
		return err
	}
	v.seq = v.claim.Seq
	if v.claim.Doubt {
		return m.doubt(items, verdicts, i)
	}
	return nil
}

// doubt looks an item up again whose guid turned out to be another's: what it is,
// if anything, is to be said by the rest.
func (m *merge) doubt(items []dedup.Item, verdicts []verdict, i int) (err error) {
	items[i] = items[i].DoubtGUID()
	v := &verdicts[i]
	v.seq = 0
	v.lookup, err = m.store.look(m.t, m.num, items[i])
	return err
}

// likely finds the articles that the other items are, of those that are left.
func (m *merge) likely(items []dedup.Item, verdicts []verdict, claimed map[uint64]int) (err error) {
	for i, it := range items {
		v := &verdicts[i]
		if v.seq == 0 && len(v.found) > 0 {
			v.seq, err = m.judge.Likely(it, v.found, func(seq uint64) bool { _, ok := claimed[seq]; return ok })
			if err != nil {
				return err
			}
			claimed[v.seq] = i
		}
		v.found = nil
	}
	return nil
}

// compareGUID notes whether an item's guid was its article's before this document.
func (m *merge) compareGUID(seen *dedup.Evidence, it dedup.Item, v verdict) error {
	mark, ok := it.GUIDMark()
	if !ok || v.gone != 0 && v.seq == 0 {
		return nil
	}
	had, err := m.t.carriers(m.t.cursor(bAliases), m.num, mark)
	if err != nil {
		return err
	}
	its := slices.ContainsFunc(had, func(a alias) bool { return a.seq == v.seq })
	seen.Compare(it, v.seq != 0, its, len(had) > 0)
	return nil
}

// weigh learns from a document whether the source's guids are to be believed.
func (m *merge) weigh(seen dedup.Evidence, items []dedup.Item, verdicts []verdict) error {
	if m.src.GUIDs.Fault != "" || m.src.Identity != "" && m.src.Identity != feed.IdentityAuto {
		return nil // that is for good, or the operator said what identifies
	}
	for i, it := range items {
		if err := m.compareGUID(&seen, it, verdicts[i]); err != nil {
			return err
		}
	}
	m.src.GUIDs = m.src.GUIDs.Weigh(seen)
	m.merged.GUIDs = m.src.GUIDs.Fault
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
			err = m.keep(it, v.seq, v.contested)
		case v.gone != 0:
			// Retention took the article and left its marks, so that it does not
			// come back as new.
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
