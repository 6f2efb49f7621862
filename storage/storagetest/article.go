// This file is one table: what the contract says of reading articles.

package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sluice/feed"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
)

var articleTests = map[string]func(b *bench){
	"NewestIsByPlaceAndThenLatestArrival": func(b *bench) {
		b.configure("a", "b")
		b.poll("a", start, undated("a", 1))
		b.poll("b", start, undated("b", 1)) // the same place
		b.poll("a", start.Add(time.Hour), undated("a", 2), undated("a", 1))
		got := b.newest(storage.Query{Sources: ids("a", "b"), Order: feed.OrderSeen})
		want := []string{undated("a", 2).Title, undated("b", 1).Title, undated("a", 1).Title}
		if d := cmp.Diff(titles(got), want); d != "" {
			b.Errorf("order (got, want):\n%s", d)
		}
	},
	"NewestByPublishedGoesByTheSourcesDates": func(b *bench) {
		b.configure("a", "b")
		b.poll("a", start, article("a", 30), article("a", 10))
		b.poll("b", start.Add(time.Hour), article("b", 20))
		got := b.newest(storage.Query{Sources: ids("a", "b"), Order: feed.OrderPublished})
		want := []string{article("a", 30).Title, article("b", 20).Title, article("a", 10).Title}
		if d := cmp.Diff(titles(got), want); d != "" {
			b.Errorf("order (got, want):\n%s", d)
		}
	},
	"NewestGivesOnlyTheSourcesAskedFor": func(b *bench) {
		b.configure("a", "b", "c")
		for _, n := range []string{"a", "b", "c"} {
			b.poll(n, start, article(n, 1))
		}
		got := b.newest(storage.Query{Sources: ids("c", "nobody", "a", "a")})
		if len(got) != 2 {
			b.Errorf("got %v, want one of a and one of c", titles(got))
		}
		if got := b.newest(storage.Query{}); len(got) != 0 {
			b.Errorf("no sources gave %v", titles(got))
		}
	},
	"NewestStopsAtSince": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 30), article("a", 20), article("a", 10))
		for order, want := range map[feed.Order]int{feed.OrderPublished: 2, feed.OrderSeen: 2} {
			got := b.newest(storage.Query{Sources: ids("a"), Order: order, Since: article("a", 20).Published})
			if len(got) != want {
				b.Errorf("order %s: got %d articles, want %d", order, len(got), want)
			}
		}
	},
	"NewestMayBeLeftEarlyAndWrittenUnder": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 2), article("a", 1))
		for a, err := range b.store.Newest(b.Context(), storage.Query{Sources: ids("a")}) {
			b.must(err)
			// No transaction is open here, or this would wait for itself.
			b.poll("a", a.FirstSeen.Add(time.Hour), article("a", 3))
			break
		}
	},
	"NewestStopsWithItsContext": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 1))
		ctx, cancel := context.WithCancel(b.Context())
		cancel()
		n := 0
		for _, err := range b.store.Newest(ctx, storage.Query{Sources: ids("a")}) {
			n++
			if !errors.Is(err, context.Canceled) {
				b.Errorf("got %v, want the context's error", err)
			}
		}
		if n != 1 {
			b.Errorf("%d steps, want the error alone", n)
		}
	},
	"NewestWalksManyPagesOfFewAndOfManySources": func(b *bench) {
		const count, each = 60, 30
		names := make([]string, count)
		for i := range names {
			names[i] = fmt.Sprintf("s%d", i)
		}
		b.configure(names...)
		for i, n := range names {
			var doc []feed.Article
			for j := range each {
				doc = append(doc, article(n, (each-j)*count+i))
			}
			b.poll(n, start.Add(time.Duration(i)*time.Second), doc...)
		}
		for _, some := range []int{1, 3, count - 20, count} {
			for _, order := range []feed.Order{feed.OrderSeen, feed.OrderPublished} {
				got := b.newest(storage.Query{Sources: ids(names[:some]...), Order: order})
				if len(got) != some*each {
					b.Errorf("%d sources by %s: %d articles, want %d", some, order, len(got), some*each)
				}
				checkOrder(b, got, order)
			}
		}
	},
	"NewestNeverGivesAnArticleTwiceWhileOthersArrive": neverTwice,
	"NewestHasNoTextsAndFillAddsThem": func(b *bench) {
		b.configure("a")
		want := article("a", 1)
		short := feed.Article{GUID: "urn:x:short", Title: "no text at all"}
		b.poll("a", start, want, short)
		got := b.newest(storage.Query{Sources: ids("a"), Order: feed.OrderPublished})
		for _, a := range got {
			if a.Summary != "" || a.Content != "" {
				b.Errorf("%s came with texts", a.Title)
			}
		}
		b.must(b.store.Fill(b.Context(), got))
		for _, a := range got {
			if a.Title == want.Title && (a.Summary != want.Summary || a.Content != want.Content) {
				b.Errorf("texts: got %q and %q", a.Summary, a.Content)
			}
			if a.Title == short.Title && a.Body() != "" {
				b.Errorf("text out of nothing: %q", a.Body())
			}
		}
	},
	"FillOfAnArticleThatIsNotThereIsAnError": func(b *bench) {
		err := b.store.Fill(b.Context(), []feed.Stored{{Seq: 99}})
		if !errors.Is(err, feed.ErrNoArticle) {
			b.Errorf("got %v, want ErrNoArticle", err)
		}
	},
	"AllOfAnArticleIsKept": func(b *bench) {
		b.configure("a")
		want := article("a", 1)
		want.Language = "de-CH"
		want.Authors = []feed.Person{{Name: "Ada", Email: "ada@a.example", URL: "https://a.example/ada"}, {Name: "Bo"}}
		want.Categories = []feed.Category{{Term: "t", Scheme: "urn:s", Label: "T"}, {Term: "u"}}
		want.Enclosures = []feed.Enclosure{{
			URL: "https://a.example/1.mp3", Type: "audio/mpeg", Length: 1 << 40, Title: "e", Duration: 90 * time.Second,
		}}
		want.Image, want.Comments = "https://a.example/1.png", "https://a.example/1#c"
		want.Links = []feed.Link{{Rel: "via", URL: "https://b.example/", Type: "text/html", Title: "via"}}
		want.Origin = &feed.Origin{ID: "urn:o", Title: "O", URL: "https://o.example/feed", Link: "https://o.example/"}
		want.Updated = start.Add(-time.Hour + 123456*time.Microsecond)
		want.Sanitizer = 3
		b.poll("a", start, want)
		want.Source = "a"
		if d := cmp.Diff(b.only("a").Article, want); d != "" {
			b.Errorf("article (got, want):\n%s", d)
		}
	},
	"AfterPagesInArrivalOrderWhileArticlesArrive": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 3), article("a", 2), article("a", 1))
		var seen []uint64
		last := uint64(0)
		for i := 4; i < 40; i++ {
			page, err := b.store.After(b.Context(), last, 2)
			b.must(err)
			if len(page) == 0 {
				break
			}
			if len(page) > 2 {
				b.Fatalf("page of %d, asked for 2", len(page))
			}
			for _, a := range page {
				seen = append(seen, a.Seq)
				last = a.Seq
			}
			if i < 12 {
				b.poll("a", start.Add(time.Duration(i)*time.Hour), article("a", i))
			}
		}
		want := make([]uint64, 11)
		for i := range want {
			want[i] = uint64(i + 1)
		}
		if d := cmp.Diff(seen, want); d != "" {
			b.Errorf("numbers (got, want):\n%s", d)
		}
		if page, err := b.store.After(b.Context(), last, 5); err != nil || len(page) != 0 {
			b.Errorf("after the last: %d articles, %v", len(page), err)
		}
	},
	"ByIDFindsAnArticleWithItsTexts": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 1))
		want := b.only("a")
		got, err := b.store.ByID(b.Context(), want.ID)
		b.must(err)
		if d := cmp.Diff(got, want); d != "" {
			b.Errorf("article (got, want):\n%s", d)
		}
		if _, err := b.store.ByID(b.Context(), "urn:nobody"); !errors.Is(err, feed.ErrNoArticle) {
			b.Errorf("unknown id: got %v, want ErrNoArticle", err)
		}
	},
}

