package storagetest

import (
	"time"

	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

var identityTests = map[string]func(b *bench){
	"CopiesOfOtherSourcesJoinAnIdentity": func(b *bench) {
		b.configure("a", "b", "c")
		first := article("a", 1)
		b.poll("a", start, first)
		for i, name := range []string{"b", "c"} {
			second := first
			second.GUID = "urn:copy:" + name
			if got := b.poll(name, start.Add(time.Hour), second); got.New != 1 || got.Duplicates != 1 {
				b.Errorf("copy %d: got %+v, want 1 new, 1 duplicate", i, got)
			}
		}
		root := b.only("a")
		all, err := b.store.Identity(b.Context(), root.Seq)
		b.must(err)
		var from []feed.SourceID
		for _, a := range all {
			from = append(from, a.Source)
			if a.Identity != root.Seq {
				b.Errorf("article of %s has identity %d, want %d", a.Source, a.Identity, root.Seq)
			}
			if want := a.Seq == root.Seq; (a.How == "") != want {
				b.Errorf("article of %s joined by %q", a.Source, a.How)
			}
		}
		if d := cmp.Diff(from, ids("a", "b", "c")); d != "" {
			b.Errorf("sources (got, want):\n%s", d)
		}
	},
	"DifferentArticlesAreIdentitiesOfTheirOwn": func(b *bench) {
		b.configure("a", "b")
		b.poll("a", start, article("a", 1))
		if got := b.poll("b", start, article("b", 2)); got.Duplicates != 0 {
			b.Errorf("got %+v, want no duplicate", got)
		}
		for _, a := range append(b.all("a"), b.all("b")...) {
			if a.Identity != a.Seq || a.How != "" {
				b.Errorf("article %d: identity %d by %q", a.Seq, a.Identity, a.How)
			}
		}
	},
	"IdentityIsNilWhenThereIsNone": func(b *bench) {
		all, err := b.store.Identity(b.Context(), 12)
		b.must(err)
		if all != nil {
			b.Errorf("got %v", titles(all))
		}
	},
	"IdentityStaysWhenACopyIsEditedAway": func(b *bench) {
		b.configure("a", "b")
		first := article("a", 1)
		b.poll("a", start, first)
		second := first
		second.GUID = "urn:copy"
		b.poll("b", start, second)
		b.poll("b", start.Add(time.Hour), edited(second, 9))
		all, err := b.store.Identity(b.Context(), b.only("a").Seq)
		b.must(err)
		if len(all) != 2 {
			b.Errorf("%d articles in the identity, want 2", len(all))
		}
	},
	"AChangedGuidIsTheSameArticle": func(b *bench) {
		b.configure("a")
		first := article("a", 1)
		b.poll("a", start, first)
		before := b.only("a")
		second := first
		second.GUID = "https://a.example/new/1"
		if got := b.poll("a", start.Add(time.Hour), second); got.New != 0 {
			b.Errorf("got %+v, want nothing new", got)
		}
		// The new guid is remembered: with it alone the article is known again.
		third := second
		third.URL = "https://a.example/elsewhere"
		if got := b.poll("a", start.Add(2*time.Hour), third); got.New != 0 {
			b.Errorf("by the new guid: got %+v, want nothing new", got)
		}
		if after := b.only("a"); after.ID != before.ID || after.Seq != before.Seq {
			b.Errorf("article %d %q became %d %q", before.Seq, before.ID, after.Seq, after.ID)
		}
	},
	"AnItemThatVanishesAndReturnsIsNotNew": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 1))
		b.poll("a", start.Add(time.Hour), article("a", 2))
		b.poll("a", start.Add(2*time.Hour))
		if got := b.poll("a", start.Add(400*24*time.Hour), article("a", 1)); got.New != 0 || got.Updated != 0 {
			b.Errorf("got %+v, want nothing", got)
		}
	},
}
