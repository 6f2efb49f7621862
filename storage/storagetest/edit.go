// This file is what the contract says of articles that are listed again.

package storagetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// noisy is an article as a publisher writes it whose pages count their readers.
// What n changes is no part of it.
func noisy(n int) feed.Article {
	return feed.Article{
		GUID: "1", URL: fmt.Sprintf("https://a.example/1?utm_source=s%d", n), Title: "Crane falls",
		Content: fmt.Sprintf(`<p>%s</p><p><a href="https://b.example/x?fbclid=%d">More</a><img src="https://a.example/p.jpg?v=%d" width="%d"/></p>`+
			`<p>Posted %d hours ago</p><p>%d comments</p>`, harbour, n, n, n+1, n+2, n+7),
		Summary: fmt.Sprintf("<p>In%sshort, %d minutes ago.</p>", strings.Repeat(" ", n%3+1), n+2),
	}
}

// withAd adds a line to an article.
func withAd(a feed.Article, ad string) feed.Article {
	a.Content += "<p>" + ad + "</p>"
	return a
}

var ads = []string{
	"Subscribe to our letter and read it every morning", "Have you seen the offers of our shop yet",
	`<a href="https://ad.example/3"><img src="https://ad.example/3.gif"/></a>`, "Our app shows you all of this at once",
}

var editTests = map[string]func(b *bench){
	"WhatChangesByItselfChangesNothing": func(b *bench) {
		b.configure("a")
		b.poll("a", start, noisy(0))
		before := b.only("a")
		for n := range 5 {
			if got := b.poll("a", start.Add(time.Duration(n+1)*time.Hour), noisy(n)); got != (storage.Merged{}) {
				b.Errorf("got %+v, want nothing", got)
			}
			b.unchanged(before)
		}
	},
	"LinesThatAllItemsShareChangeNothing": func(b *bench) {
		b.configure("a")
		doc := func(n int) (all []feed.Article) {
			for i := range 4 {
				all = append(all, withAd(undated("a", i+1), ads[n%len(ads)]))
			}
			return all
		}
		b.poll("a", start, doc(0)...)
		before := b.all("a")
		for n := range 6 {
			if got := b.poll("a", start.Add(time.Duration(n+1)*time.Hour), doc(n)...); got != (storage.Merged{}) {
				b.Errorf("advertisement %d: got %+v, want nothing", n, got)
			}
		}
		if d := cmp.Diff(b.all("a"), before); d != "" {
			b.Errorf("articles (got, want):\n%s", d)
		}
	},
	"LinesThatItemsSharedAreRememberedForThoseThatAreLeft": func(b *bench) {
		b.configure("a")
		b.poll("a", start, withAd(undated("a", 1), ads[0]), withAd(undated("a", 2), ads[0]), withAd(undated("a", 3), ads[0]))
		b.poll("a", start.Add(time.Hour), withAd(undated("a", 4), ads[1]), withAd(undated("a", 5), ads[1]), withAd(undated("a", 6), ads[1]))
		before := b.all("a")
		if got := b.poll("a", start.Add(2*time.Hour), withAd(undated("a", 1), ads[1])); got != (storage.Merged{}) {
			b.Errorf("got %+v, want nothing", got)
		}
		if d := cmp.Diff(b.all("a"), before); d != "" {
			b.Errorf("articles (got, want):\n%s", d)
		}
	},
	"ATypoIsMendedAndNotCalledAnUpdate": func(b *bench) {
		b.configure("a")
		wrong, right := item("1", "", "Crane falls", harbour), item("1", "", "Crane falls", harbour)
		wrong.Content = strings.Replace(wrong.Content, "water", "watter", 1)
		b.poll("a", start, wrong)
		before := b.only("a")
		if got := b.poll("a", start.Add(time.Hour), right); got != (storage.Merged{Updated: 1}) {
			b.Errorf("got %+v, want 1 updated", got)
		}
		want := before
		want.Content = right.Content
		b.sameButForm(want)
	},
	"AnArticleIsCalledUpdatedOnceInHalfAnHour": func(b *bench) {
		b.configure("a")
		b.poll("a", start, undated("a", 1))
		first := start.Add(time.Minute)
		for i, test := range []struct{ at, want time.Time }{
			{first, first}, {first, first}, {first.Add(29 * time.Minute), first}, {first.Add(30 * time.Minute), first.Add(30 * time.Minute)},
		} {
			is := edited(undated("a", 1), i)
			if got := b.poll("a", test.at, is); got != (storage.Merged{Updated: 1}) {
				b.Errorf("edit %d: got %+v", i, got)
			}
			a := b.only("a")
			if !a.Changed.Equal(test.want) || a.Title != is.Title || a.Content != is.Content {
				b.Errorf("edit %d: %q changed %v, want %v", i, a.Title, a.Changed, test.want)
			}
		}
	},
	"AnArticleIsCalledUpdatedTenTimesADay": func(b *bench) {
		b.configure("a")
		b.poll("a", start, undated("a", 1))
		raised, last := []time.Time{}, b.only("a").Changed
		for i := range 100 {
			b.poll("a", start.Add(time.Duration(i+1)*45*time.Minute), edited(undated("a", 1), i))
			if is := b.only("a").Changed; is.After(last) {
				raised, last = append(raised, is), is
			}
		}
		for i := range raised {
			if i >= 10 && raised[i].Sub(raised[i-10]) < 24*time.Hour {
				b.Errorf("11 updates from %v to %v", raised[i-10], raised[i])
			}
		}
		if len(raised) < 30 {
			b.Errorf("%d updates in three days of edits, want 10 each day", len(raised))
		}
	},
	"AnEditAfterTheClockWentBackIsDatedLaterAllTheSame": func(b *bench) {
		b.configure("a")
		b.poll("a", start.Add(48*time.Hour), undated("a", 1))
		b.poll("a", start.Add(49*time.Hour), edited(undated("a", 1), 1))
		last := b.only("a").Changed
		b.poll("a", start, edited(undated("a", 1), 2))
		if is := b.only("a").Changed; !is.Equal(last.Add(time.Second)) {
			b.Errorf("changed %v, want a second after %v", is, last)
		}
	},
	"AFullTextIsKeptWhereItsSummaryIsListedInTurn": func(b *bench) {
		b.configure("a")
		full := item("1", "", "Crane falls", harbour+"</p><p>"+museum+"</p><p>"+orchard)
		brief := item("1", "", "Crane falls", harbour)
		b.poll("a", start, brief)
		want := b.only("a")
		want.Content = full.Content
		if got := b.poll("a", start.Add(time.Hour), full); got != (storage.Merged{Updated: 1}) {
			b.Errorf("got %+v, want 1 updated", got)
		}
		b.sameButForm(want)
		want = b.only("a")
		for i := range 4 {
			doc := []feed.Article{brief, full}[i%2]
			if got := b.poll("a", start.Add(time.Duration(i+2)*time.Hour), doc); got != (storage.Merged{}) {
				b.Errorf("listing %d: got %+v, want nothing", i, got)
			}
			b.unchanged(want)
		}
	},
	"AnAddressThatAlternatesStaysWhatItLastBecame": func(b *bench) {
		b.configure("a")
		one, two := item("1", "https://a.example/news/1", "Crane falls", harbour), item("1", "https://a.example/sport/1", "Crane falls", harbour)
		b.poll("a", start, one)
		want := b.only("a")
		want.URL = two.URL
		if got := b.poll("a", start.Add(time.Hour), two); got != (storage.Merged{Updated: 1}) {
			b.Errorf("got %+v, want 1 updated", got)
		}
		b.sameButForm(want)
		want = b.only("a")
		for i := range 4 {
			if got := b.poll("a", start.Add(time.Duration(i+2)*time.Hour), []feed.Article{one, two}[i%2]); got != (storage.Merged{}) {
				b.Errorf("listing %d: got %+v, want nothing", i, got)
			}
			b.unchanged(want)
		}
	},
	"PublishedNeverMoves": func(b *bench) {
		b.configure("a")
		b.poll("a", start, undated("a", 1))
		date := b.only("a").Date
		later := edited(undated("a", 1), 1)
		later.Published, later.Updated = start.Add(-time.Hour), start.Add(400*24*time.Hour)
		b.poll("a", start.Add(time.Hour), later)
		if a := b.only("a"); !a.Date.Equal(date) || !a.Changed.Equal(start.Add(time.Hour)) {
			b.Errorf("date %v, want %v; changed %v, want the time of the poll", a.Date, date, a.Changed)
		}
	},
}

