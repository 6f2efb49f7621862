package bolt_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
)

// change does something to the file of a store that nobody has open.
func change(t *testing.T, path string, do func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(do), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// older makes a store one of the first version, without a bucket that came later.
func older(bucket string) func(tx *bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		return bolt.Earlier(tx, 1, bucket)
	}
}

func TestAStoreThatIsOlderThanWhatHostsAskForOpensAndTakesIt(t *testing.T) {
	path := filled(t, 10)
	change(t, path, older("hosts"))
	s := bolttest.OpenAt(t, path)
	if got, begun, err := s.Hosts(t.Context()); err != nil || begun || len(got) != 0 {
		t.Fatalf("an older store: %+v, begun %v, %v", got, begun, err)
	}
	want := []feed.HostState{{Host: "a.example", Throttled: start, Rests: start.Add(time.Hour), Spacing: 4 * time.Second}}
	if err := s.SetHosts(t.Context(), want...); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = bolttest.OpenAt(t, path)
	got, begun, err := s.Hosts(t.Context())
	if d := cmp.Diff(got, want); d != "" || err != nil || !begun {
		t.Errorf("begun %v, %v; got, want:\n%s", begun, err, d)
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestVerifyFindsWhatIsWrongWithAHost(t *testing.T) {
	for name, damage := range map[string]func(b *bbolt.Bucket) error{
		"a changed byte": func(b *bbolt.Bucket) error {
			v := append([]byte(nil), b.Get([]byte("a.example"))...)
			v[1] ^= 1
			return b.Put([]byte("a.example"), v)
		},
		"a record of another kind": func(b *bbolt.Bucket) error {
			return b.Put([]byte("a.example"), b.Tx().Bucket([]byte("sources")).Get([]byte("a")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sluice.db")
			s, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.SetSources(t.Context(), []feed.Source{{Name: "a", URL: "https://a.example/"}})
			err = errors.Join(err,
				s.SetHosts(t.Context(), feed.HostState{Host: "a.example", Throttled: start, Spacing: time.Second}),
				s.Verify(t.Context()), s.Close(),
			)
			if err != nil {
				t.Fatal(err)
			}
			change(t, path, func(tx *bbolt.Tx) error { return damage(tx.Bucket([]byte("hosts"))) })
			if s, err = bolt.Open(t.Context(), path, bolt.Options{NoSync: true}); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			if err := s.Verify(t.Context()); !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("verify: %v, want ErrDamaged", err)
			}
			if _, _, err := s.Hosts(t.Context()); !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("read: %v, want ErrDamaged", err)
			}
		})
	}
}
