//go:build linux

package bolt_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"

	"github.com/google/go-cmp/cmp"
)

// publishing is a store as publish asks it.
type publishing struct{ *bolt.Store }

// Walk implements publish.Reader.
func (s publishing) Walk(ctx context.Context, sources []feed.SourceID, order feed.Order, since time.Time) iter.Seq2[feed.Stored, error] {
	return s.Newest(ctx, storage.Query{Sources: sources, Order: order, Since: since})
}

// earlierOutputs are those of the stores of earlier formats.
var earlierOutputs = []feed.Output{
	{Name: "all", Sources: []feed.SourceID{"a", "b", "c"}, Dedup: feed.DedupStory, Limit: 20},
	{Name: "single", Sources: []feed.SourceID{"a", "b", "c"}, Dedup: feed.DedupArticle, Order: feed.OrderPublished, Limit: 100},
	{Name: "plain", Sources: []feed.SourceID{"b"}, Dedup: feed.DedupNone, Limit: 100},
}

// publishEarlier makes the documents of the outputs, remembers what was published, and
// says what it was.
func publishEarlier(t *testing.T, s *bolt.Store, now time.Time) string {
	t.Helper()
	ledger, err := s.Publications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	known, changed := publish.Register(earlierOutputs, ledger, "https://feeds.example", now)
	if err := s.Publish(t.Context(), changed...); err != nil {
		t.Fatal(err)
	}
	infos := map[feed.SourceID]publish.SourceInfo{}
	for _, name := range []feed.SourceID{"a", "b", "c"} {
		infos[name] = publish.SourceInfo{Name: name, Title: "Source " + string(name), URL: "https://" + string(name) + ".example/feed"}
	}
	var made strings.Builder
	for _, o := range earlierOutputs {
		out, err := publish.New(o, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		pub := known[o.Name]
		if pub.History == nil {
			pub.History = &feed.History{}
		}
		doc, pub, err := publish.Build(t.Context(), publishing{s}, out, infos, publish.Site{BaseURL: "https://feeds.example", Generator: "sluice"}, pub, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Publish(t.Context(), pub); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&made, "%s %s, first %s, %d archives, older %d\n", o.Name, pub.ID, pub.Since.Format(time.RFC3339), pub.History.Closed, doc.Older)
		for _, e := range doc.Entries {
			fmt.Fprintf(&made, "  %d %s %s %s %s\n", e.Seq, e.ID, e.Date.Format(time.RFC3339), e.Changed.Format(time.RFC3339), e.Title)
			for _, other := range e.Others {
				fmt.Fprintf(&made, "    %s %s\n", other.Source, other.URL)
			}
		}
		for n := range pub.History.Closed {
			members, err := s.Archive(t.Context(), pub.ID, n+1)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&made, "  archive %d: %d\n", n+1, members)
		}
	}
	return made.String()
}

// TestStoresOfEarlierFormatsShowWhatTheyDid opens a store of each format that there was.
// Each is of three papers that were polled for four days, with a text that all carry,
// copies, an edit, a story that was split, and archives; beside it is what its outputs
// were when that format was today's.
func TestStoresOfEarlierFormatsShowWhatTheyDid(t *testing.T) {
	packed, err := filepath.Glob(filepath.Join("testdata", "format-*.db.gz"))
	if err != nil || len(packed) == 0 {
		t.Fatalf("%d stores, %v", len(packed), err)
	}
	for _, name := range packed {
		t.Run(name, func(t *testing.T) {
			path := unpacked(t, name)
			s := bolttest.OpenAt(t, path)
			want, err := os.ReadFile(strings.TrimSuffix(name, ".db.gz") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(publishEarlier(t, s, start.Add(103*time.Hour)), string(want)); d != "" {
				t.Errorf("outputs (got, want):\n%s", d)
			}
			version, kept := s.Migrated()
			if !strings.Contains(name, fmt.Sprintf("format-%d.", version)) || kept != fmt.Sprintf("%s.v%d.bak", path, version) {
				t.Errorf("it was of version %d, and is kept as %s", version, kept)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			was, err := os.ReadFile(unpacked(t, name))
			if err != nil {
				t.Fatal(err)
			}
			is, err := os.ReadFile(kept)
			if err != nil || len(is) == 0 || len(is) > len(was) {
				t.Fatalf("the copy of before has %d bytes of %d, %v", len(is), len(was), err)
			}
			// The copy is a store as it was, which becomes what the store did.
			back := filepath.Join(t.TempDir(), "back.db")
			if err := os.WriteFile(back, is, 0o600); err != nil {
				t.Fatal(err)
			}
			again := bolttest.OpenAt(t, back)
			if version, _ := again.Migrated(); version == 0 {
				t.Error("the copy is of today's format")
			}
			if d := cmp.Diff(publishEarlier(t, again, start.Add(103*time.Hour)), string(want)); d != "" {
				t.Errorf("outputs of the copy (got, want):\n%s", d)
			}
			// A second start finds nothing to do.
			s = bolttest.OpenAt(t, path)
			if version, kept := s.Migrated(); version != 0 || kept != "" {
				t.Errorf("the second start found version %d, kept as %s", version, kept)
			}
		})
	}
}

// unpacked is a store out of a compressed file.
func unpacked(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(z)
	path := filepath.Join(t.TempDir(), "sluice.db")
	if err := errors.Join(err, f.Close(), os.WriteFile(path, all, 0o600)); err != nil {
		t.Fatal(err)
	}
	return path
}

// A copy of an earlier format becomes a store of today's, and stays what it is itself.
func TestACopyOfAnEarlierFormatIsRestored(t *testing.T) {
	copied := unpacked(t, filepath.Join("testdata", "format-1.db.gz"))
	before, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	from, err := bolt.OpenCopy(copied)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sluice.db")
	c, err := bolt.Restore(t.Context(), path, "", from, copied, bolt.Options{})
	if err := errors.Join(err, from.Close()); err != nil || c.Articles != 61 {
		t.Fatalf("%d articles, %v", c.Articles, err)
	}
	if after, err := os.ReadFile(copied); err != nil || string(after) != string(before) {
		t.Errorf("the copy was changed, %v", err)
	}
	s := bolttest.OpenAt(t, path)
	if version, kept := s.Migrated(); version != 0 || kept != "" {
		t.Errorf("what was restored is of version %d, kept as %s", version, kept)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("beside it there are %v, %v", files, err)
	}
}
