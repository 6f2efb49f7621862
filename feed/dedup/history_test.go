package dedup_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"

	"pgregory.net/rapid"
)

// history replays documents of sources into a real store.
type history struct {
	testing.TB
	store *bolt.Store
	now   time.Time
}

func newHistory(tb testing.TB, sources ...feed.Source) *history {
	tb.Helper()
	h := &history{TB: tb, store: bolttest.Open(tb), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	if err := h.store.SetSources(tb.Context(), sources); err != nil {
		tb.Fatal(err)
	}
	return h
}

func source(name string, mode feed.IdentityMode) feed.Source {
	return feed.Source{Name: feed.SourceID(name), URL: "https://" + name + ".example/feed", Identity: mode}
}

// poll brings one document an hour after the last.
func (h *history) poll(name string, articles ...feed.Article) storage.Merged {
	h.Helper()
	h.now = h.now.Add(time.Hour)
	c, err := h.store.ClaimSource(h.Context(), h.now, feed.SourceID(name), time.Minute)
	if err != nil {
		h.Fatal(err)
	}
	articles = slices.Clone(articles)
	for i := range articles {
		articles[i].Source = feed.SourceID(name)
	}
	if articles == nil {
		articles = []feed.Article{}
	}
	m, err := h.store.Merge(h.Context(), storage.Delivery{
		Claim: c, At: h.now, Articles: articles, State: c.State, Authority: "feeds.example",
	})
	if err != nil {
		h.Fatal(err)
	}
	return m
}

// ids returns the ids of all articles with their titles, in arrival order.
func (h *history) articles(names ...feed.SourceID) []feed.Stored {
	h.Helper()
	var all []feed.Stored
	for a, err := range h.store.Newest(h.Context(), storage.Query{Sources: names}) {
		if err != nil {
			h.Fatal(err)
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b feed.Stored) int { return int(a.Seq) - int(b.Seq) })
	return all
}

const (
	harbour = "The harbour of the old town was closed on Tuesday after a crane fell into the water beside the ferry pier."
	museum  = "A museum in the north has bought three hundred letters that a clockmaker wrote to his sister in the winter of 1794."
	orchard = "Growers expect half of last year's apples because frost came late in April and bees stayed away from the blossoms."
)

// item is an article in short: guid, address, title, text.
func item(guid, address, title, text string) feed.Article {
	return feed.Article{GUID: guid, URL: address, Title: title, Content: "<p>" + text + "</p>"}
}

func TestWhatAPublisherDoesWithItems(t *testing.T) {
	type documents [][]feed.Article
	day := func(n int, a feed.Article) feed.Article {
		a.Published = time.Date(2026, 2, n, 8, 0, 0, 0, time.UTC)
		return a
	}
	for name, test := range map[string]struct {
		mode feed.IdentityMode
		docs documents
		want int // articles in the end
	}{
		"the same again": {docs: documents{
			{item("1", "https://a.example/1", "Crane", harbour)}, {item("1", "https://a.example/1", "Crane", harbour)},
		}, want: 1},
		"a new title, address and text under one guid": {docs: documents{
			{item("1", "https://a.example/1", "Crane", harbour)}, {item("1", "https://a.example/2", "Letters", museum)},
		}, want: 1},
		"guids that move to https": {docs: documents{
			{item("http://www.a.example/?p=1", "", "Crane", harbour)}, {item("https://a.example/?p=1", "", "Harbour closed", museum)},
		}, want: 1},
		"guids that count revisions": {docs: documents{
			{item("https://a.example/1#0", "", "Crane", harbour)}, {item("https://a.example/1#3", "", "Harbour closed", harbour)},
		}, want: 1},
		"guids that move to another host": {docs: documents{
			{item("http://a.example/?p=1", "http://a.example/1", "Crane", harbour)},
			{item("https://b.example/?p=1", "https://b.example/1", "Crane", harbour)},
		}, want: 1},
		"two blogs of a planet that count alike": {docs: documents{
			{item("https://a.example/?p=1", "https://a.example/1", "Crane", harbour)},
			{item("https://b.example/?p=1", "https://b.example/1", "Letters", museum)},
		}, want: 2},
		"guids that are anchors on one page": {docs: documents{
			{item("https://a.example/page#crane", "", "Crane", harbour)}, {item("https://a.example/page#letters", "", "Letters", museum)},
		}, want: 2},
		"new guids for all": {docs: documents{
			{item("1", "https://a.example/1", "Crane", harbour), item("2", "https://a.example/2", "Letters", museum)},
			{item("x1", "https://a.example/1", "Crane", harbour), item("x2", "https://a.example/2", "Letters", museum)},
		}, want: 2},
		"a new guid and an edit": {docs: documents{
			{item("1", "https://a.example/1", "Crane", harbour)}, {item("2", "https://a.example/1", "Crane falls", harbour+" Nobody was hurt.")},
		}, want: 1},
		"a fixed address where other texts appear": {docs: documents{
			{day(1, item("1", "https://a.example/today", "Today", harbour))},
			{day(2, item("2", "https://a.example/today", "Today", museum))},
			{day(3, item("3", "https://a.example/today", "Today", orchard))},
		}, want: 3},
		"no guids, edits at an address": {docs: documents{
			{item("", "https://a.example/1", "Crane", harbour)}, {item("", "https://a.example/1?utm_source=rss", "Crane falls", museum)},
		}, want: 1},
		"no guids and one address for all": {docs: documents{
			{item("", "https://a.example/news", "Crane", harbour), item("", "https://a.example/news", "Letters", museum)},
			{item("", "https://a.example/news", "Crane", harbour), item("", "https://a.example/news", "Letters", museum)},
			{item("", "https://a.example/news", "Letters", museum)},
		}, want: 2},
		"one guid for all": {docs: documents{
			{item("feed", "https://a.example/1", "Crane", harbour), item("feed", "https://a.example/2", "Letters", museum)},
			{item("feed", "https://a.example/3", "Orchard", orchard), item("feed", "https://a.example/1", "Crane", harbour)},
			{item("feed", "https://a.example/2", "Letters", museum)},
		}, want: 3},
		"one guid and one address for all": {docs: documents{
			{item("feed", "https://a.example/news", "Crane", harbour), item("feed", "https://a.example/news", "Letters", museum)},
			{item("feed", "https://a.example/news", "Orchard", orchard), item("feed", "https://a.example/news", "Crane", harbour)},
		}, want: 3},
		"one guid, address and title for all": {docs: documents{
			{item("feed", "https://a.example/news", "News", harbour), item("feed", "https://a.example/news", "News", museum)},
			{item("feed", "https://a.example/news", "News", harbour), item("feed", "https://a.example/news", "News", orchard)},
		}, want: 3},
		"one guid for all and nothing but texts": {docs: documents{
			{item("feed", "", "", harbour), item("feed", "", "", museum)}, {item("feed", "", "", orchard), item("feed", "", "", harbour)},
		}, want: 3},
		"one guid for all and no addresses, then one alone": {docs: documents{
			{item("feed", "", "Crane", harbour), item("feed", "", "Letters", museum)},
			{item("feed", "", "Crane", harbour)},
			{item("feed", "", "Orchard", orchard)},
		}, want: 3},
		"an item listed twice": {docs: documents{
			{item("1", "https://a.example/1", "Crane", harbour), item("1", "https://a.example/1", "Crane", harbour)},
		}, want: 1},
		"an item listed twice with two titles": {docs: documents{
			{item("1", "https://a.example/1", "Crane", harbour), item("1", "https://a.example/1", "Live: harbour closed", harbour)},
			{item("1", "https://a.example/1", "Crane", harbour), item("1", "https://a.example/1", "Live: harbour closed", harbour)},
		}, want: 1},
		"an item listed again as a teaser without text": {docs: documents{
			{day(1, item("1", "https://a.example/1", "See the crane", "")), day(1, item("1", "https://a.example/1", "Crane", harbour))},
			{day(1, item("1", "https://a.example/1", "Crane", harbour))},
		}, want: 1},
		"titles of one guid, address and date without texts": {docs: documents{
			{day(1, item("now", "https://a.example/weather", "Today: rain", "")), day(1, item("now", "https://a.example/weather", "Tonight: frost", ""))},
		}, want: 2},
		"an item listed twice under two guids": {docs: documents{
			{item("1", "https://a.example/1", "Crane", harbour), item("2", "https://a.example/1", "Crane", harbour)},
			{item("2", "https://a.example/1", "Crane", harbour)},
			{item("1", "https://a.example/1", "Crane", harbour)},
		}, want: 1},
		"pictures without a word": {docs: documents{
			{item("1", "", "", `<img src="https://a.example/1.png"/>`), item("2", "", "", `<img src="https://a.example/2.png"/>`)},
		}, want: 2},
		"pictures without a word or a guid": {docs: documents{
			{item("", "", "", `<img src="https://a.example/1.png?w=1"/>`), item("", "", "", `<img src="https://a.example/2.png?w=1"/>`)},
			{item("", "", "", `<img src="https://a.example/2.png?w=1"/>`)},
		}, want: 2},
		"equal texts of two days under two guids": {docs: documents{
			{day(1, item("1", "https://a.example/1", "Closed today", harbour))}, {day(2, item("2", "https://a.example/2", "Closed today", harbour))},
		}, want: 2},
		"front pages as addresses": {docs: documents{
			{item("", "https://a.example/", "Crane", harbour)}, {item("", "https://a.example/", "Letters", museum)},
		}, want: 2},
		"identity: guid, whatever the document says": {mode: feed.IdentityGUID, docs: documents{
			{item("1", "https://a.example/1", "Crane", harbour), item("1", "https://a.example/2", "Letters", museum)},
			{item("2", "https://a.example/1", "Crane", harbour)},
		}, want: 2},
		"identity: link, for guids that change at each build": {mode: feed.IdentityLink, docs: documents{
			{item("b1-1", "https://a.example/1", "Crane", harbour), item("b1-2", "https://a.example/2", "Letters", museum)},
			{item("b2-1", "https://a.example/2", "Letters", museum), item("b2-2", "https://a.example/1", "Orchard", orchard)},
		}, want: 2},
		"identity: content, where nothing else holds": {mode: feed.IdentityContent, docs: documents{
			{item("1", "https://a.example/1", "Crane", harbour)},
			{item("2", "https://a.example/2", "Crane", harbour)},
			{item("2", "https://a.example/2", "Crane", museum)},
		}, want: 2},
		"a mode that asks for what an item lacks": {mode: feed.IdentityLink, docs: documents{
			{item("1", "", "Crane", harbour), item("2", "", "Letters", museum)}, {item("2", "", "Letters", orchard)},
		}, want: 2},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t, source("a", test.mode))
			var seen []feed.Stored
			for _, doc := range test.docs {
				h.poll("a", doc...)
				if again := h.poll("a", doc...); again.New+again.Updated != 0 {
					t.Errorf("the same document again: %+v", again)
				}
				now := h.articles("a")
				for i, a := range seen {
					if now[i].ID != a.ID || !now[i].Date.Equal(a.Date) {
						t.Errorf("article %d: %s of %s became %s of %s", a.Seq, a.ID, a.Date, now[i].ID, now[i].Date)
					}
				}
				seen = now
			}
			if len(seen) != test.want {
				t.Errorf("%d articles in the end, want %d", len(seen), test.want)
			}
		})
	}
}

