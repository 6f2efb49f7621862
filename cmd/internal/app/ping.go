package app

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"sluice/config"
	"sluice/feed"
	"sluice/feed/crash"
	"sluice/feed/publish"
	"sluice/feed/repeat"
	"sluice/ingest/fetch"
	"sluice/storage"
)

// pingSpacing is the least time between two posts to a hub for one output. What changes
// meanwhile is told together: a post says only that there is something to fetch.
const pingSpacing = 3 * time.Second

// pinger tells hubs of changes (W3C WebSub, section 6; its form is that of PubSubHubbub
// 0.4, section 7, which hubs go by). What it owes is stored before the change is shown,
// and told once it is.
type pinger struct {
	store  storage.Pings
	log    *slog.Logger
	wake   chan struct{}
	counts counts

	deciding sync.Mutex // held from a decision until it is stored; before mu

	mu       sync.Mutex
	hubs     map[uint64]config.Address // by fingerprint
	outputs  map[string][]uint64       // the hubs of each
	names    map[string][]string       // by which subscribers may know each
	base     string                    // base_url
	poster   poster
	owed     map[owedKey]owing
	told     map[owedKey]time.Time     // last posts
	troubles map[uint64]repeat.Trouble // of hubs, as they were logged
	busy     map[uint64]bool           // hubs that are being told
}

// poster sends a form to a hub. fetch.Client is one.
type poster interface {
	Post(ctx context.Context, t fetch.Target, form url.Values) (int, error)
}

type owedKey struct {
	output string
	hub    uint64
}

// owing is a ping that is owed. It is hidden until readers get what it tells of.
type owing struct {
	feed.Ping

	hidden bool
}

// newPinger returns a pinger that owes what the store remembers.
func newPinger(ctx context.Context, store storage.Pings, log *slog.Logger) (*pinger, error) {
	all, err := store.Pings(ctx)
	if err != nil {
		return nil, err
	}
	p := &pinger{
		store: store, log: log, wake: make(chan struct{}, 1),
		owed: map[owedKey]owing{}, told: map[owedKey]time.Time{}, busy: map[uint64]bool{}, troubles: map[uint64]repeat.Trouble{},
	}
	for _, ping := range all {
		p.owed[owedKey{ping.Output, ping.Hub}] = owing{Ping: ping}
	}
	return p, nil
}

// use has hubs told by a configuration from now on, and forgets what is owed to others.
func (p *pinger) use(ctx context.Context, cfg *config.Config, by poster) error {
	hubs, outputs, names := map[uint64]config.Address{}, map[string][]uint64{}, map[string][]string{}
	for _, o := range cfg.Outputs {
		if len(o.Tokens) > 0 {
			continue // no hub could read it
		}
		names[o.Name] = append([]string{o.Name}, o.Was...)
		for _, hub := range o.Hubs {
			id := feed.Fingerprint(hub.Reveal())
			if hubs[id] = hub; !slices.Contains(outputs[o.Name], id) {
				outputs[o.Name] = append(outputs[o.Name], id)
			}
		}
	}
	p.deciding.Lock()
	defer p.deciding.Unlock()
	var gone []feed.Ping
	p.mu.Lock()
	for key, o := range p.owed {
		if !slices.Contains(outputs[key.output], key.hub) {
			gone = append(gone, o.Ping)
		}
	}
	p.mu.Unlock()
	if err := p.store.Pinged(ctx, gone...); err != nil {
		return err
	}
	p.mu.Lock()
	for _, ping := range gone {
		delete(p.owed, owedKey{ping.Output, ping.Hub})
	}
	maps.DeleteFunc(p.told, func(key owedKey, _ time.Time) bool { return !slices.Contains(outputs[key.output], key.hub) })
	p.hubs, p.outputs, p.names, p.base, p.poster = hubs, outputs, names, cfg.Server.BaseURL, by
	p.mu.Unlock()
	p.nudge()
	return nil
}

// owe remembers that the hubs of an output are to be told of new content, once it is
// shown.
func (p *pinger) owe(ctx context.Context, output string, digest [32]byte, now time.Time) error {
	p.deciding.Lock()
	defer p.deciding.Unlock()
	var pings []feed.Ping
	p.mu.Lock()
	for _, hub := range p.outputs[output] {
		before := p.owed[owedKey{output, hub}].Ping
		before.Output, before.Hub = output, hub
		pings = append(pings, publish.Owe(before, digest, now))
	}
	p.mu.Unlock()
	if err := p.store.Owe(ctx, pings...); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, ping := range pings {
		p.owed[owedKey{output, ping.Hub}] = owing{ping, true}
	}
	return nil
}

// shown says that readers get an output's newest content from now on.
func (p *pinger) shown(output string) {
	p.mu.Lock()
	news := false
	for _, hub := range p.outputs[output] {
		key := owedKey{output, hub}
		if o, ok := p.owed[key]; ok && o.hidden {
			o.hidden, news = false, true
			p.owed[key] = o
		}
	}
	p.mu.Unlock()
	if news {
		p.nudge()
	}
}

// nudge has run look for what is to be told.
func (p *pinger) nudge() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// run tells hubs until the context ends: each hub of one output after another, and none
// waits for another hub. The error is the store's.
func (p *pinger) run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // where the store has failed no hub is waited for
	failed := make(chan error, 1)
	for {
		next := p.begin(time.Now(), func(hub uint64, outputs []string) {
			work.Go(func() {
				defer crash.End()
				if err := p.tellAll(ctx, hub, outputs); err != nil && ctx.Err() == nil {
					select {
					case failed <- err:
					default: // one is enough
					}
				}
			})
		})
		var timer <-chan time.Time
		if !next.IsZero() {
			timer = time.After(time.Until(next))
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-p.wake:
		case <-timer:
		}
	}
}

