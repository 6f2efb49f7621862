//go:build linux

package bolt_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage/bolt"
)

// TestAVerdictOnGuidsOutlivesARestart opens the store anew before every poll of a
// source whose guids change now and are one for all at other times.
func TestAVerdictOnGuidsOutlivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	opened := func() *bolt.Store {
		s, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := opened()
	if _, err := s.SetSources(t.Context(), []feed.Source{source("a")}); err != nil {
		t.Fatal(err)
	}
	told, stored := 0, 0
	for n := range 12 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = opened()
		var doc []feed.Article
		for i := range 4 {
			a := article("a", i)
			a.GUID = fmt.Sprintf("build-%d-%d", n, i)
			if n > 7 && n%2 == 0 {
				a.GUID = "one for all"
			}
			doc = append(doc, a)
		}
		m, err := poll(t.Context(), s, "a", start.Add(time.Duration(n)*time.Hour), doc...)
		if err != nil {
			t.Fatal(err)
		}
		stored += m.New
		if m.GUIDs != "" {
			told++
		}
	}
	t.Cleanup(func() { _ = s.Close() })
	states, err := s.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := states[0].GUIDs; got != feed.GUIDsChange || told != 1 {
		t.Errorf("the state says %q, want %q, and was told of %d times", got, feed.GUIDsChange, told)
	}
	if stored != 4 {
		t.Errorf("%d articles, want 4", stored)
	}
	if _, err := content(t.Context(), s); err != nil {
		t.Error(err)
	}
}