func TestWhenArticlesOfTwoSourcesAreOneItem(t *testing.T) {
	for name, test := range map[string]struct {
		a, b feed.Article
		want feed.How // empty: two items
	}{
		"one address and title": {
			a: item("1", "https://a.example/1", "Crane falls", harbour), b: item("x", "http://www.a.example/1?utm_source=b", "Crane falls!", ""), want: feed.HowURL,
		},
		"one address and most of the text": {
			a: item("1", "https://a.example/1", "Crane falls", harbour), b: item("x", "https://a.example/1", "Harbour closed", harbour+" More soon."), want: feed.HowURL,
		},
		"one address alone": {
			a: item("1", "https://a.example/1", "Crane falls", harbour), b: item("x", "https://a.example/1", "Letters bought", museum),
		},
		"one title alone": {
			a: item("1", "https://a.example/1", "Crane falls", harbour), b: item("2", "https://b.example/1", "Crane falls", harbour),
		},
		"one absolute guid and address": {
			a:    item("urn:uuid:6d1c2b8e-8a0f-4f6e-9a53-3f1f9f1e0c01", "https://a.example/1", "Crane falls", harbour),
			b:    item("urn:uuid:6d1c2b8e-8a0f-4f6e-9a53-3f1f9f1e0c01", "https://a.example/1", "Letters", museum),
			want: feed.HowGUID,
		},
		"one absolute guid and two addresses": {
			a: item("tag:a.example,2026:1", "https://a.example/1", "Crane falls", harbour), b: item("tag:a.example,2026:1", "https://b.example/1", "Letters", museum),
		},
		"one address as guid and nothing else": {
			a: item("https://a.example/1", "", "Crane falls", harbour), b: item("https://a.example/1", "", "Letters", museum), want: feed.HowGUID,
		},
		"one address as guid here and as address there": {
			a: item("https://a.example/1", "https://a.example/1", "Crane falls", harbour), b: item("https://a.example/1", "", "Letters", museum), want: feed.HowGUID,
		},
		"one short guid": {
			a: item("1", "https://a.example/1", "Crane falls", harbour), b: item("1", "https://b.example/1", "Crane falls", harbour),
		},
		"front pages": {
			a: item("1", "https://a.example/", "Crane falls", harbour), b: item("2", "https://a.example/", "Crane falls", harbour),
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t, source("a", ""), source("b", ""))
			h.poll("a", test.a)
			m := h.poll("b", test.b)
			if joined := m.Duplicates == 1; m.New != 1 || joined != (test.want != "") {
				t.Errorf("got %+v, want 1 new, and a duplicate: %v", m, test.want != "")
			}
			one, two := h.articles("a")[0], h.articles("b")[0]
			if (one.Identity == two.Identity) != (test.want != "") || two.How != test.want {
				t.Errorf("identities %d and %d by %q, want %q", one.Identity, two.Identity, two.How, test.want)
			}
			if one.ID == two.ID {
				t.Errorf("both have the id %s", one.ID)
			}
		})
	}
}

