package dedup

import (
	"slices"

	"sluice/feed"
)

// maxCompared bounds with how many others under one mark an item is compared. A
// mark that so many items carry is no evidence.
const maxCompared = 8

// maxListed bounds the marks that an item gathers from being listed again and
// again under other guids and addresses.
const maxListed = 16

// Prepare returns the articles of one document as items, in the order in which
// they are first listed. What the document lists twice is one item: that which
// says most, with the marks of all. Where different articles carry the same
// mark, the document itself proves that the mark does not identify them: it is
// Contested for each of them. The work is bounded, whatever the document holds.
func Prepare(mode feed.IdentityMode, articles []feed.Article) []Item {
	return prepare(&Judge{}, mode, articles)
}

func prepare(j *Judge, mode feed.IdentityMode, articles []feed.Article) []Item {
	if mode == "" {
		mode = feed.IdentityAuto
	}
	items := make([]*Item, len(articles))
	for i, a := range articles {
		items[i] = newItem(mode, a)
		items[i].At = i
	}
	items = joinListedTwice(j, mode, items)
	contest(items)
	prepared := make([]Item, len(items))
	for i, it := range items {
		prepared[i] = *it
	}
	return prepared
}

func newItem(mode feed.IdentityMode, a feed.Article) *Item {
	it := &Item{Article: a, evidence: evidenceOf(a), trusted: mode != feed.IdentityAuto}
	body, detail := linesAndDetail(a)
	it.prose = newProse(a, body)
	it.Digest = digests(a, it.evidence, body, detail)
	it.said = said(body)
	it.Marks, it.Beside = it.split(mode, NormalTitle(a.Title), it.text)
	it.Cross = it.cross()
	return it
}

// joinListedTwice makes one item of those that a document lists more than once.
func joinListedTwice(j *Judge, mode feed.IdentityMode, items []*Item) []*Item {
	under := make(map[Mark][]*Item, 3*len(items))
	saying := make(map[uint64]*Item, len(items)) // by Digest.Real, the first
	kept := items[:0]
	for _, it := range items {
		first := saying[it.Digest.Real]
		if first == nil || !first.sharesMark(it) || first.anchor != it.anchor || otherEvent(first, it) {
			first = listedBefore(j, mode, under, it)
		}
		if first == nil {
			first = it
			kept = append(kept, it)
		} else {
			first.absorb(it)
		}
		if saying[it.Digest.Real] == nil {
			saying[it.Digest.Real] = first
		}
		for _, m := range first.Marks {
			if others := under[m]; len(others) < maxCompared && !slices.Contains(others, first) {
				under[m] = append(others, first)
			}
		}
	}
	return kept
}

func (it *Item) sharesMark(other *Item) bool {
	return slices.ContainsFunc(other.Marks, func(m Mark) bool { return slices.Contains(it.Marks, m) })
}

// absorb takes in another listing of the item. The one that says most speaks for
// both, whichever stands first: some publishers change the order at every poll.
func (it *Item) absorb(other *Item) {
	it.joined = true
	if it.speaksLess(other) {
		it.Article, it.Digest, it.evidence, it.prose, it.said = other.Article, other.Digest, other.evidence, other.prose, other.said
	}
	for _, m := range other.Marks {
		if !slices.Contains(it.Marks, m) && len(it.Marks) < maxListed {
			it.Marks = append(it.Marks, m)
		}
	}
	for _, m := range other.Beside {
		if !slices.Contains(it.Beside, m) && len(it.Beside) < maxListed {
			it.Beside = append(it.Beside, m)
		}
	}
	slices.SortStableFunc(it.Marks, func(a, b Mark) int { return strength(a.Kind) - strength(b.Kind) })
}

func (it *Item) speaksLess(other *Item) bool {
	if a, b := it.prose.size, other.prose.size; a != b {
		return a < b
	}
	return it.Digest.Real > other.Digest.Real // any rule will do that does not go by order
}

// strength orders kinds for decisions: the lower the stronger.
func strength(k Kind) int {
	return slices.Index([]Kind{KindGUID, KindPath, KindURL, KindText, KindTriple}, k)
}

func listedBefore(j *Judge, mode feed.IdentityMode, under map[Mark][]*Item, it *Item) *Item {
	for _, m := range it.Marks {
		for _, other := range under[m] {
			if sameInDocument(j, mode, m.Kind, other, it) {
				return other
			}
		}
	}
	return nil
}

// sameInDocument reports whether two items of one document that share a mark are
// one article listed twice. The mark alone does not say so: there are feeds in
// which all items have the same guid, or the same address.
func sameInDocument(j *Judge, mode feed.IdentityMode, kind Kind, a, b *Item) bool {
	if otherEvent(a, b) {
		return false
	}
	if mode != feed.IdentityAuto || kind == KindText || a.Digest.Real == b.Digest.Real && a.anchor == b.anchor {
		return true // the operator said that the mark identifies; or nothing differs
	}
	title := equal(a.Digest.Title, b.Digest.Title)
	address := equal(a.Digest.URL, b.Digest.URL) && a.anchor == b.anchor
	if a.guid != "" && b.guid != "" && a.guid != b.guid || !title && !address {
		return false
	}
	silent := a.prose.size == 0 || b.prose.size == 0
	switch {
	case !silent || !address:
		return j.shared(a.prose, b.prose) >= half
	case title:
		return true
	}
	// A teaser for the front page beside the item itself; without any text the
	// titles are all that there is, and they differ.
	return a.prose.size != b.prose.size && sameDate(a.Article, b.Article)
}

// otherEvent reports whether two items of one document say by their dates that
// they are two, as the entries of a log do that have neither guid nor address.
func otherEvent(a, b *Item) bool {
	return a.isNameless() && b.isNameless() && otherDate(a.Article, b.Article)
}

// isNameless reports whether an item has nothing but its text to be known by.
func (it *Item) isNameless() bool { return it.guid == "" && it.url == "" && !it.trusted }

// equal compares parts of digests, of which 0 is none.
func equal(a, b uint64) bool { return a != 0 && a == b }

// sameDate reports whether both say the same date.
func sameDate(a, b feed.Article) bool {
	return !a.Published.IsZero() && a.Published.Equal(b.Published)
}

// contest finds the marks that several items carry.
func contest(items []*Item) {
	carriers := make(map[Mark]int, 3*len(items))
	for _, it := range items {
		for _, m := range it.Marks {
			carriers[m]++
		}
	}
	for _, it := range items {
		for _, m := range it.Marks {
			if carriers[m] > 1 && (m.Kind != KindText || it.isNameless()) {
				it.Contested = append(it.Contested, m)
				it.shared = it.shared || m.Kind == KindGUID
			}
		}
		it.Cross = slices.DeleteFunc(it.Cross, func(m Mark) bool { return carriers[m] > 1 })
	}
}
