package websub

import (
	"cmp"
	"context"
	"net/url"
	"time"

	"sluice/feed"
)

// silence is how long nothing is said of ignored pushes of a kind after a line about
// them: whoever sends them must not fill the log.
const silence = time.Hour

// Why pushes are ignored.
const (
	unsigned = "its signature is missing or wrong"
	tooLarge = "it is larger than max_body"
	unknown  = "its callback is unknown, perhaps of another store"
	crowded  = "too many others wait; hubs send it again"
)

// kind is what ignored pushes have in common that are told of together.
type kind struct {
	source feed.SourceID // empty: of no subscription
	why    string
}

// tally counts ignored pushes. There are no more kinds than sources have reasons.
type tally map[kind]*count

type count struct {
	n    int       // since it was told
	told time.Time // zero: never
}

// add counts one, and returns how many were not told yet when it is time to.
func (t tally) add(k kind, now time.Time) (n int, tell bool) {
	c := t[k]
	if c == nil {
		c = &count{}
		t[k] = c
	}
	c.n++
	if !c.told.IsZero() && now.Sub(c.told) < silence {
		return 0, false
	}
	n, c.n, c.told = c.n, 0, now
	return n, true
}

// ignore counts a push that is not believed, and tells the operator now and then.
// The zero subscription stands for none.
func (s *Subscriber) ignore(ctx context.Context, sub feed.Subscription, why string) {
	s.mu.Lock()
	n, tell := s.ignored.add(kind{sub.Source, why}, s.opt.Now())
	way := s.way
	s.mu.Unlock()
	if !tell {
		return
	}
	args := []any{"reason", why, "pushes", n}
	if sub.ID != "" {
		args = append([]any{"source", sub.Source, "hub", way.name(sub)}, args...)
	}
	s.opt.Log.WarnContext(ctx, "push ignored", args...)
}

// name is what a subscription's hub may be called where everybody reads it: the rest
// of its address may hold secrets.
func (w Way) name(sub feed.Subscription) string {
	t, known := w.target(sub)
	u, err := url.Parse(t.URL)
	if t.Name != "" || !known || err != nil {
		return cmp.Or(t.Name, "unknown")
	}
	return clip(u.Host)
}
