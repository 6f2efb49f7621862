package feed

import "time"

// SourceID is the configured name of a source. Articles belong to it.
type SourceID string

// Source is an upstream feed as configured.
type Source struct {
	Name     SourceID
	Was      []SourceID // earlier names, whose articles are this source's
	URL      string     // where it is polled; may hold secrets and is never shown
	Host     string     // sources of one host are polled one after another
	Title    string     // overrides the feed's own; empty: the feed's
	Tags     []string
	Interval time.Duration
	Identity IdentityMode
	Disabled bool // never polled, its articles stay published
	// ByAddress says that the source is known by its URL: its name comes from a list
	// of others and may change, and its articles go with it. Under its name another
	// source may have been known, whose articles are not this one's.
	ByAddress bool
}

// IdentityMode says which of an item's marks may identify it within its source.
type IdentityMode string

// The modes of a source's "identity" key.
const (
	IdentityAuto    IdentityMode = "auto"    // guid, guid without scheme and host, address, in this order
	IdentityGUID    IdentityMode = "guid"    // the guid alone
	IdentityLink    IdentityMode = "link"    // the address alone
	IdentityContent IdentityMode = "content" // title and text alone
)

// GUIDFault is why the guids of a source are not believed.
type GUIDFault string

// The faults of guids. An operator's "identity" overrides them.
const (
	GUIDsShared GUIDFault = "shared" // different items have one
	GUIDsChange GUIDFault = "change" // items have others at each poll
	GUIDsReused GUIDFault = "reused" // they are given to other stories
)

// Info is what a feed says of itself.
type Info struct {
	ID          string // Atom id; empty for other formats
	Title       string // plain text
	Description string // plain text
	Link        string // the site that the feed belongs to
	Self        string // the address that the feed gives for itself
	Language    string
	Image       string
	Format      string // "RSS 2.0", "Atom 1.0", "JSON Feed 1.1", …
}

// Status is the state of a source as operators see it.
type Status string

// The states of a source.
const (
	StatusNew      Status = "new"      // never polled with success or failure
	StatusOK       Status = "ok"       // the last poll succeeded
	StatusFailing  Status = "failing"  // the last poll failed
	StatusGone     Status = "gone"     // the publisher said 410: not asked again until enabled
	StatusDisabled Status = "disabled" // switched off in the configuration
)

// Fault is the kind of a failure, by which it is told what it means.
type Fault string

// The kinds of failures of a poll.
const (
	FaultHTTP        Fault = "http_error"  // a status that brings no document
	FaultChallenge   Fault = "challenge"   // a page that only browsers pass
	FaultNoHost      Fault = "no_host"     // the host's name is in no directory
	FaultNetwork     Fault = "network"     // no connection, or a broken answer
	FaultInterrupted Fault = "interrupted" // a document that ended early
	FaultTimeout     Fault = "timeout"     // no answer, or no end of it, in time
	FaultCertificate Fault = "certificate" // refused
	FaultRedirect    Fault = "redirect"    // it leads nowhere
	FaultTooLarge    Fault = "too_large"   // beyond a limit of bytes, elements or items
	FaultNotFeed     Fault = "not_feed"    // a document of another kind
	FaultParse       Fault = "parse"       // a document that cannot be read
	FaultBlocked     Fault = "blocked"     // a private address that nobody allowed
	FaultFile        Fault = "file"        // a file of this machine that cannot be read
	FaultStore       Fault = "store"       // the store did not take what came
)

// SourceState is what is remembered about a source between polls. It is stored
// in the same transaction as the articles of the poll that it describes.
type SourceState struct {
	Source SourceID
	Status Status

	// ETag and LastModified are the validators of the last complete document,
	// byte for byte as received, and belong to the address whose Fingerprint is
	// Address. Origin is what fetch knows the address by that gave them, where a
	// redirect led elsewhere. Body is a hash of that document.
	ETag         string
	LastModified string
	Address      uint64
	Origin       uint64
	Body         uint64

	LastAttempt time.Time     // zero: never polled
	LastSuccess time.Time     // zero: never with success
	LastNew     time.Time     // when an article was last first seen
	Quiet       time.Duration // for how long it has been polled since without anything new
	FirstPoll   time.Time     // the first successful poll
	NextPoll    time.Time     // zero: at once
	NotBefore   time.Time     // not even an operator's request is sent before (Retry-After)
	// Freshness and Floor are what the last answer and its document asked for:
	// lifetime of the answer, and the longest of ttl and update period.
	Freshness time.Duration
	Floor     time.Duration
	SkipHours []int // hours of the day, UTC, in which the source asks not to be polled
	SkipDays  []time.Weekday
	Interval  time.Duration // the configured interval by which NextPoll was chosen

	Failures     int       // consecutive
	FailingSince time.Time // the first of them; zero without one
	Error        string    // the last failure in one line without secrets; empty after a success
	// Fault is of which kind the last failure was, and Code the HTTP status of one that is
	// FaultHTTP. Empty without a failure, and where it was before kinds were noted.
	Fault    Fault
	Code     int
	Reason   string // the rule that chose NextPoll, in a word for operators
	Warnings map[string]int

	Throttled time.Time // when it last answered 429; zero: never, or long ago
	AcceptAny bool      // it refused what we ask for (406, 415): the next request asks for any type
	// Same is how many documents in a row were the one before, from a source that
	// gives no validators, and SameSince when the first of them came.
	Same      int
	SameSince time.Time

	// Kept is asked in place of the configured address, because permanent redirects
	// to it were confirmed. MoveTo is an address not yet confirmed, to which MoveCount
	// polls in a row were redirected since MoveSince. All may hold secrets: they are
	// never shown whole.
	Kept      string
	MoveTo    string
	MoveCount int
	MoveSince time.Time

	// Hubs and Topic are what the source names for WebSub, from the same answer.
	Hubs  []string
	Topic string

	Told Told // see Event
	Past Past

	Info     Info
	Articles int // stored now; kept by the store
	// GUIDs is why the source's guids are not believed, for good; kept by the store.
	GUIDs GUIDFault
}
