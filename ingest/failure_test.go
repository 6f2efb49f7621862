package ingest_test

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage"
	"sluice/storage/bolt"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.etcd.io/bbolt"
)

// narrow are limits that a test can break in little time.
var narrow = fetch.Options{Timeout: 300 * time.Millisecond, MaxBody: 10_000}

// refusing returns the address of a port on which nobody listens.
func refusing(t *testing.T) string {
	t.Helper()
	return "http://" + fetchtest.Port(t, "127.0.0.1") + "/a"
}

func TestAFailureKeepsArticlesAndValidatorsAndBacksOff(t *testing.T) {
	for name, tc := range map[string]struct {
		reply  fetchtest.Reply
		status int
		wait   time.Duration // after the first failure of an hourly source
	}{
		"an HTML page":        {fetchtest.Reply{Body: "<!doctype html><title>Log in</title><link rel=hub href=/h><link rel=self href=/s><p>Hello", ContentType: "text/html"}, 200, time.Hour},
		"an empty document":   {fetchtest.Reply{}, 200, time.Hour},
		"text":                {fetchtest.Reply{Body: "out of\norder"}, 200, time.Hour},
		"broken JSON":         {fetchtest.Reply{Body: "{\"version\":\n[", ContentType: "application/feed+json"}, 200, time.Hour},
		"a body cut short":    {fetchtest.Reply{Body: rss("one", "two"), Header: http.Header{"Content-Length": {"9000"}}}, 200, time.Hour},
		"a coding that lies":  {fetchtest.Reply{Body: rss("one", "two"), Header: http.Header{"Content-Encoding": {"gzip"}}}, 200, time.Hour},
		"a body too large":    {fetchtest.Reply{Body: rss(strings.Repeat("x", 10_000))}, 200, time.Hour},
		"a server that hangs": {fetchtest.Reply{Delay: time.Minute}, 0, time.Hour},
		"an error of theirs":  {fetchtest.Reply{Status: 500, Body: rss("two")}, 500, time.Hour},
		"204":                 {fetchtest.Reply{Status: 204}, 204, time.Hour},
		"a redirect in a circle": {
			fetchtest.Reply{Status: 301, Header: http.Header{"Location": {"/a"}}}, 301, time.Hour,
		},
		"not found":                   {fetchtest.Reply{Status: 404, Body: rss("two")}, 404, time.Hour},
		"forbidden":                   {fetchtest.Reply{Status: 403}, 403, 4 * time.Hour},
		"closed by law":               {fetchtest.Reply{Status: 451}, 451, 7 * 24 * time.Hour},
		"202":                         {fetchtest.Reply{Status: 202, Body: rss("two")}, 202, time.Hour},
		"206, which nobody asked for": {fetchtest.Reply{Status: 206, Body: rss("two")}, 206, time.Hour},
		"a login that is missing":     {fetchtest.Reply{Status: 401}, 401, 4 * time.Hour},
		"too many requests":           {fetchtest.Reply{Status: 429}, 429, 4 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, narrow)
			r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"1"`, LastModified: "then"})
			r.must(ingest.Changed)
			was := r.state("a")
			tc.reply.ETag, tc.reply.LastModified = `"bad"`, "later"
			r.serve(tc.reply)
			rep := r.must(ingest.Failed)
			var nothing storage.Merged
			if tc.wait == 7*24*time.Hour { // what is asked again in a week is told at once
				nothing.Told = 1
			}
			if rep.Status != tc.status || rep.Merged != nothing {
				t.Errorf("status %d, merged %+v; want %d and %+v", rep.Status, rep.Merged, tc.status, nothing)
			}
			wantFailure(t, rep, was, r.state("a"), tc.wait)
			r.wantTitles("a", "one")
		})
	}
}

// wantFailure fails the test unless a report and the state tell of the first
// failure after a success.
func wantFailure(t *testing.T, rep ingest.Report, was, is feed.SourceState, wait time.Duration) {
	t.Helper()
	if rep.Err == nil {
		t.Fatal("no error")
	}
	if text := rep.Err.Error(); strings.ContainsAny(text, "\r\n") || is.Error != text {
		t.Errorf("error %q, in the state %q; want one line, the same", text, is.Error)
	}
	if is.Status != feed.StatusFailing || is.Failures != 1 {
		t.Errorf("status %s after %d failures, want failing after 1", is.Status, is.Failures)
	}
	if got := is.NextPoll.Sub(is.LastAttempt); got != wait || rep.Why != "back-off" {
		t.Errorf("next after %v by %q, want %v by back-off", got, rep.Why, wait)
	}
	moved := cmpopts.IgnoreFields(feed.SourceState{}, "LastAttempt", "NextPoll", "Status", "Failures", "FailingSince", "Reason", "Throttled", "Error", "Fault", "Code", "Told", "Past")
	if d := cmp.Diff(was, is, moved); d != "" {
		t.Errorf("state (-before +after):\n%s", d)
	}
}

func TestASourceThatNobodyServesFails(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.use(source("a", refusing(t)))
	rep := r.must(ingest.Failed)
	st := r.state("a")
	if rep.Status != 0 || st.Failures != 1 || st.Status != feed.StatusFailing || !st.LastSuccess.IsZero() || !st.FirstPoll.IsZero() {
		t.Errorf("report %+v, state %+v", rep, st)
	}
}

func TestA304ThatNobodyAskedForIsAFailure(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Status: 304, ETag: `"1"`})
	if rep := r.must(ingest.Failed); !errors.Is(rep.Err, fetch.ErrNotModifiedUnasked) {
		t.Errorf("error %v", rep.Err)
	}
}

func TestFailuresAreCountedAndTheNextSuccessForgetsThem(t *testing.T) {
	for name, good := range map[string]struct {
		reply   fetchtest.Reply
		outcome ingest.Outcome
	}{
		"a document": {fetchtest.Reply{Body: rss("one", "two"), ETag: `"2"`}, ingest.Changed},
		"a 304":      {fetchtest.Reply{Body: rss("one"), ETag: `"1"`}, ingest.NotModified},
		"a part":     {fetchtest.Reply{Body: cut("one", "two")}, ingest.Partial},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, fetch.Options{})
			r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"1"`})
			r.must(ingest.Changed)
			r.serve(fetchtest.Reply{Status: 500})
			for n := 1; n <= 7; n++ {
				r.must(ingest.Failed)
				wantHeader(t, r.pub.Last(), "If-None-Match", `"1"`)
				st := r.state("a")
				wait := min(time.Hour<<(n-1), 24*time.Hour)
				if got := st.NextPoll.Sub(st.LastAttempt); st.Failures != n || got != wait {
					t.Errorf("failure %d: counted %d, next after %v; want %v", n, st.Failures, got, wait)
				}
			}
			r.serve(good.reply)
			r.must(good.outcome)
			st := r.state("a")
			if st.Failures != 0 || st.Status != feed.StatusOK || st.NextPoll.Sub(st.LastAttempt) != time.Hour {
				t.Errorf("state %+v, want as if nothing had been", st)
			}
			if (st.Error == "") != (good.outcome != ingest.Partial) {
				t.Errorf("error %q", st.Error)
			}
		})
	}
}

