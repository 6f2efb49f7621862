package bolt

import (
	"errors"
	"path/filepath"
	"testing"
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
