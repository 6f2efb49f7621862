// Package storage is the contract that every store keeps.
//
// The contract is written here once, checked by storagetest and kept by the
// packages below. This package never imports them: cmd/internal/app picks one.
//
// All methods may be called from several goroutines. A store reads no clock:
// times are arguments, and are kept in UTC to the microsecond. Errors wrap the sentinels below where a caller can act
// on them. A method that returns an error has changed nothing, unless the error
// is ErrFailed: then what was asked may or may not be stored, and the store
// refuses every later write until it is opened again.
package storage

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"sluice/feed"
)

// The errors that callers tell apart.
var (
	// ErrLocked says that another process has the store open.
	ErrLocked = errors.New("store is in use")
	// ErrEmpty says that the file is there and too short to be a store.
	ErrEmpty = errors.New("store is empty or too short")
	// ErrDamaged says that the store, or a value in it, cannot be what was written.
	ErrDamaged = errors.New("store is damaged")
	// ErrNewer says that a later version wrote the store.
	ErrNewer = errors.New("store was written by a newer version")
	// ErrFailed says that a commit failed, so that its effect is unknown.
	ErrFailed = errors.New("store failed")
	// ErrFull says that the disk has too little room for what was asked.
	ErrFull = errors.New("too little room on the disk")
	// ErrClaim says that a delivery's claim has expired or was never given.
	ErrClaim = errors.New("claim has expired")
	// ErrNoSource says that no source of that name is configured.
	ErrNoSource = errors.New("unknown source")
	// ErrBusy says that another claim on the source is running.
	ErrBusy = errors.New("source is being polled")
	// ErrAlone says that an article stands alone, so that nothing can be split.
	ErrAlone = errors.New("article stands alone")
	// ErrJoined says that two articles are of one story already.
	ErrJoined = errors.New("articles are of one story already")
)

// Store is all that sluice asks of a store. Callers ask for one role.
type Store interface {
	Articles
	Stories
	Merger
	Sources
	Hosts
	Events
	Publications
	Pings
	Subscriptions
	Gauge
	Retainer
	io.Closer
}

// Articles reads what is stored.
type Articles interface {
	// Newest yields the articles of the query's sources, newest first by the
	// query's order; articles of equal time come latest arrival first. Summary
	// and Content are empty: see Fill. No transaction is open while the caller
	// has the article, so the walk may see articles that arrive meanwhile, and
	// never sees one twice. An error ends the walk.
	Newest(ctx context.Context, q Query) iter.Seq2[feed.Stored, error]

	// Fill adds Summary and Content to the articles, in place. An article that
	// is gone by now gives feed.ErrNoArticle.
	Fill(ctx context.Context, articles []feed.Stored) error

	// After returns at most n articles, without texts, whose Seq is greater
	// than seq, in arrival order. Numbers rise with arrival; a caller that asks
	// again with the last Seq it saw misses nothing. A store whose numbers can
	// become visible out of order ends the page before the first gap that may
	// still be filled (bolt has none: one writer numbers at commit).
	After(ctx context.Context, seq uint64, n int) ([]feed.Stored, error)

	// Numbered returns the articles with these numbers, without texts, in the order of the
	// numbers given; those that are gone are left out.
	Numbered(ctx context.Context, seqs []uint64) ([]feed.Stored, error)

	// Identity returns the articles of one identity, without texts, in arrival
	// order; nil when there are none.
	Identity(ctx context.Context, identity uint64) ([]feed.Stored, error)

	// ByID returns the article that subscribers know by the id, with its texts,
	// or feed.ErrNoArticle: a feed.RemovedError for as long as it is known that there was
	// one.
	ByID(ctx context.Context, id string) (feed.Stored, error)

	// ByURL returns the articles of all sources that have this address, in any of the
	// forms that lead to one page, or this guid, if it is an absolute IRI: in arrival
	// order, without texts, at most a hundred; nil when there are none.
	ByURL(ctx context.Context, url string) ([]feed.Stored, error)
}