func checkOrder(b *bench, all []feed.Stored, order feed.Order) {
	b.Helper()
	for i := 1; i < len(all); i++ {
		x, y := all[i-1], all[i]
		if c := order.Time(x).Compare(order.Time(y)); c < 0 || c == 0 && x.Seq <= y.Seq {
			b.Errorf("article %d (%v) stands before %d (%v)", x.Seq, order.Time(x), y.Seq, order.Time(y))
			return
		}
	}
}

func neverTwice(b *bench) {
	const polls = 60
	b.configure("a", "b", "c")
	var writers sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		writers.Go(func() {
			for i := range polls {
				at := start.Add(time.Duration(i) * time.Minute)
				c, err := b.store.ClaimSource(b.Context(), at, feed.SourceID(name), time.Hour)
				if err == nil {
					_, err = b.store.Merge(b.Context(), delivery(c, at, article(name, 3*i+2), article(name, 3*i+1), article(name, 3*i)))
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	for stop := false; !stop; {
		select {
		case <-done:
			stop = true // and once more, over all
		default:
		}
		for _, order := range []feed.Order{feed.OrderSeen, feed.OrderPublished} {
			seen := map[uint64]bool{}
			all := b.newest(storage.Query{Sources: ids("a", "b", "c"), Order: order})
			for _, a := range all {
				if seen[a.Seq] {
					b.Fatalf("article %d twice in one walk", a.Seq)
				}
				seen[a.Seq] = true
			}
			if stop && len(all) != 3*3*polls {
				b.Errorf("%d articles at the end, want %d", len(all), 3*3*polls)
			}
		}
	}
	all, err := b.store.After(b.Context(), 0, 1<<20)
	b.must(err)
	if !slices.IsSortedFunc(all, func(x, y feed.Stored) int { return int(x.Seq) - int(y.Seq) }) {
		b.Error("arrival order does not rise")
	}
}
