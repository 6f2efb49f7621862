package ingest_test

import (
	"context"
	"strings"
	"testing"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

// faulty panics for one address, with what was asked in the panic.
type faulty struct {
	ingest.Fetcher

	at string
}

// Fetch implements ingest.Fetcher.
func (f faulty) Fetch(ctx context.Context, t fetch.Target) (fetch.Answer, error) {
	if strings.HasPrefix(t.URL, f.at) {
		panic("cannot read " + t.URL)
	}
	return f.Fetcher.Fetch(ctx, t)
}

func TestAPollThatPanicsFailsAloneAndTellsNoSecret(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	reply := fetchtest.Reply{Body: "<rss version=\"2.0\"><channel><title>x</title><item><guid>1</guid><title>One</title></item></channel></rss>"}
	bad, good := source("a", r.pub.Set("/a", reply)+"?token=s3cret"), source("b", r.pub.Set("/b", reply))
	r.plan.Fetcher = faulty{r.plan.Fetcher, r.pub.URL("/a")}
	r.use(bad, good)
	for range 2 {
		got := map[feed.SourceID]ingest.Report{}
		for _, rep := range r.sync(ingest.Request{All: true}) {
			got[rep.Source] = rep
		}
		if err := got["a"].Err; got["a"].Outcome != ingest.Failed || err == nil || !strings.Contains(err.Error(), "type string at panic_test.go:") {
			t.Errorf("a: %+v", got["a"])
		}
		if !got["b"].Outcome.Succeeded() {
			t.Errorf("b: %+v", got["b"])
		}
	}
	if st := r.state("a"); st.Failures != 2 || !strings.HasPrefix(st.Error, "a fault of sluice itself") {
		t.Errorf("the state says %+v", st)
	}
	if text := r.log.String(); strings.Contains(text, "s3cret") || !strings.Contains(text, "a fault of sluice itself") {
		t.Errorf("the log says %s", text)
	}
}
