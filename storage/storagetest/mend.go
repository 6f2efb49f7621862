// This file is one table: what the contract says of stories that operators mend.

package storagetest

import (
	"errors"
	"time"

	"sluice/feed"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
)

var mendTests = map[string]func(b *bench){
	"AnArticleLeavesItsStoryAndStays":  splitStory,
	"TheFirstOfAStoryLeavesAlone":      splitRoot,
	"AnArticleLeavesItsIdentity":       splitIdentity,
	"WhatIsJoinedByHandIsOne":          joinByHand,
	"WhatWasPartedIsNotJoinedByItself": partedForGood,
	"WhatCannotBeMendedChangesNothing": refused,
}

func splitStory(b *bench) {
	b.configure("a", "b", "c", "d")
	text := wire(1)
	at := b.tell(start, carried("a", 1, text...), carried("b", 1, text...), carried("c", 1, text...))
	before := b.all("a", "b", "c")
	was, err := b.store.Split(b.Context(), b.carrier("b", 1).ID, feed.DedupStory)
	b.must(err)
	if tellers(was) != "a b c" {
		b.Errorf("it was a story of %s", tellers(was))
	}
	if got := tellers(b.story("b", 1)) + ", " + tellers(b.story("a", 1)); got != "b, a c" {
		b.Errorf("stories of %s", got)
	}
	if d := cmp.Diff(b.all("a", "b", "c"), before); d != "" {
		b.Errorf("articles (got, want):\n%s", d)
	}
	b.tell(at, carried("d", 1, text...))
	if got := tellers(b.story("a", 1)); got != "a c d" {
		b.Errorf("another copy joined a story of %s", got)
	}
}

func splitRoot(b *bench) {
	b.configure("a", "b", "c", "d")
	text := wire(1)
	at := b.tell(start, carried("a", 1, text[:4]...), carried("b", 1, text...), carried("c", 1, text...))
	_, err := b.store.Split(b.Context(), b.carrier("a", 1).ID, feed.DedupStory)
	b.must(err)
	s := b.story("c", 1)
	if got := tellers(b.story("a", 1)) + ", " + tellers(s); got != "a, b c" || s.Root != b.carrier("b", 1).Identity {
		b.Errorf("stories of %s, the second known by %d", got, s.Root)
	}
	b.tell(at, carried("d", 1, text[1:]...)) // only b has all of it
	if got := tellers(b.story("d", 1)); got != "b c d" {
		b.Errorf("a copy of the second joined a story of %s", got)
	}
}

func splitIdentity(b *bench) {
	b.configure("a", "b", "c", "d")
	first := carried("a", 1, wire(1)...)
	second, third := first, first
	second.GUID, third.GUID = "urn:x:second", "urn:x:third"
	b.poll("a", start, first)
	b.poll("b", start, second)
	b.poll("c", start, third)
	b.tell(start.Add(time.Hour), carried("d", 1, wire(1)...))
	a, c := b.only("a"), b.only("c")
	if s := b.story("a", 1); tellers(s) != "a b c d" || len(s.Joins) != 1 {
		b.Fatalf("story of %s", tellers(s))
	}
	// The first leaves: the second stands for what stays, and goes on as the story's root.
	_, err := b.store.Split(b.Context(), a.ID, feed.DedupArticle)
	b.must(err)
	left, stays := b.only("a"), b.only("b")
	if left.Identity != left.Seq || stays.Identity != stays.Seq || stays.How != "" || b.only("c").Identity != stays.Seq {
		b.Errorf("identities %d, %d and %d", left.Identity, stays.Identity, b.only("c").Identity)
	}
	if got := tellers(b.story("a", 1)) + ", " + tellers(b.story("d", 1)); got != "a, b c d" {
		b.Errorf("stories of %s", got)
	}
	if form := b.only("b").Form; form == 0 {
		b.Error("it has no form")
	}
	_, err = b.store.Split(b.Context(), c.ID, feed.DedupArticle)
	b.must(err)
	now := b.only("c")
	if now.Identity != now.Seq || now.How != "" || now.Form == c.Form || now.ID != c.ID || !now.Place.Equal(c.Place) {
		b.Errorf("%+v became %+v", c, now)
	}
	if got := tellers(b.story("d", 1)); got != "b d" {
		b.Errorf("story of %s", got)
	}
}

