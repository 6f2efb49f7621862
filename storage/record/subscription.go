package record

import "sluice/feed"

// EncodeSubscription returns the subscription's record. Its ID is its key.
func EncodeSubscription(s feed.Subscription) []byte {
	w := newWriter(256)
	for _, text := range []string{string(s.Source), s.Hub, s.Topic, s.Secret, string(s.State), s.Reason} {
		w.string(text)
	}
	w.time(s.Since)
	w.time(s.Expires)
	w.time(s.Renew)
	w.int(int64(s.Failures))
	w.string(s.Base)
	return w.seal(kindSubscription)
}

// DecodeSubscription reads a subscription's record, which has no ID. The error is
// ErrInvalid.
func DecodeSubscription(b []byte) (feed.Subscription, error) {
	r, err := open(kindSubscription, b)
	if err != nil {
		return feed.Subscription{}, err
	}
	var s feed.Subscription
	s.Source = feed.SourceID(r.string())
	s.Hub, s.Topic, s.Secret = r.string(), r.string(), r.string()
	s.State = feed.SubscriptionState(r.string())
	s.Reason = r.string()
	s.Since = r.time()
	s.Expires = r.time()
	s.Renew = r.time()
	s.Failures = int(r.int())
	if r.more() { // records of before it was kept end here
		s.Base = r.string()
	}
	return s, r.end()
}
