// Package render writes an output's entries as RSS 2.0, Atom 1.0 and JSON
// Feed 1.1.
//
// It owns the three formats: their elements, their escaping, and what each
// demands of a valid document. It is given entries that are chosen, ordered and
// sanitised, and knows nothing of requests, stores or rules. What the formats
// cannot hold is left out rather than bent: a broken field costs that field,
// never the document. The same feed gives the same bytes.
package render

import (
	"errors"
	"fmt"
	"time"

	"sluice/feed"
)

// ErrNoID says that an entry, or the feed, has no id. An invented one would
// make readers show the entry again and again.
var ErrNoID = errors.New("no id")

// Feed is a document before it has a format. Texts are plain unless said
// otherwise; addresses are absolute.
type Feed struct {
	Name        string // stands in for an empty title
	ID          string // an absolute IRI, the Atom id
	Title       string
	Description string
	Links       Links
	Style       string    // address of a style sheet for browsers, may be relative; empty: none. Readers pass over it
	Language    string    // BCP 47 tag of all entries; empty when they differ
	Updated     time.Time // when the content last changed, whole seconds
	TTL         int       // minutes for which caches may keep the document; 0: unsaid
	Generator   string
	Hubs        []string // WebSub hubs that tell of changes
	History     History  // where the document stands among those of the same feed
	Entries     []Entry
}

// Links are the addresses of a document.
type Links struct {
	Home string // the page for people
	RSS  string // where each format is served
	Atom string
	JSON string
}

// Entry is an article, or several that are one, as subscribers see it.
type Entry struct {
	ID    string // the same in all formats and outputs, written as it is
	GUID  string // the source's own id, named beside ID where it is another
	URL   string // may be empty
	Title string // plain text, never empty

	Summary string // sanitised HTML; may be empty
	Content string // sanitised HTML; may be empty
	Excerpt string // plain text of the summary; JSON Feed allows no HTML there

	Language   string // BCP 47 tag; left out where it is none
	Authors    []feed.Person
	Categories []feed.Category
	Enclosures []feed.Enclosure
	Image      string
	Comments   string
	Links      []feed.Link
	Origin     *feed.Origin
	Extensions []feed.Extension

	Published time.Time
	Updated   time.Time // also of its atom:source, so that a publisher's clock does not change bytes

	Source  Source
	Related []Related
}

// Source is the feed that an entry came from, as it may be shown.
type Source struct {
	Name  feed.SourceID // the configured name
	Title string        // never empty
	ID    string        // the feed's Atom id; empty or no IRI: the address stands in
	URL   string        // the feed's address without secrets
	Site  string        // the site that the feed belongs to; may be empty
}

// Related is another article that an entry stands for.
type Related struct {
	Source      feed.SourceID
	SourceTitle string
	Title       string
	URL         string
	How         feed.How // by what it is known to be the same
}

// check refuses what no format can do without.
func (f Feed) check() error {
	if f.ID == "" {
		return fmt.Errorf("feed %s: %w: give it an absolute IRI", f.Name, ErrNoID)
	}
	for i, e := range f.Entries {
		if e.ID == "" {
			return fmt.Errorf("feed %s: entry %d from %s: %w: store the article with one", f.Name, i+1, e.Source.Name, ErrNoID)
		}
	}
	return nil
}

// title is what the feed is called.
func (f Feed) title() string { return first(line(f.Title), line(f.Name), f.ID) }

// description says what the feed is about. RSS demands one.
func (f Feed) description() string { return first(line(f.Description), f.title()) }

// title is what the entry is called.
func (e Entry) title() string { return first(line(e.Title), address(e.URL), e.ID) }

// updated is the date that Atom demands of every entry.
func (e Entry) updated(fr frame) time.Time {
	for _, t := range []time.Time{e.Updated, e.Published} {
		if !t.IsZero() {
			return t
		}
	}
	return fr.time()
}

// title is what the source is called.
func (s Source) title() string { return first(line(s.Title), line(string(s.Name))) }

// id is what identifies the source as an Atom feed.
func (s Source) id() string {
	if id := address(s.ID); id != "" && id == s.ID {
		return id
	}
	return first(address(s.URL), address(s.Site))
}

// title names the source that carries the article, then the article.
func (r Related) title() string {
	source, title := r.sourceTitle(), line(r.Title)
	if title == "" {
		return source
	}
	return source + ": " + title
}

func (r Related) sourceTitle() string { return first(line(r.SourceTitle), line(string(r.Source))) }

// nameOf is what an author is called.
func nameOf(p feed.Person) string { return first(line(p.Name), line(p.Email), address(p.URL)) }

// first returns the first string that is not empty.
func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
