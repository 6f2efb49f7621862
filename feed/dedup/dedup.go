// Package dedup decides what is the same: whether an item of a document is an
// article that its source brought before, whether it really changed, and whether
// an article of another source is the same item.
//
// The decisions are pure. Prepare makes items of a document; a store finds what
// it holds under their marks, inside its write transaction, and asks a Judge. How
// marks are kept is the store's affair; nothing here reads a clock, a file or a
// network.
//
// A mark finds articles; it does not always say which of them an item is. One
// that several articles carry, or several different items of one document, is
// contested for ever, and an item is then told from the others by what it says.
package dedup

import "sluice/feed"

// Kind is a layer of the identity ladder.
type Kind byte

// The kinds of marks. The numbers are stored: never change or reuse one.
const (
	KindGUID   Kind = 1 // the guid, byte for byte
	KindPath   Kind = 2 // the guid without scheme and host, where it is an address
	KindURL    Kind = 3 // the canonical address
	KindText   Kind = 4 // all that an item says
	KindTriple Kind = 5 // guid, address and title together, for items that their guid or address does not tell apart
	KindSaid   Kind = 6 // title and words, of articles of any source
)

// Mark is evidence by which an article is known again: short, and the same for
// ever for the same article. Marks of kinds other than KindGUID, KindURL and
// KindSaid mean something only within their source.
type Mark struct {
	Kind Kind
	Sum  [12]byte
}

// Digest is what is remembered of an article to tell edits from noise without
// reading it.
type Digest struct {
	Real   uint64 // title, text, address and enclosures: what readers would call an edit
	Detail uint64 // all else that is shown: authors, categories, markup, where links lead
	Title  uint64 // the normalised title; 0 without one
	URL    uint64 // the canonical address; 0 without one
	GUID   uint64 // the guid; 0 without one
}

// Item is one article of a document, ready to be decided. It is made by Prepare.
type Item struct {
	Article feed.Article
	Digest  Digest
	At      int // the first place in the document at which it is listed
	// Marks are what identifies the item within its source, strongest first, never
	// empty. Beside are its other marks: the operator chose that they do not
	// identify. They are kept with a new article all the same, so that another
	// choice finds it.
	Marks  []Mark
	Beside []Mark
	// Contested are those of Marks that other items of the document carry, too.
	Contested []Mark
	Cross     []Mark // across sources

	evidence
	prose   *prose
	said    []uint64 // keys of the lines that may be boilerplate
	shared  bool     // other items of the document have its guid
	joined  bool     // the document lists it more than once
	trusted bool     // the operator chose what identifies; marks are not doubted
}

// Trusted reports whether the operator chose what identifies the item.
func (it Item) Trusted() bool { return it.trusted }

// Joined reports whether the document lists the item more than once.
func (it Item) Joined() bool { return it.joined }

// Said returns the keys of the item's lines by which others of its source may be known for
// having them in common. They are the item's own, not to be changed.
func (it Item) Said() []uint64 { return it.said }

// Unread is an item that was not read, because the document has it as the last one had and
// no other item has a mark of it. It is the article that it was.
type Unread struct {
	GUID bool // it has one
	// Said are what Item.Said was; of a line that no other item has, the lower half will do.
	Said []uint64
}

// Known is an article of the item's source that the store holds under one of the
// item's marks.
type Known struct {
	Mark      Mark
	Contested bool // by what was known before this document
	Seq       uint64
	Digest    Digest
	// Head reads the article without its texts, Load with them. They are called
	// only where digests leave the question open.
	Head func() (feed.Stored, error)
	Load func() (feed.Stored, error)
}

// Copy is an article of another source under one of the item's cross marks.
type Copy struct {
	Mark   Mark
	Seq    uint64
	Digest Digest
	Load   func() (feed.Stored, error)
}

// Change is what happened to a known article.
type Change int

// The changes, the least first.
const (
	Same    Change = iota // nothing, or only what changes by itself
	Touched               // details changed: shown, but no edit
	Mended                // an edit that is no reason to call it updated: a typo, another address, the full text in place of a summary
	Edited                // title, text or enclosures changed
)
