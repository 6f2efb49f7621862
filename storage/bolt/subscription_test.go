package bolt_test

import (
	"testing"

	"sluice/feed"
	"sluice/storage/bolt"
)

func TestAStoreThatIsOlderThanSubscriptionsOpensAndTakesThem(t *testing.T) {
	path := filled(t, 10)
	change(t, path, older("hubs"))
	s, err := bolt.Open(t.Context(), path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Subscribe(t.Context(), feed.Subscription{ID: "x", Source: "a"}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Subscriptions(t.Context()); err != nil || len(got) != 1 || got[0].Source != "a" {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
