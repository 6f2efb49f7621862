package dedup

import (
	"slices"

	"sluice/feed"
	"sluice/feed/sanitize"
)

// maxCompared bounds with how many others under one mark an item is compared. A
// mark that so many items carry is no evidence, and hostile documents must not
// cost a square of their length.
const maxCompared = 8

// Prepare returns the articles of one document as items, in their order. What
// the document lists twice is one item: the first that has a text, with the marks
// of both. Where
// different articles carry the same mark, the document itself proves that the
// mark does not identify them: it is Shared for each of them, and they get
// narrower marks instead.
func Prepare(mode feed.IdentityMode, articles []feed.Article) []Item {
	if mode == "" {
		mode = feed.IdentityAuto
	}
	drafts := make([]*draft, len(articles))
	for i, a := range articles {
		drafts[i] = newDraft(mode, a)
	}
	drafts = joinListedTwice(mode, drafts)
	shareContested(drafts)
	for _, d := range drafts {
		d.narrow()
	}
	shareContested(drafts)
	items := make([]Item, len(drafts))
	for i, d := range drafts {
		if len(d.Marks) == 0 {
			d.Marks = []Mark{d.textMark()}
		}
		items[i] = d.Item
	}
	return items
}

// draft is an item in the making.
type draft struct {
	Item
	evidence
	text string // plain text of the body
}

func newDraft(mode feed.IdentityMode, a feed.Article) *draft {
	d := &draft{evidence: evidenceOf(a), text: sanitize.TextOf(a.Body())}
	d.Article, d.Trusted = a, mode != feed.IdentityAuto
	d.Digest = digests(a, d.evidence, d.text)
	d.Marks = d.marks(mode, d.textMark)
	if mode == feed.IdentityAuto && d.guid != "" && d.url == "" {
		// Should the guid turn out to name several, nothing else would tell the
		// ones apart that were stored before that was known.
		d.Marks = append(d.Marks, d.narrower(NormalTitle(a.Title))...)
	}
	d.Cross = d.cross()
	return d
}

// textMark is the mark of an item that has no better one: all that it says.
func (d *draft) textMark() Mark {
	parts := []string{NormalTitle(d.Article.Title), d.text}
	for _, e := range d.Article.Enclosures {
		parts = append(parts, keyOf(e.URL))
	}
	if d.text == "" {
		parts = append(parts, keyOf(d.Article.Image))
		for _, src := range sources(d.Article.Body()) {
			parts = append(parts, keyOf(src))
		}
	}
	return NewMark(KindText, parts...)
}

// joinListedTwice makes one item of those that a document lists more than once.
func joinListedTwice(mode feed.IdentityMode, drafts []*draft) []*draft {
	under := make(map[Mark][]*draft, 3*len(drafts))
	kept := drafts[:0]
	for _, d := range drafts {
		first := listedBefore(mode, under, d)
		if first == nil {
			first = d
			kept = append(kept, d)
		}
		if first.text == "" && d.text != "" { // the fuller one speaks for both
			first.Article, first.Digest, first.text = d.Article, d.Digest, d.text
		}
		for _, m := range d.Marks {
			if first == d || !slices.Contains(first.Marks, m) {
				under[m] = append(under[m], first)
			}
			if !slices.Contains(first.Marks, m) {
				first.Marks = append(first.Marks, m)
			}
		}
	}
	for _, d := range kept {
		slices.SortStableFunc(d.Marks, func(a, b Mark) int { return strength(a.Kind) - strength(b.Kind) })
	}
	return kept
}

// strength orders kinds for decisions: the lower the stronger.
func strength(k Kind) int {
	return slices.Index([]Kind{KindGUID, KindPath, KindURL, KindGUIDX, KindText}, k)
}

func listedBefore(mode feed.IdentityMode, under map[Mark][]*draft, d *draft) *draft {
	for _, m := range d.Marks {
		for _, other := range under[m][:min(len(under[m]), maxCompared)] {
			if sameInDocument(mode, m.Kind, other, d) {
				return other
			}
		}
	}
	return nil
}

// sameInDocument reports whether two items of one document that share a mark are
// one article listed twice. The mark alone does not say so: there are feeds in
// which all items have the same guid, or the same address.
func sameInDocument(mode feed.IdentityMode, kind Kind, a, b *draft) bool {
	if mode != feed.IdentityAuto || kind == KindText || a.Digest.Real == b.Digest.Real {
		return true // the operator said that the mark identifies; or nothing differs
	}
	title, address := equal(a.Digest.Title, b.Digest.Title), equal(a.Digest.URL, b.Digest.URL)
	if a.guid != "" && b.guid != "" && a.guid != b.guid || !title && !address {
		return false
	}
	switch {
	case a.text != "" && b.text != "" || !address:
		return alike(a.text, b.text)
	case title:
		return true
	}
	// A teaser for the front page beside the item itself; without any text the
	// titles are all that there is, and they differ.
	date := a.Article.Published
	return a.text != b.text && !date.IsZero() && date.Equal(b.Article.Published)
}

// equal compares parts of digests, of which 0 is none.
func equal(a, b uint64) bool { return a != 0 && a == b }

// alike reports whether half of the shorter text stands in the longer.
func alike(a, b string) bool { return Coverage(a, b) >= 0.5 }

// shareContested moves marks that several items carry out of the way.
func shareContested(drafts []*draft) {
	carriers := make(map[Mark]int, 3*len(drafts))
	for _, d := range drafts {
		for _, m := range d.Marks {
			carriers[m]++
		}
	}
	contested := func(m Mark) bool { return carriers[m] > 1 }
	for _, d := range drafts {
		for _, m := range d.Marks {
			if contested(m) && m.Kind != KindText {
				d.Shared = append(d.Shared, m)
			}
		}
		d.Marks = slices.DeleteFunc(d.Marks, func(m Mark) bool { return contested(m) && m.Kind != KindText })
		d.Cross = slices.DeleteFunc(d.Cross, contested)
	}
}

// narrow gives an item marks in the place of those that it lost. Those that it
// keeps come first: they have proved themselves in this document.
func (d *draft) narrow() {
	if len(d.Shared) == 0 {
		return
	}
	for _, m := range d.narrower(NormalTitle(d.Article.Title)) {
		if !slices.Contains(d.Marks, m) && !slices.Contains(d.Shared, m) {
			d.Marks = append(d.Marks, m)
		}
	}
}
