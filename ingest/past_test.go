package ingest_test

import (
	"errors"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

func TestPollsAreCountedAndWhatA304Saved(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	first := rss("one")
	r.serve(fetchtest.Reply{Body: first, ETag: `"1"`})
	r.must(ingest.Changed)
	r.must(ingest.NotModified) // 304
	r.must(ingest.NotModified)
	size := uint64(len(first))
	want := feed.Past{Polls: 3, NotModified: 2, Size: size, Saved: 2 * size}
	wantPast(t, r.state("a").Past, want)

	// The same again, and no 304: it was sent.
	r.serve(fetchtest.Reply{Body: first, ETag: `"2"`})
	r.must(ingest.NotModified)
	want.Polls++
	wantPast(t, r.state("a").Past, want)

	// Of what is no whole document no 304 speaks.
	r.serve(fetchtest.Reply{Body: cut("one", "two"), ETag: `"3"`})
	r.must(ingest.Partial)
	r.serve(fetchtest.Reply{Status: 404})
	r.must(ingest.Failed)
	r.serve(fetchtest.Reply{Body: "<p>no feed"})
	r.must(ingest.Failed)
	r.serve(fetchtest.Reply{Body: first, ETag: `"2"`})
	r.must(ingest.NotModified)
	want.Polls, want.NotModified, want.Failures, want.Saved = want.Polls+4, want.NotModified+1, 2, 3*size
	wantPast(t, r.state("a").Past, want)

	// What counts is what was sent.
	r.serve(fetchtest.Reply{Body: rss("one", "two", "three", "four"), ETag: `"4"`, Coding: "gzip"})
	r.must(ingest.Changed)
	got := r.state("a").Past
	if got.Size == 0 || got.Size >= uint64(len(rss("one", "two", "three", "four")))/2 {
		t.Errorf("a compressed document of %d bytes took %d", len(rss("one", "two", "three", "four")), got.Size)
	}
}

// wantPast compares what is counted, but for days.
func wantPast(t *testing.T, got, want feed.Past) {
	t.Helper()
	if got.Since != feed.DayOf(time.Now()) && got.Since != feed.DayOf(time.Now())-1 {
		t.Errorf("counted since day %d", got.Since)
	}
	if got.Polls != want.Polls || got.NotModified != want.NotModified || got.Failures != want.Failures || got.Size != want.Size || got.Saved != want.Saved {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAnAnswerThatSeveralSourcesHadSavedItsBytesOnce(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	body := rss("one")
	address := r.pub.Set("/a", fetchtest.Reply{Body: body, ETag: `"1"`})
	r.use(source("a", address), source("b", address))
	r.sync(ingest.Request{All: true})
	r.sync(ingest.Request{All: true})
	a, b := r.state("a").Past, r.state("b").Past
	if n := r.pub.Count("/a"); n != 2 {
		t.Fatalf("%d requests", n)
	}
	if a.NotModified != 1 || b.NotModified != 1 || a.Saved+b.Saved != uint64(len(body)) {
		t.Errorf("a %+v, b %+v; want %d bytes saved", a, b, len(body))
	}
}

func TestAFailureOfOurOwnNetworkCountsForNobody(t *testing.T) {
	onStage(t, func(s *stage) {
		before := s.state("a").Past
		s.answer, s.err = fetch.Answer{}, fetch.ErrOffline
		s.after(time.Hour, ingest.Failed)
		if after := s.state("a").Past; after.Polls != before.Polls || after.Failures != 0 || len(after.News) != 1 {
			t.Errorf("before %+v, after %+v", before, after)
		}
	})
}

func TestEachFailureIsOfAKind(t *testing.T) {
	to := func(address string) http.Header { return http.Header{"Location": {address}} }
	for name, tc := range map[string]struct {
		reply   fetchtest.Reply
		address string // instead of the publisher's
		want    feed.Fault
		code    int
	}{
		"not found":          {reply: fetchtest.Fails(404), want: feed.FaultHTTP, code: 404},
		"an end":             {reply: fetchtest.Fails(410), want: feed.FaultHTTP, code: 410},
		"a wall":             {reply: fetchtest.Challenge("8f-FRA"), want: feed.FaultChallenge, code: 403},
		"304 unasked":        {reply: fetchtest.Reply{Status: 304}, want: feed.FaultHTTP, code: 304},
		"no host":            {address: "http://nobody.invalid/", want: feed.FaultNoHost},
		"a closed port":      {address: refusing(t), want: feed.FaultNetwork},
		"a hang-up":          {reply: fetchtest.Reply{HangUp: true}, want: feed.FaultNetwork},
		"a body cut short":   {reply: fetchtest.Reply{Body: rss("one"), Header: http.Header{"Content-Length": {"9000"}}}, want: feed.FaultInterrupted},
		"silence":            {reply: fetchtest.Reply{Delay: time.Minute}, want: feed.FaultTimeout},
		"a circle":           {reply: fetchtest.Reply{Status: 301, Header: to("/a")}, want: feed.FaultRedirect},
		"a private address":  {address: "http://10.0.0.1/", want: feed.FaultBlocked},
		"a page":             {reply: fetchtest.Portal(), want: feed.FaultNotFeed},
		"a coding that lies": {reply: fetchtest.Reply{Body: rss("one"), Header: http.Header{"Content-Encoding": {"gzip"}}}, want: feed.FaultParse},
		"a body too large":   {reply: fetchtest.Reply{Body: rss(string(make([]byte, 10_000)))}, want: feed.FaultTooLarge},
		"a file that is not": {address: "file:" + filepath.Join(t.TempDir(), "none.xml"), want: feed.FaultFile},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, narrow)
			r.serve(tc.reply)
			if tc.address != "" {
				r.use(source("a", tc.address))
			}
			rep := r.must(ingest.Failed)
			if tc.want == feed.FaultNoHost && !errors.Is(rep.Err, fetch.ErrNoHost) {
				t.Skipf("no resolver says that a name is not there: %v", rep.Err)
			}
			if st := r.state("a"); st.Fault != tc.want || st.Code != tc.code {
				t.Errorf("got %s %d (%v), want %s %d", st.Fault, st.Code, rep.Err, tc.want, tc.code)
			}
			r.serve(fetchtest.Reply{Body: rss("one")})
			if reps := r.sync(ingest.Request{Sources: []feed.SourceID{"a"}, Enable: true}); len(reps) != 1 || reps[0].Outcome != ingest.Changed {
				t.Fatalf("enabled: %+v", reps)
			}
			if st := r.state("a"); st.Fault != "" || st.Code != 0 {
				t.Errorf("after a success: %s %d", st.Fault, st.Code)
			}
		})
	}
}
