//go:build linux

package bolt_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"
	"sluice/storage/record"

	"go.etcd.io/bbolt"
)

// kept says which texts a closed store has: of blocks the first article and how many texts
// each has, and which articles have a record of their own.
func kept(t *testing.T, path string) (blocks map[uint64]int, own []uint64) {
	t.Helper()
	blocks = map[uint64]int{}
	change(t, path, func(tx *bbolt.Tx) error {
		err := tx.Bucket([]byte("blocks")).ForEach(func(k, v []byte) error {
			b, err := record.OpenBlock(v)
			for i := range b.Len() {
				if b.Has(i) {
					blocks[binary.BigEndian.Uint64(k)]++
				}
			}
			return err
		})
		return errors.Join(err, tx.Bucket([]byte("texts")).ForEach(func(k, _ []byte) error {
			own = append(own, binary.BigEndian.Uint64(k))
			return nil
		}))
	})
	return blocks, own
}

// with opens the store at a path, which is verified, and closes it.
func with(t *testing.T, path string, do func(s *bolt.Store)) {
	t.Helper()
	s := bolttest.OpenAt(t, path)
	do(s)
	if err := errors.Join(s.Verify(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// says sees that the store's articles say what they are to, oldest first.
func says(t *testing.T, s *bolt.Store, want []feed.Article) {
	t.Helper()
	all, err := content(t.Context(), s)
	if err != nil || len(all) != len(want) {
		t.Fatalf("%d articles, want %d, %v", len(all), len(want), err)
	}
	for i, a := range all {
		if a.Summary != want[i].Summary || a.Content != want[i].Content {
			t.Errorf("article %d says %q, want %q", a.Seq, a.Content, want[i].Content)
		}
	}
}

// TestTextsThatComeTogetherAreKeptTogether follows a document through edits and retention.
func TestTextsThatComeTogetherAreKeptTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	var doc []feed.Article // oldest first
	for i := range 50 {
		a := article("a", i)
		a.Published = start.Add(time.Duration(i-100) * time.Hour)
		doc = append(doc, a)
	}
	doc[7].Content = "" // its title alone
	brings := func(s *bolt.Store, at time.Time, docs ...feed.Article) {
		t.Helper()
		if _, err := poll(t.Context(), s, "a", at, docs...); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(what string, blocks map[uint64]int, own ...uint64) {
		t.Helper()
		gotBlocks, gotOwn := kept(t, path)
		if fmt.Sprint(gotBlocks) != fmt.Sprint(blocks) || !slices.Equal(gotOwn, own) {
			t.Errorf("%s: there are %v and %d, want %v and %d", what, gotBlocks, gotOwn, blocks, own)
		}
	}
	with(t, path, func(s *bolt.Store) {
		if _, err := s.SetSources(t.Context(), []feed.Source{source("a")}); err != nil {
			t.Fatal(err)
		}
		brings(s, start, doc...)
		says(t, s, doc)
	})
	holds("a document", map[uint64]int{1: 49})

	doc[3].Content += "<p>One thing more was said.</p>"
	doc[20].Content = "<p>It was all a mistake, and nothing of it is true.</p>"
	more := article("a", 200)
	doc = append(doc, more)
	with(t, path, func(s *bolt.Store) {
		brings(s, start.Add(time.Hour), doc...)
		says(t, s, doc)
	})
	holds("two edits, and one that came alone", map[uint64]int{1: 49}, 4, 21, 51)

	const left = 22 // of a block less than half
	with(t, path, func(s *bolt.Store) {
		brings(s, start.Add(2*time.Hour), more)
		r, err := s.Retain(t.Context(), storage.Retention{At: start.Add(24 * time.Hour), MaxAge: 1000 * time.Hour, MaxPerSource: left})
		if err != nil || r.Articles() != len(doc)-left {
			t.Fatalf("%+v, %v", r, err)
		}
		doc = doc[len(doc)-left:]
		says(t, s, doc)
	})
	blocks, own := kept(t, path)
	n := 0
	for _, texts := range blocks {
		n += texts
	}
	if n < left-1 || n >= 2*left || !slices.Equal(own, []uint64{51}) {
		t.Errorf("of %d articles %v and %d are kept", left, blocks, own)
	}

	with(t, path, func(s *bolt.Store) {
		r, err := s.Retain(t.Context(), storage.Retention{At: start.Add(25 * time.Hour), MaxAge: 1000 * time.Hour, MaxPerSource: 1})
		if err != nil || r.Articles() != left-1 {
			t.Fatalf("%+v, %v", r, err)
		}
		says(t, s, doc[left-1:])
	})
	holds("all but the one that came alone went", map[uint64]int{}, 51)
}

func TestBlocksAreVerified(t *testing.T) {
	whole := filled(t, 30) // three documents
	key := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	for name, tc := range map[string]struct {
		damage func(b *bbolt.Bucket) error
		want   string
	}{
		"as it is":    {func(*bbolt.Bucket) error { return nil }, ""},
		"one is lost": {func(b *bbolt.Bucket) error { return b.Delete(key(11)) }, "texts are missing"},
		"one stands elsewhere": {func(b *bbolt.Bucket) error {
			return errors.Join(b.Put(key(12), b.Get(key(11))), b.Delete(key(11)))
		}, "texts are missing"},
		"one stands twice":                      {func(b *bbolt.Bucket) error { return b.Put(key(12), b.Get(key(11))) }, "after such up to"},
		"one is of articles that there are not": {func(b *bbolt.Bucket) error { return b.Put(key(31), b.Get(key(11))) }, "of 30"},
		"one is cut":                            {func(b *bbolt.Bucket) error { v := b.Get(key(11)); return b.Put(key(11), v[:len(v)-1]) }, "texts from article 11 on"},
		"a key is short":                        {func(b *bbolt.Bucket) error { return b.Put([]byte{0, 1}, b.Get(key(11))) }, "block with a key of 2 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sluice.db")
			copyFile(t, whole, path)
			change(t, path, func(tx *bbolt.Tx) error { return tc.damage(tx.Bucket([]byte("blocks"))) })
			s, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			err = s.Verify(t.Context())
			if tc.want == "" && err != nil || tc.want != "" && (!errors.Is(err, storage.ErrDamaged) || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
