package ingest_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage/bolt/bolttest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestTheFirstPollStoresArticlesValidatorsAndState(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	const etag, modified = `W/"a,\"b'`, "Sun, 3 of May" // neither is what its name says
	r.serve(fetchtest.Reply{
		Body: rss("one", "two"), ETag: etag, LastModified: modified, Header: http.Header{"Cache-Control": {"max-age=60"}},
	})
	before := time.Now().UTC().Truncate(time.Microsecond)
	rep := r.must(ingest.Changed)
	after := time.Now()

	h := r.pub.Last()
	for _, name := range []string{"If-None-Match", "If-Modified-Since"} {
		if got, sent := h[name]; sent {
			t.Errorf("the first request carries %s %q", name, got)
		}
	}
	if rep.Merged.New != 2 || rep.Merged.Updated != 0 || rep.Status != 200 || rep.Bytes != len(rss("one", "two")) || rep.Err != nil {
		t.Errorf("report %+v", rep)
	}
	r.wantTitles("a", "one", "two")
	st := r.state("a")
	if st.LastAttempt.Before(before) || st.LastAttempt.After(after) {
		t.Errorf("last attempt %v, want within [%v, %v]", st.LastAttempt, before, after)
	}
	want := feed.SourceState{
		Source: "a", Status: feed.StatusOK, Reason: "interval", ETag: etag, LastModified: modified, Address: st.Address, Body: st.Body,
		LastAttempt: st.LastAttempt, LastSuccess: st.LastAttempt, LastNew: st.LastAttempt, FirstPoll: st.LastAttempt,
		NextPoll: st.LastAttempt.Add(time.Hour), Interval: time.Hour, Freshness: time.Minute, Articles: 2, Info: st.Info,
		Past: feed.Past{
			Since: feed.DayOf(st.LastAttempt), Polls: 1, Size: uint64(len(rss("one", "two"))),
			News: feed.News{{Day: feed.DayOf(st.LastAttempt), New: 2}},
		},
	}
	if d := cmp.Diff(want, st, cmpopts.EquateApproxTime(time.Microsecond)); d != "" {
		t.Errorf("state (-want +got):\n%s", d)
	}
	if st.Body == 0 || st.Info.Title != "A feed" || st.Info.Format != "RSS 2.0" {
		t.Errorf("hash %d, info %+v", st.Body, st.Info)
	}
	if !rep.Next.Truncate(time.Microsecond).Equal(st.NextPoll) || rep.Why != "interval" {
		t.Errorf("next %v by %q, the state says %v", rep.Next, rep.Why, st.NextPoll)
	}
}

func TestTheNextRequestCarriesExactlyTheValidatorsThatCame(t *testing.T) {
	for name, tc := range map[string]struct{ etag, modified string }{
		"both":                      {`"1"`, "Mon, 02 Mar 2026 10:00:00 GMT"},
		"only an ETag":              {etag: `"1"`},
		"only a date":               {modified: "Mon, 02 Mar 2026 10:00:00 GMT"},
		"a weak ETag with oddities": {etag: `W/"a,b\c"`},
		"an ETag without quotes":    {etag: "abc-gzip"},
		"an empty ETag in quotes":   {etag: `""`},
		"an ETag beyond ASCII":      {etag: "\"caf\xe9\""},
		"a date that is none":       {modified: "yesterday, about noon"},
		"none":                      {},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, fetch.Options{})
			r.serve(fetchtest.Reply{Body: rss("one"), ETag: tc.etag, LastModified: tc.modified})
			r.must(ingest.Changed)
			rep := r.must(ingest.NotModified)
			wantStatus := 304
			if tc.etag == "" && tc.modified == "" {
				wantStatus = 200
			}
			if rep.Status != wantStatus {
				t.Errorf("status %d, want %d", rep.Status, wantStatus)
			}
			wantHeader(t, r.pub.Last(), "If-None-Match", tc.etag)
			wantHeader(t, r.pub.Last(), "If-Modified-Since", tc.modified)
		})
	}
}

