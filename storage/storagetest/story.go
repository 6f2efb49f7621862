// This file is one table: what the contract says of stories.

package storagetest

import (
	"errors"
	"strings"
	"time"

	"sluice/feed"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
)

// wire is a text that several sites carry: five paragraphs, by the number of the text.
func wire(n int) []string {
	all := make([]string, 5)
	for i := range all {
		all[i] = "<p>" + words(7919*(n+1)+i, 30) + "</p>"
	}
	return all
}

// headline is made of words of the text, other ones for each site: a title that has
// nothing to do with a text would speak against it.
func headline(site string, n int) string {
	var all []string
	for _, p := range wire(n) {
		all = append(all, strings.Fields(p)[1+int(site[0]-'a')])
	}
	return strings.Join(all, " ")
}

// carried is a text, or a part of it, as a site carries it under its own headline.
func carried(site string, n int, paragraphs ...string) feed.Article {
	a := article(site, 100_000+n)
	a.Title = headline(site, n)
	a.Summary, a.Content = "", strings.Join(paragraphs, "\n")
	a.Published = time.Time{}
	return a
}

// story returns the story of the one article of a source that has the number.
func (b *bench) story(site string, n int) feed.Story {
	b.Helper()
	s, err := b.store.Story(b.Context(), b.carrier(site, n).Identity)
	b.must(err)
	return s
}

func (b *bench) carrier(site string, n int) feed.Stored {
	b.Helper()
	want := carried(site, n)
	for _, a := range b.all(site) {
		if a.GUID == want.GUID {
			return a
		}
	}
	b.Fatalf("%s has no article %d", site, n)
	return feed.Stored{}
}

// tellers are the sources of a story's articles, the first first.
func tellers(s feed.Story) string {
	var names []string
	for _, a := range s.Articles {
		names = append(names, string(a.Source))
	}
	return strings.Join(names, " ")
}

// tell has sites bring texts, an hour apart.
func (b *bench) tell(at time.Time, all ...feed.Article) time.Time {
	b.Helper()
	for _, a := range all {
		at = at.Add(time.Hour)
		site := strings.Split(strings.TrimPrefix(a.URL, "https://"), ".")[0]
		b.poll(site, at, a)
	}
	return at
}

