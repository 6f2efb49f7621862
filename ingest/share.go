package ingest

import (
	"context"
	"reflect"
	"time"

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
	chance float64 // by which the next poll is chosen
}

// twins returns the addresses that more than one source is polled at.
func twins(sources []Source) map[string]*shared {
	n, all := map[string]int{}, map[string]*shared{}
	for _, s := range sources {
		if n[s.URL]++; n[s.URL] == 2 {
			all[s.URL] = nil
		}
	}
	return all
}

// fetch asks for a source, or takes the answer that another source of the same
// address had a moment ago, and says so: a publisher is not to be asked twice because he was
// configured twice.
func (r *Runner) fetch(ctx context.Context, s Source, plan Plan, t fetch.Target) (sh shared, again bool) {
	r.mu.Lock()
	last, several := r.twins[s.URL]
	r.mu.Unlock()
	if last != nil && time.Since(last.at) < sharedFor && last.standsFor(t) {
		return *last, true
	}
	sh = shared{target: t, chance: r.opt.Chance()}
	t.Gate = r.gate(s, plan)
	sh.answer, sh.err = plan.Fetcher.Fetch(ctx, t)
	sh.at = time.Now()
	if several && ctx.Err() == nil {
		r.mu.Lock()
		if _, still := r.twins[s.URL]; still {
			r.twins[s.URL] = &sh
		}
		r.mu.Unlock()
	}
	return sh, false
}

// standsFor reports whether the answer is also that to another request: all but the
// validators is the same, and so are these where the answer is about them.
func (sh *shared) standsFor(t fetch.Target) bool {
	a, b := sh.target, t
	a.Gate, b.Gate, a.Name, b.Name = nil, nil, "", ""
	if !sh.answer.NotModified && !sh.answer.Delta {
		a.ETag, a.LastModified, a.Origin = b.ETag, b.LastModified, b.Origin
	}
	return reflect.DeepEqual(a, b)
}