// wantHeader fails the test unless a header has one value; empty: is not there.
func wantHeader(t *testing.T, h http.Header, name, want string) {
	t.Helper()
	var values []string
	if want != "" {
		values = []string{want}
	}
	if !slices.Equal(h[name], values) {
		t.Errorf("%s %q, want %q", name, h[name], values)
	}
}

func TestA304ChangesNothingButTimesAndCountsInTheState(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"1"`, LastModified: "then"})
	r.must(ingest.Changed)
	was := r.state("a")
	stored, err := r.store.After(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	rep := r.must(ingest.NotModified)
	if rep.Status != 304 || rep.Bytes != 0 || rep.Merged.New+rep.Merged.Updated != 0 {
		t.Errorf("report %+v", rep)
	}
	is := r.state("a")
	if !is.LastSuccess.After(was.LastSuccess) || !is.NextPoll.After(was.NextPoll) {
		t.Errorf("last success %v, next %v: no later than before", is.LastSuccess, is.NextPoll)
	}
	times := cmpopts.IgnoreFields(feed.SourceState{}, "LastAttempt", "LastSuccess", "NextPoll", "Quiet", "Past")
	if d := cmp.Diff(was, is, times); d != "" {
		t.Errorf("state (-before +after):\n%s", d)
	}
	again, err := r.store.After(t.Context(), 0, 10)
	if d := cmp.Diff(stored, again); d != "" || err != nil {
		t.Errorf("articles (-before +after), %v:\n%s", err, d)
	}
}

func TestA304ReplacesOnlyTheValidatorsAndFreshnessThatItNames(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"1"`, LastModified: "then"})
	r.must(ingest.Changed)
	r.serve(fetchtest.Reply{Status: 304, LastModified: "later", Header: http.Header{"Cache-Control": {"max-age=18000"}}})
	rep := r.must(ingest.NotModified)
	st := r.state("a")
	if st.ETag != `"1"` || st.LastModified != "later" {
		t.Errorf("validators %q, %q; want the old ETag and the new date", st.ETag, st.LastModified)
	}
	if wait := st.NextPoll.Sub(st.LastAttempt); rep.Why != "freshness" || wait < 5*time.Hour {
		t.Errorf("next after %v by %q, want 5 h by freshness", wait, rep.Why)
	}
}

func TestTheSameDocumentAgainIsNotModifiedAndReplacesTheValidators(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"1"`, LastModified: "then"})
	r.must(ingest.Changed)
	hash := r.state("a").Body
	r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"2"`})
	if rep := r.must(ingest.NotModified); rep.Status != 200 {
		t.Errorf("status %d, want 200", rep.Status)
	}
	if st := r.state("a"); st.ETag != `"2"` || st.LastModified != "" || st.Body != hash {
		t.Errorf("validators %q, %q; want the new ETag and no date; hash kept: %t", st.ETag, st.LastModified, st.Body == hash)
	}
	r.serve(fetchtest.Reply{Body: rss("one", "two"), ETag: `"3"`})
	r.must(ingest.Changed)
	r.wantTitles("a", "one", "two")
}

func TestADocumentThatWasCutLeavesItsItemsAndNoValidators(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: cut("one"), ETag: `"cut"`, LastModified: "then"})
	rep := r.must(ingest.Partial)
	if rep.Err == nil || rep.Merged.New != 1 {
		t.Errorf("report %+v, want an error and one article", rep)
	}
	st := r.state("a")
	if st.ETag != "" || st.LastModified != "" || st.Body != 0 {
		t.Errorf("kept %q, %q, hash %d of a document that was cut", st.ETag, st.LastModified, st.Body)
	}
	if st.Status != feed.StatusOK || st.Failures != 0 || st.Error == "" || st.LastSuccess.IsZero() {
		t.Errorf("state %+v, want a success with a remark", st)
	}
	r.must(ingest.Partial) // the same bytes are read again
	wantHeader(t, r.pub.Last(), "If-None-Match", "")
	wantHeader(t, r.pub.Last(), "If-Modified-Since", "")

	r.serve(fetchtest.Reply{Body: rss("one", "two"), ETag: `"whole"`})
	r.must(ingest.Changed)
	r.serve(fetchtest.Reply{Body: cut("one", "two", "three"), ETag: `"cut"`})
	r.must(ingest.Partial)
	r.wantTitles("a", "one", "two", "three")
	if st := r.state("a"); st.ETag != `"whole"` {
		t.Errorf("ETag %q, want that of the last complete document", st.ETag)
	}
}

