package websub

import (
	"context"
	"net/url"

	"sluice/feed"
)

// The answers to hubs, in numbers of HTTP.
const (
	statusOK          = 200
	statusAccepted    = 202
	statusNotFound    = 404
	statusGone        = 410
	statusUnavailable = 503
)

// Verify answers a GET of a callback (W3C WebSub, sections 5.2 and 5.3): the
// status, and with 200 the body. What was not asked for is 404.
func (s *Subscriber) Verify(ctx context.Context, id string, query url.Values) (status int, challenge string) {
	s.mu.Lock()
	sub, known := s.subs[id]
	s.mu.Unlock()
	v, ok := readVerification(query)
	if !known || !ok {
		return statusNotFound, ""
	}
	next, ok := answered(sub, v, s.opt.Now(), s.opt.Chance())
	if !ok {
		return statusNotFound, ""
	}
	if err := s.put(ctx, next); err != nil {
		s.opt.Log.ErrorContext(ctx, "subscription not stored", "source", sub.Source, "err", err)
		return statusUnavailable, "" // the hub asks again
	}
	switch v.mode {
	case "denied":
		s.opt.Log.WarnContext(ctx, "hub denied the subscription; the source is polled", "source", sub.Source, "reason", next.Reason)
		return statusOK, ""
	case "subscribe":
		s.opt.Log.InfoContext(ctx, "hub verified the subscription", "source", sub.Source, "until", next.Expires)
	}
	return statusOK, v.challenge
}

// Deliver takes what a hub sent to a callback by POST (W3C WebSub, section 7) and
// returns the status at once; the body is processed later. Which source it is for
// follows from the callback alone. What is not signed as it should be is ignored
// without telling the sender. The body is the Subscriber's.
func (s *Subscriber) Deliver(ctx context.Context, id, signature, contentType string, body []byte) int {
	s.mu.Lock()
	sub, known := s.subs[id]
	on := s.way.On
	s.mu.Unlock()
	switch {
	case !known:
		return statusNotFound
	case sub.State == feed.SubscriptionEnded || sub.State == feed.SubscriptionLeaving && sub.Reason != renewed || !on:
		return statusGone
	case sub.State == feed.SubscriptionPending || sub.State == feed.SubscriptionFailed:
		return statusNotFound
	case sub.Secret != "" && !signed(sub.Secret, signature, body):
		s.ignored.Add(1)
		s.opt.Log.WarnContext(ctx, "push ignored: its signature is missing or wrong", "source", sub.Source, "ignored", s.ignored.Load())
		return statusAccepted
	}
	select {
	case s.queue <- Push{Source: sub.Source, Topic: sub.Topic, Body: body, ContentType: contentType}:
		return statusAccepted
	default:
		return statusUnavailable // the hub tries again, and the next poll would find it, too
	}
}
