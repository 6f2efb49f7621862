package ingest_test

import (
	"testing"

	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

func TestAnInsecureRedirectIsSeenInTheState(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	secure := fetchtest.NewTLS(t)
	s := source("a", secure.Redirect("/feed", 302, r.pub.Set("/feed", fetchtest.Reply{Body: rss("one")})))
	s.Target.InsecureTLS = true
	r.use(s)
	r.must(ingest.Changed)
	if n := r.state("a").Warnings["insecure-redirect"]; n != 1 {
		t.Errorf("%v", r.state("a").Warnings)
	}
}
