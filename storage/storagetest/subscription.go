package storagetest

import (
	"time"

	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

var subscriptionTests = map[string]func(b *bench){
	"SubscriptionsAreRememberedAndForgottenByID": func(b *bench) {
		one := feed.Subscription{
			ID: "one", Base: "https://out.example/", Source: "a", Hub: "https://hub.example/", Topic: "https://a.example/feed", Secret: "s",
			State: feed.SubscriptionActive, Since: start, Expires: start.Add(time.Hour), Renew: start.Add(time.Minute),
			Failures: 2, Reason: "r",
		}
		two := feed.Subscription{ID: "two", Source: "b", State: feed.SubscriptionPending}
		b.must(b.store.Subscribe(b.Context(), two, one))
		check := func(want ...feed.Subscription) {
			b.Helper()
			got, err := b.store.Subscriptions(b.Context())
			b.must(err)
			if d := cmp.Diff(got, want); d != "" {
				b.Errorf("subscriptions (got, want):\n%s", d)
			}
		}
		check(one, two)
		two.State, two.Since = feed.SubscriptionEnded, start
		b.must(b.store.Subscribe(b.Context(), two))
		check(one, two)
		if err := b.store.Subscribe(b.Context(), feed.Subscription{ID: "three"}, feed.Subscription{}); err == nil {
			b.Error("a subscription without an id was taken")
		}
		b.must(b.store.Forget(b.Context(), "one", "unknown"))
		check(two)
		b.must(b.store.Forget(b.Context()))
		b.must(b.store.Subscribe(b.Context()))
		check(two)
	},
}
