package ingest_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage/bolt/bolttest"
)

// hostAndPort takes each publisher on this machine for a host of its own.
func hostAndPort(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

func TestARedirectCountsForTheHostThatItLeadsTo(t *testing.T) {
	const spacing = 150 * time.Millisecond
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.plan.Pace = ingest.Pace{Workers: 8, Spacing: spacing}
	r.plan.HostOf = hostAndPort
	shared := fetchtest.New(t)
	var sources []ingest.Source
	for _, name := range []string{"a", "b", "c"} {
		own := fetchtest.New(t)
		s := source(name, own.Redirect("/feed", 302, shared.Set("/"+name, fetchtest.Reply{Body: rss(name)})))
		s.Host = hostAndPort(s.URL)
		sources = append(sources, s)
	}
	r.use(sources...)
	for _, rep := range r.sync(ingest.Request{All: true}) {
		if rep.Outcome != ingest.Changed {
			t.Errorf("%s: %v", rep.Source, rep.Err)
		}
	}
	asked := shared.Requests()
	if len(asked) != len(sources) {
		t.Fatalf("%d requests", len(asked))
	}
	for i := range asked[1:] {
		if apart := asked[i+1].At.Sub(asked[i].At); apart < spacing/2 { // the server's clock reads later than ours
			t.Errorf("requests %v apart", apart)
		}
	}
}

func TestARedirectToAHostThatRestsIsNotFollowed(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.plan.HostOf = hostAndPort
	full, own := fetchtest.New(t), fetchtest.New(t)
	full.Set("/feed", fetchtest.Reply{Body: rss("one")})
	limited := source("b", full.Set("/limited", fetchtest.Reply{Status: 429, Header: map[string][]string{"Retry-After": {"3600"}}}))
	limited.Host = hostAndPort(limited.URL)
	s := source("a", own.Redirect("/feed", 302, full.URL("/feed")))
	s.Host = hostAndPort(s.URL)
	r.use(limited)
	r.sync(ingest.Request{All: true})
	r.use(limited, s)
	rep := r.must(ingest.Failed)
	if full.Count("/feed") != 0 {
		t.Errorf("it was asked: %v", rep.Err)
	}
	st := r.state("a")
	if left := time.Until(st.NextPoll); st.Failures != 0 || st.Status != feed.StatusNew || left < 59*time.Minute || left > 66*time.Minute {
		t.Errorf("%s with %d failures, next in %v because of %q", st.Status, st.Failures, left, st.Reason)
	}
}

// led is a line on which one address redirects to a host whose own feed takes long.
type led struct {
	line
	from string
	to   *url.URL
	slow time.Duration
}

// Fetch implements ingest.Fetcher.
func (l *led) Fetch(ctx context.Context, t fetch.Target) (fetch.Answer, error) {
	if t.URL != l.from {
		time.Sleep(l.slow)
		return l.line.Fetch(ctx, t)
	}
	time.Sleep(time.Second)
	leave, err := t.Gate(ctx, l.to)
	if err != nil {
		return fetch.Answer{Redirects: 1}, fmt.Errorf("%w: %w", fetch.ErrBusy, err)
	}
	defer leave()
	return l.line.Fetch(ctx, t)
}

func TestARedirectToABusyHostIsNoFailureOfTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &led{from: "https://a.example/", to: &url.URL{Scheme: "https", Host: "busy.example"}, slow: 10 * time.Minute}
		r := &rig{t: t, store: bolttest.Open(t)}
		r.plan = ingest.Plan{Max: 24 * time.Hour, Authority: "example.org", Fetcher: l}
		began, asked := time.Now(), []time.Duration{}
		r.attach(r.store, ingest.Options{Observe: func(rep ingest.Report) {
			if rep.Source == "a" {
				asked = append(asked, rep.At.Sub(began).Round(time.Minute))
			}
		}})
		a, b := source("a", l.from), source("b", "https://busy.example/")
		a.Host, b.Host = "a.example", "busy.example"
		r.use(a, b)
		play(r, 5*time.Minute)
		if st := r.state("a"); len(asked) < 2 || st.Failures != 0 || st.Error != "" || st.Reason != "busy host" {
			t.Errorf("asked after %v; %d failures, %q, next because of %q", asked, st.Failures, st.Error, st.Reason)
		}
		l.slow = 0
		play(r, 10*time.Minute)
		if st := r.state("a"); st.Status != feed.StatusOK {
			t.Errorf("%s: %s", st.Status, st.Error)
		}
	})
}
