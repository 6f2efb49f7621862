package ingest

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"sync"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
	"sluice/storage"
)

// hosts is what is known of hosts beyond their sources' states: what they asked for,
// which the store remembers, and when sources of theirs were answered, which is made
// from the states at each new plan.
//
// An answer 429 speaks for the host, which counts requests and not feeds (RFC
// 6585, section 4); 503 speaks for the feed. But where other feeds of the host
// were answered since the last 429 of a feed, it is that feed's own limit, and
// the others are not made to wait for it.
type hosts struct {
	mu       sync.Mutex
	all      map[string]*host
	recalled bool // what the store remembers is among them
}

type host struct {
	asked feed.HostState // for what
	// answered is when a feed was last answered, and by is which one it was; other is
	// the same for the last one that was not by.
	answered, other time.Time
	by              feed.SourceID
}

// hostAt is what paces a source: the host that is asked, also where that is not the
// configured one's.
func (p *Plan) hostAt(s *Source, st *feed.SourceState) string {
	if st.Kept != "" && p.HostOf != nil {
		return p.HostOf(st.Kept)
	}
	return s.Host
}

// of returns what is known of a host; h.mu is held.
func (h *hosts) of(name string) *host {
	if h.all == nil {
		h.all = map[string]*host{}
	}
	if h.all[name] == nil {
		h.all[name] = &host{asked: feed.HostState{Host: name}}
	}
	return h.all[name]
}

// succeed notes that a feed of the host was answered.
func (p *host) succeed(source feed.SourceID, at time.Time) {
	switch {
	case p.by == source:
		p.answered = latest(p.answered, at)
	case at.After(p.answered):
		p.answered, p.other, p.by = at, p.answered, source
	default:
		p.other = latest(p.other, at)
	}
}

// othersSince reports whether a feed of the host other than the source was
// answered after then.
func (p *host) othersSince(source feed.SourceID, then time.Time) bool {
	if p.by == source {
		return p.other.After(then)
	}
	return p.answered.After(then)
}

// restsUntil returns when a host may be asked again; a time that has passed, or
// zero, means now.
func (h *hosts) restsUntil(name string) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.all[name]; p != nil {
		return p.asked.Rests
	}
	return time.Time{}
}

// spacing returns the time between starts that a host has taught.
func (h *hosts) spacing(name string, now time.Time) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.all[name]; p != nil {
		return learned(p.asked, now)
	}
	return 0
}

// remember takes in what the store remembers. What is known already is newer. It
// returns what is to be stored in place of what says nothing any more.
func (h *hosts) remember(stored []feed.HostState, now time.Time) (changed []feed.HostState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.recalled = true
	for _, st := range stored {
		p := h.of(st.Host)
		if p.asked.Silent() {
			p.asked = st
		}
		if silent(p.asked, now) {
			p.asked = feed.HostState{Host: st.Host}
			changed = append(changed, p.asked)
		}
	}
	return changed
}

// review makes the states say anew when sources of hosts were answered, and reports
// whether it was recalled what the store remembers.
func (h *hosts) review(states []feed.SourceState, sources map[feed.SourceID]*Source, plan *Plan) (recalled bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := h.all
	h.all = nil
	for name, p := range old {
		if !p.asked.Silent() {
			h.of(name).asked = p.asked
		}
	}
	for i := range states {
		st := &states[i]
		if s := sources[st.Source]; s != nil && !st.LastSuccess.IsZero() {
			h.of(plan.hostAt(s, st)).succeed(st.Source, st.LastSuccess)
		}
	}
	return h.recalled
}

// hear takes in an answer to a source of a host, which was last limited then, and
// returns what the store is to remember of the host from now on; nil: as before.
func (h *hosts) hear(name string, source feed.SourceID, then time.Time, res *result, spacing time.Duration, began, at time.Time) *feed.HostState {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.of(name)
	if res.outcome.Succeeded() {
		p.succeed(source, at)
	}
	own := !then.IsZero() && p.othersSince(source, then)
	next := learn(p.asked, heard{
		limited: res.answer.Status == 429 && !own, wait: res.answer.RetryAfter, asked: began,
	}, spacing, at)
	if next == p.asked {
		return nil
	}
	p.asked = next
	return &next
}

