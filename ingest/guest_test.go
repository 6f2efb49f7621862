package ingest_test

import (
	"net/url"
	"testing"
	"time"

	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
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
}