var storyTests = map[string]func(b *bench){
	"ACopyUnderAnotherHeadlineJoinsTheStory": func(b *bench) {
		b.configure("a", "b", "c")
		text := wire(1)
		b.poll("a", start, carried("a", 1, text...))
		at := start.Add(2 * time.Hour)
		if got := b.poll("b", at, carried("b", 1, text[:4]...)); got.New != 1 || got.Duplicates != 1 {
			b.Errorf("got %+v, want one new that is a duplicate", got)
		}
		if got := b.poll("c", at, carried("c", 1, text...)); got.Duplicates != 1 {
			b.Errorf("got %+v, want a duplicate", got)
		}
		s, first, second, third := b.story("c", 1), b.carrier("a", 1), b.carrier("b", 1), b.carrier("c", 1)
		if tellers(s) != "a b c" || s.Root != first.Identity || len(s.Joins) != 2 {
			b.Errorf("story %d of %s, %d joined", s.Root, tellers(s), len(s.Joins))
		}
		want := map[uint64]feed.Joined{
			second.Identity: {To: first.Identity, How: feed.HowNear, Reason: s.Joins[second.Identity].Reason, Score: 1, At: at},
			third.Identity:  {To: first.Identity, How: feed.HowText, Reason: s.Joins[third.Identity].Reason, Score: 1, At: at},
		}
		if d := cmp.Diff(s.Joins, want); d != "" || s.Joins[second.Identity].Reason == "" {
			b.Errorf("joins (got, want):\n%s", d)
		}
		if second.Identity != second.Seq || second.How != "" || second.ID == first.ID {
			b.Errorf("the copy has identity %d by %q, and id %s", second.Identity, second.How, second.ID)
		}
	},
	"OtherTextsAreOtherStories": func(b *bench) {
		b.configure("a", "b")
		b.poll("a", start, carried("a", 1, wire(1)...))
		if got := b.poll("b", start, carried("b", 2, wire(2)...), carried("b", 3, wire(3)...)); got.Duplicates != 0 {
			b.Errorf("got %+v, want no duplicate", got)
		}
		if s := b.story("b", 2); tellers(s) != "b" || s.Joins != nil {
			b.Errorf("story of %s", tellers(s))
		}
	},
	"ItemsOfOneDocumentAreNeverOneStory": func(b *bench) {
		b.configure("a")
		if got := b.poll("a", start, carried("a", 1, wire(1)[:4]...), carried("a", 2, wire(1)...)); got.Duplicates != 0 {
			b.Errorf("got %+v, want no duplicate", got)
		}
	},
	"ACopyThatComesAWeekLaterIsAStoryOfItsOwn": func(b *bench) {
		b.configure("a", "b")
		b.tell(start, carried("a", 1, wire(1)...))
		if got := b.poll("b", start.Add(7*24*time.Hour), carried("b", 1, wire(1)...)); got.Duplicates != 0 {
			b.Errorf("got %+v, want no duplicate", got)
		}
	},
	"TheSameTextUnderTheSameTitleIsFoundForAMonth": func(b *bench) {
		b.configure("a", "b", "c", "d")
		same := func(site string) feed.Article {
			a := carried(site, 1, wire(1)...)
			a.Title = "Harbour bridge shut"
			return a
		}
		b.tell(start, same("a"))
		b.poll("b", start.Add(20*24*time.Hour), same("b"))
		b.poll("c", start.Add(21*24*time.Hour), carried("c", 1, wire(1)...)) // b's, of a day ago
		b.poll("d", start.Add(60*24*time.Hour), same("d"))
		s := b.story("b", 1)
		if j := s.Joins[b.carrier("b", 1).Identity]; tellers(s) != "a b c" || j.How != feed.HowText || j.Score != 1 || j.Late {
			b.Errorf("story of %s, joined as %+v", tellers(s), j)
		}
		if got := tellers(b.story("d", 1)); got != "d" {
			b.Errorf("two months later it is a story of %s", got)
		}
	},
	"ATitleThatComesBackEachDaySaysNothing": func(b *bench) {
		b.configure("a", "b")
		column := func(site string, day int) feed.Article {
			a := carried(site, day, wire(1)[0], wire(50 + day)[1], "<p>"+words(9000+day, 8)+"</p>")
			a.Title = "What the markets did on this day in the harbour"
			return a
		}
		for day := range 3 {
			b.poll("a", start.Add(time.Duration(day)*24*time.Hour), column("a", day))
		}
		b.poll("b", start.Add(49*time.Hour), column("b", 2))
		if s := b.story("b", 2); tellers(s) != "b" {
			b.Errorf("story of %s", tellers(s))
		}
	},
	"TwoHalvesAreFoundToBeOneByTheWhole": func(b *bench) {
		b.configure("a", "b", "c", "d")
		text := wire(1)
		at := b.tell(start, carried("a", 1, text[:2]...), carried("b", 1, text[2:]...), carried("c", 1, text...))
		first, second, whole := b.carrier("a", 1), b.carrier("b", 1), b.carrier("c", 1)
		s := b.story("b", 1)
		if tellers(s) != "a b c" || s.Root != first.Identity {
			b.Fatalf("story %d of %s", s.Root, tellers(s))
		}
		late := s.Joins[second.Identity]
		if !late.Late || late.Via != whole.Identity || !late.At.Equal(at) || late.To != first.Identity || late.Operator {
			b.Errorf("the second half joined as %+v", late)
		}
		if s.Branch(second.Identity, start) != second.Identity || s.Branch(second.Identity, at.Add(1)) != first.Identity {
			b.Error("the second half is an entry where nobody saw it, or none where somebody did")
		}
		b.tell(at, carried("d", 1, text[2:]...))
		if s := b.story("d", 1); tellers(s) != "a b c d" {
			b.Errorf("another copy makes it a story of %s", tellers(s))
		}
	},
	"WhatWasFoundLateIsOneEntryWhenItIsJoinedByHand": func(b *bench) {
		b.configure("a", "b", "c")
		text := wire(1)
		at := b.tell(start, carried("a", 1, text[:2]...), carried("b", 1, text[2:]...), carried("c", 1, text...))
		first, second := b.carrier("a", 1), b.carrier("b", 1)
		s, err := b.store.Join(b.Context(), second.ID, first.ID, at)
		b.must(err)
		if j := s.Joins[second.Identity]; !j.Operator || j.Via == 0 || s.Branch(second.Identity, start) != first.Identity || tellers(s) != "a b c" {
			b.Errorf("the second half joined as %+v", j)
		}
		if _, err := b.store.Join(b.Context(), second.ID, first.ID, at); !errors.Is(err, storage.ErrJoined) {
			b.Errorf("again: %v", err)
		}
	},
	"ATextThatReplacedASummaryIsWhatCopiesAreComparedWith": func(b *bench) {
		b.configure("a", "b")
		short := carried("a", 1, "<p>"+words(1, 6)+"</p>")
		b.poll("a", start, short)
		short.Content = strings.Join(wire(1), "\n")
		b.poll("a", start.Add(time.Hour), short)
		b.poll("b", start.Add(2*time.Hour), carried("b", 1, wire(1)...))
		if s := b.story("b", 1); tellers(s) != "a b" {
			b.Errorf("story of %s", tellers(s))
		}
	},
	"DeliveriesThatAreStoredTogetherAreComparedWithEachOther": func(b *bench) {
		b.configure("a", "b", "c")
		var all []*storage.Delivery
		for _, site := range []string{"a", "b", "c"} {
			d := delivery(b.claim(site, start), start, carried(site, 1, wire(1)...))
			all = append(all, &d)
		}
		for i, r := range b.store.MergeAll(b.Context(), all) {
			b.must(r.Err)
			if want := min(i, 1); r.Merged.Duplicates != want {
				b.Errorf("delivery %d: %+v, want %d duplicates", i, r.Merged, want)
			}
		}
		if s := b.story("b", 1); tellers(s) != "a b c" {
			b.Errorf("story of %s", tellers(s))
		}
	},
	"AnUnknownIdentityHasNoStory": func(b *bench) {
		s, err := b.store.Story(b.Context(), 77)
		b.must(err)
		if s.Articles != nil || s.Joins != nil {
			b.Errorf("got %+v", s)
		}
	},
	"ArticlesAreFoundByAnyFormOfTheirAddress": func(b *bench) {
		b.configure("a", "b")
		shared := article("a", 1)
		b.poll("a", start, shared)
		other := shared
		other.GUID = "urn:x:other"
		b.poll("b", start, other)
		for url, want := range map[string]int{
			shared.URL: 2, "http://www.a.example/posts/1?utm_source=x": 2, "urn:x:other": 1, shared.GUID: 1,
			"https://a.example/": 0, "": 0, "nothing at all": 0, "https://a.example/posts/2": 0,
		} {
			found, err := b.store.ByURL(b.Context(), url)
			b.must(err)
			if len(found) != want {
				b.Errorf("%s: %v, want %d", url, titles(found), want)
			}
		}
	},
}
