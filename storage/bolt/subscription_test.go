package bolt_test

import (
	"errors"
	"testing"

	"sluice/feed"
	"sluice/storage/bolt"

	"go.etcd.io/bbolt"
)

func TestAStoreThatIsOlderThanSubscriptionsOpensAndTakesThem(t *testing.T) {
	path := filled(t, 10)
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("hubs")) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
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
