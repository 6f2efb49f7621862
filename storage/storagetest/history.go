package storagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"

	"pgregory.net/rapid"
)

const (
	harbour = "The harbour of the old town was closed on Tuesday after a crane fell into the water beside the ferry pier."
	museum  = "A museum in the north has bought three hundred letters that a clockmaker wrote to his sister in the winter of 1794."
	orchard = "Growers expect half of last year's apples because frost came late in April and bees stayed away from the blossoms."
)

// item is an article in short: guid, address, title, text.
func item(guid, address, title, text string) feed.Article {
	return feed.Article{GUID: guid, URL: address, Title: title, Content: "<p>" + text + "</p>"}
}

// on is the article with a date: a day of February at eight.
func on(day int, a feed.Article) feed.Article {
	a.Published = time.Date(2026, 2, day, 8, 0, 0, 0, time.UTC)
	return a
}

// dayOnly is the article with a date that says the day alone.
func dayOnly(day int, a feed.Article) feed.Article {
	a.Published = time.Date(2026, 2, day, 0, 0, 0, 0, time.UTC)
	return a
}

// history is what a publisher does with the items of one source.
type history struct {
	mode feed.IdentityMode
	then feed.IdentityMode // of the documents after the first, if it changed
	docs [][]feed.Article
	want int // articles in the end
}

// run replays the history and checks after each document what must always hold:
// the same document again changes nothing, and no id and no date moves.
func (h history) run(b *bench) {
	b.Helper()
	now := start
	poll := func(doc []feed.Article) storage.Merged {
		now = now.Add(time.Hour)
		return b.poll("a", now, slices.Clone(doc)...)
	}
	var seen []feed.Stored
	for i, doc := range h.docs {
		if i == 0 || i == 1 && h.then != "" {
			src := source("a")
			if src.Identity = h.mode; i == 1 {
				src.Identity = h.then
			}
			b.set([]feed.Source{src})
		}
		poll(doc)
		if again := poll(doc); again != (storage.Merged{}) {
			b.Errorf("document %d again: %+v", i+1, again)
		}
		is := b.all("a")
		for n, a := range seen {
			if is[n].ID != a.ID || !is[n].Date.Equal(a.Date) {
				b.Errorf("article %d: %s of %s became %s of %s", a.Seq, a.ID, a.Date, is[n].ID, is[n].Date)
			}
		}
		seen = is
	}
	if len(seen) != h.want {
		b.Errorf("%d articles in the end, want %d: %q", len(seen), h.want, titles(seen))
	}
}

// checkCopies says when articles of two sources are one item.
func checkCopies(b *bench, one, two feed.Article, want feed.How) {
	b.Helper()
	b.configure("a", "b")
	b.poll("a", start, one)
	m := b.poll("b", start.Add(time.Hour), two)
	first, second := b.only("a"), b.only("b")
	if m.New != 1 || m.Duplicates != 1 && want != "" {
		b.Errorf("got %+v, want 1 new that joined by %q", m, want)
	}
	if (first.Identity == second.Identity) != (want != "") || second.How != want {
		b.Errorf("identities %d and %d by %q, want %q", first.Identity, second.Identity, second.How, want)
	}
	if first.ID == second.ID {
		b.Errorf("both have the id %s", first.ID)
	}
}

// checkHostilePublisher draws documents whose guids, addresses and titles repeat
// at will. Items whose texts share nothing stay apart; each is known again,
// together with the others in whatever order, and alone.
func checkHostilePublisher(t *testing.T, open func(t testing.TB) storage.Store) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t, open(t))
		b.configure("a")
		n := rapid.IntRange(2, 6).Draw(rt, "items")
		var doc []feed.Article
		for i := range n {
			doc = append(doc, item(
				rapid.SampledFrom([]string{"", "g1", "g2", "https://a.example/g", "https://a.example/g#c1", "http://a.example/g#c2x"}).Draw(rt, "guid"),
				rapid.SampledFrom([]string{"", "https://a.example/", "https://a.example/1", "https://a.example/1#x", "https://a.example/2"}).Draw(rt, "url"),
				rapid.SampledFrom([]string{"", "News", "Other news"}).Draw(rt, "title"),
				strings.Repeat(fmt.Sprintf("word%d other%d third%d fourth%d fifth%d ", i, i, i, i, i), 4),
			))
		}
		now := start
		poll := func(doc ...feed.Article) storage.Merged {
			now = now.Add(time.Hour)
			return b.poll("a", now, slices.Clone(doc)...)
		}
		if m := poll(doc...); m.New != n {
			rt.Fatalf("%d of %d items stored: %+v", m.New, n, doc)
		}
		if m := poll(doc...); m != (storage.Merged{}) {
			rt.Fatalf("the same again: %+v of %+v", m, doc)
		}
		slices.Reverse(doc)
		if m := poll(doc...); m != (storage.Merged{}) {
			rt.Fatalf("the same in another order: %+v of %+v", m, doc)
		}
		for i, a := range doc {
			if m := poll(a); m != (storage.Merged{}) {
				rt.Fatalf("item %d alone: %+v of %+v", i, m, doc)
			}
		}
	})
}
