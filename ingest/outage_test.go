package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/storage/bolt/bolttest"
)

// line is a network that can be cut.
type line struct {
	cut   atomic.Bool
	asked atomic.Int64
}

// Fetch implements ingest.Fetcher.
func (l *line) Fetch(_ context.Context, t fetch.Target) (fetch.Answer, error) {
	l.asked.Add(1)
	time.Sleep(10 * time.Millisecond)
	if l.cut.Load() {
		return fetch.Answer{}, errors.New("the name cannot be looked up")
	}
	final, err := url.Parse(t.URL)
	return fetch.Answer{Status: 200, NotModified: t.ETag != "", ETag: `"1"`, Body: []byte(rss("one")), Final: final}, err
}

func TestWhileTheNetworkIsDownNobodyIsBlamedAndFewAreAsked(t *testing.T) {
	const sources = 40
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		r := &rig{t: t, store: bolttest.Open(t)}
		r.plan = ingest.Plan{Max: 24 * time.Hour, Authority: "example.org", Fetcher: l}
		r.attach(r.store, ingest.Options{})
		var all []ingest.Source
		for i := range sources {
			s := source(fmt.Sprint("s", i), fmt.Sprintf("https://h%d.example/", i))
			s.Host = fmt.Sprint("h", i)
			all = append(all, s)
		}
		r.use(all...)
		play(r, 30*time.Minute)
		if n := l.asked.Load(); n != sources {
			t.Fatalf("%d polls of %d sources", n, sources)
		}
		l.cut.Store(true)
		play(r, 5*time.Hour)
		// Some had failed until it was plain; then there is one look in five minutes.
		if n := l.asked.Load() - sources; n < 30 || n > sources+5*12+10 {
			t.Errorf("%d requests in 5 hours", n)
		}
		blamed := 0
		for i := range sources {
			if st := r.state(feed.SourceID(fmt.Sprint("s", i))); st.Failures > 1 {
				t.Errorf("%s was blamed %d times", st.Source, st.Failures)
			} else {
				blamed += st.Failures
			}
		}
		if blamed > 4 {
			t.Errorf("%d sources were blamed", blamed)
		}
		l.cut.Store(false)
		before := l.asked.Load()
		play(r, 11*time.Minute)
		if n := l.asked.Load() - before; n < sources-4 {
			t.Errorf("%d polls in the first minutes after it came back", n)
		}
		for _, words := range []string{"no host can be reached", "hosts can be reached again"} {
			if n := strings.Count(r.log.String(), words); n != 1 {
				t.Errorf("%q was logged %d times", words, n)
			}
		}
	})
}
