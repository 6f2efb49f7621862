// This file is what the contract says of what is counted of a source.

package storagetest

import (
	"time"

	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

var pastTests = map[string]func(b *bench){
	"NewArticlesAreCountedOnTheDayOfTheirPlace": func(b *bench) {
		b.configure("a")
		today := feed.DayOf(start)
		const day = 24 * time.Hour
		dated := func(n int, ago time.Duration) feed.Article {
			a := article("a", n)
			a.Published = start.Add(-ago)
			return a
		}
		// What a new source lists is of the days that its dates say, as far back as that goes.
		b.poll("a", start, dated(4, time.Minute), dated(3, 2*day), dated(2, 2*day+time.Minute), dated(1, 400*day))
		b.wantNews("a", feed.News{{Day: today - 2, New: 2}, {Day: today, New: 1}})
		// What comes then is of the day on which it came, and once.
		for range 2 {
			b.poll("a", start.Add(day), dated(6, 0), dated(5, 9*day), dated(4, time.Minute))
		}
		b.wantNews("a", feed.News{{Day: today - 2, New: 2}, {Day: today, New: 1}, {Day: today + 1, New: 2}})
	},
	"WhatIsCountedIsThePollsButForTheNews": func(b *bench) {
		b.configure("a")
		d := delivery(b.claim("a", start), start, article("a", 1))
		d.State.Past = feed.Past{Since: 7, Polls: 3, NotModified: 1, Failures: 1, Size: 100, Saved: 1 << 40, News: feed.News{{Day: 1, New: 9}}}
		want := d.State.Past
		_, err := b.store.Merge(b.Context(), d)
		b.must(err)
		want.News = feed.News{{Day: feed.DayOf(article("a", 1).Published), New: 1}}
		if d := cmp.Diff(b.state("a").Past, want); d != "" {
			b.Errorf("counted (got, want):\n%s", d)
		}
	},
	"OfASourceThatIsQuietForAMonthNoNewsAreKept": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 1))
		for _, quiet := range []time.Duration{feed.NewsDays*24*time.Hour - 1, feed.NewsDays * 24 * time.Hour} {
			before := b.state("a").Past.News
			d := delivery(b.claim("a", start), start)
			d.Articles, d.State.Quiet = nil, quiet
			_, err := b.store.Merge(b.Context(), d)
			b.must(err)
			if len(before) != 1 {
				b.Errorf("before it was quiet for %v: %v", quiet, before)
			}
		}
		b.wantNews("a", nil)
	},
}

func (b *bench) wantNews(source string, want feed.News) {
	b.Helper()
	if d := cmp.Diff(b.state(source).Past.News, want); d != "" {
		b.Errorf("news (got, want):\n%s", d)
	}
}
