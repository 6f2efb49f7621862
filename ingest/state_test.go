package ingest_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
)

func TestAFeedThatHasEndedIsNeverAskedAgain(t *testing.T) {
	const expired = `{"version":"https://jsonfeed.org/version/1.1","title":"A feed","expired":true,` +
		`"items":[{"id":"1","title":"last","url":"https://example.org/last"}]}`
	for name, tc := range map[string]struct {
		reply    fetchtest.Reply
		outcome  ingest.Outcome
		articles []string
	}{
		"410": {fetchtest.Reply{Status: 410}, ingest.Failed, []string{"one"}},
		"a JSON Feed that says so": {
			fetchtest.Reply{Body: expired, ContentType: "application/feed+json"}, ingest.Changed, []string{"one", "last"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, fetch.Options{})
			r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"1"`})
			r.must(ingest.Changed)
			r.serve(tc.reply)
			if rep := r.must(tc.outcome); !rep.Next.IsZero() {
				t.Errorf("next poll %v, want none", rep.Next)
			}
			st := r.state("a")
			if st.Status != feed.StatusGone || st.Error == "" {
				t.Errorf("status %s, error %q; want gone and why", st.Status, st.Error)
			}
			r.due("a", time.Time{}) // had it been due, it would be asked
			r.pub.Forget()
			if rep := r.must(ingest.Gone); !rep.Next.IsZero() {
				t.Errorf("next poll %v, want none", rep.Next)
			}
			wantIgnoredByRun(t, r)
			r.wantTitles("a", tc.articles...)
		})
	}
}

// wantIgnoredByRun fails the test unless Run polls a source that is due and
// leaves source a alone.
func wantIgnoredByRun(t *testing.T, r *rig) {
	t.Helper()
	r.use(append(r.plan.Sources, source("witness", r.pub.Set("/witness", fetchtest.Reply{Body: rss("w")})))...)
	stop := r.running()
	until(t, "a poll of the witness", func() bool { return len(r.titles("witness")) == 1 })
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := r.pub.Count("/a"); n != 0 {
		t.Errorf("source a was asked %d times", n)
	}
}

func TestADisabledSourceIsNeverPolled(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	s := source("a", r.pub.Set("/a", fetchtest.Reply{Body: rss("one")}))
	s.Disabled = true
	r.use(s)
	r.must(ingest.NotDue)
	wantIgnoredByRun(t, r)
	if st := r.state("a"); st.Status != feed.StatusDisabled {
		t.Errorf("status %s", st.Status)
	}
}

func TestRetryAfterHoldsForEverybodyAndOverARestart(t *testing.T) {
	for name, tc := range map[string]struct {
		reply   fetchtest.Reply
		outcome ingest.Outcome
	}{
		"429":        {fetchtest.Reply{Status: 429}, ingest.Failed},
		"503":        {fetchtest.Reply{Status: 503}, ingest.Failed},
		"404":        {fetchtest.Reply{Status: 404}, ingest.Failed},
		"a document": {fetchtest.Reply{Body: rss("one")}, ingest.Changed},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, fetch.Options{})
			tc.reply.Header = http.Header{"Retry-After": {"9000"}}
			r.serve(tc.reply)
			if rep := r.must(tc.outcome); rep.Why != "retry-after" || rep.Next.Sub(rep.At) != 9000*time.Second {
				t.Errorf("next after %v by %q", rep.Next.Sub(rep.At), rep.Why)
			}
			st := r.state("a")
			if got := st.NotBefore.Sub(st.LastAttempt); got != 9000*time.Second {
				t.Errorf("not before %v, want 2.5 h", got)
			}
			r.attach(r.store, ingest.Options{})
			shorter := r.plan.Sources[0]
			shorter.Interval = time.Minute
			r.use(shorter)
			if rep := r.must(ingest.NotDue); rep.Next.Before(st.NotBefore.Truncate(time.Microsecond)) {
				t.Errorf("with a shorter interval the next poll is %v before the time asked for", st.NotBefore.Sub(rep.Next))
			}
			if n := r.pub.Count(""); n != 1 {
				t.Errorf("%d requests", n)
			}
			// Only an enquiry that was answered otherwise lifts it.
			r.due("a", time.Time{})
			if reports := r.sync(ingest.Request{}); reports[0].Outcome != ingest.NotDue {
				t.Errorf("a sync of what is due: %s", reports[0].Outcome)
			}
		})
	}
}

func TestRetryAfterCountsFromTheAnswer(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	const slow = 400 * time.Millisecond
	r.serve(fetchtest.Reply{Status: 503, Delay: slow, Header: http.Header{"Retry-After": {"9000"}}})
	began := time.Now()
	r.must(ingest.Failed)
	if got := r.state("a").NotBefore.Sub(began); got < slow+9000*time.Second {
		t.Errorf("may be asked again %v after the request began, want %v more than was said", got, slow)
	}
}

// lived gives source a an article, and then polls for so long that found nothing
// new, the last of them that long ago.
func lived(t *testing.T, r *rig, quiet, ago time.Duration) {
	t.Helper()
	for _, articles := range [][]feed.Article{{{Source: "a", GUID: "old", Title: "old", URL: "https://example.org/old"}}, nil} {
		at := time.Now().Add(-ago)
		claim, err := r.store.ClaimSource(t.Context(), at, "a", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		st := claim.State
		st.Status, st.LastAttempt, st.LastSuccess, st.Interval = feed.StatusOK, at, at, time.Hour
		st.NextPoll, st.Quiet = at.Add(time.Hour), quiet
		if _, err := r.store.Merge(t.Context(), storage.Delivery{
			Claim: &claim, At: at, Articles: articles, State: st, Authority: "example.org",
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAQuietSourceIsPolledLessUntilTheFirstNewArticle(t *testing.T) {
	for name, tc := range map[string]struct {
		quiet, ago, wait time.Duration
	}{
		"13 days":                   {13 * 24 * time.Hour, time.Hour, time.Hour},
		"15 days":                   {15 * 24 * time.Hour, time.Hour, 2 * time.Hour},
		"61 days":                   {61 * 24 * time.Hour, time.Hour, 4 * time.Hour},
		"an hour, and then no poll": {time.Hour, 61 * 24 * time.Hour, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, fetch.Options{})
			r.serve(fetchtest.Reply{Body: `<rss version="2.0"><channel><title>A feed</title></channel></rss>`})
			lived(t, r, tc.quiet, tc.ago)
			r.must(ingest.Changed) // a document, and nothing new in it
			if st := r.state("a"); st.NextPoll.Sub(st.LastAttempt) != tc.wait {
				t.Errorf("next after %v, want %v", st.NextPoll.Sub(st.LastAttempt), tc.wait)
			}
			r.serve(fetchtest.Reply{Body: rss("news")})
			rep := r.must(ingest.Changed)
			if st := r.state("a"); st.NextPoll.Sub(st.LastAttempt) != time.Hour || rep.Next.Sub(rep.At) != time.Hour {
				t.Errorf("with news: next after %v, reported %v by %q; want the interval",
					st.NextPoll.Sub(st.LastAttempt), rep.Next.Sub(rep.At), rep.Why)
			}
		})
	}
}

func TestAnInterruptedFetchIsNoFailureOfTheSource(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: rss("one"), Delay: time.Minute})
	was := r.state("a")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := r.runner.Sync(ctx, ingest.Request{}, nil)
		ended <- err
	}()
	until(t, "the request", func() bool { return r.pub.Count("") == 1 })
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("sync: %v", err)
		}
	case <-time.After(bound):
		t.Fatal("sync did not stop")
	}
	if d := cmp.Diff(was, r.state("a")); d != "" {
		t.Errorf("state (-before +after):\n%s", d)
	}
	r.serve(fetchtest.Reply{Body: rss("one")})
	if reports := r.sync(ingest.Request{}); reports[0].Outcome != ingest.Changed {
		t.Errorf("the next sync: %s, %v", reports[0].Outcome, reports[0].Err)
	}
}

func TestAnEnabledSourceIsAskedAtOnceButNotAgainstRetryAfter(t *testing.T) {
	enable := ingest.Request{Sources: []feed.SourceID{"a"}, Enable: true}
	for name, tc := range map[string]struct {
		reply fetchtest.Reply
		want  ingest.Outcome
		asked int
	}{
		"gone":         {fetchtest.Reply{Status: 410}, ingest.NotModified, 3},
		"not found":    {fetchtest.Reply{Status: 404}, ingest.NotModified, 3},
		"told to wait": {fetchtest.Reply{Status: 503, Header: http.Header{"Retry-After": {"5400"}}}, ingest.NotDue, 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, fetch.Options{})
			r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"1"`})
			r.must(ingest.Changed)
			r.serve(tc.reply)
			r.must(ingest.Failed)
			r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"1"`}) // a 304, as the request is conditional
			if reports := r.sync(enable); len(reports) != 1 || reports[0].Outcome != tc.want || reports[0].Next.IsZero() {
				t.Errorf("%+v, want one %s", reports, tc.want)
			}
			if n := r.pub.Count("/a"); n != tc.asked {
				t.Errorf("%d requests, want %d", n, tc.asked)
			}
			if st := r.state("a"); st.Status != feed.StatusOK || st.Failures != 0 || st.Error != "" {
				t.Errorf("status %s, %d failures, %q", st.Status, st.Failures, st.Error)
			}
		})
	}
}

func TestWhatIsSwitchedOffIsNotEnabledBehindTheConfiguration(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Status: 410})
	r.must(ingest.Failed)
	on := r.plan.Sources[0]
	off := on
	off.Disabled = true
	r.use(off)
	if rep := r.sync(ingest.Request{Sources: []feed.SourceID{"a"}, Enable: true})[0]; rep.Outcome != ingest.NotDue {
		t.Errorf("outcome %s", rep.Outcome)
	}
	r.use(on)
	if st := r.state("a"); st.Status != feed.StatusGone {
		t.Errorf("status %s, want still gone", st.Status)
	}
}
