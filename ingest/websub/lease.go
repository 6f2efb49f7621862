package websub

import (
	"time"

	"sluice/feed"
)

// leases has the ends of the leases that are verified, by source and subscription: a
// source has two while one is renewed.
type leases map[feed.SourceID]map[string]time.Time

// set takes in what a subscription is now.
func (l leases) set(sub feed.Subscription) {
	if sub.State != feed.SubscriptionActive {
		l.drop(sub)
		return
	}
	if l[sub.Source] == nil {
		l[sub.Source] = map[string]time.Time{}
	}
	l[sub.Source][sub.ID] = sub.Expires
}

// drop forgets a subscription.
func (l leases) drop(sub feed.Subscription) {
	delete(l[sub.Source], sub.ID)
	if len(l[sub.Source]) == 0 {
		delete(l, sub.Source)
	}
}

// until returns the latest end of a source's leases; zero without any.
func (l leases) until(source feed.SourceID) time.Time {
	var until time.Time
	for _, end := range l[source] {
		if end.After(until) {
			until = end
		}
	}
	return until
}
