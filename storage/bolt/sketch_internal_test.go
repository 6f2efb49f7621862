package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/dedup/near"
	"sluice/storage"

	"go.etcd.io/bbolt"
)

func openForSketches(t *testing.T, path string, sources ...string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{NoSync: true, InitialMmap: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	var all []feed.Source
	for _, name := range sources {
		all = append(all, feed.Source{Name: feed.SourceID(name), URL: "https://" + name + ".example/feed"})
	}
	if _, err := s.SetSources(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	return s
}

// told is text n as a site tells it.
func told(site string, n int) feed.Article {
	var text []string
	for i := range 60 {
		text = append(text, fmt.Sprintf("word%dof%d", (i*i+n*7)%97, n))
	}
	return feed.Article{
		GUID: fmt.Sprint(n), URL: fmt.Sprintf("https://%s.example/%d", site, n),
		Title: strings.Join(text[:6], " "), Content: "<p>" + strings.Join(text, " ") + "</p>",
	}
}

func tell(t *testing.T, s *Store, site string, at time.Time, articles ...feed.Article) storage.Merged {
	t.Helper()
	c, err := s.ClaimSource(t.Context(), at, feed.SourceID(site), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	st := c.State
	st.Status, st.LastSuccess = feed.StatusOK, at
	m, err := s.Merge(t.Context(), storage.Delivery{Claim: &c, At: at, Articles: articles, State: st, Authority: "x.example"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestWhatAFailedTransactionAddedIsNotFound(t *testing.T) {
	s := openForSketches(t, filepath.Join(t.TempDir(), "sluice.db"), "a", "b")
	tell(t, s, "a", noon, told("a", 1))
	doc := near.Prepare(told("b", 2).Title, told("b", 2).Content)
	day := dayOf(noon)
	refused := errors.New("refused")
	held := func() (n int) {
		if err := s.update(t.Context(), func(txn *txn) error {
			index, err := s.loaded(txn, day)
			if err == nil {
				n = index.Len()
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := held()
	err := s.update(t.Context(), func(txn *txn) error {
		if err := s.enrol(txn, 77, day+9, doc.Sketch()); err != nil {
			return err
		}
		if _, err := s.dismiss(txn, 1, day); err != nil {
			return err
		}
		if s.sketches.index.Len() != before { // one came, one went
			t.Errorf("%d are held in the transaction", s.sketches.index.Len())
		}
		return refused
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	if n := held(); n != before || s.sketches.newest != day {
		t.Errorf("%d are held, up to day %d; want %d and %d", n, s.sketches.newest, before, day)
	}
	if m := tell(t, s, "b", noon.Add(time.Hour), told("b", 1), told("b", 2)); m.Duplicates != 1 {
		t.Errorf("got %+v, want the first as a duplicate and not the second", m)
	}
}

func TestTheIndexIsLoadedByTheFirstNewArticleAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	s := openForSketches(t, path, "a", "b")
	tell(t, s, "a", noon, told("a", 1), told("a", 2))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openForSketches(t, path, "a", "b")
	tell(t, s, "a", noon.Add(time.Hour), told("a", 1), told("a", 2))
	if s.sketches.index != nil {
		t.Error("a poll without news loaded the index")
	}
	tell(t, s, "b", noon.Add(time.Hour), told("b", 3))
	if s.sketches.index == nil || s.sketches.index.Len() != 3 {
		t.Error("the index is not loaded, or not whole")
	}
}

// A store that is older than stories has no sketches. Copies of what it holds are
// found all the same, if it is not too old.
func TestCopiesOfWhatAnOlderStoreHoldsAreFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	s := openForSketches(t, path, "a", "b")
	tell(t, s, "a", noon.Add(-30*24*time.Hour), told("a", 1))
	tell(t, s, "a", noon, told("a", 2))
	if err := s.db().Update(func(tx *bbolt.Tx) error {
		return Earlier(tx, 1, "joins", "stories", "apart", "sketches", "titles")
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openForSketches(t, path, "a", "b")
	if m := tell(t, s, "b", noon.Add(time.Hour), told("b", 1), told("b", 2)); m.New != 2 || m.Duplicates != 1 {
		t.Errorf("got %+v, want two new, one of them a duplicate", m)
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSketchesOfAnotherVersionAreMadeAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	s := openForSketches(t, path, "a", "b")
	tell(t, s, "a", noon, told("a", 1))
	err := s.update(t.Context(), func(txn *txn) error {
		k := sketchKey(dayOf(noon), 1)
		body := []byte{near.SketchVersion + 1, 0}
		return txn.put(bSketches, k, binary.BigEndian.AppendUint32(body, sketchChecksum(k, body)))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openForSketches(t, path, "a", "b")
	if m := tell(t, s, "b", noon.Add(time.Hour), told("b", 1)); m.Duplicates != 1 {
		t.Errorf("got %+v, want a duplicate", m)
	}
}

func TestAClockThatWasAheadHidesNoCopies(t *testing.T) {
	for _, restart := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "sluice.db")
		s := openForSketches(t, path, "a", "b")
		tell(t, s, "a", noon, told("a", 1))
		tell(t, s, "a", noon.Add(400*24*time.Hour), told("a", 1), told("a", 2))
		if restart {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = openForSketches(t, path, "a", "b")
		}
		if m := tell(t, s, "b", noon.Add(time.Hour), told("b", 3)); m.Duplicates != 0 {
			t.Errorf("restart %v: got %+v", restart, m)
		}
		if m := tell(t, s, "a", noon.Add(2*time.Hour), told("a", 3), told("a", 4)); m.Duplicates != 1 {
			t.Errorf("restart %v: got %+v, want a duplicate", restart, m)
		}
	}
}

func TestSketchesAreDroppedWhenNothingCanBeACopyOfThem(t *testing.T) {
	s := openForSketches(t, filepath.Join(t.TempDir(), "sluice.db"), "a")
	for day := range 40 {
		tell(t, s, "a", noon.Add(time.Duration(day)*24*time.Hour), told("a", 2*day), told("a", 2*day+1))
	}
	err := s.view(t.Context(), func(txn *txn) error {
		n := 0
		err := txn.scan(bSketches, nil, func(k, _ []byte) error {
			n++
			if day := binary.BigEndian.Uint32(k); day < oldestSketch(dayOf(noon)+39) {
				t.Errorf("a sketch of day %d is left", day)
			}
			return nil
		})
		if n == 0 || n > 2*2*sketchDays {
			t.Errorf("%d sketches are left", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
