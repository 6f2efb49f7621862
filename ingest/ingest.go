// Package ingest is the way in: it polls the sources that are due, has their
// documents parsed and hands what they brought to the store, one transaction a
// poll. It owns the loop, one poll from end to end, and the Report of it, from
// which logs, metrics and answers are written.
//
// How a request is made is fetch's affair, what a document says is parse's, when
// to ask again is schedule's, and what is new is decided by the store.
package ingest

import (
	"context"
	"iter"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"sluice/feed"
	"sluice/feed/repeat"
	"sluice/ingest/fetch"
	"sluice/ingest/schedule"
	"sluice/storage"
)

// Store is what ingest needs of a store.
type Store interface {
	storage.Merger
	storage.Sources
	storage.Hosts
	// Newest shows in which rhythm a source writes; see storage.Articles.
	Newest(ctx context.Context, q storage.Query) iter.Seq2[feed.Stored, error]
}

// Fetcher makes one request. fetch.Client is one.
type Fetcher interface {
	Fetch(ctx context.Context, t fetch.Target) (fetch.Answer, error)
}

// Source is all that a poll needs to know of a source beside its state.
type Source struct {
	feed.Source
	Target           fetch.Target // without validators
	IgnoreValidators bool         // never send any; then at most daily
	// Shown is its address as it may be shown, empty: without what is secret in any
	// address; and Hide takes its secrets out of where it moves to, nil: it has none.
	Shown string
	Hide  *feed.Hider
}

// address is the source's as it may be shown.
func (s *Source) address() string {
	if s.Shown != "" {
		return s.Shown
	}
	return feed.Redact(s.URL)
}

// Plan is the set of sources to poll and the rules for all of them. It is
// replaced as a whole.
type Plan struct {
	Sources   []Source
	Min, Max  time.Duration // bounds of the time between polls
	Pace      Pace
	Patience  time.Duration // the longest a fetch may take, for leases; 0: 1 minute
	Authority string        // see storage.Delivery
	Fetcher   Fetcher
	// HostOf names the host of an address as feed.Source.Host does, for sources that
	// are asked elsewhere than configured, or redirected; nil: the former are paced
	// as configured, the latter by the name of the host.
	HostOf func(address string) string
}

// Pace bounds how many polls run at a time. The zero value works.
type Pace struct {
	Workers int           // polls at a time; 0: 64
	PerHost int           // of these to one host; 0: 1
	Spacing time.Duration // between starts on one host; 0: none
}

func (p Pace) withDefaults() Pace {
	if p.Workers <= 0 {
		p.Workers = 64
	}
	p.PerHost, p.Spacing = max(p.PerHost, 1), max(p.Spacing, 0)
	return p
}

// Options are fixed for the life of a Runner. The zero value works.
type Options struct {
	// Observe is called after each poll, from the poll's goroutine.
	Observe func(Report)
	// Chance returns a number in [0,1) for jitter; nil: math/rand.
	Chance func() float64
	// Lease returns until when a hub has promised to push what is new of a source;
	// zero: it has not. Until then polls are a day apart. Nil: no hub has.
	Lease func(feed.SourceID) time.Time
}

// Outcome is what became of a poll, in the words of "sync --json".
type Outcome string

// The outcomes. Polls count as made for the first four.
const (
	Changed     Outcome = "changed"      // a complete document
	Partial     Outcome = "partial"      // a document that was cut or mended by dropping
	NotModified Outcome = "not_modified" // nothing since the last document
	Failed      Outcome = "failed"       // no document; nothing stored but the failure
	NotDue      Outcome = "not_due"      // not asked: too early, disabled, or told to wait
	Gone        Outcome = "gone"         // not asked: the publisher ended the feed
)

// Polled reports whether a request was made.
func (o Outcome) Polled() bool { return o != NotDue && o != Gone }

// Succeeded reports whether the source answered with something to go by.
func (o Outcome) Succeeded() bool { return o == Changed || o == Partial || o == NotModified }

// Report says what one poll did. Logs, metrics and the answer of "sync" are all
// written from it.
type Report struct {
	Source  feed.SourceID
	Outcome Outcome
	Result  Result // what came of it, for counting; empty where nothing was polled
	Status  int    // HTTP status; 0 without an answer or for a file
	Merged  storage.Merged
	Bytes   int // of the document, decoded
	// Received is how many bytes of that came over the network, also where it failed; 0
	// for files and for an answer that another source had a moment before.
	Received int64
	Saved    uint64         // bytes that a 304 spared, by what the last document took
	Warnings map[string]int // repairs of the document by kind; see WarningKinds
	Pushed   bool           // a hub sent the document, and nothing was polled

	Due   time.Time     // for when the poll was planned; zero: for no time
	Began time.Time     // when it left the queue
	Asked time.Duration // how long the request took; 0: none was made
	At    time.Time
	Took  time.Duration
	Next  time.Time // of the next poll; zero when there is none planned
	Why   string    // the rule that chose Next
	Note  string    // what else changed for the source; empty: nothing
	Err   error     // why the poll failed or is partial; in one line, without secrets
	Fatal bool      // Err is the store's: polling cannot go on
	// Failures is how many polls failed in a row, this one included, and FailingSince when
	// the first of them was; zero where the poll did not.
	Failures     int
	FailingSince time.Time
}

