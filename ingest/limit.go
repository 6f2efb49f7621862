package ingest

import (
	"time"

	"sluice/feed"
)

// Who answers 429 counts requests, and was asked too many (RFC 6585, section 4). So
// from then on more time passes between two of them: twice as much with each 429, and
// half as much again with each day that is quiet.
const (
	leastSpacing = 2 * time.Second // the first that is learned; what has become less is forgotten
	mostSpacing  = time.Minute
	easing       = 24 * time.Hour
)

// heard is what an answer says to its host.
type heard struct {
	limited bool          // it was a 429, and not by a limit of that feed alone
	wait    time.Duration // that it named; 0: none
	asked   time.Time     // when the request was made
}

// learn returns what is known of a host after an answer. spacing is the configured
// one. Answers to requests that were made before the last 429 are about the spacing
// of before it, and do not widen it again. What says nothing any more is dropped.
func learn(known feed.HostState, ans heard, spacing time.Duration, now time.Time) feed.HostState {
	now = now.Round(0) // as it is stored: a machine that slept has waited, too
	switch {
	case !ans.limited && silent(known, now):
		return feed.HostState{Host: known.Host}
	case !ans.limited:
		return known
	}
	next := known
	next.Throttled, next.Spacing = latest(known.Throttled, now), learned(known, now)
	if known.Throttled.IsZero() || ans.asked.After(known.Throttled) {
		next.Spacing = min(max(2*max(next.Spacing, spacing), leastSpacing), mostSpacing)
	}
	if ans.wait > 0 {
		next.Rests = latest(known.Rests, now.Add(ans.wait))
	}
	return next
}

// learned is what holds of the spacing that a host has taught; 0: none does any more.
// The time in which it rests is not one in which it was quiet.
func learned(h feed.HostState, now time.Time) time.Duration {
	quiet := max(now.Sub(latest(h.Throttled, h.Rests)), 0) / easing
	if left := h.Spacing >> min(quiet, 62); left >= leastSpacing {
		return left
	}
	return 0
}

// silent reports whether what is remembered of a host says nothing any more.
func silent(h feed.HostState, now time.Time) bool {
	return !h.Rests.After(now) && learned(h, now) == 0
}

// corrected is what is known of a host once the clock is right under which it was
// learned; see rewound.
func corrected(h feed.HostState, now time.Time) feed.HostState {
	ahead := h.Throttled.Sub(now)
	if ahead <= time.Minute {
		return h
	}
	h.Throttled = now.Round(0)
	if !h.Rests.IsZero() {
		h.Rests = h.Rests.Add(-ahead)
	}
	return h
}

// limitsOf gathers what states say of hosts, in a store that remembers hosts only
// from now on: those of which the last answer to a source was a 429 that named a time.
func limitsOf(states []feed.SourceState, sources map[feed.SourceID]*Source, plan *Plan, now time.Time) []feed.HostState {
	known := map[string]feed.HostState{}
	for i := range states {
		st := &states[i]
		s := sources[st.Source]
		if s == nil || st.Throttled.IsZero() || !st.Throttled.Equal(st.LastAttempt) || !st.NotBefore.After(now) {
			continue
		}
		name := plan.hostAt(s, st)
		h := known[name]
		h.Host = name
		known[name] = learn(h, heard{limited: true, wait: st.NotBefore.Sub(st.Throttled)}, plan.Pace.Spacing, st.Throttled)
	}
	var all []feed.HostState
	for _, h := range known {
		all = append(all, h)
	}
	return all
}
