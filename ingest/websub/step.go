package websub

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
)

// rest is how long a hub in trouble is asked for nothing, unless it says longer: each
// of its other subscriptions would wait for an answer, too, and those of other hubs
// for it.
const rest = 10 * time.Minute

// Step does once what is to be done now, and must not run twice at a time. Each
// change is stored before a hub is told: it may verify before it has answered.
func (s *Subscriber) Step(ctx context.Context) error {
	s.mu.Lock()
	way := s.way
	s.mu.Unlock()
	var wants map[feed.SourceID]Want
	if way.On {
		var err error
		if wants, err = s.opt.Wants(ctx); err != nil {
			return err
		}
	}
	var st steps
	err := s.update(ctx, func(subs map[string]feed.Subscription) []feed.Subscription {
		st = plan(s.opt.Now(), way.Base, wants, slices.Collect(maps.Values(subs)))
		return slices.Concat(st.changed, st.leave)
	})
	if err != nil {
		return err
	}
	for _, sub := range st.leave {
		if !s.resting(sub.Hub) {
			_ = s.tell(ctx, way, sub, "unsubscribe") // it is over for us whatever the hub says
		}
	}
	for _, sub := range st.ask {
		if s.resting(sub.Hub) {
			continue
		}
		if err := s.ask(ctx, way, sub); err != nil || ctx.Err() != nil {
			return err
		}
	}
	return s.drop(ctx, st.forget)
}

// ask subscribes.
func (s *Subscriber) ask(ctx context.Context, way Way, sub feed.Subscription) error {
	sub.ID, sub.Base = rand.Text(), way.Base
	if strings.HasPrefix(sub.Hub, "https://") {
		sub.Secret = rand.Text() + rand.Text() // well below the 200 bytes allowed
	}
	err := s.update(ctx, func(map[string]feed.Subscription) []feed.Subscription { return []feed.Subscription{sub} })
	if err != nil {
		return err
	}
	err = s.tell(ctx, way, sub, "subscribe")
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return s.update(ctx, func(subs map[string]feed.Subscription) []feed.Subscription {
		now := subs[sub.ID]
		if now.State != feed.SubscriptionPending { // verified or denied meanwhile
			return nil
		}
		failed := refused(s.opt.Now(), now, clip(err.Error()))
		failed.Renew = later(failed.Renew, failed.Since.Add(retryAfter(err)))
		return []feed.Subscription{failed}
	})
}

// tell sends one request to a hub, and rests a little after it. Errors are logged
// here, and returned for what follows from them.
func (s *Subscriber) tell(ctx context.Context, way Way, sub feed.Subscription, mode string) error {
	form := url.Values{
		"hub.mode": {mode}, "hub.topic": {sub.Topic}, "hub.callback": {cmp.Or(sub.Base, way.Base) + sub.ID},
	}
	if mode == "subscribe" {
		form.Set("hub.lease_seconds", strconv.Itoa(int(askLease/time.Second)))
		if sub.Secret != "" {
			form.Set("hub.secret", sub.Secret)
		}
	}
	t, ok := way.target(sub)
	if !ok {
		return errors.New("the source is configured no more")
	}
	_, err := way.Poster.Post(ctx, t, form)
	if err != nil {
		s.opt.Log.InfoContext(ctx, "hub refused", "source", sub.Source, "mode", mode, "err", err)
	} else {
		s.opt.Log.DebugContext(ctx, "hub told", "source", sub.Source, "mode", mode)
	}
	if inTrouble(err) {
		s.rests[sub.Hub] = s.opt.Now().Add(max(retryAfter(err), rest))
	}
	select {
	case <-ctx.Done():
	case <-time.After(spacing):
	}
	return err
}

// resting reports whether a hub is to be asked for nothing now.
func (s *Subscriber) resting(hub string) bool {
	until, ok := s.rests[hub]
	if ok && !until.After(s.opt.Now()) {
		delete(s.rests, hub)
		return false
	}
	return ok
}

// inTrouble reports whether a refusal is about the hub and not about a topic.
func inTrouble(err error) bool {
	status, answered := errors.AsType[*fetch.StatusError](err)
	return err != nil && (!answered || status.Code >= 500 || status.Code == 429) // too many requests
}

// retryAfter is how long a hub asked to wait; 0: it did not.
func retryAfter(err error) time.Duration {
	if status, ok := errors.AsType[*fetch.StatusError](err); ok {
		return status.RetryAfter
	}
	return 0
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
