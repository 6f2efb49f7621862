// This file is one table: what the contract says of deliveries.

package storagetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sluice/feed"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
)

var mergeTests = map[string]func(b *bench){
	"MergeTwiceChangesNothing": func(b *bench) {
		b.configure("a")
		doc := []feed.Article{article("a", 3), article("a", 2), undated("a", 1)}
		if got, want := b.poll("a", start, doc...), (storage.Merged{New: 3}); got != want {
			b.Errorf("first: got %+v, want %+v", got, want)
		}
		before := b.all("a")
		for i := range 3 {
			if got := b.poll("a", start.Add(time.Duration(i+1)*time.Hour), doc...); got != (storage.Merged{}) {
				b.Errorf("again: got %+v, want nothing", got)
			}
		}
		if d := cmp.Diff(b.all("a"), before); d != "" {
			b.Errorf("articles (got, want):\n%s", d)
		}
		if n := b.state("a").Articles; n != 3 {
			b.Errorf("%d articles counted, want 3", n)
		}
	},
	"ManyDeliveriesAreMergedAtOnce": func(b *bench) {
		b.configure("a", "b", "c", "d")
		ended := b.claim("b", start)
		b.must(b.store.Release(b.Context(), ended))
		var all []*storage.Delivery
		for _, d := range []storage.Delivery{
			delivery(b.claim("a", start), start, article("a", 2), article("a", 1)),
			delivery(ended, start, article("b", 1)), // no other is undone for its sake
			delivery(b.claim("c", start), start),
			delivery(b.claim("d", start), start, article("d", 1)),
		} {
			all = append(all, &d)
		}
		results := b.store.MergeAll(b.Context(), all)
		if len(results) != len(all) {
			b.Fatalf("%d results of %d deliveries", len(results), len(all))
		}
		for i, want := range []int{2, 0, 0, 1} {
			got := results[i]
			if got.Merged.New != want || errors.Is(got.Err, storage.ErrClaim) != (i == 1) || (got.Err != nil) != (i == 1) {
				b.Errorf("delivery %d: %+v, want %d new", i, got, want)
			}
		}
		if n := len(b.all("a", "b", "c", "d")); n != 3 {
			b.Errorf("%d articles, want 3", n)
		}
		if at := b.state("c").LastSuccess; !at.Equal(start) {
			b.Errorf("c was polled at %v", at)
		}
		if got := b.claims(start, 9); len(got) != 1 || got[0].Source != "b" {
			b.Errorf("due are %v, want b alone", claimed(got))
		}
		if got := b.store.MergeAll(b.Context(), nil); len(got) != 0 {
			b.Errorf("nothing gave %v", got)
		}
	},
	"AnItemThatADocumentHoldsTwiceIsOneArticle": func(b *bench) {
		b.configure("a")
		doc := []feed.Article{article("a", 2), article("a", 1), article("a", 2)}
		if got := b.poll("a", start, doc...); got.New != 2 || got.Updated != 0 {
			b.Errorf("got %+v, want 2 new", got)
		}
		if got := b.poll("a", start.Add(time.Hour), doc...); got != (storage.Merged{}) {
			b.Errorf("again: got %+v, want nothing", got)
		}
	},
	"ArticlesAreNumberedOldestFirst": func(b *bench) {
		b.configure("a", "b")
		b.poll("a", start, undated("a", 3), undated("a", 2), undated("a", 1))
		got := b.all("a")
		want := []string{undated("a", 1).Title, undated("a", 2).Title, undated("a", 3).Title}
		if d := cmp.Diff(titles(got), want); d != "" {
			b.Errorf("without dates the last item is the oldest (got, want):\n%s", d)
		}
		b.poll("b", start, article("b", 2), article("b", 3), article("b", 1))
		got = b.all("b")
		want = []string{article("b", 1).Title, article("b", 2).Title, article("b", 3).Title}
		if d := cmp.Diff(titles(got), want); d != "" {
			b.Errorf("with dates these rule (got, want):\n%s", d)
		}
	},
	"AnEditRaisesRevisionAndChangedAndNothingElse": func(b *bench) {
		b.configure("a")
		first := article("a", 1)
		b.poll("a", start, first)
		before := b.only("a")
		second := edited(first, 1)
		second.Published = first.Published.Add(time.Hour)
		at := start.Add(2 * time.Hour)
		if got := b.poll("a", at, second); got != (storage.Merged{Updated: 1}) {
			b.Errorf("got %+v, want 1 updated", got)
		}
		want := before
		want.Title, want.Content = second.Title, second.Content
		want.Revision, want.Changed = 1, at
		b.sameButForm(want)
		b.poll("a", at, first)
		if again := b.only("a"); again.Form == before.Form {
			b.Error("an edit that was taken back gave the form of before, with another date")
		}
	},
	"DetailsChangeWithoutAnUpdate": func(b *bench) {
		b.configure("a")
		a := article("a", 1)
		b.poll("a", start, a)
		before := b.only("a")
		a.Authors = []feed.Person{{Name: "Somebody"}}
		if got := b.poll("a", start.Add(time.Hour), a); got != (storage.Merged{}) {
			b.Errorf("got %+v, want nothing that counts", got)
		}
		want := before
		want.Authors = a.Authors
		b.sameButForm(want)
		form := b.only("a").Form
		b.poll("a", start.Add(2*time.Hour), a)
		if got := b.only("a").Form; got != form {
			b.Errorf("the form %d became %d without a change", form, got)
		}
	},
	"TextsThatAnotherSanitizerCleanedAreNoEdit": func(b *bench) {
		b.configure("a")
		a := article("a", 1)
		b.poll("a", start, a)
		before := b.only("a")
		a.Content, a.Sanitizer = a.Content+"<p>More.</p>", a.Sanitizer+1
		if got := b.poll("a", start.Add(time.Hour), a); got != (storage.Merged{}) {
			b.Errorf("got %+v, want nothing that counts", got)
		}
		want := before
		want.Content, want.Sanitizer = a.Content, a.Sanitizer
		b.sameButForm(want)
		a.Title, a.Sanitizer = "Another title", a.Sanitizer+1
		if got := b.poll("a", start.Add(2*time.Hour), a); got != (storage.Merged{Updated: 1}) {
			b.Errorf("another title: got %+v, want 1 updated", got)
		}
		a.Content = "<p>Other words.</p>"
		if got := b.poll("a", start.Add(3*time.Hour), a); got != (storage.Merged{Updated: 1}) {
			b.Errorf("other words by the same version: got %+v, want 1 updated", got)
		}
	},
	"AFutureDateIsKeptAndNotBelieved": func(b *bench) {
		b.configure("a")
		a := article("a", 1)
		a.Published = start.Add(48 * time.Hour)
		b.poll("a", start, a)
		got := b.only("a")
		if !got.Published.Equal(a.Published) || !got.Date.Equal(start) || !got.Place.Equal(start) {
			b.Errorf("published %v, date %v, place %v", got.Published, got.Date, got.Place)
		}
	},
	"TheSourcesUpdatedIsShownWhereItCanBeTrue": func(b *bench) {
		b.configure("a")
		believed, future, early := article("a", 3), article("a", 2), article("a", 1)
		believed.Updated = start.Add(-time.Minute)
		future.Updated = start.Add(24 * time.Hour)
		early.Updated = early.Published.Add(-time.Hour)
		b.poll("a", start, believed, future, early)
		all := b.all("a")
		for i, want := range []time.Time{early.Published, future.Published, believed.Updated} {
			if !all[i].Changed.Equal(want) {
				b.Errorf("%s: changed %v, want %v", all[i].Title, all[i].Changed, want)
			}
		}
	},
	"NewsStandAtTheTimeOfTheirPoll": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 1))
		at := start.Add(10 * 24 * time.Hour)
		var news []feed.Article
		for i := range 10 {
			news = append(news, article("a", 20-i))
		}
		b.poll("a", at, news...)
		for _, a := range b.all("a")[1:] {
			if !a.Place.Equal(at) || a.Backlog {
				b.Errorf("%s: place %v, backlog %v", a.Title, a.Place, a.Backlog)
			}
		}
	},
	"ABacklogStandsByItsOwnDates": func(b *bench) {
		for name, bring := range map[string]func(){
			"new":     func() { b.poll("new", start, article("new", 5), undated("new", 4)) },
			"silent":  func() { b.poll("silent", start.Add(20*24*time.Hour), article("silent", 6), undated("silent", 4)) },
			"changed": func() { b.poll("changed", start.Add(time.Hour), run("changed", 100, 12)...) },
		} {
			b.configure("new", "silent", "changed")
			if name != "new" {
				b.poll(name, start, article(name, 1))
			}
			bring()
			for _, a := range b.all(name) {
				if !a.Place.Equal(a.Date) {
					b.Errorf("%s: place %v, want its date %v", a.Title, a.Place, a.Date)
				}
			}
		}
	},
	"ManyNewItemsAmongMoreThatAreKnownAreNews": func(b *bench) {
		b.configure("a")
		known := run("a", 1, 30)
		b.poll("a", start, known...)
		at := start.Add(time.Hour)
		b.poll("a", at, append(run("a", 100, 12), known...)...)
		for _, a := range b.all("a")[30:] {
			if !a.Place.Equal(at) || a.Backlog {
				b.Errorf("%s: place %v, backlog %v", a.Title, a.Place, a.Backlog)
			}
		}
	},
	"OfALargeBacklogTheNewestTenMayStandOnTop": func(b *bench) {
		b.configure("a", "b")
		b.poll("a", start, run("a", 1, 30)...) // nothing was shown before
		b.poll("b", start.Add(time.Hour), run("b", 1, 30)...)
		for name, want := range map[string]int{"a": 0, "b": 20} {
			for i, a := range b.all(name) {
				if a.Backlog != (i < want) {
					b.Errorf("%s, %d from the oldest: backlog %v", name, i, a.Backlog)
				}
			}
		}
	},
	"StateIsStoredWithTheArticles": func(b *bench) {
		b.configure("a")
		c := b.claim("a", start)
		d := delivery(c, start, article("a", 1))
		st := &d.State
		st.ETag, st.LastModified, st.Body = `W/"1"`, "Mon, 02 Feb 2026 00:00:00 GMT", 7
		st.NotBefore, st.Freshness, st.Floor = start.Add(time.Minute), time.Hour, 2*time.Hour
		st.SkipHours, st.SkipDays = []int{0, 1, 23}, []time.Weekday{time.Sunday}
		st.Interval, st.Warnings = time.Hour, map[string]int{"date": 2}
		st.Info = feed.Info{Title: "A", Link: "https://a.example/", Format: "RSS 2.0"}
		st.Articles = 1000 // the store's to count
		_, err := b.store.Merge(b.Context(), d)
		b.must(err)
		want := d.State
		want.Articles, want.FirstPoll, want.LastNew = 1, start, start
		want.Past.News = feed.News{{Day: feed.DayOf(article("a", 1).Published), New: 1}}
		if diff := cmp.Diff(b.state("a"), want); diff != "" {
			b.Errorf("state (got, want):\n%s", diff)
		}
	},
	"AFailureKeepsArticlesAndTimes": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 1))
		at := start.Add(time.Hour)
		d := delivery(b.claim("a", at), at)
		d.Articles = nil
		d.State.Status, d.State.Failures, d.State.Error = feed.StatusFailing, 1, "refused"
		_, err := b.store.Merge(b.Context(), d)
		b.must(err)
		got := b.state("a")
		if got.Status != feed.StatusFailing || got.Articles != 1 || !got.LastNew.Equal(start) || !got.FirstPoll.Equal(start) {
			b.Errorf("state after a failure: %+v", got)
		}
	},
	"ADeliveryWithoutACurrentClaimIsRefusedWhole": func(b *bench) {
		b.configure("a")
		old := b.claim("a", start)
		next := b.claim("a", start.Add(time.Hour)) // the first has expired
		for name, d := range map[string]storage.Delivery{
			"replaced": delivery(old, start.Add(time.Second), article("a", 1)),
			"expired":  delivery(next, next.Expires, article("a", 1)),
			"invented": delivery(storage.Claim{Source: "a", Token: 999, Expires: start.Add(time.Hour)}, start, article("a", 1)),
		} {
			if _, err := b.store.Merge(b.Context(), d); !errors.Is(err, storage.ErrClaim) {
				b.Errorf("%s: got %v, want ErrClaim", name, err)
			}
		}
		if all := b.all("a"); len(all) != 0 {
			b.Errorf("stored all the same: %v", titles(all))
		}
		at := start.Add(time.Hour)
		_, err := b.store.Merge(b.Context(), delivery(next, at, article("a", 1)))
		b.must(err)
		if _, err := b.store.Merge(b.Context(), delivery(next, at, article("a", 2))); !errors.Is(err, storage.ErrClaim) {
			b.Errorf("a claim that a delivery ended: got %v, want ErrClaim", err)
		}
	},
	"ACancelledDeliveryIsStoredWholeOrNotAtAll": func(b *bench) {
		b.configure("a")
		stored := 0
		for i := range 50 {
			at := start.Add(time.Duration(i) * time.Hour)
			c := b.claim("a", at)
			ctx, cancel := context.WithTimeout(b.Context(), time.Duration(i*20)*time.Microsecond)
			_, err := b.store.Merge(ctx, delivery(c, at, article("a", 2*i+1), article("a", 2*i)))
			cancel()
			if err == nil {
				stored += 2
			} else {
				b.must(b.store.Release(b.Context(), c))
			}
			if n := len(b.all("a")); n != stored {
				b.Fatalf("%d articles, acknowledged %d (%v)", n, stored, err)
			}
		}
	},
	"AStateCanBeSettledByWhatWasKnown": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 1), article("a", 2))
		at := start.Add(time.Hour)
		d := delivery(b.claim("a", at), at, article("a", 3), article("a", 2), article("a", 1))
		d.State.Kept = "as it was"
		d.Settle = func(known, fresh int) feed.SourceState {
			st := d.State
			st.Kept = fmt.Sprint(known, " known, ", fresh, " new")
			return st
		}
		_, err := b.store.Merge(b.Context(), d)
		b.must(err)
		if st := b.state("a"); st.Kept != "2 known, 1 new" || st.Articles != 3 || !st.LastNew.Equal(at) {
			b.Errorf("settled as %q, with %d articles, the last new at %v", st.Kept, st.Articles, st.LastNew)
		}
	},
	"IdsAreUniqueAndNeverChange": func(b *bench) {
		b.configure("a", "b")
		one := article("a", 1)
		other := article("b", 1)
		other.GUID = one.GUID // claimed by somebody else
		b.poll("a", start, one)
		b.poll("b", start, other)
		before := append(b.all("a"), b.all("b")...)
		if before[0].ID != one.GUID {
			b.Errorf("id %q, want the publisher's own %q", before[0].ID, one.GUID)
		}
		if before[1].ID == before[0].ID {
			b.Errorf("two articles with the id %q", before[0].ID)
		}
		b.poll("a", start.Add(time.Hour), edited(one, 1))
		b.poll("b", start.Add(time.Hour), edited(other, 2))
		for i, a := range append(b.all("a"), b.all("b")...) {
			if a.ID != before[i].ID {
				b.Errorf("id %q became %q", before[i].ID, a.ID)
			}
		}
	},
	"ManyDeliveriesAtOnceAreAllStored": func(b *bench) {
		const count = 64
		var names []string
		for i := range count {
			names = append(names, fmt.Sprintf("s%d", i))
		}
		b.configure(names...)
		errs := make(chan error)
		for _, name := range names {
			c := b.claim(name, start)
			go func() {
				m, err := b.store.Merge(b.Context(), delivery(c, start, article(name, 2), article(name, 1)))
				if err == nil && m.New != 2 {
					err = fmt.Errorf("%s: %+v, want 2 new", name, m)
				}
				errs <- err
			}()
		}
		for range names {
			if err := <-errs; err != nil {
				b.Error(err)
			}
		}
		all, err := b.store.After(b.Context(), 0, 3*count)
		b.must(err)
		for i, a := range all {
			if a.Seq != uint64(i+1) {
				b.Fatalf("article %d has number %d: numbers are dense", i+1, a.Seq)
			}
		}
		if len(all) != 2*count {
			b.Errorf("%d articles, want %d", len(all), 2*count)
		}
	},
}