func TestAPollThatCannotBeStoredIsAFailureOfItsSource(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	open := func() *bolt.Store {
		store, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	store := open()
	r := rigOver(t, store, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"1"`})
	r.must(ingest.Changed)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	damageArticles(t, path)
	r.store = open()
	defer func() {
		if err := r.store.Close(); err != nil {
			t.Error(err)
		}
	}()
	r.attach(r.store, ingest.Options{})
	r.serve(fetchtest.Reply{Body: rss("one", "two"), ETag: `"2"`})
	for n := 1; n <= 2; n++ {
		rep := r.must(ingest.Failed)
		if !errors.Is(rep.Err, storage.ErrDamaged) || rep.Fatal {
			t.Errorf("poll %d: %v, fatal %v", n, rep.Err, rep.Fatal)
		}
		st := r.state("a")
		if st.Failures != n || st.Status != feed.StatusFailing || st.ETag != `"1"` || !rep.Next.Truncate(time.Microsecond).Equal(st.NextPoll) {
			t.Errorf("poll %d: state %+v, next %v", n, st, rep.Next)
		}
	}
}

// damageArticles flips a bit in the record of each article.
func damageArticles(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		heads := tx.Bucket([]byte("heads"))
		broken := map[string][]byte{}
		err := heads.ForEach(func(k, v []byte) error {
			broken[string(k)] = append([]byte{}, v...)
			broken[string(k)][len(v)-1] ^= 1
			return nil
		})
		for k, v := range broken {
			err = errors.Join(err, heads.Put([]byte(k), v))
		}
		return err
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}
