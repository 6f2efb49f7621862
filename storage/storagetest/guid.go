// This file is what the contract says of guids that are not what they should be.

package storagetest

import (
	"fmt"
	"slices"
	"time"

	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

// long is a text that nobody writes twice.
const long = harbour + " " + museum + " " + orchard

// several are items without guids that share nothing.
func several(address bool) (all []feed.Article) {
	for i, text := range []string{harbour, museum, orchard, words(7, 40)} {
		a := item("", "", fmt.Sprintf("%s tells", words(i+90, 3)), text)
		if address {
			a.URL = fmt.Sprintf("https://a.example/%d", i)
		} else {
			a.Content += "<p>" + words(i+31, 40) + "</p>"
		}
		all = append(all, a)
	}
	return all
}

// named gives items guids made from their places.
func named(doc []feed.Article, guid func(i int) string) []feed.Article {
	doc = slices.Clone(doc)
	for i := range doc {
		doc[i].GUID = guid(i)
	}
	return doc
}

// faults polls documents and returns those faults of guids that are told of.
func (b *bench) faults(docs ...[]feed.Article) (told []feed.GUIDFault) {
	b.Helper()
	for i, doc := range docs {
		at := start.Add(time.Duration(i) * time.Hour)
		m, err := b.store.Merge(b.Context(), delivery(b.claim("a", at), at, doc...))
		b.must(err)
		if m.GUIDs != "" {
			told = append(told, m.GUIDs)
		}
	}
	return told
}

func (b *bench) wantFault(told []feed.GUIDFault, want ...feed.GUIDFault) {
	b.Helper()
	if !slices.Equal(told, want) {
		b.Errorf("told of %v, want %v", told, want)
	}
	is := feed.GUIDFault("")
	if len(want) > 0 {
		is = want[0]
	}
	if got := b.state("a").GUIDs; got != is {
		b.Errorf("the source's state says %q, want %q", got, is)
	}
}

// wantAll checks that the articles of source a are just these, by title.
func (b *bench) wantAll(doc []feed.Article) {
	b.Helper()
	got, want := titles(b.all("a")), []string{}
	for _, a := range doc {
		want = append(want, a.Title)
	}
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(got, want); d != "" {
		b.Errorf("articles (got, want):\n%s", d)
	}
}

var guidTests = map[string]func(b *bench){
	"OneGuidForAllIsToldOfOnceAndLosesNothing": func(b *bench) {
		b.configure("a")
		doc := named(several(true), func(int) string { return "feed" })
		more := append(named([]feed.Article{item("", "https://a.example/9", "A ninth", long)}, func(int) string { return "feed" }), doc...)
		b.wantFault(b.faults(doc[2:], doc, doc, more, more[:1], more), feed.GUIDsShared)
		b.wantAll(more)
	},
	"NewGuidsAtEachPollAreToldOfOnceAndRepeatNothing": func(b *bench) {
		for _, address := range []bool{true, false} {
			name := fmt.Sprint("addresses: ", address)
			b.configure("a")
			doc := several(address)
			if !address {
				b.configure("b", "a")
				doc = doc[:3]
			}
			var docs [][]feed.Article
			for n := range 8 {
				docs = append(docs, named(doc, func(i int) string { return fmt.Sprint(name, "-", n, "-", i) }))
			}
			before := len(b.all("a"))
			b.faults(docs...)
			if got := len(b.all("a")) - before; got != len(doc) {
				b.Errorf("%s: %d articles, want %d", name, got, len(doc))
			}
		}
		if got := b.state("a").GUIDs; got != feed.GUIDsChange {
			b.Errorf("the source's state says %q, want %q", got, feed.GUIDsChange)
		}
	},
	"GuidsThatCountPlacesLoseAndRepeatNothing": func(b *bench) {
		b.configure("a")
		stories := several(true)
		place := func(i int) string { return fmt.Sprint("item-", i+1) }
		first := named(stories[2:], place)
		second := named(stories[1:], place)
		third := named(stories, place)
		b.faults(first, second, third, third, third[:3], second, named(append(slices.Clone(stories[1:]), stories[0]), place))
		b.wantAll(stories)
	},
	"AGuidThatIsGivenToAnotherStoryIsTwoArticles": func(b *bench) {
		b.configure("a")
		one := on(1, item("g", "https://a.example/1", "Crane falls into harbour", harbour))
		two := on(2, item("g", "https://a.example/2", "Museum buys letters", museum))
		three := on(3, item("g", "https://a.example/3", "Frost kills apples", orchard))
		rewritten := on(3, item("g", "https://a.example/3", "Half of all apples lost", long))
		b.faults([]feed.Article{one}, []feed.Article{two}, []feed.Article{two}, []feed.Article{three}, []feed.Article{one}, []feed.Article{rewritten})
		b.wantAll([]feed.Article{one, two, rewritten})
	},
	"ALiveBlogThatBecameAReportIsOneArticle": func(b *bench) {
		b.configure("a")
		live := on(1, item("g", "https://a.example/news/415491/live-harbour-closed", "Live: harbour closed", harbour))
		report := on(2, item("g", "https://a.example/news/415491/what-happened-to-the-letters", "What happened to the letters", museum))
		b.faults([]feed.Article{live}, []feed.Article{report}, []feed.Article{report})
		b.wantAll([]feed.Article{report})
	},
	"GuidsThatAreGivenToOtherStoriesAreToldOf": func(b *bench) {
		b.configure("a")
		texts := []string{harbour, museum, orchard}
		var docs [][]feed.Article
		for day := range 4 {
			docs = append(docs, []feed.Article{on(day+1, item("g", fmt.Sprintf("https://a.example/%d", day), words(day+7, 4), words(day+50, 20)))},
				[]feed.Article{on(day+1, item("h", fmt.Sprintf("https://a.example/h%d", day), words(day+70, 4), texts[day%3]+words(day+90, 20)))})
		}
		b.wantFault(b.faults(docs...), feed.GUIDsReused)
		if n := len(b.all("a")); n != 8 {
			b.Errorf("%d articles, want 8", n)
		}
	},
	"TwoItemsOfADocumentAreNeverOneArticle": func(b *bench) {
		b.configure("a")
		one, two := item("g1", "https://a.example/1", "Crane", harbour), item("g2", "https://a.example/1", "Crane", harbour)
		other := item("g1", "https://a.example/2", "Letters", museum)
		b.faults([]feed.Article{one}, []feed.Article{two}, []feed.Article{other, two}, []feed.Article{two, other}, []feed.Article{other}, []feed.Article{two})
		b.wantAll([]feed.Article{two, other})
	},
	"GuidsThatAlternateAreNoFault": func(b *bench) {
		b.configure("a")
		var docs [][]feed.Article
		for n := range 12 {
			docs = append(docs, named(several(true), func(i int) string { return fmt.Sprint("server-", n%2, "-", i) }))
		}
		b.wantFault(b.faults(docs...))
		b.wantAll(several(true))
	},
	"AMoveOfAllGuidsIsNoFault": func(b *bench) {
		b.configure("a")
		var docs [][]feed.Article
		for n := range 8 {
			docs = append(docs, named(several(true), func(i int) string { return fmt.Sprint("scheme-", n/4, "-", i) }))
		}
		b.wantFault(b.faults(docs...))
		b.wantAll(several(true))
	},
	"AnOperatorsChoiceIsNotDoubted": func(b *bench) {
		src := source("a")
		src.Identity = feed.IdentityGUID
		b.set([]feed.Source{src})
		doc := named(several(true), func(int) string { return "feed" })
		b.wantFault(b.faults(doc, doc, doc, doc))
		if n := len(b.all("a")); n != 1 {
			b.Errorf("%d articles of one guid, want 1", n)
		}
	},
	"AVerdictOnGuidsIsForGood": func(b *bench) {
		b.configure("a")
		bad := named(several(true), func(int) string { return "feed" })
		good := named(several(true), func(i int) string { return fmt.Sprint("g", i) })
		docs := [][]feed.Article{bad}
		for range 10 {
			docs = append(docs, good, bad, good)
		}
		b.wantFault(b.faults(docs...), feed.GUIDsShared)
		b.wantAll(good)
		at := start.Add(1000 * time.Hour)
		d := delivery(b.claim("a", at), at)
		d.Articles, d.State.GUIDs = nil, ""
		_, err := b.store.Merge(b.Context(), d)
		b.must(err)
		if got := b.state("a").GUIDs; got != feed.GUIDsShared {
			b.Errorf("after a poll without a document the state says %q", got)
		}
	},
}