// begin starts what is due, and returns when the next will be; zero: when it is nudged.
func (p *pinger) begin(now time.Time, start func(hub uint64, outputs []string)) (next time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	due := map[uint64][]string{}
	for key, o := range p.owed {
		if o.hidden || p.busy[key.hub] {
			continue
		}
		at := publish.Due(o.Ping, now)
		if spaced := p.told[key].Add(pingSpacing); spaced.After(at) {
			at = spaced
		}
		switch {
		case !at.After(now):
			due[key.hub] = append(due[key.hub], key.output)
		case next.IsZero() || at.Before(next):
			next = at
		}
	}
	for _, hub := range slices.Sorted(maps.Keys(due)) {
		p.busy[hub] = true
		slices.Sort(due[hub])
		start(hub, due[hub])
	}
	return next
}

// tellAll tells a hub of outputs.
func (p *pinger) tellAll(ctx context.Context, hub uint64, outputs []string) error {
	defer func() {
		p.mu.Lock()
		delete(p.busy, hub)
		p.mu.Unlock()
		p.nudge()
	}()
	for _, output := range outputs {
		if err := p.tell(ctx, owedKey{output, hub}); err != nil || ctx.Err() != nil {
			return err
		}
	}
	return nil
}

// tell tells a hub of an output, and stores what came of it. What is said of a hub that
// was not told is logged here.
func (p *pinger) tell(ctx context.Context, key owedKey) error {
	p.mu.Lock()
	sent, ok := p.owed[key]
	hub, by := p.hubs[key.hub], p.poster
	addresses := topics(p.base, p.names[key.output])
	ok = ok && !sent.hidden // else a reload came between, or newer content that is not shown yet
	if ok {
		p.told[key] = time.Now()
	}
	p.mu.Unlock()
	if !ok {
		return nil
	}
	_, err := by.Post(ctx, hubTarget(hub), url.Values{"hub.mode": {"publish"}, "hub.url": addresses, "hub.topic": addresses})
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the daemon stops, and the hub is still owed it
	}
	log := p.log.With("output", key.output, "hub", hub.Public())
	log, level := p.tried(ctx, key.hub, err, log)
	return p.settle(ctx, key, sent.Ping, err, log, level)
}

// tried counts the troubles of a hub, and returns the log for the post that was just made: a
// hub that cannot be told is named at once, and then now and then, because it is asked
// for each output, and often.
func (p *pinger) tried(ctx context.Context, hub uint64, failure error, log *slog.Logger) (*slog.Logger, slog.Level) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.troubles[hub]
	if failure == nil {
		p.counts.pinged(pingOK)
		delete(p.troubles, hub)
		if before.Times > 0 {
			log.InfoContext(ctx, "hub told of a change: it answers again", "failed", before.Times, "since", before.Since.UTC())
		} else {
			log.DebugContext(ctx, "hub told of a change")
		}
		return log, slog.LevelInfo
	}
	trouble, tell := before.Again(repeat.Kind(failure.Error()), time.Now())
	p.troubles[hub] = trouble
	if trouble.Times > 1 {
		log = log.With("times", trouble.Times, "since", trouble.Since.UTC())
	}
	if tell {
		return log, slog.LevelInfo
	}
	return log, slog.LevelDebug
}

// topics are the addresses under which hubs know an output. Whoever subscribed to one by
// an earlier name is subscribed to that until the lease ends, and the hub is led on.
func topics(base string, names []string) []string {
	var all []string
	for _, name := range names {
		home := base + "/feeds/" + name
		all = append(all, home+".rss", home+".atom", home+".json")
	}
	return all
}

// settle stores what came of a post. That it is to be made again is logged at a level.
func (p *pinger) settle(ctx context.Context, key owedKey, sent feed.Ping, failure error, log *slog.Logger, level slog.Level) error {
	p.deciding.Lock()
	defer p.deciding.Unlock()
	p.mu.Lock()
	now, ok := p.owed[key]
	p.mu.Unlock()
	if !ok {
		return nil // a reload took it away
	}
	again := false
	switch {
	case failure != nil:
		if now.Ping, again = publish.Retry(now.Ping, refusalOf(failure), time.Now()); again {
			p.counts.pinged(pingFailed)
			log.Log(ctx, level, "hub not told of a change", "err", failure, "next", now.Next)
		} else {
			p.counts.pinged(pingGivenUp)
			log.WarnContext(ctx, "hub not told of a change, given up", "err", failure, "attempts", sent.Failures+1)
		}
	case now.Digest != sent.Digest: // there is more by now
		now.Failures, now.Next, again = 0, time.Time{}, true
	}
	var err error
	if again {
		err = p.store.Owe(ctx, now.Ping)
	} else {
		err = p.store.Pinged(ctx, now.Ping)
	}
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if again {
		p.owed[key] = now
	} else {
		delete(p.owed, key)
	}
	return nil
}

// hubTarget is how a hub is asked. One whose address comes from outside the file is not
// named in what is said of it.
func hubTarget(hub config.Address) fetch.Target {
	t := fetch.Target{URL: hub.Reveal()}
	if strings.Contains(hub.Bare(), feed.Hidden) {
		t.Name = cmp.Or(shownName(hub.Bare()), "the hub")
	}
	return t
}

// refusalOf says of an error what follows from it. Whether an address is private is our
// own affair, and is the same at the next attempt.
func refusalOf(err error) publish.Refusal {
	r := publish.Refusal{Hopeless: errors.Is(err, fetch.ErrBlocked) || errors.Is(err, fetch.ErrRedirect)}
	if status, ok := errors.AsType[*fetch.StatusError](err); ok {
		r.Status, r.Wait = status.Code, status.RetryAfter
	}
	return r
}