func joinByHand(b *bench) {
	b.configure("a", "b", "c")
	at := b.tell(start, carried("a", 1, wire(1)...), carried("b", 2, wire(2)...), carried("c", 2, wire(2)...))
	before := b.all("a", "b", "c")
	a, other := b.carrier("a", 1), b.carrier("b", 2)
	s, err := b.store.Join(b.Context(), b.carrier("c", 2).ID, a.ID, at)
	b.must(err)
	want := feed.Joined{To: a.Identity, How: feed.HowNear, At: at, Late: true, Operator: true}
	if d := cmp.Diff(s.Joins[other.Identity], want); d != "" || tellers(s) != "a b c" || s.Root != a.Identity {
		b.Errorf("story %d of %s (got, want):\n%s", s.Root, tellers(s), d)
	}
	if s.Branch(b.carrier("c", 2).Identity, start) != a.Identity {
		b.Error("what was joined by hand stays an entry")
	}
	if d := cmp.Diff(b.all("a", "b", "c"), before); d != "" {
		b.Errorf("articles (got, want):\n%s", d)
	}
	// Those that had joined the second go with it.
	_, err = b.store.Split(b.Context(), other.ID, feed.DedupStory)
	b.must(err)
	if got := tellers(b.story("a", 1)) + ", " + tellers(b.story("c", 2)); got != "a, b c" {
		b.Errorf("stories of %s", got)
	}
}

func partedForGood(b *bench) {
	b.configure("a", "b", "c", "d")
	text := wire(1)
	at := b.tell(start, carried("a", 1, text[:2]...), carried("b", 1, text[2:]...), carried("c", 1, text...))
	b.must(errorOf(b.store.Split(b.Context(), b.carrier("b", 1).ID, feed.DedupStory)))
	at = b.tell(at, carried("d", 1, text...))
	if got := tellers(b.story("a", 1)) + ", " + tellers(b.story("b", 1)); got != "a, b c d" { // the whole is a copy of the longer half before all
		b.Errorf("stories of %s", got)
	}
	s, err := b.store.Join(b.Context(), b.carrier("a", 1).ID, b.carrier("b", 1).ID, at)
	b.must(err)
	if tellers(s) != "a b c d" {
		b.Errorf("joined, it is a story of %s", tellers(s))
	}
}

func errorOf[T any](_ T, err error) error { return err }

func refused(b *bench) {
	b.configure("a", "b")
	at := b.tell(start, carried("a", 1, wire(1)...), carried("b", 1, wire(1)...), carried("b", 2, wire(2)...))
	a, two, alone := b.carrier("a", 1), b.carrier("b", 1), b.carrier("b", 2)
	for what, tc := range map[string]struct {
		err, want error
	}{
		"to split what is alone":               {errorOf(b.store.Split(b.Context(), alone.ID, feed.DedupStory)), storage.ErrAlone},
		"to split an identity of one":          {errorOf(b.store.Split(b.Context(), two.ID, feed.DedupArticle)), storage.ErrAlone},
		"to split what is not there":           {errorOf(b.store.Split(b.Context(), "urn:x:no", feed.DedupStory)), feed.ErrNoArticle},
		"to join what is one already":          {errorOf(b.store.Join(b.Context(), a.ID, two.ID, at)), storage.ErrJoined},
		"to join an article with itself":       {errorOf(b.store.Join(b.Context(), a.ID, a.ID, at)), storage.ErrJoined},
		"to join an article with what is none": {errorOf(b.store.Join(b.Context(), a.ID, "urn:x:no", at)), feed.ErrNoArticle},
	} {
		if !errors.Is(tc.err, tc.want) {
			b.Errorf("%s: %v, want %v", what, tc.err, tc.want)
		}
	}
	if got := tellers(b.story("a", 1)) + ", " + tellers(b.story("b", 2)); got != "a b, b" {
		b.Errorf("stories of %s", got)
	}
}
