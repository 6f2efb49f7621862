//go:build linux

package bolt_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"

	"go.etcd.io/bbolt"
)

// tellBroke tells a store that its source broke.
func tellBroke(t *testing.T, s *bolt.Store, at time.Time) {
	t.Helper()
	c, err := s.ClaimSource(t.Context(), at, "a", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	d := storage.Delivery{Claim: &c, At: at, State: c.State}
	d.Watch = func(_, _ *feed.SourceState, _ storage.Merged) (feed.Told, []feed.Event) {
		return feed.Told{Broke: at}, []feed.Event{{ID: "tag:x,2026:a/broke", Source: "a", Kind: feed.EventBroke, At: at}}
	}
	if _, err := s.Merge(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func TestAStoreThatIsOlderThanEventsOpensAndTakesThem(t *testing.T) {
	path := filled(t, 10)
	change(t, path, older("events"))
	s := bolttest.OpenAt(t, path)
	tellBroke(t, s, start.Add(time.Hour))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = bolttest.OpenAt(t, path)
	got, err := s.Events(t.Context(), []feed.SourceID{"a"}, time.Time{}, 10)
	if err != nil || len(got) != 1 || got[0].Kind != feed.EventBroke {
		t.Errorf("%+v, %v", got, err)
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestVerifyFindsWhatIsWrongWithAnEvent(t *testing.T) {
	first := binary.BigEndian.AppendUint64(nil, 1)
	for name, tc := range map[string]struct {
		damage func(b *bbolt.Bucket) error
		unread bool // reading them finds it, too
	}{
		"a changed byte": {func(b *bbolt.Bucket) error {
			v := append([]byte(nil), b.Get(first)...)
			v[1] ^= 1
			return b.Put(first, v)
		}, true},
		"a record of another kind": {func(b *bbolt.Bucket) error {
			return b.Put(first, b.Tx().Bucket([]byte("sources")).Get([]byte("a")))
		}, true},
		"a key of another length": {func(b *bbolt.Bucket) error { return b.Put([]byte("key"), b.Get(first)) }, true},
		"a source that is not there": {func(b *bbolt.Bucket) error {
			return errors.Join(b.Tx().Bucket([]byte("sources")).Delete([]byte("a")), b.Tx().Bucket([]byte("names")).Delete([]byte{0, 0, 0, 1}))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sluice.db")
			s := bolttest.OpenAt(t, path)
			if _, err := s.SetSources(t.Context(), []feed.Source{source("a")}); err != nil {
				t.Fatal(err)
			}
			tellBroke(t, s, start)
			if err := errors.Join(s.Verify(t.Context()), s.Close()); err != nil {
				t.Fatal(err)
			}
			change(t, path, func(tx *bbolt.Tx) error { return tc.damage(tx.Bucket([]byte("events"))) })
			s, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }() // nothing is written
			if err := s.Verify(t.Context()); !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("verify: %v, want ErrDamaged", err)
			}
			if _, err := s.Events(t.Context(), []feed.SourceID{"a"}, time.Time{}, 10); errors.Is(err, storage.ErrDamaged) != tc.unread {
				t.Errorf("read: %v", err)
			}
		})
	}
}

// childTell tells an event an hour for ever, each of which goes by what was told before,
// and numbers those that were acknowledged.
func childTell(path string) error {
	ctx := context.Background()
	s, err := bolt.Open(ctx, path, bolt.Options{})
	if err != nil {
		return err
	}
	if _, err := s.SetSources(ctx, []feed.Source{source("a")}); err != nil {
		return err
	}
	states, err := s.States(ctx)
	if err != nil {
		return err
	}
	at := start
	if last := states[0].Told.Last; !last.IsZero() {
		at = last
	}
	for {
		at = at.Add(time.Hour)
		c, err := s.ClaimSource(ctx, at, "a", time.Minute)
		if err != nil {
			return err
		}
		d := storage.Delivery{Claim: &c, At: at, State: c.State}
		d.Watch = func(before, _ *feed.SourceState, _ storage.Merged) (feed.Told, []feed.Event) {
			since := before.Told.Last
			return feed.Told{Last: at}, []feed.Event{{ID: at.Format(time.RFC3339), Kind: feed.EventBroke, At: at, Since: since}}
		}
		if _, err := s.Merge(ctx, d); err != nil {
			return err
		}
		fmt.Println(at.Format(time.RFC3339))
	}
}

func TestNoEventIsLostOrToldTwiceByKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	for round := range 4 {
		cmd, _, out := child(t, "tell", path)
		last := ""
		for i := 0; i < 10+round*5 && out.Scan(); i++ {
			last = out.Text()
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for out.Scan() { // what it said before it died
			last = out.Text()
		}
		_ = cmd.Wait() // it was killed
		s := bolttest.OpenAt(t, path)
		states, err := s.States(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.Events(t.Context(), []feed.SourceID{"a"}, time.Time{}, storage.MaxEvents)
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		if len(all) < 10 || !all[0].At.Equal(states[0].Told.Last) || all[0].ID < last {
			t.Fatalf("%d events, the last %s; told %s, acknowledged %s", len(all), all[0].ID, states[0].Told.Last, last)
		}
		for i, e := range all[:len(all)-1] {
			if !e.Since.Equal(all[i+1].At) || e.At.Sub(e.Since) != time.Hour {
				t.Errorf("%s follows %s", e.ID, all[i+1].ID)
			}
		}
	}
}