// Stories tells which identities are the same piece of writing, and lets an operator
// mend that. What is new is told by Merger.
type Stories interface {
	// Story returns the story of an identity: that identity's articles alone where
	// nothing joined it; none where it is unknown.
	Story(ctx context.Context, identity uint64) (feed.Story, error)

	// Split takes an article out of what subscribers see as one. By feed.DedupStory its
	// identity leaves its story, with those that had joined it; the first of a story
	// leaves alone, and the next of the others is the first of them. Where the story is
	// one identity, and by feed.DedupArticle, the article leaves its identity in the same
	// way, and the story with it. What left is a story of its own, and nothing that comes
	// later makes the two one again. It returns the story as it was. An unknown id gives
	// feed.ErrNoArticle, an article that has nothing to leave ErrAlone.
	Split(ctx context.Context, id string, by feed.Dedup) (feed.Story, error)

	// Join makes the stories of two articles one, which the younger joins; it undoes
	// Split. Where they are of one story that came about late, they are from then on as
	// if joined by hand. It returns the story as it is. An unknown id gives
	// feed.ErrNoArticle, two articles that are one already ErrJoined.
	Join(ctx context.Context, a, b string, at time.Time) (feed.Story, error)

	// Mended returns a number that rises with each Split and Join that changed anything.
	Mended(ctx context.Context) (uint64, error)
}

// Query chooses articles.
type Query struct {
	Sources []feed.SourceID // names, also of sources configured no more; unknown ones are skipped
	// Among, if not nil, is Sources as a set, for callers that have it: to look each of very
	// many up would take longer than to read the articles. It is not changed meanwhile.
	Among map[feed.SourceID]bool
	Order feed.Order
	Since time.Time // not older than this by the order's time; zero: no bound
}

// Merger takes what a poll brought.
type Merger interface {
	// Merge stores the outcome of one poll in one transaction: the articles that
	// are new or changed, the marks that identify all of them, and the source's
	// state, and ends the claim. Which articles are new is decided inside the
	// transaction by feed/dedup. Merging the same articles again stores nothing
	// but the state. When Merge returns without an error, the outcome is on disk.
	// A claim that is not current gives ErrClaim, a source that is configured no
	// more ErrNoSource. A context that ends before the transaction has begun is an
	// error and nothing is stored; later it is not heard.
	Merge(ctx context.Context, d Delivery) (Merged, error)

	// Seen returns the sums of the items of the last whole document under a claim that need
	// not be read again where the next one has them at that time: they are articles for sure.
	// There are none where all are to be read.
	Seen(ctx context.Context, c Claim, at time.Time) ([]uint64, error)

	// Apart reports whether a document of these articles beside unread items, of which Seen
	// gave the sums, can be merged without those: nothing of what was read may be one of
	// them. Else all are to be read.
	Apart(ctx context.Context, c Claim, articles []feed.Article, unread []uint64) (bool, error)

	// MergeAll merges deliveries as Merge would, each whole or not at all and none
	// for another's sake, with as few commits as it can. It returns what came of
	// each, in their order, when all are on disk.
	MergeAll(ctx context.Context, all []*Delivery) []Result
}

// Result is what Merge would have returned.
type Result struct {
	Merged Merged
	Err    error
}

// Delivery is the outcome of one poll.
type Delivery struct {
	Claim *Claim
	At    time.Time // the time of the poll; FirstSeen of what is new
	// Articles are the items of the document, first item first. Nil when there
	// was no new document (304, failure); empty but not nil for a document
	// without items.
	Articles []feed.Article
	// Sums has for each of Articles the hash of all that it was read from, 0 for one that is
	// to be read at each poll; nil: all are. Unread are the sums of items that the document
	// has beside Articles, under a claim for which Seen returned them and Apart said yes.
	// What is stored is the same as if they had been read. A document is kept for Seen where
	// State.Body names it.
	Sums   []uint64
	Unread []uint64
	// Part says that the document is not all that the source lists: it was cut, or has
	// what is new alone. Else what it does not have is listed no more; see Retainer.
	Part bool
	// State is the source's after the poll. Articles, FirstPoll, LastNew, GUIDs, Told and
	// Past.News are the store's to set, Quiet ends with a new article, and StatusDisabled
	// is not taken over. An article is news on the day of its Place; a source that was
	// Quiet for feed.NewsDays has none.
	State feed.SourceState
	// Settle, if not nil, returns the state that is stored in place of State, decided
	// by how many items of the document were known and how many new. It runs inside
	// the transaction.
	Settle func(known, fresh int) feed.SourceState
	// Watch, if not nil, returns what is told of the source from this poll on, which
	// becomes its state's Told, and the events that are news. It is given the states
	// before and after, all else decided, and what was stored. It runs inside the
	// transaction, may run again, and must not use the store.
	Watch func(before, after *feed.SourceState, m Merged) (feed.Told, []feed.Event)
	// Host, if not nil, is what is remembered of a host from this poll on; see
	// Hosts.SetHosts.
	Host *feed.HostState
	// Authority names, with the year, who makes the ids of articles that have
	// none of their own (RFC 4151): the host of base_url.
	Authority string
}

