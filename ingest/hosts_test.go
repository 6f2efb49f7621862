package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage/bolt/bolttest"
)

// wait is an answer that asks for an hour and a half.
func wait(status int) fetchtest.Reply {
	return fetchtest.Reply{Status: status, Header: http.Header{"Retry-After": {"5400"}}}
}

func TestATooManyRestsTheHostAlsoOverARestartAndForNewSources(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	a, b := source("a", r.pub.Set("/a", wait(429))), source("b", r.pub.Set("/b", fetchtest.Reply{Body: rss("b")}))
	c, other := source("c", r.pub.Set("/c", fetchtest.Reply{Body: rss("c")})), source("other", r.pub.Set("/other", fetchtest.Reply{Body: rss("o")}))
	other.Host = "elsewhere"
	r.use(a, b)
	r.must(ingest.Failed)
	check := func(when string) {
		t.Helper()
		for _, rep := range r.sync(ingest.Request{All: true}) {
			want := ingest.NotDue
			if rep.Source == "other" {
				continue
			}
			if left := time.Until(rep.Next); rep.Outcome != want || left < 80*time.Minute || left > 2*time.Hour {
				t.Errorf("%s: %s is %s, next in %v", when, rep.Source, rep.Outcome, left)
			}
		}
	}
	check("at once")
	r.attach(r.store, ingest.Options{})
	r.use(a, b, c, other)
	check("after a restart")
	if n := r.pub.Count("/b") + r.pub.Count("/c"); n != 0 {
		t.Errorf("the host was asked %d times while it rested", n)
	}
	if n := r.pub.Count("/other"); n != 1 {
		t.Errorf("another host was asked %d times", n)
	}
}

func TestAServerOutOfServiceRestsTheFeedAlone(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.use(source("a", r.pub.Set("/a", wait(503))), source("b", r.pub.Set("/b", fetchtest.Reply{Body: rss("b")})))
	r.must(ingest.Failed)
	if reports := r.sync(ingest.Request{All: true}); reports[0].Outcome != ingest.NotDue || reports[1].Outcome != ingest.Changed {
		t.Errorf("%v and %v", reports[0].Outcome, reports[1].Outcome)
	}
}

func TestManyFeedsOfAHostAreSpreadOverTheInterval(t *testing.T) {
	const feeds = 50
	var second []time.Duration
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, store: bolttest.Open(t)}
		began := time.Now()
		l := &line{}
		r.plan = ingest.Plan{Max: 24 * time.Hour, Authority: "example.org", Fetcher: l, Pace: ingest.Pace{Spacing: time.Second}}
		seen := map[feed.SourceID]int{}
		r.attach(r.store, ingest.Options{Chance: rand.New(rand.NewPCG(1, 2)).Float64, Observe: func(rep ingest.Report) {
			if seen[rep.Source]++; seen[rep.Source] == 2 {
				second = append(second, rep.At.Sub(began))
			}
		}})
		var all []ingest.Source
		for i := range feeds {
			all = append(all, source(fmt.Sprint("s", i), fmt.Sprintf("https://h.example/%d", i)))
		}
		r.use(all...)
		play(r, 3*time.Hour)
	})
	if len(second) != feeds {
		t.Fatalf("%d feeds were asked twice", len(second))
	}
	slices.Sort(second)
	if second[0] < time.Hour {
		t.Errorf("asked again after %v", second[0])
	}
	for i := range feeds - 10 {
		if d := second[i+10] - second[i]; d < 4*time.Minute {
			t.Errorf("ten were asked within %v", d)
		}
	}
}
