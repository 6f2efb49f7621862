package bolt_test

import (
	"errors"
	"testing"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"

	"go.etcd.io/bbolt"
)

// pings changes the bucket of a store that is closed.
func pings(t *testing.T, path string, change func(tx *bbolt.Tx) error) *bolt.Store {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(t.Context(), path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestAStoreThatIsOlderThanPingsOpensAndTakesThem(t *testing.T) {
	s := pings(t, filled(t, 10), older("pings"))
	want := feed.Ping{Output: "all", Hub: 7, Digest: [32]byte{1}}
	if err := s.Owe(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Pings(t.Context()); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAPingThatIsNoneIsFoundOut(t *testing.T) {
	for name, entry := range map[string][2]string{
		"a key without a hub": {"all", "x"},
		"another record":      {"all\x0012345678", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			s := pings(t, filled(t, 10), func(tx *bbolt.Tx) error {
				return tx.Bucket([]byte("pings")).Put([]byte(entry[0]), []byte(entry[1]))
			})
			if got, err := s.Pings(t.Context()); !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("read as %+v, %v", got, err)
			}
			if err := s.Verify(t.Context()); !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("verified: %v", err)
			}
		})
	}
}
