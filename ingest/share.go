package ingest

import (
	"context"
	"reflect"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
)

// sharedFor is how long an answer serves the other sources that are asked for in the
// same way. They fall due together, because they are given the same next poll.
const sharedFor = 10 * time.Minute

// shared is an answer that stands for several sources.
type shared struct {
	target fetch.Target // with the validators that were sent
	answer fetch.Answer
	err    error
	at     time.Time
	free   time.Time              // see result
	chance float64                // by which the next poll is chosen
	had    map[feed.SourceID]bool // who had it, and is to have another
}

// twins returns the addresses that more than one source is polled at, and how many
// sources each has.
func twins(sources []Source) map[string]*twin {
	n, all := make(map[string]int, len(sources)), map[string]*twin{}
	for i := range sources {
		n[sources[i].URL]++
	}
	for address, sources := range n {
		if sources > 1 {
			all[address] = &twin{sources: sources}
		}
	}
	return all
}

// twin is an address of several sources. It is guarded by Runner.mu.
type twin struct {
	sources int
	last    *shared // nil when nobody needs it any more
}

// take returns the last answer if it is one for the source, too, and notes that the
// source had it. The last to have it lets it go: it holds a document.
func (w *twin) take(source feed.SourceID, t fetch.Target, now time.Time) (shared, bool) {
	sh := w.last
	if sh == nil || sh.had[source] || now.Sub(sh.at) >= sharedFor || !sh.standsFor(t) {
		return shared{}, false
	}
	sh.had[source] = true
	if len(sh.had) == w.sources {
		w.last = nil
	}
	return *sh, true
}

// fetch asks for a source, or takes the answer that another source of the same
// address had a moment ago, and says so: a publisher is not to be asked twice because
// he was configured twice. A publisher who was not reached has said nothing.
func (r *Runner) fetch(ctx context.Context, s *Source, plan *Plan, t fetch.Target, turn *turn) (sh shared, again bool) {
	r.mu.Lock()
	w := r.twins[s.URL]
	if w != nil {
		sh, again = w.take(s.Name, t, time.Now())
	}
	r.mu.Unlock()
	if again {
		return sh, true
	}
	sh = shared{target: t, chance: r.opt.Chance()}
	var free time.Time // by itself: what the gate points to is not on the stack
	t.Gate, t.Turn = r.gate(s, plan, &free), turn.take
	sh.answer, sh.err = plan.Fetcher.Fetch(ctx, t)
	sh.at, sh.free = time.Now(), free
	if w != nil && (sh.err == nil || sh.answer.Status != 0) {
		kept := sh
		kept.had = map[feed.SourceID]bool{s.Name: true}
		r.mu.Lock()
		w.last = &kept
		r.mu.Unlock()
	}
	return sh, false
}

// standsFor reports whether the answer is also that to another request: all but the
// validators is the same, and so are these where the answer is about them.
func (sh *shared) standsFor(t fetch.Target) bool {
	a, b := sh.target, t
	a.Gate, b.Gate, a.Turn, b.Turn, a.Name, b.Name = nil, nil, nil, nil, "", ""
	if !sh.answer.NotModified && !sh.answer.Delta {
		a.ETag, a.LastModified, a.Origin = b.ETag, b.LastModified, b.Origin
	}
	return reflect.DeepEqual(a, b)
}
