package websub

import (
	"testing"
	"time"

	"sluice/feed"

	"pgregory.net/rapid"
)

func TestTheLeaseOfASourceIsTheLatestOfItsActiveSubscriptionsWhateverHappensToThem(t *testing.T) {
	states := []feed.SubscriptionState{
		feed.SubscriptionPending, feed.SubscriptionActive, feed.SubscriptionLeaving, feed.SubscriptionFailed, feed.SubscriptionEnded,
	}
	sources := []feed.SourceID{"a", "b"}
	rapid.Check(t, func(t *rapid.T) {
		l, subs := leases{}, map[string]feed.Subscription{}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			id := rapid.SampledFrom([]string{"1", "2", "3", "4"}).Draw(t, "id")
			sub, there := subs[id]
			if there && rapid.Bool().Draw(t, "dropped") {
				l.drop(sub)
				delete(subs, id)
			} else {
				if !there { // its source is chosen once
					sub = feed.Subscription{ID: id, Source: rapid.SampledFrom(sources).Draw(t, "source")}
				}
				sub.State = rapid.SampledFrom(states).Draw(t, "state")
				sub.Expires = now.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "hours")) * time.Hour)
				l.set(sub)
				subs[id] = sub
			}
			for _, source := range sources {
				if got, want := l.until(source), latestOf(subs, source); !got.Equal(want) {
					t.Fatalf("%s until %v, want %v of %+v", source, got, want, subs)
				}
			}
		}
		for id := range subs {
			l.drop(subs[id])
		}
		if len(l) > 0 {
			t.Errorf("left behind: %v", l)
		}
	})
}

// latestOf looks at all subscriptions.
func latestOf(subs map[string]feed.Subscription, source feed.SourceID) time.Time {
	var until time.Time
	for _, sub := range subs {
		if sub.Source == source && sub.State == feed.SubscriptionActive && sub.Expires.After(until) {
			until = sub.Expires
		}
	}
	return until
}
