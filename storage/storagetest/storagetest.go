// Package storagetest is the contract of storage as tests, for every store to
// run. It owns what callers may rely on; what is particular to one store, such
// as its files, that store tests itself.
package storagetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Run tests the store that open returns. Each call of open must give a new and
// empty one, which open closes when the test ends.
func Run(t *testing.T, open func(t testing.TB) storage.Store) {
	suites := []map[string]func(b *bench){articleTests, mergeTests, editTests, guidTests, identityTests, sourceTests, pastTests, claimTests, hostTests, eventTests, publicationTests, pingTests, subscriptionTests, storyTests, mendTests, gaugeTests, retainTests}
	for _, tests := range suites {
		for _, name := range slices.Sorted(maps.Keys(tests)) {
			t.Run(name, func(t *testing.T) { tests[name](newBench(t, open(t))) })
		}
	}
	t.Run("WhatPublishersDoWithItems", func(t *testing.T) {
		for name, h := range histories {
			t.Run(name, func(t *testing.T) { h.run(newBench(t, open(t))) })
		}
		one, two := item("1", "https://a.example/1", "Crane", harbour), item("2", "https://a.example/2", "Letters", museum)
		modes := []feed.IdentityMode{feed.IdentityAuto, feed.IdentityGUID, feed.IdentityLink, feed.IdentityContent}
		for _, from := range modes {
			for _, to := range modes {
				t.Run(fmt.Sprintf("identity changes from %s to %s", from, to), func(t *testing.T) {
					history{mode: from, then: to, docs: [][]feed.Article{{one, two}, {two, one}}, want: 2}.run(newBench(t, open(t)))
				})
			}
		}
	})
	t.Run("WhenArticlesOfTwoSourcesAreOneItem", func(t *testing.T) {
		for name, c := range copies {
			t.Run(name, func(t *testing.T) { checkCopies(newBench(t, open(t)), c.a, c.b, c.want) })
		}
	})
	t.Run("AHostilePublisherLosesAndRepeatsNothing", func(t *testing.T) { checkHostilePublisher(t, open) })
	t.Run("WhatChangesByItselfIsNoEditWhateverElseChanges", func(t *testing.T) { checkNoise(t, open) })
	t.Run("SourcesKnownByAddressKeepTheirArticlesWhateverTheyAreCalled", func(t *testing.T) { checkListed(t, open) })
	t.Run("RandomOperationsAgreeWithAModel", func(t *testing.T) { checkModel(t, open) })
	t.Run("WhatSubscribersHaveSeenNeverComesBackAsNew", func(t *testing.T) { checkRetention(t, open) })
}

// start is when tests begin.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// authority makes ids in tests.
const authority = "feeds.example"

// bench is a store under test, with words for what tests do to it.
type bench struct {
	testing.TB
	store storage.Store
}

func newBench(t testing.TB, s storage.Store) *bench { return &bench{TB: t, store: s} }

// must ends the test on an error that the contract does not allow.
func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func source(name string) feed.Source {
	return feed.Source{Name: feed.SourceID(name), URL: "https://" + name + ".example/feed"}
}

// configure makes the named sources the configured ones.
func (b *bench) configure(names ...string) {
	b.Helper()
	var all []feed.Source
	for _, n := range names {
		all = append(all, source(n))
	}
	b.set(all)
}

// set makes these the configured sources.
func (b *bench) set(sources []feed.Source) {
	b.Helper()
	states, err := b.store.SetSources(b.Context(), sources)
	b.must(err)
	want, err := b.store.States(b.Context())
	b.must(err)
	if d := cmp.Diff(states, want); d != "" {
		b.Errorf("states returned (got, want):\n%s", d)
	}
	var each []feed.SourceState
	b.must(b.store.EachState(b.Context(), func(st *feed.SourceState) error {
		each = append(each, *st)
		return nil
	}))
	if d := cmp.Diff(each, want, cmpopts.EquateEmpty()); d != "" {
		b.Errorf("states one by one (got, want):\n%s", d)
	}
}

func (b *bench) claim(name string, at time.Time) storage.Claim {
	b.Helper()
	c, err := b.store.ClaimSource(b.Context(), at, feed.SourceID(name), time.Minute)
	b.must(err)
	return c
}

