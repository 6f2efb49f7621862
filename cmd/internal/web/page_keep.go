package web

import (
	"container/list"
	"weak"

	"sluice/feed/publish"
)

// maxKept is how many pages of outputs are kept: some 10 MB at most, where each has
// its 50 entries.
const maxKept = 128

// keptPages holds the pages that were asked for last, each with what it was made
// from. It is not for several goroutines.
type keptPages struct {
	byPlace map[pageKey]*list.Element // of *keptPage
	recent  list.List                 // who was asked for last is first
}

// pageKey tells pages apart that are kept side by side.
type pageKey struct {
	place
	key string // what its links end in; see Output.key
}

// pageFrom is what a page follows from. Equal ones give equal bytes, also where they
// are of two builds.
type pageFrom struct {
	atom, json     string // tags of its document
	title, heading string
	description    string
	after          place // see site.after
}

type keptPage struct {
	at   pageKey
	from pageFrom
	page *publish.Representation
}

// get returns the page of a place, or has it made where there is none that follows
// from the same; nil where it cannot be made.
func (k *keptPages) get(at pageKey, from pageFrom, make func() *publish.Representation) *publish.Representation {
	e, ok := k.byPlace[at]
	if ok && e.Value.(*keptPage).from == from {
		k.recent.MoveToFront(e)
		return e.Value.(*keptPage).page
	}
	if ok {
		k.drop(e)
	}
	page := make()
	if page == nil {
		return nil
	}
	if k.recent.Len() >= maxKept {
		k.drop(k.recent.Back())
	}
	if k.byPlace == nil {
		k.byPlace = map[pageKey]*list.Element{}
	}
	k.byPlace[at] = k.recent.PushFront(&keptPage{at, from, page})
	return page
}

func (k *keptPages) drop(e *list.Element) {
	delete(k.byPlace, k.recent.Remove(e).(*keptPage).at)
}

// counted is how many pages a document has.
type counted struct {
	of    weak.Pointer[publish.Document]
	pages int
}

// count tells how many pages a document has. The last answer is kept, since a long
// document has many titles to compare.
func (p *pageSet) count(doc *publish.Document) int {
	if len(doc.Entries) <= pageEntries {
		return 1
	}
	of := weak.Make(doc)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.counted.of != of {
		_, pages := pageOf(doc.Entries, 1)
		p.counted = counted{of, pages}
	}
	return p.counted.pages
}
