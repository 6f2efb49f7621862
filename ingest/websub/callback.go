package websub

import (
	"cmp"
	"context"
	"io"
	"net/url"

	"sluice/feed"
)

// The answers to hubs, in numbers of HTTP.
const (
	statusOK          = 200
	statusAccepted    = 202
	statusBadRequest  = 400
	statusNotFound    = 404
	statusGone        = 410
	statusTooLarge    = 413
	statusUnavailable = 503
)

// Verify answers a GET of a callback (W3C WebSub, sections 5.2 and 5.3): the
// status, and with 200 the body. What was not asked for is 404.
func (s *Subscriber) Verify(ctx context.Context, id string, query url.Values) (status int, challenge string) {
	v, ok := readVerification(query)
	if !ok {
		return statusNotFound, ""
	}
	var next feed.Subscription
	meant := false
	ctx = context.WithoutCancel(ctx) // what a hub has said holds, though it may hang up meanwhile
	err := s.update(ctx, func(subs map[string]feed.Subscription) []feed.Subscription {
		if sub, known := subs[id]; known {
			next, meant = answered(sub, v, s.opt.Now(), s.opt.Chance())
		}
		if !meant {
			return nil
		}
		return []feed.Subscription{next}
	})
	switch {
	case !meant:
		return statusNotFound, ""
	case err != nil:
		s.opt.Log.ErrorContext(ctx, "subscription not stored", "source", next.Source, "err", err)
		return statusUnavailable, "" // the hub asks again
	}
	switch v.mode {
	case "denied":
		s.opt.Log.WarnContext(ctx, "hub denied the subscription; the source is polled", "source", next.Source, "reason", next.Reason)
		return statusOK, ""
	case "subscribe":
		s.opt.Log.InfoContext(ctx, "hub verified the subscription", "source", next.Source, "until", next.Expires)
	}
	return statusOK, v.challenge
}

// Deliver takes what a hub sent to a callback by POST (W3C WebSub, section 7) and
// returns the status at once; the body is processed later. Which source it is for
// follows from the callback alone, and the body is read only for one that is live.
// What is not signed as it should be is ignored without telling the sender.
func (s *Subscriber) Deliver(ctx context.Context, id, signature, contentType string, body io.Reader) (status int) {
	status, result := s.deliver(ctx, id, signature, contentType, body)
	if s.opt.Observe != nil {
		s.opt.Observe(result)
	}
	return status
}

// What may come of a push, in words for counting.
const (
	resultAccepted   = "accepted"
	resultUnsigned   = "unsigned"
	resultTooLarge   = "too_large"
	resultUnknown    = "unknown"    // callback
	resultGone       = "gone"       // the subscription has ended
	resultUnverified = "unverified" // or has not begun
	resultCrowded    = "crowded"
	resultBroken     = "broken" // the body did not come whole
)

// Results lists what may come of a push, in words for counting.
func Results() []string {
	return []string{
		resultAccepted, resultUnsigned, resultTooLarge, resultUnknown, resultGone, resultUnverified, resultCrowded, resultBroken,
	}
}

// deliver is Deliver, and says what came of it.
func (s *Subscriber) deliver(ctx context.Context, id, signature, contentType string, body io.Reader) (status int, result string) {
	s.mu.Lock()
	sub, known := s.subs[id]
	way := s.way
	s.mu.Unlock()
	switch {
	case !known:
		s.ignore(ctx, feed.Subscription{}, unknown)
		return statusNotFound, resultUnknown
	case sub.State == feed.SubscriptionEnded || sub.State == feed.SubscriptionLeaving && sub.Reason != renewed || !way.On:
		return statusGone, resultGone
	case sub.State == feed.SubscriptionPending || sub.State == feed.SubscriptionFailed:
		return statusNotFound, resultUnverified
	}
	s.mu.Lock()
	room := s.held.take(sub.Source)
	s.mu.Unlock()
	if !room {
		s.ignore(ctx, sub, crowded)
		return statusUnavailable, resultCrowded // the hub tries again, and the next poll would find it, too
	}
	status, result, why := s.read(way, sub, signature, contentType, body)
	if why != "" {
		s.ignore(ctx, sub, why)
	}
	return status, result
}

// read reads a push into the queue, or gives back its place there and says why not.
func (s *Subscriber) read(way Way, sub feed.Subscription, signature, contentType string, body io.Reader) (status int, result, why string) {
	most := cmp.Or(way.MaxPush, maxPush)
	text, err := io.ReadAll(io.LimitReader(body, most+1))
	switch {
	case err != nil:
		status, result = statusBadRequest, resultBroken // which its sender knows
	case int64(len(text)) > most:
		status, result, why = statusTooLarge, resultTooLarge, tooLarge
	case sub.Secret != "" && !signed(sub.Secret, signature, text):
		status, result, why = statusAccepted, resultUnsigned, unsigned
	default:
		s.queue <- Push{Source: sub.Source, Topic: sub.Topic, Body: text, ContentType: contentType}
		return statusAccepted, resultAccepted, ""
	}
	s.release(sub.Source)
	return status, result, why
}