// unchanged checks the one article of source a.
func (b *bench) unchanged(want feed.Stored) {
	b.Helper()
	if d := cmp.Diff(b.only("a"), want); d != "" {
		b.Errorf("article (got, want):\n%s", d)
	}
}

// checkNoise draws documents of a publisher whose pages count, rotate and pixel,
// and who edits now and then. What changes by itself changes nothing, a document
// again changes nothing, and an edit raises the date at most as often as it may.
func checkNoise(t *testing.T, open func(t testing.TB) storage.Store) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t, open(t))
		b.configure("a")
		count := rapid.IntRange(3, 5).Draw(rt, "items")
		texts := make([]int, count)
		now := start
		doc := func() (all []feed.Article) {
			ad := rapid.SampledFrom(ads).Draw(rt, "ad")
			for i := range count {
				a := noisy(rapid.IntRange(0, 50).Draw(rt, "noise"))
				a.GUID, a.URL = fmt.Sprint(i), fmt.Sprintf("https://a.example/%d?utm_campaign=%d", i, len(ad))
				a.Title, a.Content = words(i*31+texts[i], 6), "<p>"+words(i*97+texts[i]*13+5, 40)+"</p>"+a.Content
				all = append(all, withAd(a, ad))
			}
			return all
		}
		poll := func(doc []feed.Article) storage.Merged {
			now = now.Add(time.Duration(rapid.IntRange(60, 7200).Draw(rt, "seconds")) * time.Second)
			return b.poll("a", now, doc...)
		}
		poll(doc())
		for range rapid.IntRange(1, 8).Draw(rt, "polls") {
			before := b.all("a")
			edit := rapid.IntRange(-1, count-1).Draw(rt, "edit")
			want := storage.Merged{}
			if edit >= 0 {
				texts[edit]++
				want.Updated = 1
			}
			d := doc()
			if got := poll(d); got != want {
				rt.Fatalf("got %+v, want %+v", got, want)
			}
			is := b.all("a")
			if again := poll(d); again != (storage.Merged{}) || cmp.Diff(b.all("a"), is) != "" {
				rt.Fatalf("the same again: %+v\n%s", again, cmp.Diff(b.all("a"), is))
			}
			for i, a := range is {
				if edited := a.GUID == fmt.Sprint(edit); !edited && cmp.Diff(a, before[i]) != "" {
					rt.Fatalf("article %s changed by itself (got, was):\n%s", a.GUID, cmp.Diff(a, before[i]))
				} else if edited && (a.Form == before[i].Form || a.Changed.Before(before[i].Changed)) {
					rt.Fatalf("article %s: form %d to %d, changed %v to %v", a.GUID, before[i].Form, a.Form, before[i].Changed, a.Changed)
				}
			}
		}
	})
}
