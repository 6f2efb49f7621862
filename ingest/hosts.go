package ingest

import (
	"context"
	"time"

	"sluice/feed"
	"sluice/storage"
)

// hosts is what is known of hosts beyond their sources' states: which of them rest.
//
// An answer 429 speaks for the host, which counts requests and not feeds (RFC
// 6585, section 4); 503 speaks for the feed. But where other feeds of the host
// were answered since the last 429 of a feed, it is that feed's own limit, and
// the others are not made to wait for it.
//
// It is made from the states at each new plan, so that it holds over restarts.
// It is guarded by Runner.mu.
type hosts map[string]*host

type host struct {
	rests time.Time // no feed is asked before
	// answered is when a feed was last answered, and by is which one it was; other is
	// the same for the last one that was not by.
	answered, other time.Time
	by              feed.SourceID
}

// newHosts gathers what the states say of their hosts.
func newHosts(states []feed.SourceState, sources map[feed.SourceID]*Source, plan Plan) hosts {
	all := hosts{}
	for _, st := range states {
		s, ok := sources[st.Source]
		if !ok {
			continue
		}
		host := plan.at(*s, st).Host
		if !st.LastSuccess.IsZero() {
			all.succeed(host, st.Source, st.LastSuccess)
		}
		// The last answer was a 429 that named a time.
		if !st.Throttled.IsZero() && st.Throttled.Equal(st.LastAttempt) && !st.LastSuccess.After(st.Throttled) {
			all.rest(host, st.NotBefore)
		}
	}
	return all
}

// at returns a source as it is paced: at the host that is asked, also where that is
// not the configured one's.
func (p Plan) at(s Source, st feed.SourceState) Source {
	if st.Kept != "" && p.HostOf != nil {
		s.Host = p.HostOf(st.Kept)
	}
	return s
}

func (h hosts) of(name string) *host {
	if h[name] == nil {
		h[name] = &host{}
	}
	return h[name]
}

// succeed notes that a feed of the host was answered.
func (h hosts) succeed(name string, source feed.SourceID, at time.Time) {
	p := h.of(name)
	switch {
	case p.by == source:
		p.answered = latest(p.answered, at)
	case at.After(p.answered):
		p.answered, p.other, p.by = at, p.answered, source
	default:
		p.other = latest(p.other, at)
	}
}

// rest lets a host rest until then.
func (h hosts) rest(name string, until time.Time) {
	p := h.of(name)
	p.rests = latest(p.rests, until)
}

// restsUntil returns when a host may be asked again; a time that has passed, or
// zero, means now.
func (h hosts) restsUntil(name string) time.Time {
	if p := h[name]; p != nil {
		return p.rests
	}
	return time.Time{}
}

// othersSince reports whether a feed of the host other than the source was
// answered after then.
func (h hosts) othersSince(name string, source feed.SourceID, then time.Time) bool {
	p := h[name]
	switch {
	case p == nil:
		return false
	case p.by == source:
		return p.other.After(then)
	}
	return p.answered.After(then)
}

// aCrowd is how many sources of one host are spread over the interval after their
// first polls, which are as close to each other as the pace allows.
const aCrowd = 5

// crowds counts the sources of each host.
func crowds(sources []Source) map[string]int {
	n := map[string]int{}
	for _, s := range sources {
		n[s.Host]++
	}
	return n
}

// crowded reports whether a source is one of many of its host.
func (r *Runner) crowded(s Source) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.crowds[s.Host] >= aCrowd
}

// restsUntil returns when the host of a source may be asked again.
func (r *Runner) restsUntil(name string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hosts.restsUntil(name)
}

// learn notes what an answer says of the host. Where it is to rest, its other
// sources are made to wait in the store, too, and so in every later run.
func (r *Runner) learn(ctx context.Context, s Source, before feed.SourceState, res result, at time.Time) error {
	others, until := r.neighbours(s, before, res, at)
	if len(others) == 0 {
		return nil
	}
	return r.store.Postpone(ctx, others, until)
}

// neighbours notes what an answer says of the host, and returns the other sources
// of one that is to rest.
func (r *Runner) neighbours(s Source, before feed.SourceState, res result, at time.Time) (others []feed.SourceID, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if res.outcome.Succeeded() {
		r.hosts.succeed(s.Host, s.Name, at)
		return nil, time.Time{}
	}
	if res.answer.Status != 429 || res.answer.RetryAfter <= 0 {
		return nil, time.Time{}
	}
	if !before.Throttled.IsZero() && r.hosts.othersSince(s.Host, s.Name, before.Throttled) {
		return nil, time.Time{}
	}
	until = at.Add(res.answer.RetryAfter)
	r.hosts.rest(s.Host, until)
	for name, other := range r.byName {
		if other.Host == s.Host && name != s.Name {
			others = append(others, name)
		}
	}
	return others, until
}

// postponed puts off the poll of a source whose host rests.
func (r *Runner) postponed(ctx context.Context, c storage.Claim, until time.Time) Report {
	rep := Report{Source: c.Source, Outcome: NotDue, At: time.Now(), Next: until}
	rep.Err = r.putOff(ctx, c, func() error { return r.store.Postpone(ctx, []feed.SourceID{c.Source}, until) })
	return rep
}
