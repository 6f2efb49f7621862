package bolt

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
)

func openTest(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "sluice.db"), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Which writes meet in one transaction is chance, so the group is made by hand.
func TestAWriteThatFailsInAGroupFailsAlone(t *testing.T) {
	s := openTest(t)
	refused := errors.New("refused")
	writing := func(key string, err error) *job {
		return &job{done: make(chan error, 1), apply: func(tx *txn) error {
			return errors.Join(tx.put(bMeta, []byte(key), []byte{1}), err)
		}}
	}
	group := []*job{writing("a", nil), writing("b", refused), writing("c", nil), writing("d", refused)}
	s.commit(append([]*job(nil), group...))
	for i, want := range []error{nil, refused, nil, refused} {
		if got := <-group[i].done; !errors.Is(got, want) {
			t.Errorf("write %d: got %v, want %v", i, got, want)
		}
	}
	err := s.view(t.Context(), func(tx *txn) error {
		for key, want := range map[string]bool{"a": true, "b": false, "c": true, "d": false} {
			if got := tx.get(bMeta, []byte(key)) != nil; got != want {
				t.Errorf("%s is stored: %v, want %v", key, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAnArticleThatRetentionTookDoesNotComeBack(t *testing.T) {
	s := openTest(t)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	if err := s.SetSources(t.Context(), []feed.Source{{Name: "a", URL: "https://a.example/"}}); err != nil {
		t.Fatal(err)
	}
	poll := func() storage.Merged {
		t.Helper()
		c, err := s.ClaimSource(t.Context(), at, "a", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		m, err := s.Merge(t.Context(), storage.Delivery{
			Claim: c, At: at, State: c.State, Authority: "x.example",
			Articles: []feed.Article{{GUID: "urn:x:1", URL: "https://a.example/1", Title: "One", Content: "text"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if got := poll(); got.New != 1 {
		t.Fatalf("got %+v, want 1 new", got)
	}
	if err := s.update(t.Context(), func(tx *txn) error { return take(tx, 1) }); err != nil {
		t.Fatal(err)
	}
	if got := poll(); got != (storage.Merged{}) {
		t.Errorf("got %+v, want nothing", got)
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// take removes an article as retention does: all of it but its marks.
func take(tx *txn, seq uint64) error {
	h, ok, err := tx.head(seq)
	if err != nil || !ok {
		return errors.Join(err, feed.ErrNoArticle)
	}
	a := h.Stored
	err = errors.Join(
		tx.delete(bHeads, u64(seq)), tx.delete(bTexts, u64(seq)), tx.delete(bIDs, idKey(a.ID)),
		tx.delete(bSeen, timeKey(a.Place, seq)), tx.delete(bDated, timeKey(a.Date, seq)),
		tx.delete(bSeenBy, sourceTimeKey(h.Source, a.Place, seq)),
		tx.delete(bDatedBy, sourceTimeKey(h.Source, a.Date, seq)),
	)
	if err != nil {
		return err
	}
	name, was, err := tx.source(h.Source)
	if err != nil {
		return err
	}
	is := was
	is.State.Articles--
	return tx.putSource(name, &was, is)
}
