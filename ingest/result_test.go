package ingest_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

func TestEachPollHasAResultOfTheFixedSet(t *testing.T) {
	to := func(address string) http.Header { return http.Header{"Location": {address}} }
	same := fetchtest.Reply{Body: rss("one")}
	for name, tc := range map[string]struct {
		reply  fetchtest.Reply
		again  bool // polled twice; the second counts
		want   ingest.Result
		nobody bool // no byte of a document came
	}{
		"a document":                  {reply: same, want: ingest.ResultOK},
		"a document that is cut":      {reply: fetchtest.Reply{Body: cut("two")}, want: ingest.ResultPartial},
		"a 304":                       {reply: fetchtest.Reply{Body: rss("one"), ETag: `"1"`}, again: true, want: ingest.ResultNotModified, nobody: true},
		"the same bytes":              {reply: same, again: true, want: ingest.ResultUnchanged},
		"a page":                      {reply: fetchtest.Reply{Body: "<html>x"}, want: ingest.ResultParse},
		"broken JSON":                 {reply: fetchtest.Reply{Body: `{"version":[`}, want: ingest.ResultParse},
		"a document too deep":         {reply: fetchtest.Reply{Body: "<rss>" + strings.Repeat("<a>", 200)}, want: ingest.ResultTooLarge},
		"a body too large":            {reply: fetchtest.Reply{Body: rss(strings.Repeat("x", 10_000))}, want: ingest.ResultTooLarge, nobody: true},
		"a coding that lies":          {reply: fetchtest.Reply{Body: rss("one"), Header: http.Header{"Content-Encoding": {"gzip"}}}, want: ingest.ResultParse},
		"a body cut short":            {reply: fetchtest.Reply{Body: rss("one"), Header: http.Header{"Content-Length": {"9000"}}}, want: ingest.ResultNetwork},
		"an error of theirs":          {reply: fetchtest.Reply{Status: 500}, want: ingest.ResultHTTPError, nobody: true},
		"an end":                      {reply: fetchtest.Reply{Status: 410}, want: ingest.ResultHTTPError, nobody: true},
		"a server that hangs":         {reply: fetchtest.Reply{Delay: time.Minute}, want: ingest.ResultTimeout, nobody: true},
		"a circle":                    {reply: fetchtest.Reply{Status: 301, Header: to("/a")}, want: ingest.ResultRedirect, nobody: true},
		"a redirect to where none is": {reply: fetchtest.Reply{Status: 302, Header: to(refusing(t))}, want: ingest.ResultNetwork, nobody: true},
		"a redirect into our network": {reply: fetchtest.Reply{Status: 302, Header: to("http://10.0.0.1/")}, want: ingest.ResultBlocked, nobody: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, narrow)
			r.serve(tc.reply)
			rep := r.poll()
			if tc.again {
				rep = r.poll()
			}
			if rep.Result != tc.want {
				t.Errorf("result %s (%v), want %s", rep.Result, rep.Err, tc.want)
			}
			var saved uint64
			if tc.want == ingest.ResultNotModified {
				saved = uint64(len(tc.reply.Body))
			}
			if rep.Saved != saved {
				t.Errorf("%d bytes saved, want %d", rep.Saved, saved)
			}
			if (rep.Received == 0) != tc.nobody {
				t.Errorf("%d bytes received", rep.Received)
			}
			if rep.Asked <= 0 || rep.Asked > rep.Took || rep.Began.IsZero() {
				t.Errorf("asked %v of %v, began %v", rep.Asked, rep.Took, rep.Began)
			}
			if !slices.Contains(ingest.Results(), rep.Result) {
				t.Errorf("%s is not listed", rep.Result)
			}
		})
	}
}

func TestAFileHasAResultOfItsOwn(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.use(source("a", "file:"+filepath.Join(t.TempDir(), "none.xml")))
	if rep := r.must(ingest.Failed); rep.Result != ingest.ResultFile || rep.Received != 0 {
		t.Errorf("result %s, %d bytes", rep.Result, rep.Received)
	}
}

func TestReceivedIsWhatCameOverTheNetwork(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	text := rss(strings.Repeat("long ", 500))
	_, _ = z.Write([]byte(text))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: packed.String(), Header: http.Header{"Content-Encoding": {"gzip"}}})
	if rep := r.must(ingest.Changed); rep.Received != int64(packed.Len()) || rep.Bytes != len(text) {
		t.Errorf("%d bytes received, a document of %d; want %d and %d", rep.Received, rep.Bytes, packed.Len(), len(text))
	}
}

func TestAnAnswerThatTwoSourcesShareIsReceivedOnce(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	address := r.pub.Set("/a", fetchtest.Reply{Body: rss("one")})
	r.use(source("a", address), source("b", address))
	reports := r.sync(ingest.Request{})
	var asked int
	var received int64
	for _, rep := range reports {
		if rep.Result != ingest.ResultOK {
			t.Errorf("source %s: %s", rep.Source, rep.Result)
		}
		if received += rep.Received; rep.Asked > 0 {
			asked++
		}
	}
	if asked != 1 || received != int64(len(rss("one"))) {
		t.Errorf("%d of two asked, %d bytes received, want one and %d", asked, received, len(rss("one")))
	}
}

func TestWhatIsNotPolledHasNoResult(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: rss("one")})
	r.must(ingest.Changed)
	if reports := r.sync(ingest.Request{}); len(reports) != 1 || reports[0].Result != "" {
		t.Errorf("reports %+v", reports)
	}
}

func TestRepairsAreReportedInTheKindsThatAreListed(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: "junk" + rss("one")})
	rep := r.must(ingest.Changed)
	if len(rep.Warnings) == 0 {
		t.Fatal("nothing was repaired")
	}
	for kind := range rep.Warnings {
		if !slices.Contains(ingest.WarningKinds(), kind) {
			t.Errorf("%s is not listed", kind)
		}
	}
}

func TestLagCountsFromTheTimeThatWasPlanned(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		due, began time.Time
		want       time.Duration
		ok         bool
	}{
		"late":                   {noon, noon.Add(3 * time.Second), 3 * time.Second, true},
		"in time":                {noon, noon, 0, true},
		"before, by an operator": {noon, noon.Add(-time.Hour), 0, false},
		"never polled":           {time.Time{}, noon, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			rep := ingest.Report{Due: tc.due, Began: tc.began}
			if got, ok := rep.Lag(); got != tc.want || ok != tc.ok {
				t.Errorf("got %v, %v", got, ok)
			}
		})
	}
}

func TestALatePollSaysForWhenItWasPlanned(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: rss("one")})
	if rep := r.must(ingest.Changed); !rep.Due.IsZero() {
		t.Errorf("the first poll was due at %v", rep.Due)
	}
	planned := r.state("a").NextPoll
	if rep := r.must(ingest.NotModified); !rep.Due.Equal(planned) {
		t.Errorf("due %v, planned %v", rep.Due, planned)
	}
	if load := r.runner.Load(); load != (ingest.Load{Workers: 64}) {
		t.Errorf("at rest: %+v", load)
	}
}
