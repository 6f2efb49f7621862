// Package dedup decides what is the same: whether an item of a document is an
// article that its source brought before, whether it really changed, and whether
// an article of another source is the same item.
//
// The decisions are pure. A store finds what it holds under an item's marks,
// inside its write transaction, and asks. How marks are kept is the store's
// affair; nothing here reads a clock, a file or a network.
package dedup

import "sluice/feed"

// Kind is a layer of the identity ladder.
type Kind byte

// The kinds of marks. The numbers are stored: never change or reuse one.
const (
	KindGUID  Kind = 1 // the guid, byte for byte
	KindPath  Kind = 2 // the guid without scheme and host, where it is an address
	KindURL   Kind = 3 // the canonical address
	KindText  Kind = 4 // title and text, for items without a better mark
	KindGUIDX Kind = 5 // guid and address (or text) together, where the guid names several articles
)

// Mark is evidence by which an article is known again: short, and the same for
// ever for the same article. Marks of kinds KindGUID, KindPath, KindText and
// KindGUIDX mean something only within their source.
type Mark struct {
	Kind Kind
	Sum  [12]byte
}

// Digest is what is remembered of an article to tell edits from noise without
// reading it.
type Digest struct {
	Real   uint64 // title, text, address and enclosures: what readers would call an edit
	Detail uint64 // all else that is shown: authors, categories, markup …
	Title  uint64 // the normalised title; 0 without one
	URL    uint64 // the canonical address; 0 without one
	GUID   uint64 // the guid; 0 without one
}

// Item is one article of a document, ready to be decided.
type Item struct {
	Article feed.Article
	Marks   []Mark // within its source, strongest first, never empty
	Shared  []Mark // those of its evidence that several articles of this document carry: no evidence any more
	Cross   []Mark // across sources
	Digest  Digest
	Trusted bool // the operator chose what identifies; marks are not doubted
}

// Known is an article of the item's source that the store holds under one of
// the item's marks.
type Known struct {
	Mark   Mark
	Shared bool // the mark was in Item.Shared once
	Seq    uint64
	Digest Digest
	// Load reads the article with its texts; it is called only where digests
	// leave the question open.
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

// The changes.
const (
	Same    Change = iota // nothing that anyone would see
	Touched               // details changed: shown, but no reason to call it updated
	Edited                // title, text, address or enclosures changed
)
