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
	open           bool  // see publish.Document
}

type keptPage struct {
	at   pageKey
	from pageFrom
	page *publish.Representation
}

// get returns the page of a place that follows from the same; nil if there is none.
func (k *keptPages) get(at pageKey, from pageFrom) *publish.Representation {
	e, ok := k.byPlace[at]
	if !ok || e.Value.(*keptPage).from != from {
		return nil
	}
	k.recent.MoveToFront(e)
	return e.Value.(*keptPage).page
}

// put keeps a page in place of that of another build, or of that which nobody asked for
// longest.
func (k *keptPages) put(at pageKey, from pageFrom, page *publish.Representation) {
	if e, ok := k.byPlace[at]; ok {
		k.drop(e)
	} else if k.recent.Len() >= maxKept {
		k.drop(k.recent.Back())
	}
	if k.byPlace == nil {
		k.byPlace = map[pageKey]*list.Element{}
	}
	k.byPlace[at] = k.recent.PushFront(&keptPage{at, from, page})
}

func (k *keptPages) drop(e *list.Element) {
	delete(k.byPlace, k.recent.Remove(e).(*keptPage).at)
}

// find returns a page that was made already.
func (p *pageSet) find(at pageKey, from pageFrom) *publish.Representation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept.get(at, from)
}

// draw makes a page, unless another request was faster. It is kept where keep says that
// it is as it should be.
func (p *pageSet) draw(at pageKey, from pageFrom, keep bool, draw func() *publish.Representation) *publish.Representation {
	p.mu.Lock()
	defer p.mu.Unlock()
	if page := p.kept.get(at, from); page != nil {
		return page
	}
	page := draw()
	if keep {
		p.kept.put(at, from, page)
	}
	return page
}

// longDocument is from how many entries on it is worth keeping how they are grouped.
const longDocument = 1000

// grouped is how the entries of a document are grouped.
type grouped struct {
	of   weak.Pointer[publish.Document]
	list []group
}

// groups divides a document's entries; see there. The last answer for a long document
// is kept, since whoever goes through its pages asks for each. p.mu must be held.
func (p *pageSet) groups(doc *publish.Document) []group {
	if len(doc.Entries) < longDocument {
		return groups(doc.Entries)
	}
	if of := weak.Make(doc); p.long.of != of {
		p.long = grouped{of, groups(doc.Entries)}
	}
	return p.long.list
}

// count tells how many pages a document has.
func (p *pageSet) count(doc *publish.Document) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return pageCount(p.groups(doc))
}