// Runner polls. It is made by New, given its sources by SetPlan, and then polls
// by itself (Run) or on demand (Sync), or both at once.
type Runner struct {
	store  Store
	log    *slog.Logger
	opt    Options
	pacer  *pacer
	parses chan struct{} // bounds small documents in parsing: more at a time than processors gain nothing
	turns  chan struct{} // bounds the others; see turn
	room   room          // and how many of the small ones wait to be stored
	hosts  hosts
	wake   chan struct{} // holds one value when the loop should look again
	asked  chan struct{} // taken from by the loop between two rounds; see Pulse
	lands  chan struct{} // and by what stores polls that wait for others

	mu       sync.Mutex
	plan     *Plan
	byName   map[feed.SourceID]*Source
	crowds   map[string]int   // sources of each host
	twins    map[string]*twin // the addresses that several sources have
	seen     witness
	outage   outage
	inflight map[feed.SourceID]*flight
	troubles map[feed.SourceID]repeat.Trouble // as they were logged
	looped   chan struct{}                    // open while Run is running, and with it the pacer
	// end ends the Run that runs, or ran last, with an error: whoever had a poll made that
	// the store failed at.
	end context.CancelCauseFunc
}

// flight is a poll that waits or runs. It is guarded by Runner.mu.
type flight struct {
	claim   *storage.Claim // made anew when it expires before the poll has begun
	host    string         // where it waits
	begun   bool
	landed  bool
	report  *Report          // once it has landed; it changes no more
	waiting []chan<- *Report // to be told then; each has room
}

// New returns a Runner over the store. Nothing is polled before SetPlan.
func New(store Store, log *slog.Logger, opt Options) *Runner {
	if opt.Chance == nil {
		opt.Chance = rand.Float64
	}
	if opt.Observe == nil {
		opt.Observe = func(Report) {}
	}
	looped := make(chan struct{})
	close(looped)
	r := &Runner{
		looped:   looped,
		end:      func(error) {},
		store:    store,
		plan:     &Plan{},
		log:      log,
		opt:      opt,
		pacer:    newPacer(Pace{}),
		parses:   make(chan struct{}, runtime.GOMAXPROCS(0)),
		turns:    make(chan struct{}, largeDocuments(runtime.GOMAXPROCS(0))),
		wake:     make(chan struct{}, 1),
		asked:    make(chan struct{}),
		lands:    make(chan struct{}),
		inflight: map[feed.SourceID]*flight{},
		troubles: map[feed.SourceID]repeat.Trouble{},
		seen:     witness{},
	}
	r.pacer.taught = r.hosts.spacing
	return r
}

// SetPlan puts a plan into use. Sources that are in the plan already keep their
// state; where the configured interval changed, the next poll is chosen anew.
// Polls that run end under the plan that they began with, so its sources are not to be
// changed any more.
func (r *Runner) SetPlan(ctx context.Context, plan Plan) error {
	sources := make([]feed.Source, len(plan.Sources))
	byName := make(map[feed.SourceID]*Source, len(plan.Sources))
	for i, s := range plan.Sources {
		sources[i] = s.Source
		byName[s.Name] = &plan.Sources[i]
	}
	states, err := r.store.SetSources(ctx, sources)
	if err != nil {
		return err
	}
	if plan.Patience <= 0 {
		plan.Patience = time.Minute
	}
	r.mu.Lock()
	r.plan, r.byName, r.crowds = &plan, byName, crowds(plan.Sources)
	r.twins = twins(plan.Sources)
	maps.DeleteFunc(r.troubles, func(id feed.SourceID, _ repeat.Trouble) bool { return byName[id] == nil })
	r.outage.hosts, r.outage.own = asked(plan.Sources), nil
	r.mu.Unlock()
	r.pacer.set(plan.Pace)
	if err := r.adjust(ctx, states, byName, &plan); err != nil {
		return err
	}
	r.nudge()
	return nil
}

// adjust moves the next poll of sources whose interval was changed in the
// configuration since the poll that chose it, and recalls what hosts asked for and when
// one was reached.
func (r *Runner) adjust(ctx context.Context, states []feed.SourceState, sources map[feed.SourceID]*Source, plan *Plan) error {
	now := time.Now()
	if err := r.recall(ctx, states, sources, plan, now); err != nil {
		return err
	}
	r.mu.Lock()
	r.outage.answered = latest(r.outage.answered, answered(states, sources, now))
	r.mu.Unlock()
	next := map[feed.SourceID]storage.Schedule{}
	for i := range states {
		st := &states[i]
		s := sources[st.Source]
		if s == nil || st.LastAttempt.IsZero() || st.Interval == s.Interval || st.Failures > 0 {
			continue
		}
		at, why := schedule.Explain(st.LastAttempt, r.hints(st, s, 0, nil), limits(s, plan), r.opt.Chance())
		next[st.Source] = storage.Schedule{NextPoll: latest(at, st.NotBefore), Interval: s.Interval, Reason: string(why)}
	}
	return r.store.Reschedule(ctx, next)
}

// source returns a source of the plan together with the plan, which both never change: an
// empty one where the plan has none of the name.
func (r *Runner) source(id feed.SourceID) (*Source, *Plan, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.byName[id]
	if !ok {
		return &Source{}, r.plan, false
	}
	return s, r.plan, true
}

// loop returns a channel that is closed when no Run is running any more.
func (r *Runner) loop() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.looped
}

// nudge makes the loop look for due sources again.
func (r *Runner) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