// delivery is a successful poll under the claim.
func delivery(c storage.Claim, at time.Time, articles ...feed.Article) storage.Delivery {
	st := c.State
	st.Status = feed.StatusOK
	st.LastAttempt, st.LastSuccess, st.NextPoll = at, at, at.Add(time.Hour)
	if articles == nil {
		articles = []feed.Article{} // a document without items
	}
	for i := range articles {
		articles[i].Source = c.Source
	}
	return storage.Delivery{Claim: &c, At: at, Articles: articles, State: st, Authority: authority}
}

// poll brings articles from the named source, first item first, and returns what
// became of them, but for what was learned of the source and where they stand.
func (b *bench) poll(name string, at time.Time, articles ...feed.Article) storage.Merged {
	b.Helper()
	m, err := b.store.Merge(b.Context(), delivery(b.claim(name, at), at, articles...))
	b.must(err)
	m.GUIDs, m.Backlog = "", 0
	return m
}

func (b *bench) state(name string) feed.SourceState {
	b.Helper()
	all, err := b.store.States(b.Context())
	b.must(err)
	for _, st := range all {
		if st.Source == feed.SourceID(name) {
			return st
		}
	}
	b.Fatalf("no state of %s among %d", name, len(all))
	return feed.SourceState{}
}

func (b *bench) newest(q storage.Query) []feed.Stored {
	b.Helper()
	var all []feed.Stored
	for a, err := range b.store.Newest(b.Context(), q) {
		b.must(err)
		all = append(all, a)
	}
	return all
}

// all returns the articles of the named sources in arrival order, with texts.
func (b *bench) all(names ...string) []feed.Stored {
	b.Helper()
	all := b.newest(storage.Query{Sources: ids(names...)})
	slices.SortFunc(all, func(x, y feed.Stored) int { return int(x.Seq) - int(y.Seq) })
	b.must(b.store.Fill(b.Context(), all))
	return all
}

// only returns the one article that the named source should have.
func (b *bench) only(name string) feed.Stored {
	b.Helper()
	all := b.all(name)
	if len(all) != 1 {
		b.Fatalf("%d articles of %s, want 1: %v", len(all), name, titles(all))
	}
	return all[0]
}

func ids(names ...string) []feed.SourceID {
	var all []feed.SourceID
	for _, n := range names {
		all = append(all, feed.SourceID(n))
	}
	return all
}

// sameButForm checks the one article of source a, which must have another form
// than the one wanted: that was made of the article before it changed.
func (b *bench) sameButForm(want feed.Stored) {
	b.Helper()
	got := b.only("a")
	if got.Form == 0 || got.Form == want.Form {
		b.Errorf("the form is %d, as before the article changed", got.Form)
	}
	want.Form = got.Form
	if d := cmp.Diff(got, want); d != "" {
		b.Errorf("article (got, want):\n%s", d)
	}
}

func titles(all []feed.Stored) []string {
	var s []string
	for _, a := range all {
		s = append(s, a.Title)
	}
	return s
}

// article is an item of a site; numbers that differ differ in everything.
func article(site string, n int) feed.Article {
	return feed.Article{
		GUID:      fmt.Sprintf("https://%s.example/id/%d", site, n),
		URL:       fmt.Sprintf("https://%s.example/posts/%d", site, n),
		Title:     fmt.Sprintf("%s tells of %s", site, words(n, 4)),
		Summary:   "<p>" + words(n+7, 12) + "</p>",
		Content:   "<p>" + words(n*31+len(site), 60) + "</p>",
		Published: start.Add(time.Duration(n-1000) * time.Minute),
	}
}

// run is count articles of a site, the newest first.
func run(site string, first, count int) []feed.Article {
	var all []feed.Article
	for i := range count {
		all = append(all, article(site, first+count-1-i))
	}
	return all
}

// undated is an article without dates.
func undated(site string, n int) feed.Article {
	a := article(site, n)
	a.Published = time.Time{}
	return a
}

// edited is the article with another text.
func edited(a feed.Article, n int) feed.Article {
	a.Title += " " + words(n+500, 3)
	a.Content = "<p>" + words(n*97+13, 60) + "</p>"
	return a
}

// words makes text that is the same for the same number and shares little with
// that of others.
func words(n, count int) string {
	const letters = "bcdfghklmnprstvz"
	const vowels = "aeiou"
	x := uint64(n)*0x9e3779b97f4a7c15 + 1
	var all []string
	for range count {
		var w strings.Builder
		for range 3 {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			w.WriteByte(letters[x%16])
			w.WriteByte(vowels[(x>>8)%5])
		}
		all = append(all, w.String())
	}
	return strings.Join(all, " ")
}