// TestNoItemIsEverEaten draws documents of a hostile publisher: guids, addresses
// and titles repeat at will. Items whose texts share nothing stay apart unless
// they have the guid that identified one of them before.
func TestNoItemIsEverEaten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHistory(t, source("a", ""))
		n := rapid.IntRange(2, 6).Draw(rt, "items")
		var doc []feed.Article
		for i := range n {
			doc = append(doc, item(
				rapid.SampledFrom([]string{"", "g1", "g2", "https://a.example/g"}).Draw(rt, "guid"),
				rapid.SampledFrom([]string{"", "https://a.example/", "https://a.example/1", "https://a.example/2"}).Draw(rt, "url"),
				rapid.SampledFrom([]string{"", "News", "Other news"}).Draw(rt, "title"),
				strings.Repeat(fmt.Sprintf("word%d other%d third%d fourth%d fifth%d ", i, i, i, i, i), 4),
			))
		}
		if m := h.poll("a", doc...); m.New != n {
			rt.Fatalf("%d of %d items stored: %+v", m.New, n, doc)
		}
		if m := h.poll("a", doc...); m.New+m.Updated != 0 {
			rt.Fatalf("the same again: %+v", m)
		}
		slices.Reverse(doc)
		if m := h.poll("a", doc...); m.New != 0 {
			rt.Fatalf("the same in another order: %+v", m)
		}
	})
}