// Merged says what a delivery changed.
type Merged struct {
	New        int // articles stored for the first time
	Updated    int // stored articles that were edited, also where that is no reason to call them updated
	Duplicates int // those of New that joined an identity or a story that was there
	// Backlog is how many of New are no news, but what a source brings that is new, was
	// silent for long or changed all guids: they stand where their dates put them.
	Backlog int
	// GUIDs is the fault for which the source's guids are not believed any more, from
	// this delivery on; empty on all others.
	GUIDs feed.GUIDFault
	Told  int // events that Delivery.Watch told
}

// Sources keeps the configured sources, their states and who is due.
type Sources interface {
	// SetSources makes exactly these the configured sources. A name in Was moves
	// that source's articles to the new name, with its state unless the new name
	// has articles itself; it does so once, for as long as the configuration says
	// it, so that the old name may be another source's. A source whose address
	// changed keeps its articles and loses its validators, its schedule and a
	// claim on it; one that is configured no more keeps its articles and state
	// and is never due. It returns what States would.
	SetSources(ctx context.Context, sources []feed.Source) ([]feed.SourceState, error)

	// States returns the states of the configured sources by name.
	States(ctx context.Context) ([]feed.SourceState, error)

	// EachState calls f with what States would return, one by one: of very many sources
	// the states together take more memory than all else that is kept of them. f copies
	// what it keeps of the state and must not use the store; its error ends the walk.
	EachState(ctx context.Context, f func(st *feed.SourceState) error) error

	// StatesOf returns the states of those of the sources named that are configured, in
	// the order of the names.
	StatesOf(ctx context.Context, names []feed.SourceID) ([]feed.SourceState, error)

	// Claim takes sources that are due, longest due first. Disabled and gone
	// sources are never due.
	Claim(ctx context.Context, d Due) ([]Claim, error)

	// ClaimSource takes one source whether it is due or not; ErrNoSource when it
	// is not configured, ErrBusy while another claim on it is current.
	ClaimSource(ctx context.Context, now time.Time, source feed.SourceID, lease time.Duration) (Claim, error)

	// ClaimSources takes those of the sources named, or of all for nil, that want
	// says yes to by their states, due or not, and returns the states of the others,
	// those under another claim included. A name that is not configured is
	// ErrNoSource, and nothing is taken. want must not use the store, and copies what it
	// keeps of the state.
	ClaimSources(
		ctx context.Context, now time.Time, lease time.Duration, names []feed.SourceID, want func(*feed.SourceState) bool,
	) (taken []Claim, left []feed.SourceState, err error)

	// Release ends a claim without a delivery. A claim that is not current is
	// no error.
	Release(ctx context.Context, c Claim) error

	// NextDue returns the earliest time at which a source can be claimed that is of
	// none of the hosts, and false when none ever can: when it is due, or when the
	// claim on it expires if that is later. The zero time is "at once".
	NextDue(ctx context.Context, except map[string]bool) (time.Time, bool, error)

	// Reschedule sets NextPoll of the sources named, and Interval, NotBefore and
	// Reason where they are given. Sources under a claim or not configured are left alone.
	Reschedule(ctx context.Context, next map[feed.SourceID]Schedule) error

	// Revive makes the sources named due at once, or at their NotBefore, as if they
	// had not failed nor been gone. Those under a claim or not configured are left
	// alone.
	Revive(ctx context.Context, sources ...feed.SourceID) error

	// Postpone sets NextPoll and NotBefore of the sources named to the time, where
	// they are earlier. Sources under a claim or not configured are left alone.
	Postpone(ctx context.Context, sources []feed.SourceID, until time.Time) error
}

