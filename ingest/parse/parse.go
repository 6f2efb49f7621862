// Package parse turns the bytes of a feed into articles.
//
// It owns formats, encodings, broken dates, identifiers and relative links, and
// it is the only door for gofeed, whose types do not leave it. Bytes come from
// strangers: before gofeed sees them, one pass over the document enforces the
// limits and notes what gofeed would lose. Where bytes come from, and which
// articles are new, is not known here.
package parse

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"time"

	"sluice/feed"
	"sluice/feed/crash"
)

// Version counts the changes of what this package reads out of a document. A
// document whose hash includes it is read again after such a change.
const Version = 6

// The limits of a document. They are the contract's; the size of the body is
// bounded by whoever fetches it.
const (
	MaxDepth      = 100
	MaxElements   = 500_000
	MaxNamespaces = 200
	MaxItems      = 50_000
	MaxText       = 1 << 20 // bytes of an item's texts; beyond it the item is dropped
	MaxTitle      = 4 << 10 // bytes of a title; beyond it the title is cut
)

// The errors that callers tell apart.
var (
	// ErrNotFeed says that the document is something else; the text says what.
	ErrNotFeed = errors.New("not a feed")
	// ErrLimit says that the document exceeds a limit of the contract.
	ErrLimit = errors.New("feed exceeds a limit")
)

// Meta is what is known of a document beside its bytes.
type Meta struct {
	Source      feed.SourceID
	Base        *url.URL // the document's final address, without secrets; may be nil
	ContentType string   // the HTTP header; its charset is believed before the document's own
	// Known, if not nil, reports whether the item of a sum (Document.Sums) was read out of an
	// earlier document. Such an item is not read again.
	Known func(sum uint64) bool
}

// Document is what a feed said, in our words.
type Document struct {
	Info     feed.Info
	Articles []feed.Article // first item first, as in the document
	// Sums has for each article the hash of all that it was read from: of two items of one
	// sum, in any documents, one and the same is read. 0 is that of an article that is to be
	// read each time; nil: all are. Unread are the sums of the items that Meta.Known knows,
	// which are no Articles.
	Sums   []uint64 `json:"-"`
	Unread []uint64 `json:"-"`

	Floor     time.Duration  // do not poll more often: the longest of ttl and update period
	SkipHours []int          // hours of the day, UTC, rising
	SkipDays  []time.Weekday // rising
	Expired   bool           // the feed will never change again (JSON Feed)

	Hubs []string // WebSub hubs
	Self string   // the address that the feed gives for itself

	// Partial says what was wrong with a document that was cut, or mended by
	// dropping whole items. Empty: the document is complete.
	Partial string
	// Warnings counts repairs by kind.
	Warnings map[string]int
}

// The kinds of repairs in Document.Warnings.
const (
	warnGuessed    = "encoding-guessed"    // no declared encoding fits the bytes
	warnDeclared   = "encoding-misstated"  // what HTTP or the document said of it cannot be, or is unknown
	warnMixed      = "encoding-mixed"      // UTF-8 with bytes of something else in it
	warnIllegal    = "illegal-characters"  // characters or references that XML forbids were dropped or replaced
	warnJunk       = "text-before-root"    // something stands before the feed
	warnMarkup     = "markup-mended"       // tags were closed, dropped or escaped
	warnInline     = "inline-markup"       // HTML stands in a text without being escaped
	warnDate       = "date-ignored"        // a date that cannot be read, or before 1990
	warnLength     = "length-ignored"      // a file's length that is no number of bytes
	warnCut        = "incomplete"          // the document was cut, or whole items of it were dropped
	warnExtensions = "extensions-dropped"  // more elements of other vocabularies than are kept
	warnDuplicate  = "duplicate-id"        // several items have the same id
	warnEmpty      = "empty-item"          // an item that says nothing
	warnLongTitle  = "title-cut"           // a title over MaxTitle
	warnText       = "item-too-long"       // an item over MaxText was dropped
	warnAddress    = "address-ignored"     // an address that is not http or https
	warnExtras     = "elements-dropped"    // elements beyond the first two thousand of an item
	warnCategories = "categories-dropped"  // categories beyond the first hundred
	warnType       = "wrong-type"          // a JSON value of another type than the format says
	warnItem       = "item-unreadable"     // an item that is no object was dropped
	warnClosers    = "end-tags-missing"    // only the last end tags were missing
	warnStructure  = "structure-ambiguous" // ids and dates were read without the help of the notes
)

// WarningKinds lists the kinds of Document.Warnings.
func WarningKinds() []string {
	return []string{
		warnGuessed, warnDeclared, warnMixed, warnIllegal, warnJunk, warnMarkup, warnInline, warnDate, warnLength, warnCut,
		warnExtensions, warnDuplicate, warnEmpty, warnLongTitle, warnText, warnAddress, warnExtras, warnCategories,
		warnType, warnItem, warnClosers, warnStructure,
	}
}

// Parse reads a document. It never panics, needs no clock and no network, and
// keeps nothing of body. The error wraps ErrNotFeed or ErrLimit, or says in one
// line what cannot be read.
func Parse(body []byte, m Meta) (Document, error) {
	if m.Base == nil {
		m.Base = &url.URL{}
	}
	return guarded(func() (Document, error) { return parse(body, m) })
}

func parse(body []byte, m Meta) (Document, error) {
	p := &parser{meta: m, warnings: map[string]int{}}
	text := p.decode(body)
	trimmed := bytes.TrimSpace(text)
	var doc Document
	var err error
	switch {
	case len(trimmed) == 0:
		err = fmt.Errorf("empty document: %w", ErrNotFeed)
	case trimmed[0] == '{' || trimmed[0] == '[':
		doc, err = p.json(trimmed)
	default:
		doc, err = p.xml(trimmed)
	}
	if err != nil {
		return Document{}, err
	}
	p.finish(&doc)
	if doc.Info.Title == "" && len(doc.Articles)+len(doc.Unread) == 0 {
		return Document{}, fmt.Errorf("feed has neither a title nor items: %w", ErrNotFeed)
	}
	if doc.Partial = p.partial; doc.Partial != "" {
		p.warn(warnCut)
	}
	if len(p.warnings) > 0 {
		doc.Warnings = maps.Clone(p.warnings)
	}
	return doc, nil
}

// parser is the state of one Parse.
type parser struct {
	meta     Meta
	warnings map[string]int
	repairs  int // all that were warned of
	partial  string
	prefixes map[string]string // from the document's to those by which extensions are read here
}

func (p *parser) warn(kind string) {
	p.warnings[kind]++
	p.repairs++
}

// cut records the first thing by which the document is incomplete.
func (p *parser) cut(format string, args ...any) {
	if p.partial == "" {
		p.partial = fmt.Sprintf(format, args...)
	}
}

// guarded runs what strangers' bytes might make panic: one bad document is an
// error of its source, and no more.
func guarded[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("feed cannot be read: %w", crash.Told(r))
		}
	}()
	return f()
}
