package bolt

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/storage"

	"go.etcd.io/bbolt"
)

// transactions is how many writing transactions there have been.
func transactions(t *testing.T, s *Store) (n int) {
	t.Helper()
	if err := s.db().View(func(tx *bbolt.Tx) error { n = tx.ID(); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPollsThatEndTogetherShareTransactions makes a sweep of 304s that come faster
// than commits, with as many polls at a time as the daemon makes. Those that come
// further apart are not made to wait for each other: each has a commit of its own.
func TestPollsThatEndTogetherShareTransactions(t *testing.T) {
	const polls, pollers = 1000, 64
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), filepath.Join(t.TempDir(), "sluice.db"), Options{NoSync: true, InitialMmap: 64 << 20})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
		var sources []feed.Source
		for i := range polls {
			sources = append(sources, feed.Source{Name: feed.SourceID(fmt.Sprint("s", i)), URL: fmt.Sprintf("https://h%d.example/", i)})
		}
		if _, err := s.SetSources(t.Context(), sources); err != nil {
			t.Fatal(err)
		}
		before := transactions(t, s)
		claims := make(chan storage.Claim, polls)
		all, err := s.Claim(t.Context(), storage.Due{At: time.Now(), Lease: time.Hour, Max: polls})
		if err != nil || len(all) != polls {
			t.Fatalf("%d claims, %v", len(all), err)
		}
		for _, c := range all {
			claims <- c
		}
		close(claims)
		var working sync.WaitGroup
		hold := make(chan struct{}) // the writer, until all have come: else it may take them one by one as they do
		working.Go(func() {
			if err := s.update(t.Context(), func(*txn) error { <-hold; return nil }); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		for range pollers {
			working.Go(func() {
				for c := range claims {
					time.Sleep(100 * time.Microsecond) // the request
					st := c.State
					st.LastAttempt, st.NextPoll = time.Now(), time.Now().Add(time.Hour)
					if _, err := s.Merge(t.Context(), storage.Delivery{Claim: &c, At: time.Now(), State: st, Authority: "x.example"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		close(hold)
		working.Wait()
		n := transactions(t, s) - before
		t.Logf("%d transactions for %d polls", n, polls)
		if n == 0 || n > polls/10 {
			t.Errorf("%d transactions for %d polls, want at most a tenth", n, polls)
		}
	})
}
