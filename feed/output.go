package feed

import "time"

// Output is a published feed: a choice of sources, and how their articles are
// ordered and shown. Its rules are compiled elsewhere (feed/filter). Of KindHealth it
// shows what befell the sources, and Dedup, Prefer, Order and PerSource mean nothing.
type Output struct {
	Name          string
	Was           []string // earlier names, whose addresses redirect here
	Kind          Kind
	Title         string
	Description   string
	Sources       []SourceID
	Dedup         Dedup
	Prefer        []SourceID
	Order         Order
	Limit         int           // entries in the document
	Window        time.Duration // and not older than this; 0: no bound
	PerSource     int           // at most so many entries of one source; 0: no limit
	TitleTemplate string        // text/template over an entry; empty: the article's title
	Content       Detail
	Hubs          []string // WebSub hubs as documents name them, without secrets
}

// Kind is what an output publishes.
type Kind string

// The values of an output's "kind" key.
const (
	KindArticles Kind = "articles"
	KindHealth   Kind = "health" // what befell the sources; see Event
)

// Dedup says what makes one entry of an output.
type Dedup string

// The values of an output's "dedup" key.
const (
	DedupNone    Dedup = "none"    // every article
	DedupArticle Dedup = "article" // every identity
	DedupStory   Dedup = "story"   // every story
)

// Order says by which time entries are ordered, newest first.
type Order string

// The values of an output's "order" key.
const (
	OrderSeen      Order = "seen"      // Stored.Place
	OrderPublished Order = "published" // Stored.Date
)

// Time returns the time by which the order places an article.
func (o Order) Time(a Stored) time.Time {
	if o == OrderPublished {
		return a.Date
	}
	return a.Place
}

// Detail says how much of an article's text an entry carries.
type Detail string

// The values of an output's "content" key.
const (
	DetailFull    Detail = "full"
	DetailSummary Detail = "summary"
	DetailNone    Detail = "none"
)

// Publication is what is remembered about an output between builds, so that a
// restart or a second publisher gives the same bytes and the same dates.
type Publication struct {
	Output   string
	ID       string    // the feed's, an absolute IRI; empty once another name has taken it along
	Since    time.Time // when it was first configured
	Digest   [32]byte  // of the content last published; zero: never
	Modified time.Time // when that content was first published, whole seconds
	History  *History  // of its entries; nil: none is kept
}
