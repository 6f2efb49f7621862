package bolt

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// checkDue fails unless the list is what the states give, if it is known.
func checkDue(tb rapid.TB, s *Store) {
	tb.Helper()
	s.claims.mu.Lock()
	defer s.claims.mu.Unlock()
	if !s.claims.due.known {
		return
	}
	var want dueList
	if err := s.db().View(func(tx *bbolt.Tx) error { return want.learn(newTxn(tx), nil) }); err != nil {
		tb.Fatal(err)
	}
	got, by := s.claims.due.whole(tb), want.whole(tb)
	if !slices.Equal(got, by) {
		tb.Fatalf("due in memory %v, by the states %v", got, by)
	}
	for num := range s.claims.due.held {
		if s.claims.bySource[num] == nil {
			tb.Fatalf("source %d is set apart and not claimed", num)
		}
	}
}

// whole is the order together with what is set apart of it.
func (l *dueList) whole(tb rapid.TB) []dueAt {
	tb.Helper()
	all := slices.Collect(l.order.all())
	if len(all) != l.order.n || !slices.IsSortedFunc(all, dueAt.compare) {
		tb.Fatalf("%d places, in this order: %v", l.order.n, all)
	}
	var ends []dueAt
	for _, h := range l.held {
		if h.there {
			all, ends = append(all, h.dueAt), append(ends, h.end())
		}
	}
	slices.SortFunc(ends, dueAt.compare)
	if there := slices.Collect(l.ends.all()); !slices.Equal(there, ends) {
		tb.Fatalf("claims end %v, want %v", there, ends)
	}
	slices.SortFunc(all, dueAt.compare)
	return all
}

// dueStep makes one change, drawn at random, of at most six sources.
func dueStep(tb *rapid.T, s *Store, now time.Time) error {
	ctx := tb.Context()
	names := rapid.SliceOfDistinct(rapid.SampledFrom([]feed.SourceID{"a", "b", "c", "d", "e", "f"}), rapid.ID[feed.SourceID]).Draw(tb, "names")
	at := now.Add(time.Duration(rapid.IntRange(-2, 2).Draw(tb, "at")) * time.Hour)
	switch rapid.SampledFrom([]string{"set", "rename", "reschedule", "postpone", "revive", "look", "poll", "hold", "fail"}).Draw(tb, "step") {
	case "set":
		var sources []feed.Source
		for _, name := range names {
			sources = append(sources, feed.Source{
				Name: name, URL: "http://h/" + rapid.SampledFrom([]string{"1", "2"}).Draw(tb, "url"), Disabled: rapid.Bool().Draw(tb, "disabled"),
			})
		}
		_, err := s.SetSources(ctx, sources)
		return err
	case "rename":
		_, err := s.SetSources(ctx, []feed.Source{{Name: "g", Was: names, URL: "http://h/1"}, {Name: "a", URL: "http://h/2"}})
		return err
	case "reschedule":
		next := map[feed.SourceID]storage.Schedule{}
		for _, name := range names {
			next[name] = storage.Schedule{NextPoll: at}
		}
		return s.Reschedule(ctx, next)
	case "postpone":
		return s.Postpone(ctx, names, at)
	case "revive":
		return s.Revive(ctx, names...)
	case "look":
		_, _, err := s.NextDue(ctx, nil)
		return err
	case "poll":
		claims, err := s.Claim(ctx, storage.Due{At: at, Lease: time.Minute, Max: 3})
		if err != nil {
			return err
		}
		for i, c := range claims {
			if c.State.NextPoll.After(at) {
				tb.Fatalf("%s is claimed at %v and due at %v", c.Source, at, c.State.NextPoll)
			}
			st := c.State
			st.NextPoll, st.Status = at.Add(time.Duration(i)*time.Hour), rapid.SampledFrom([]feed.Status{feed.StatusOK, feed.StatusGone}).Draw(tb, "status")
			if _, err := s.Merge(ctx, storage.Delivery{Claim: &claims[i], At: at, State: st}); err != nil {
				return err
			}
		}
	case "hold": // claims that end later than the next change, or by it
		claims, err := s.Claim(ctx, storage.Due{At: at, Lease: 5 * time.Minute, Max: 2})
		if err != nil || len(claims) == 0 || rapid.Bool().Draw(tb, "left") {
			return err
		}
		return s.Release(ctx, claims[0])
	case "fail": // a write that has moved sources when it is undone
		refused := errors.New("refused")
		err := s.update(ctx, func(t *txn) error {
			for _, name := range names {
				if was, ok, err := t.sourceNamed(name); err != nil {
					return err
				} else if ok {
					is := was
					is.State.NextPoll = at.Add(time.Minute)
					if err := t.putSource(name, &was, &is); err != nil {
						return err
					}
				}
			}
			return refused
		})
		if !errors.Is(err, refused) {
			return fmt.Errorf("want it refused, got %w", err)
		}
	}
	return nil
}