// Schedule is a source's next poll, and by what it was chosen.
type Schedule struct {
	NextPoll  time.Time
	Interval  time.Duration // 0: as it was
	NotBefore time.Time     // zero: as it was
	Reason    string        // empty: as it was
}

// Due says which sources to claim.
type Due struct {
	At      time.Time       // those that are due then
	Lease   time.Duration   // for so long
	Max     int             // at most so many
	PerHost int             // of these, of one host; 0: no bound
	Except  map[string]bool // hosts whose sources are left alone
}

// Claim is the right to poll one source until it expires.
type Claim struct {
	Source  feed.SourceID
	State   feed.SourceState // as of the claim
	Token   uint64           // tells this claim from an earlier one on the source
	Expires time.Time
}

// Hosts keeps what hosts asked for. What a poll learns comes with its Delivery.
type Hosts interface {
	// Hosts returns what is remembered, by name, and whether SetHosts was ever
	// called: a store that is older than this role has its limits in the states of
	// the sources alone.
	Hosts(ctx context.Context) (hosts []feed.HostState, begun bool, err error)

	// SetHosts remembers the hosts in place of what was known of them, all or none,
	// and forgets those of which nothing is (feed.HostState.Silent). One without a
	// name is an error.
	SetHosts(ctx context.Context, hosts ...feed.HostState) error
}

// The bounds of what is kept of events, over all sources.
const (
	EventAge  = 365 * 24 * time.Hour
	MaxEvents = 10_000
)

// Events keeps what befell sources. It comes with deliveries; see Delivery.Watch. An
// event that is told takes away those more than EventAge older than itself, and the
// oldest beyond MaxEvents. Events follow their source to another name as its articles do.
type Events interface {
	// Events returns at most n events of the sources, the last told first, none that was
	// before since (zero: no bound). Unknown sources are skipped.
	Events(ctx context.Context, sources []feed.SourceID, since time.Time, n int) ([]feed.Event, error)
}

// Publications is the publisher's ledger.
type Publications interface {
	// Publications returns what is remembered of every output ever configured,
	// by name.
	Publications(ctx context.Context) ([]feed.Publication, error)

	// Publish remembers the publications, all or none, each with its History where it has
	// one; a nil one stays as it was. A history belongs to the ID, which takes it along to
	// another name. The archives that it closes are kept for good: one that is there already
	// may be told again, and is not changed.
	Publish(ctx context.Context, p ...feed.Publication) error

	// Archive returns the members of a closed archive of the output with the ID, ascending;
	// nil where there is none of that number.
	Archive(ctx context.Context, id string, number int) ([]uint64, error)

	// Keep remembers a document of the output with the ID in place of the one before it, in
	// whatever form it is given. It is a copy for a start, and lost without harm.
	Keep(ctx context.Context, id string, document []byte) error

	// Kept returns the document that Keep was given last; nil where there is none, or none
	// that is whole.
	Kept(ctx context.Context, id string) ([]byte, error)
}

// Pings keeps which hubs are to be told of a change of which outputs.
type Pings interface {
	// Pings returns all that are owed, by output and hub.
	Pings(ctx context.Context) ([]feed.Ping, error)

	// Owe remembers the pings in place of those of the same outputs and hubs, all or none.
	Owe(ctx context.Context, p ...feed.Ping) error

	// Pinged drops the pings of these outputs and hubs where what is owed is still to tell
	// of the same content; one that is not there is no error.
	Pinged(ctx context.Context, p ...feed.Ping) error
}

// Subscriptions keeps what hubs were asked for.
type Subscriptions interface {
	// Subscriptions returns all that are remembered, by ID.
	Subscriptions(ctx context.Context) ([]feed.Subscription, error)

	// Subscribe remembers the subscriptions, all or none.
	Subscribe(ctx context.Context, s ...feed.Subscription) error

	// Forget drops the subscriptions of these IDs; an unknown one is no error.
	Forget(ctx context.Context, ids ...string) error
}