func TestASourceWithIgnoreValidatorsIsAskedWithoutAnyAndAtMostDaily(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	s := source("a", r.pub.Set("/a", fetchtest.Reply{Body: rss("one"), ETag: `"1"`, LastModified: "then"}))
	s.IgnoreValidators = true
	r.use(s)
	for _, want := range []ingest.Outcome{ingest.Changed, ingest.NotModified} {
		rep := r.must(want)
		wantHeader(t, r.pub.Last(), "If-None-Match", "")
		wantHeader(t, r.pub.Last(), "If-Modified-Since", "")
		if wait := rep.Next.Sub(rep.At); wait < 24*time.Hour || rep.Why != "no validators" {
			t.Errorf("%s: next after %v by %q, want a day", want, wait, rep.Why)
		}
	}
}

func TestAPageThatFailsLeavesTheNextRequestConditional(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"1"`})
	r.must(ingest.Changed)
	r.pub.Set("/login", fetchtest.Reply{Body: "<!doctype html><title>Log in</title>", ContentType: "text/html", ETag: `"L"`})
	r.pub.Redirect("/a", 302, "/login")
	r.must(ingest.Failed)
	r.pub.Set("/a", fetchtest.Reply{Body: rss("one"), ETag: `"1"`})
	r.must(ingest.NotModified)
	wantHeader(t, r.pub.Last(), "If-None-Match", `"1"`)
}

func TestARedirectedSourceStaysConditionalAlsoAfterA304AndARestart(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.use(source("a", r.pub.Redirect("/a", 302, "/there")))
	r.pub.Set("/there", fetchtest.Reply{Body: rss("one"), ETag: `"1"`, LastModified: "then"})
	r.must(ingest.Changed)
	r.pub.Set("/there", fetchtest.Reply{Status: 304, LastModified: "later"})
	r.must(ingest.NotModified)
	wantHeader(t, r.pub.Last(), "If-Modified-Since", "then")

	r.plan.Fetcher = newClient(t, fetch.Options{}) // which remembers nothing
	r.attach(r.store, ingest.Options{})
	r.use(r.plan.Sources...)
	r.must(ingest.NotModified)
	wantHeader(t, r.pub.Last(), "If-None-Match", `"1"`)
	wantHeader(t, r.pub.Last(), "If-Modified-Since", "later")
}

func TestAFileIsASourceLikeOthers(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	path := filepath.Join(t.TempDir(), "feed.xml")
	write(t, path, rss("one"))
	s := source("a", "file://"+path)
	s.Host = "file"
	r.use(s)
	if rep := r.must(ingest.Changed); rep.Status != 0 {
		t.Errorf("status %d, want none", rep.Status)
	}
	r.must(ingest.NotModified)
	write(t, path, rss("one", "two"))
	r.must(ingest.Changed)
	r.wantTitles("a", "one", "two")
}

func TestAfterARestartThePollIsConditionalAndOnlyWhenDue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.db")
	r := rigOver(t, bolttest.OpenAt(t, path), ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"1"`})
	r.must(ingest.Changed)
	if err := r.store.Close(); err != nil {
		t.Fatal(err)
	}

	r.store = bolttest.OpenAt(t, path)
	r.plan.Fetcher = newClient(t, fetch.Options{})
	r.attach(r.store, ingest.Options{})
	r.use(r.plan.Sources...)
	if reports := r.sync(ingest.Request{}); reports[0].Outcome != ingest.NotDue || r.pub.Count("") != 1 {
		t.Errorf("outcome %s, %d requests; want not_due without asking", reports[0].Outcome, r.pub.Count(""))
	}
	r.must(ingest.NotModified)
	wantHeader(t, r.pub.Last(), "If-None-Match", `"1"`)
}
