package storagetest

import (
	"bytes"
	"time"

	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

var publicationTests = map[string]func(b *bench){
	"PublicationsAreRememberedByName": func(b *bench) {
		one := feed.Publication{Output: "one", ID: "urn:x:one", Since: start, Digest: [32]byte{1, 2, 31: 3}, Modified: start.Add(time.Hour)}
		two := feed.Publication{Output: "two", Since: start}
		b.must(b.store.Publish(b.Context(), two, one))
		check := func(want ...feed.Publication) {
			b.Helper()
			got, err := b.store.Publications(b.Context())
			b.must(err)
			if d := cmp.Diff(got, want); d != "" {
				b.Errorf("publications (got, want):\n%s", d)
			}
		}
		check(one, two)
		two.Digest[0], two.Modified = 9, start.Add(2*time.Hour)
		b.must(b.store.Publish(b.Context(), two))
		check(one, two)
		if err := b.store.Publish(b.Context(), feed.Publication{Output: "three"}, feed.Publication{}); err == nil {
			b.Error("a publication without a name was taken")
		}
		check(one, two)
		b.must(b.store.Publish(b.Context()))
	},
	"AHistoryGoesWithItsIDAndItsArchivesStay": func(b *bench) {
		h := &feed.History{Seen: 900, Rules: [32]byte{7}, At: start, Closed: 2, Open: []uint64{5, 800, 900}, Closing: [][]uint64{{1, 2, 300}, {4, 1 << 40}}}
		p := feed.Publication{Output: "one", ID: "urn:x:one", Since: start, History: h}
		b.must(b.store.Publish(b.Context(), p))
		check := func(output string, want feed.History) {
			b.Helper()
			all, err := b.store.Publications(b.Context())
			b.must(err)
			for _, got := range all {
				if got.Output != output {
					continue
				}
				want.Closing = nil
				if d := cmp.Diff(got.History, &want); d != "" {
					b.Errorf("history (got, want):\n%s", d)
				}
			}
			for i, want := range h.Closing {
				got, err := b.store.Archive(b.Context(), p.ID, i+1)
				b.must(err)
				if d := cmp.Diff(got, want); d != "" {
					b.Errorf("archive %d (got, want):\n%s", i+1, d)
				}
			}
		}
		check("one", *h)
		p.History, p.Modified = nil, start.Add(time.Hour)
		b.must(b.store.Publish(b.Context(), p))
		check("one", *h)
		moved := p
		moved.Output, p.ID = "two", ""
		next := &feed.History{Seen: 901, Closed: 3, Closing: [][]uint64{{5, 800, 901}}}
		moved.History = next
		b.must(b.store.Publish(b.Context(), p, moved))
		p.ID = moved.ID
		h.Closing = append(h.Closing, next.Closing...)
		check("two", *next)
		for _, n := range []int{-1, 0, 4} {
			if got, err := b.store.Archive(b.Context(), p.ID, n); err != nil || got != nil {
				b.Errorf("archive %d: got %v, %v", n, got, err)
			}
		}
		if got, err := b.store.Archive(b.Context(), "urn:x:other", 1); err != nil || got != nil {
			b.Errorf("archive of no output: got %v, %v", got, err)
		}
	},
	"AHistoryThatCannotBeIsRefusedAndChangesNothing": func(b *bench) {
		was := feed.Publication{Output: "one", ID: "urn:x:one", Since: start, History: &feed.History{Seen: 3, Closed: 1, Closing: [][]uint64{{1, 2}}}}
		b.must(b.store.Publish(b.Context(), was))
		for name, p := range map[string]feed.Publication{
			"without an id":              {Output: "one", History: &feed.History{}},
			"entries that do not rise":   {Output: "one", ID: "urn:x:one", History: &feed.History{Open: []uint64{2, 2}}},
			"an entry without a number":  {Output: "one", ID: "urn:x:one", History: &feed.History{Open: []uint64{0}}},
			"more closed than there are": {Output: "one", ID: "urn:x:one", History: &feed.History{Closing: [][]uint64{{1}}}},
			"other members of an archive": {
				Output: "one", ID: "urn:x:one", History: &feed.History{Closed: 1, Closing: [][]uint64{{1, 3}}},
			},
		} {
			if err := b.store.Publish(b.Context(), p); err == nil {
				b.Errorf("%s: taken", name)
			}
		}
		all, err := b.store.Publications(b.Context())
		b.must(err)
		was.History = &feed.History{Seen: 3, Closed: 1}
		if d := cmp.Diff(all, []feed.Publication{was}); d != "" {
			b.Errorf("publications (got, want):\n%s", d)
		}
	},
	"ArticlesAreFoundByTheirNumbers": func(b *bench) {
		b.configure("a")
		b.poll("a", start, run("a", 1, 3)...)
		all := b.all("a")
		got, err := b.store.Numbered(b.Context(), []uint64{all[2].Seq, 1 << 50, all[0].Seq})
		b.must(err)
		b.must(b.store.Fill(b.Context(), got))
		if d := cmp.Diff(got, []feed.Stored{all[2], all[0]}); d != "" {
			b.Errorf("articles (got, want):\n%s", d)
		}
	},
	"ADocumentIsKeptUntilTheNext": func(b *bench) {
		check := func(id string, want []byte) {
			b.Helper()
			got, err := b.store.Kept(b.Context(), id)
			b.must(err)
			if !bytes.Equal(got, want) {
				b.Errorf("kept for %s: %q, want %q", id, got, want)
			}
		}
		check("urn:x:one", nil)
		for _, doc := range []string{"first", "", "second"} {
			b.must(b.store.Keep(b.Context(), "urn:x:one", []byte(doc)))
			check("urn:x:one", []byte(doc))
		}
		check("urn:x:two", nil)
		check("", nil)
		if err := b.store.Keep(b.Context(), "", []byte("x")); err == nil {
			b.Error("a document of no output was kept")
		}
	},
}