func TestTheOrderOfDueSourcesIsThatOfTheStates(t *testing.T) {
	rapid.Check(t, func(tb *rapid.T) {
		s, err := Open(tb.Context(), filepath.Join(t.TempDir(), "sluice.db"), Options{NoSync: true})
		if err != nil {
			tb.Fatal(err)
		}
		defer func() {
			if err := s.Close(); err != nil {
				tb.Error(err)
			}
		}()
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		for range rapid.IntRange(1, 30).Draw(tb, "steps") {
			now = now.Add(2 * time.Minute) // claims of before have expired
			if err := dueStep(tb, s, now); err != nil {
				tb.Fatal(err)
			}
			checkDue(tb, s)
		}
	})
}

func TestTheOrderOfDueSourcesIsLearntWhileOthersWrite(t *testing.T) {
	s := openTest(t)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	sources := make([]feed.Source, maxMoves) // a reschedule of all moves twice as many places
	for i := range sources {
		sources[i] = feed.Source{Name: feed.SourceID(fmt.Sprintf("s%04d", i)), URL: "http://h/"}
	}
	if _, err := s.SetSources(t.Context(), sources); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for round := range 20 {
				next := map[feed.SourceID]storage.Schedule{}
				for i := w; i < len(sources); i += 4 * (1 + round%3*50) {
					next[sources[i].Name] = storage.Schedule{NextPoll: now.Add(time.Duration(i*round) * time.Second)}
				}
				if err := s.Reschedule(t.Context(), next); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 50 {
		if _, ok, err := s.NextDue(t.Context(), nil); err != nil || !ok {
			t.Fatalf("next due: %v, %v", ok, err)
		}
		s.claims.mu.Lock()
		s.claims.due.known = false
		s.claims.mu.Unlock()
	}
	if _, _, err := s.NextDue(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	writers.Wait()
	if _, _, err := s.NextDue(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	checkDue(t, s)
}

// TestAnOrderOnDiskIsNotBelieved opens a store whose bucket of due sources says what is
// not so, as one of before that newer builds had used without keeping it.
func TestAnOrderOnDiskIsNotBelieved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s, err := Open(t.Context(), path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetSources(t.Context(), []feed.Source{{Name: "a", URL: "http://h/"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Reschedule(t.Context(), map[feed.SourceID]storage.Schedule{"a": {NextPoll: now}}); err != nil {
		t.Fatal(err)
	}
	err = s.db().Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte(dropped))
		if err != nil {
			return err
		}
		return errors.Join(b.Put(timeKey(now.Add(-time.Hour), 77), nil), Earlier(tx, 1))
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	s, err = Open(t.Context(), path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	next, ok, err := s.NextDue(t.Context(), nil) // before anything is configured
	if err != nil || !ok || !next.Equal(now) {
		t.Errorf("next due at %v, %v, %v, want %v", next, ok, err, now)
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	err = s.view(t.Context(), func(tx *txn) error {
		if tx.tx.Bucket([]byte(dropped)) != nil {
			t.Error("the bucket of before is still there")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
