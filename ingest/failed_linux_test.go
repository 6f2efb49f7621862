package ingest_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"
)

// broken opens a store and takes its file away under it: every later commit
// fails, as on a disk that died.
func broken(t *testing.T, prepare func(*bolt.Store) *rig) *rig {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sluice.db")
	store, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true, InitialMmap: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() }) // it has failed: that is the test
	r := prepare(store)
	bolttest.TakeAway(t, path)
	return r
}

func TestRunAndSyncEndWithTheErrorOfAStoreThatFailed(t *testing.T) {
	for name, act := range map[string]func(r *rig) error{
		"run": func(r *rig) error {
			ended := make(chan error, 1)
			go func() { ended <- r.runner.Run(r.t.Context()) }()
			select {
			case err := <-ended:
				return err
			case <-time.After(bound):
				return errors.New("run goes on without a store")
			}
		},
		"sync": func(r *rig) error {
			reports, err := r.runner.Sync(r.t.Context(), ingest.Request{}, nil)
			if len(reports) != 1 || !reports[0].Fatal || reports[0].Outcome != ingest.Failed {
				r.t.Errorf("reports %+v, want one that is fatal", reports)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := broken(t, func(store *bolt.Store) *rig {
				r := rigOver(t, store, ingest.Options{}, fetch.Options{})
				r.serve(fetchtest.Reply{Body: rss("one")})
				return r
			})
			if err := act(r); !errors.Is(err, storage.ErrFailed) {
				t.Errorf("got %v, want ErrFailed", err)
			}
			if st := r.state("a"); st.Articles != 0 || !st.LastAttempt.IsZero() {
				t.Errorf("state %+v, want none of a poll that was not stored", st)
			}
			if log := r.log.String(); strings.Count(log, `"level":"ERROR"`) != 1 || len(r.log.polled(t, "a")) != 0 {
				t.Errorf("want one error and no line about a poll in the log:\n%s", log)
			}
		})
	}
}

// TestAStoreThatFailsASyncEndsTheRunBesideIt holds that a daemon does not go on with a store
// that takes nothing any more, whoever asked for the poll that showed it.
func TestAStoreThatFailsASyncEndsTheRunBesideIt(t *testing.T) {
	ended := make(chan error, 1)
	polled := make(chan struct{}, 8)
	r := broken(t, func(store *bolt.Store) *rig {
		r := rigOver(t, store, ingest.Options{Observe: func(ingest.Report) { polled <- struct{}{} }}, fetch.Options{})
		r.serve(fetchtest.Reply{Body: rss("one")})
		go func() { ended <- r.runner.Run(r.t.Context()) }()
		select {
		case <-polled:
		case <-time.After(bound):
			t.Fatal("nothing is polled")
		}
		return r
	})
	r.pub.Set("/a", fetchtest.Reply{Body: rss("one", "two")})
	if _, err := r.runner.Sync(t.Context(), ingest.Request{All: true}, nil); !errors.Is(err, storage.ErrFailed) {
		t.Errorf("sync ended with %v, want ErrFailed", err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, storage.ErrFailed) {
			t.Errorf("run ended with %v, want ErrFailed", err)
		}
	case <-time.After(bound):
		t.Error("run goes on without a store")
	}
}
