package ingest_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage/bolt/bolttest"
)

func TestAnAddressThatIsConfiguredTwiceIsAskedOnce(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	address := r.pub.Set("/a", fetchtest.Reply{Body: rss("one"), ETag: `"1"`})
	a, b, other := source("a", address), source("b", address), source("other", address)
	other.Target.Bearer = "t0ken" // is answered otherwise, for all we know
	r.use(a, b, other)
	for _, rep := range r.sync(ingest.Request{}) {
		if rep.Outcome != ingest.Changed || rep.Merged.New != 1 {
			t.Errorf("%s: %s, %d new", rep.Source, rep.Outcome, rep.Merged.New)
		}
	}
	if n := r.pub.Count("/a"); n != 2 {
		t.Errorf("%d requests, want one for a and b and one for the other", n)
	}
	if x, y := r.state("a"), r.state("b"); x.NextPoll.Sub(y.NextPoll).Abs() > time.Second || y.ETag != `"1"` {
		t.Errorf("next polls %v and %v, tag %q", x.NextPoll, y.NextPoll, y.ETag)
	}
	c := source("c", address) // knows nothing yet: an answer 304 would not do
	r.use(a, c)
	r.pub.Forget()
	r.must(ingest.NotModified)
	if rep := r.sync(ingest.Request{Sources: []feed.SourceID{"c"}})[0]; rep.Outcome != ingest.Changed {
		t.Errorf("c: %s", rep.Outcome)
	}
	if n := r.pub.Count("/a"); n != 2 {
		t.Errorf("%d requests, want one of each", n)
	}
}

func TestASharedAnswerIsForEachSourceOnce(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	address := r.pub.Set("/a", fetchtest.Reply{Body: rss("one")})
	r.use(source("a", address), source("b", address))
	for _, want := range []int{1, 2, 3} { // an operator who asks again is answered anew
		for _, rep := range r.sync(ingest.Request{All: true}) {
			if !rep.Outcome.Succeeded() {
				t.Errorf("%s: %s", rep.Source, rep.Outcome)
			}
		}
		if n := r.pub.Count("/a"); n != want {
			t.Errorf("%d requests, want %d", n, want)
		}
	}
	l := &line{}
	l.cut.Store(true)
	r.plan.Fetcher = l
	r.use(source("a", address), source("b", address))
	r.sync(ingest.Request{All: true})
	if n := l.asked.Load(); n != 2 {
		t.Errorf("%d requests, want two: a publisher who was not reached has said nothing", n)
	}
}

func TestSourcesOfOneAddressStayTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, chance := &line{}, 0.0
		r := &rig{t: t, store: bolttest.Open(t)}
		r.plan = ingest.Plan{Max: 24 * time.Hour, Authority: "example.org", Fetcher: l, Pace: ingest.Pace{Spacing: time.Second}}
		r.attach(r.store, ingest.Options{Chance: func() float64 {
			chance += 0.37
			return chance - float64(int(chance))
		}})
		var all []ingest.Source
		for i := range 3 {
			all = append(all, source(fmt.Sprint("s", i), "https://a.example/"))
		}
		r.use(all...)
		play(r, 10*24*time.Hour)
		if n := l.asked.Load(); n < 200 || n > 240 {
			t.Errorf("%d requests in ten days, want one an hour", n)
		}
	})
}
