package feed

import (
	"fmt"
	"strings"
	"time"
)

// Event is something that befell a source and that whoever runs sluice wants to
// know. It is decided once, stored with the poll that showed it, and not changed
// afterwards. It is no article and never stands among them.
type Event struct {
	Seq    uint64 // rises in the order of telling; the store's to set
	ID     string // an absolute IRI, chosen with the event
	Source SourceID
	Kind   EventKind
	At     time.Time // of the poll that showed it

	// Since is when what is told began: the first poll that failed, the last that brought
	// something new, the first that was led elsewhere. Of EventBack it is what Was says.
	Since   time.Time
	Was     EventKind // of EventBack: what is over
	Ended   bool      // of EventBroke: the publisher ended the feed, and nobody asks again
	Success time.Time // the last poll with success until then, of EventBack before it; zero: none
	// Failures is how many polls failed in a row, and Error what the last of them failed
	// by, in one line without secrets.
	Failures int
	Error    string
	Usual    time.Duration // of EventSilent: the longest that it was silent before
	New      int           // of EventBack: articles that came with it

	// Address is where the source is polled as configured, To where it moved. Both are as
	// they may be shown: nobody knows later what was secret then.
	Address string
	To      string
	Site    string // what the feed called its site; as the publisher wrote it
}

// EventKind is what befell a source.
type EventKind string

// The kinds of events.
const (
	EventBroke  EventKind = "broke"  // it fails, and will not soon stop to
	EventSilent EventKind = "silent" // it answers, and brings nothing new for longer than it ever did
	EventMoved  EventKind = "moved"  // it is polled at another address from now on
	EventBack   EventKind = "back"   // one of the first two is over
)

// Told is what was told of a source and is not over, by which it is known what is
// news.
type Told struct {
	Broke  time.Time // since when it fails; zero: it does not, or nobody was told
	Ended  bool      // it was told that the publisher ended the feed
	Silent time.Time // since when it brings nothing new; zero: as above
	Moved  uint64    // Fingerprint of the address to which it was last told to have moved
	// Last is when it was last told to have broken, also where that is over: it may not
	// break every few hours.
	Last time.Time
}

// Tag returns an id in the name of an authority, such as the host of the operator's
// base address (RFC 4151).
func Tag(authority string, year int, specific string) string {
	// An IPv6 address cannot stand in a tag as it is written in addresses.
	authority = strings.NewReplacer("[", "", "]", "", ":", "-").Replace(authority)
	return fmt.Sprintf("tag:%s,%04d:%s", authority, year, specific)
}
