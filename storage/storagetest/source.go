package storagetest

import (
	"errors"
	"slices"
	"time"

	"sluice/feed"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
)

var sourceTests = map[string]func(b *bench){
	"StatesAreThoseOfTheConfiguredSourcesByName": func(b *bench) {
		b.configure("c", "a", "b")
		b.poll("b", start, article("b", 1))
		b.configure("c", "b")
		all, err := b.store.States(b.Context())
		b.must(err)
		var names []feed.SourceID
		for _, st := range all {
			names = append(names, st.Source)
		}
		if d := cmp.Diff(names, ids("b", "c")); d != "" {
			b.Errorf("names (got, want):\n%s", d)
		}
		if all[0].Status != feed.StatusOK || all[1].Status != feed.StatusNew {
			b.Errorf("status %s and %s", all[0].Status, all[1].Status)
		}
	},
	"StatesOfSomeAreThoseOfTheConfiguredOnesAmongThem": func(b *bench) {
		b.configure("c", "a", "b")
		b.poll("b", start, article("b", 1))
		b.configure("c", "b")
		some, err := b.store.StatesOf(b.Context(), ids("c", "a", "never", "b"))
		b.must(err)
		if d := cmp.Diff(some, []feed.SourceState{b.state("c"), b.state("b")}); d != "" {
			b.Errorf("states of c and b (got, want):\n%s", d)
		}
	},
	"AWalkOverStatesEndsWithAnError": func(b *bench) {
		b.configure("a", "b")
		enough, seen := errors.New("enough"), 0
		err := b.store.EachState(b.Context(), func(*feed.SourceState) error {
			seen++
			return enough
		})
		if !errors.Is(err, enough) || seen != 1 {
			b.Errorf("after %d states: %v, want one and the error", seen, err)
		}
	},
	"ARemovedSourceKeepsItsArticlesAndComesBack": func(b *bench) {
		b.configure("a", "b")
		b.poll("a", start, article("a", 1))
		want := b.state("a")
		b.configure("b")
		if got := len(b.all("a")); got != 1 {
			b.Errorf("%d articles of the removed source, want 1", got)
		}
		b.configure("a", "b")
		if d := cmp.Diff(b.state("a"), want); d != "" {
			b.Errorf("state after the return (got, want):\n%s", d)
		}
		if got := b.poll("a", start.Add(time.Hour), article("a", 1)); got.New != 0 {
			b.Errorf("after the return: %+v, want nothing new", got)
		}
	},
	"ARenamedSourceKeepsArticlesStateAndMarks": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 1))
		before, state := b.only("a"), b.state("a")
		b.set([]feed.Source{{
			Name: "z", Was: ids("never", "a"), URL: source("a").URL,
		}})
		after := b.only("z")
		before.Source, state.Source = "z", "z"
		if d := cmp.Diff(after, before); d != "" {
			b.Errorf("article (got, want):\n%s", d)
		}
		if d := cmp.Diff(b.state("z"), state); d != "" {
			b.Errorf("state (got, want):\n%s", d)
		}
		if got := b.poll("z", start.Add(time.Hour), article("a", 1)); got.New != 0 {
			b.Errorf("marks were lost: %+v", got)
		}
		if left := b.all("a"); len(left) != 0 {
			b.Errorf("the old name still has %v", titles(left))
		}
	},
	"ArticlesOfSeveralNamesBecomeOneSources": func(b *bench) {
		b.configure("a", "b", "c")
		b.poll("a", start, article("x", 2), article("x", 1))
		b.poll("b", start.Add(time.Hour), article("x", 4), article("x", 3))
		b.poll("c", start.Add(2*time.Hour), article("x", 5))
		before := slices.Concat(b.all("a"), b.all("b"), b.all("c"))
		want := b.state("c") // has articles, and so keeps its state
		to := source("c")
		to.Was = ids("a", "b")
		for range 2 {
			b.set([]feed.Source{to})
		}
		for i := range before {
			before[i].Source = "c"
		}
		if d := cmp.Diff(b.all("c"), before); d != "" {
			b.Errorf("articles (got, want):\n%s", d)
		}
		want.Articles, want.FirstPoll = 5, start
		if d := cmp.Diff(b.state("c"), want); d != "" {
			b.Errorf("state (got, want):\n%s", d)
		}
		if left := append(b.all("a"), b.all("b")...); len(left) != 0 {
			b.Errorf("the old names still have %v", titles(left))
		}
		for _, order := range []feed.Order{feed.OrderSeen, feed.OrderPublished} {
			if got := b.newest(storage.Query{Sources: ids("c"), Order: order}); len(got) != 5 {
				b.Errorf("%d articles by %s", len(got), order)
			}
		}
		doc := []feed.Article{article("x", 5), article("x", 4), article("x", 3), article("x", 2), article("x", 1)}
		if got := b.poll("c", start.Add(3*time.Hour), doc...); got != (storage.Merged{}) {
			b.Errorf("marks were lost: %+v", got)
		}
	},
	"TwoSourcesMayChangeNames": func(b *bench) {
		b.configure("a", "b")
		b.poll("a", start, article("a", 1))
		b.poll("b", start, article("b", 1))
		to, from := source("b"), source("a")
		to.Was, from.Was = ids("a"), ids("b")
		b.set([]feed.Source{to, from})
		if got := b.only("b"); got.Title != article("a", 1).Title {
			b.Errorf("b has %q", got.Title)
		}
		if got := b.only("a"); got.Title != article("b", 1).Title {
			b.Errorf("a has %q", got.Title)
		}
	},
	"AnOldNameMayBeGivenToAnotherSource": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 1))
		to, again := source("b"), source("a")
		to.Was = ids("a")
		again.URL = "https://other.example/feed"
		for i := range 2 { // at the next start the configuration still says it
			b.set([]feed.Source{again, to})
			if got := b.only("b"); got.Title != article("a", 1).Title {
				b.Errorf("start %d: b has %q", i, got.Title)
			}
			if i == 0 {
				b.poll("a", start.Add(time.Hour), article("other", 1))
			}
			if got := b.only("a"); got.Title != article("other", 1).Title {
				b.Errorf("start %d: a has %q", i, got.Title)
			}
		}
	},
	"NamesMoveOnInAChain": func(b *bench) {
		b.configure("a", "b")
		b.poll("a", start, article("a", 1))
		b.poll("b", start, article("b", 1))
		b2, c := source("b"), source("c")
		b2.Was, c.Was = ids("a"), ids("b")
		b.set([]feed.Source{b2, c})
		if got := b.only("c"); got.Title != article("b", 1).Title {
			b.Errorf("c has %q", got.Title)
		}
		if got := b.only("b"); got.Title != article("a", 1).Title {
			b.Errorf("b has %q", got.Title)
		}
	},
	"AChangedAddressDropsValidatorsAndSchedule": func(b *bench) {
		b.configure("a")
		d := delivery(b.claim("a", start), start, article("a", 1))
		d.State.ETag, d.State.LastModified, d.State.Body = "x", "y", 3
		d.State.Fault, d.State.Code = feed.FaultHTTP, 404
		d.State.NotBefore = start.Add(100 * time.Hour)
		_, err := b.store.Merge(b.Context(), d)
		b.must(err)
		moved := source("a")
		moved.URL = "https://a.example/other"
		b.set([]feed.Source{moved})
		st := b.state("a")
		if st.ETag != "" || st.LastModified != "" || st.Body != 0 || st.Fault != "" || st.Code != 0 || !st.NextPoll.IsZero() || !st.NotBefore.IsZero() {
			b.Errorf("state %+v", st)
		}
		if st.Status != feed.StatusOK || st.Articles != 1 {
			b.Errorf("status %s with %d articles, want ok with 1", st.Status, st.Articles)
		}
		if got, err := b.store.Claim(b.Context(), storage.Due{At: start, Max: 5, Lease: time.Minute}); err != nil || len(got) != 1 {
			b.Errorf("due after the change: %v, %v", got, err)
		}
	},
	"AnUnchangedConfigurationChangesNoState": func(b *bench) {
		b.configure("a")
		d := delivery(b.claim("a", start), start, article("a", 1))
		d.State.ETag = "x"
		_, err := b.store.Merge(b.Context(), d)
		b.must(err)
		want := b.state("a")
		b.configure("a")
		if diff := cmp.Diff(b.state("a"), want); diff != "" {
			b.Errorf("state (got, want):\n%s", diff)
		}
	},
	"DisabledIsShownAndUndone": func(b *bench) {
		b.configure("a")
		b.poll("a", start, article("a", 1))
		off := source("a")
		off.Disabled = true
		b.set([]feed.Source{off})
		if st := b.state("a").Status; st != feed.StatusDisabled {
			b.Errorf("status %s, want disabled", st)
		}
		if _, ok, err := b.store.NextDue(b.Context(), nil); err != nil || ok {
			b.Errorf("a disabled source is due (%v)", err)
		}
		// A poll that an operator asked for does not make it stick.
		at := start.Add(time.Hour)
		c := b.claim("a", at)
		d := delivery(c, at)
		d.State.Status = c.State.Status
		_, err := b.store.Merge(b.Context(), d)
		b.must(err)
		b.configure("a")
		if st := b.state("a").Status; st != feed.StatusOK {
			b.Errorf("status %s, want ok", st)
		}
		if _, ok, err := b.store.NextDue(b.Context(), nil); err != nil || !ok {
			b.Errorf("not due after it was enabled (%v)", err)
		}
	},
	"RescheduleMovesWhoIsNotClaimed": func(b *bench) {
		b.configure("a", "b")
		b.poll("a", start, article("a", 1))
		c := b.claim("b", start)
		to := start.Add(9 * time.Hour)
		b.must(b.store.Reschedule(b.Context(), map[feed.SourceID]storage.Schedule{
			"a": {NextPoll: to, Interval: 2 * time.Hour, Reason: "quiet"}, "b": {NextPoll: to}, "nobody": {NextPoll: to},
		}))
		if st := b.state("a"); !st.NextPoll.Equal(to) || st.Interval != 2*time.Hour || st.Reason != "quiet" {
			b.Errorf("a: next %v, interval %v, by %q", st.NextPoll, st.Interval, st.Reason)
		}
		if st := b.state("b"); !st.NextPoll.IsZero() {
			b.Errorf("b was claimed, and moved to %v", st.NextPoll)
		}
		b.must(b.store.Release(b.Context(), c))
	},
	"ASourceKnownByItsAddressKeepsItsArticlesUnderAnotherName": func(b *bench) {
		listed := func(name, url string) feed.Source {
			s := source(name)
			s.URL, s.ByAddress = url, true
			return s
		}
		set := func(sources ...feed.Source) {
			b.Helper()
			b.set(sources)
		}
		articles := func(want map[feed.SourceID]string) {
			b.Helper()
			got := map[feed.SourceID]string{}
			all, err := b.store.After(b.Context(), 0, 100)
			b.must(err)
			for _, a := range all {
				got[a.Source] += a.Title
			}
			if len(got) != len(want) {
				b.Errorf("articles of %v, want %v", got, want)
			}
			for name, titles := range want {
				if got[name] != titles {
					b.Errorf("articles of %s: %q, want %q", name, got[name], titles)
				}
			}
		}
		one, two := article("one", 1), article("two", 2)
		one.Title, two.Title = "one", "two"
		set(listed("a", "https://a.example/"), listed("b", "https://b.example/"))
		b.poll("a", start, one)
		b.poll("b", start, two)
		state := b.state("a")

		set(listed("news", "https://a.example/"), listed("b", "https://b.example/"))
		articles(map[feed.SourceID]string{"news": "one", "b": "two"})
		if st := b.state("news"); st.ETag != state.ETag || !st.NextPoll.Equal(state.NextPoll) || st.Articles != 1 {
			b.Errorf("renamed: %+v", st)
		}
		set(listed("b", "https://a.example/"), listed("news", "https://b.example/")) // for each other's
		articles(map[feed.SourceID]string{"b": "one", "news": "two"})
		set(listed("b", "https://c.example/")) // another feed of that name
		if st := b.state("b"); st.Articles != 0 || !st.LastAttempt.IsZero() {
			b.Errorf("a new feed got the articles of another: %+v", st)
		}
		set(listed("b", "https://c.example/"), listed("again", "https://a.example/"), listed("news", "https://b.example/"))
		articles(map[feed.SourceID]string{"again": "one", "news": "two"})
		set(source("news"), listed("again", "https://a.example/")) // by itself, at another address
		articles(map[feed.SourceID]string{"again": "one", "news": "two"})
	},
	"ASourceKnownByItsAddressLeavesNoRecordUnderAnEarlierName": func(b *bench) {
		listed := func(name, url string) feed.Source {
			return feed.Source{Name: feed.SourceID(name), URL: url, ByAddress: true}
		}
		set := func(sources ...feed.Source) {
			b.Helper()
			b.set(sources)
		}
		set(listed("one", "https://a.example/"), listed("two", "https://b.example/"))
		set(listed("two", "https://a.example/")) // before either has an article
		b.poll("two", start, article("a", 1))
		set(listed("one", "https://a.example/"))
		if st := b.state("one"); st.Articles != 1 || !st.LastSuccess.Equal(start) {
			b.Errorf("back under its first name: %+v", st)
		}
	},
	"ReviveForgetsFailuresAndThatAFeedIsGone": func(b *bench) {
		b.configure("a")
		c := b.claim("a", start)
		d := storage.Delivery{Claim: &c, At: start, State: c.State}
		d.State.Status, d.State.Failures, d.State.Error = feed.StatusGone, 7, "answered 410 Gone"
		d.State.Fault, d.State.Code = feed.FaultHTTP, 410
		d.State.ETag, d.State.LastAttempt, d.State.NotBefore = `"1"`, start, start.Add(time.Hour)
		_, err := b.store.Merge(b.Context(), d)
		b.must(err)
		if _, ok, err := b.store.NextDue(b.Context(), nil); err != nil || ok {
			b.Errorf("a feed that is gone is due (%v)", err)
		}
		b.must(b.store.Revive(b.Context(), "a", "nobody"))
		st := b.state("a")
		if st.Status != feed.StatusNew || st.Failures != 0 || st.Error != "" || st.Fault != "" || st.Code != 0 || !st.NextPoll.Equal(st.NotBefore) {
			b.Errorf("revived: %+v", st)
		}
		if st.ETag != `"1"` || !st.NotBefore.Equal(start.Add(time.Hour)) {
			b.Errorf("tag %q, not before %v", st.ETag, st.NotBefore)
		}
		if _, ok, err := b.store.NextDue(b.Context(), nil); err != nil || !ok {
			b.Errorf("not due after it was revived (%v)", err)
		}
	},
	"PostponeOnlyLengthens": func(b *bench) {
		b.configure("a", "b", "c")
		b.poll("a", start, article("a", 1))
		b.poll("b", start, article("b", 1))
		soon, late := start.Add(2*time.Hour), start.Add(9*time.Hour)
		b.must(b.store.Reschedule(b.Context(), map[feed.SourceID]storage.Schedule{"a": {NextPoll: start, NotBefore: late}, "b": {NextPoll: late}}))
		c := b.claim("c", start)
		b.must(b.store.Postpone(b.Context(), []feed.SourceID{"a", "b", "c", "nobody"}, soon))
		if st := b.state("a"); !st.NextPoll.Equal(soon) || !st.NotBefore.Equal(late) {
			b.Errorf("a: next %v, not before %v", st.NextPoll, st.NotBefore)
		}
		if st := b.state("b"); !st.NextPoll.Equal(late) || !st.NotBefore.Equal(soon) {
			b.Errorf("b: next %v, not before %v", st.NextPoll, st.NotBefore)
		}
		if st := b.state("c"); !st.NextPoll.IsZero() || !st.NotBefore.IsZero() {
			b.Errorf("c was claimed, and moved to %v", st.NextPoll)
		}
		b.must(b.store.Release(b.Context(), c))
	},
	"SourcesTwiceOrWithoutANameAreRefused": func(b *bench) {
		b.configure("a")
		for _, bad := range [][]feed.Source{{source("b"), source("b")}, {{URL: "https://x.example/"}}} {
			if _, err := b.store.SetSources(b.Context(), bad); err == nil {
				b.Errorf("%v was taken", bad)
			}
		}
		b.state("a") // and nothing changed
	},
}