// correct deals with a clock that was fast, and returns what is to be stored.
func (h *hosts) correct(now time.Time) (changed []feed.HostState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.all {
		if right := corrected(p.asked, now); right != p.asked {
			p.asked = right
			changed = append(changed, right)
		}
	}
	return changed
}

// aCrowd is how many sources of one host are spread over the interval after their
// first polls, which are as close to each other as the pace allows.
const aCrowd = 5

// crowds counts the sources of each host.
func crowds(sources []Source) map[string]int {
	n := map[string]int{}
	for i := range sources {
		n[sources[i].Host]++
	}
	return n
}

// crowded reports whether a source is one of many of its host.
func (r *Runner) crowded(s *Source) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.crowds[s.Host] >= aCrowd
}

// recall takes in when sources were answered, and once what the store remembers of
// hosts: from then on whatever the store learns is learned here first.
func (r *Runner) recall(ctx context.Context, states []feed.SourceState, sources map[feed.SourceID]*Source, plan *Plan, now time.Time) error {
	if r.hosts.review(states, sources, plan) {
		return nil
	}
	stored, begun, err := r.store.Hosts(ctx)
	if err != nil {
		return err
	}
	var changed []feed.HostState
	if !begun {
		changed = limitsOf(states, sources, plan, now)
		stored = append(stored, changed...)
	}
	changed = append(changed, r.hosts.remember(stored, now)...)
	if begun && len(changed) == 0 {
		return nil
	}
	return r.store.SetHosts(ctx, changed...)
}

// correctHosts has hosts rest no longer than they asked for; see rewind.
func (r *Runner) correctHosts(ctx context.Context, now time.Time) error {
	changed := r.hosts.correct(now)
	if len(changed) == 0 {
		return nil
	}
	return r.store.SetHosts(ctx, changed...)
}

// hear notes what an answer says of the host that gave it, and returns what the store
// is to remember of that from now on; nil: as before. An answer that another source
// had already says nothing more.
func (r *Runner) hear(ctx context.Context, s *Source, plan *Plan, before *feed.SourceState, res *result, began, at time.Time) *feed.HostState {
	name := plan.answering(s, before, &res.answer)
	if name == "" || isFile(s) || !res.at.IsZero() && res.answer.Status == 429 {
		return nil
	}
	next := r.hosts.hear(name, s.Name, before.Throttled, res, plan.Pace.Spacing, began, at)
	if next != nil && !next.Silent() {
		r.pacer.widen(name)
		r.log.InfoContext(ctx, "host asks for fewer requests", "host", name,
			"spacing", max(next.Spacing, plan.Pace.Spacing).String(), "rests", max(next.Rests.Sub(at), 0).Round(time.Second).String())
	}
	return next
}

// answering names the host that gave an answer: where a redirect led, else that of
// the source.
func (p *Plan) answering(s *Source, st *feed.SourceState, ans *fetch.Answer) string {
	if ans.Final == nil || ans.Redirects == 0 {
		return s.Host
	}
	asked, err := url.Parse(cmp.Or(st.Kept, s.Target.URL))
	if err != nil || strings.EqualFold(asked.Host, ans.Final.Host) {
		return s.Host
	}
	return p.hostOf(ans.Final)
}

// hostOf names the host of an address for pacing.
func (p *Plan) hostOf(u *url.URL) string {
	if p.HostOf == nil {
		return u.Hostname()
	}
	return p.HostOf(u.String())
}

// restNeighbours makes the other sources of a host that rests wait in the store, so
// that nobody thinks they were due.
func (r *Runner) restNeighbours(ctx context.Context, s *Source, host *feed.HostState, now time.Time) error {
	if host == nil || !host.Rests.After(now) {
		return nil
	}
	var others []feed.SourceID
	r.mu.Lock()
	for name, other := range r.byName {
		if other.Host == host.Host && name != s.Name {
			others = append(others, name)
		}
	}
	r.mu.Unlock()
	if len(others) == 0 {
		return nil
	}
	return r.store.Postpone(ctx, others, host.Rests)
}

// postponed puts off the poll of a source whose host rests.
func (r *Runner) postponed(ctx context.Context, c storage.Claim, until time.Time) Report {
	rep := Report{Source: c.Source, Outcome: NotDue, At: time.Now(), Next: until}
	rep.Err = r.putOff(ctx, c, func() error { return r.store.Postpone(ctx, []feed.SourceID{c.Source}, until) })
	return rep
}
