package websub

import (
	"context"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"time"

	"sluice/feed"
	"sluice/feed/crash"
	"sluice/ingest/fetch"
	"sluice/storage"
)

const (
	tick     = time.Minute // between looks at what is to be done
	spacing  = time.Second // between requests to hubs
	maxHeld  = 16          // pushes that are read, wait or are processed
	maxOfOne = 4           // of these for one source, so that it leaves room to others
	maxPush  = 15 << 20    // see Way
)

// Poster sends a form to a hub. fetch.Client is one.
type Poster interface {
	Post(ctx context.Context, t fetch.Target, form url.Values) (int, error)
}

// Push is what a hub sent and is believed.
type Push struct {
	Source      feed.SourceID
	Topic       string
	Body        []byte
	ContentType string
}

// Options are fixed for the life of a Subscriber. All but Changed are needed.
type Options struct {
	Store storage.Subscriptions
	// Wants returns what the sources name that are to be subscribed to.
	Wants func(ctx context.Context) (map[feed.SourceID]Want, error)
	// Push processes what a hub sent. It is called while Run runs, one push of a source
	// at a time.
	Push func(ctx context.Context, p Push) error
	// Changed is called with sources whose lease has ended.
	Changed func(ctx context.Context, sources []feed.SourceID)
	// Observe is told of each push that is delivered, by one of Results; nil: nobody is.
	Observe func(result string)
	Now     func() time.Time
	Chance  func() float64 // in [0,1)
	Log     *slog.Logger
}

// Way is how hubs are reached, and how they reach us. It is replaced at a reload.
type Way struct {
	On     bool   // false: what there is is given up
	Base   string // of callbacks: an address that ends with a slash
	Poster Poster
	// Target is how a source's hub is asked, without its address; nil: plainly. Its
	// Name stands for the hub where that must not be named. ok is false for a source
	// of which that is not known: its hub is told nothing, and learns by a 410.
	Target  func(feed.SourceID) (t fetch.Target, ok bool)
	MaxPush int64 // bytes of a push; 0: 15 MiB
}

// target is how the hub of a subscription is asked.
func (w Way) target(sub feed.Subscription) (t fetch.Target, ok bool) {
	ok = true
	if w.Target != nil {
		t, ok = w.Target(sub.Source)
	}
	t.URL = sub.Hub
	return t, ok
}

// Subscriber keeps subscriptions. It is made by New and works while Run does;
// callbacks are answered from the beginning.
type Subscriber struct {
	opt   Options
	queue chan Push // has a place for each that may be held
	wake  chan struct{}

	rests map[string]time.Time // until when hubs are in trouble; Step's alone

	deciding sync.Mutex // held from a decision until it is stored; before mu

	mu      sync.Mutex
	way     Way
	subs    map[string]feed.Subscription
	leases  leases // of these
	held    held
	ignored tally
}

// New returns a Subscriber with what the store remembers.
func New(ctx context.Context, opt Options) (*Subscriber, error) {
	all, err := opt.Store.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	s := &Subscriber{
		opt: opt, subs: map[string]feed.Subscription{}, leases: leases{}, ignored: tally{}, rests: map[string]time.Time{},
		held: held{}, queue: make(chan Push, maxHeld), wake: make(chan struct{}, 1),
	}
	for _, sub := range all {
		s.subs[sub.ID] = sub
		s.leases.set(sub)
	}
	return s, nil
}

// Use sets the way from now on.
func (s *Subscriber) Use(w Way) {
	s.mu.Lock()
	s.way = w
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Lease returns until when pushes are promised for a source; zero: they are not. It
// is asked at each poll, and looks at the source's own leases alone.
func (s *Subscriber) Lease(source feed.SourceID) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.way.On {
		return time.Time{}
	}
	return s.leases.until(source)
}

// Run subscribes, renews and processes pushes until the context ends. The error
// is the store's.
func (s *Subscriber) Run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() {
		defer crash.End()
		s.process(ctx)
	})
	for {
		if err := s.Step(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-time.After(tick):
		}
	}
}

// update stores what decide makes of the subscriptions, and says where a lease ended
// early. Nobody decides while another's decision is being stored: what a hub says
// must not get lost because a step was planned without it. decide must not wait.
func (s *Subscriber) update(ctx context.Context, decide func(subs map[string]feed.Subscription) []feed.Subscription) error {
	ended, err := s.decide(ctx, decide)
	ended = slices.DeleteFunc(ended, func(source feed.SourceID) bool { return s.Lease(source).After(s.opt.Now()) })
	if s.opt.Changed != nil && len(ended) > 0 {
		s.opt.Changed(ctx, ended)
	}
	return err
}

// decide is update, and returns the sources of which a lease was taken.
func (s *Subscriber) decide(ctx context.Context, decide func(subs map[string]feed.Subscription) []feed.Subscription) (ended []feed.SourceID, err error) {
	s.deciding.Lock()
	defer s.deciding.Unlock()
	s.mu.Lock()
	next := decide(s.subs)
	s.mu.Unlock()
	if len(next) == 0 {
		return nil, nil
	}
	if err := s.opt.Store.Subscribe(ctx, next...); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range next {
		if s.subs[sub.ID].State == feed.SubscriptionActive && sub.State != feed.SubscriptionActive {
			ended = append(ended, sub.Source)
		}
		s.subs[sub.ID] = sub
		s.leases.set(sub)
	}
	return ended, nil
}

func (s *Subscriber) drop(ctx context.Context, ids []string) error {
	if err := s.opt.Store.Forget(ctx, ids...); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.leases.drop(s.subs[id])
		delete(s.subs, id)
	}
	return nil
}
