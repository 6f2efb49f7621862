// Package feed holds the nouns that the rest of sluice shares: what a source,
// an article and an output are, and the pure rules that belong to them.
//
// It knows no file format, no network, no store and no clock. Values are built
// once and not changed by whoever receives them; slices are shared, not copied.
package feed

import (
	"errors"
	"slices"
	"time"
)

// ErrNoArticle says that the store holds no article of that id or number.
var ErrNoArticle = errors.New("no such article")

// RemovedError says that the store held such an article once. It is ErrNoArticle.
type RemovedError struct {
	Day time.Time // on which retention removed it
}

// Error implements error.
func (e *RemovedError) Error() string {
	return ErrNoArticle.Error() + ": removed by retention on " + e.Day.Format(time.DateOnly)
}

// Unwrap returns ErrNoArticle.
func (e *RemovedError) Unwrap() error { return ErrNoArticle }

// Article is one item of one source as its publisher wrote it, cleaned so that
// it may be shown: HTML is sanitised, addresses are absolute, text is valid
// UTF-8 without control characters. What sluice learns about an article is kept
// beside it, in Stored.
type Article struct {
	Source SourceID
	GUID   string // the publisher's own id, byte for byte; empty when there is none
	URL    string // where the article is read, as published; empty when unknown
	Title  string // plain text; empty when the item has none

	Summary string // sanitised HTML of a description or summary beside a content
	Content string // sanitised HTML of the fullest text that the item carries

	Language   string // BCP 47 tag of the item, else of its feed; may be empty
	Authors    []Person
	Categories []Category
	Enclosures []Enclosure
	Image      string // address of the item's picture; may be empty
	Comments   string // address of the page with comments; may be empty
	Links      []Link // relations other than alternate, self and enclosure
	Origin     *Origin
	Extensions []Extension // elements of other vocabularies, which the rest does not hold

	// Published and Updated are the dates that the source gave, in UTC, zero
	// without one. They may lie in the future: see Shown.
	Published time.Time
	Updated   time.Time

	Sanitizer int // version of the sanitiser that cleaned the HTML above
}

// Person is an author as named by the source. Any field may be empty.
type Person struct {
	Name  string
	Email string
	URL   string
}

// Category is a label with, where the source gave them, the vocabulary that it
// is from and the form meant for people.
type Category struct {
	Term   string
	Scheme string // Atom scheme or RSS domain
	Label  string // Atom label
}

// Name is what people see of the category.
func (c Category) Name() string {
	if c.Label != "" {
		return c.Label
	}
	return c.Term
}

// Enclosure is a file that belongs to an article. Length and Type are what the
// source said and are never invented.
type Enclosure struct {
	URL      string
	Type     string        // media type; empty when unsaid
	Length   int64         // bytes; 0 when unsaid
	Title    string        // empty when unsaid
	Duration time.Duration // 0 when unsaid
}

// Link is a typed relation of an article to another resource (RFC 4287, 4.2.7).
type Link struct {
	Rel   string
	URL   string
	Type  string
	Title string
}

// RelExternal is the relation to the page elsewhere that an article is about (JSON
// Feed's external_url). Of the registered ones it is the kind of "related" that
// linkblogs mean.
const RelExternal = "external"

// Origin is the feed that an item says it was taken from: RSS source or
// atom:source. Planets carry it; it is not the source that was polled.
type Origin struct {
	ID    string
	Title string
	URL   string // the feed's address
	Link  string // the site's address
}

// Stored is an article with what the store knows about it. All but Article,
// Changed, Revision and Form is decided when it is first stored and never moves.
type Stored struct {
	Article

	Seq      uint64 // arrival number: dense, rising, never reused
	ID       string // the id that subscribers see, an absolute IRI
	Identity uint64 // Seq of the first article of its identity; its own when it is that
	How      How    // by what it joined its identity; empty for the first

	FirstSeen time.Time // time of the poll that brought it
	Place     time.Time // its position under OrderSeen, but for Backlog
	Backlog   bool      // it came with many at once: it stands above nothing that an output showed before
	Date      time.Time // its position under OrderPublished and the date shown as published
	Changed   time.Time // the date shown as updated; rises with real changes only
	Revision  uint32    // counts real changes, from 0
	Form      uint64    // another one with every change that is seen, real or not; 0: the store does not say
}

// How says by what evidence an article joined an identity or a story.
type How string

// The kinds of evidence, strongest first.
const (
	HowGUID      How = "guid"      // the same absolute guid, and the address agrees
	HowURL       How = "url"       // the same canonical address, and the text agrees
	HowCanonical How = "canonical" // the page names the other's address as canonical
	HowText      How = "text"      // the same text
	HowNear      How = "near"      // nearly the same text
)

// weaker reports whether the evidence says less than other does.
func (h How) weaker(other How) bool {
	kinds := [...]How{HowGUID, HowURL, HowCanonical, HowText, HowNear}
	return slices.Index(kinds[:], h) > slices.Index(kinds[:], other)
}

// FutureTolerance is how far ahead of the poll a date may lie and still be
// believed: clocks differ, but a date of next week is a mistake or a trick.
const FutureTolerance = time.Hour

// Shown returns the date that may be shown and used for an article first seen
// at the given time: when the source published it, else when the source says it
// was updated, else the time at which it was first seen. A date more than
// FutureTolerance ahead of seen counts as absent.
func (a Article) Shown(seen time.Time) time.Time {
	if t := a.Dated(seen); !t.IsZero() {
		return t
	}
	return seen
}

// Dated returns the source's own date that Shown would choose, zero if there is
// none that can be believed.
func (a Article) Dated(seen time.Time) time.Time {
	for _, t := range []time.Time{a.Published, a.Updated} {
		if !t.IsZero() && !t.After(seen.Add(FutureTolerance)) {
			return t
		}
	}
	return time.Time{}
}

// Body is the fullest HTML of the article: its content, else its summary.
func (a Article) Body() string {
	if a.Content != "" {
		return a.Content
	}
	return a.Summary
}
