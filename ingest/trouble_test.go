package ingest_test

import (
	"net/http"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

func TestASourceThatSaid429IsPolledHalfAsOftenFromThenOn(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Status: 429})
	for _, want := range []time.Duration{4 * time.Hour, 8 * time.Hour} {
		if rep := r.must(ingest.Failed); rep.Next.Sub(rep.At) != want {
			t.Errorf("next after %v, want %v", rep.Next.Sub(rep.At), want)
		}
	}
	r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"1"`})
	for _, outcome := range []ingest.Outcome{ingest.Changed, ingest.NotModified} {
		if rep := r.must(outcome); rep.Next.Sub(rep.At) != 2*time.Hour {
			t.Errorf("%s: next after %v, want 2 h", outcome, rep.Next.Sub(rep.At))
		}
	}
}

func TestASourceThatHasNothingOfWhatIsAskedForIsAskedOnceForAnyType(t *testing.T) {
	for _, status := range []int{http.StatusNotAcceptable, http.StatusUnsupportedMediaType} {
		r := newRig(t, ingest.Options{}, fetch.Options{})
		accept := func() string { return r.pub.Last().Get("Accept") }
		r.serve(fetchtest.Reply{Status: status})
		if rep := r.must(ingest.Failed); rep.Next.Sub(rep.At) != time.Hour {
			t.Errorf("%d: next after %v, want an interval", status, rep.Next.Sub(rep.At))
		}
		if accept() == "*/*" {
			t.Errorf("%d: the first request asked for any type", status)
		}
		if rep := r.must(ingest.Failed); rep.Next.Sub(rep.At) <= time.Hour || accept() != "*/*" {
			t.Errorf("%d: next after %v, having asked for %q", status, rep.Next.Sub(rep.At), accept())
		}
		r.must(ingest.Failed) // with our list once more
		r.serve(fetchtest.Reply{Body: rss("one")})
		r.must(ingest.Changed)
		r.must(ingest.NotModified)
		if accept() != "*/*" {
			t.Errorf("%d: what helped was forgotten: asked for %q", status, accept())
		}
	}
}

func TestAFeedWithheldForLegalReasonsIsAskedWeekly(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Status: http.StatusUnavailableForLegalReasons})
	if rep := r.must(ingest.Failed); rep.Next.Sub(rep.At) != 7*24*time.Hour {
		t.Errorf("next after %v, want a week", rep.Next.Sub(rep.At))
	}
	r.serve(fetchtest.Reply{Body: rss("one")})
	r.must(ingest.Changed)
	if st := r.state("a"); st.Status != feed.StatusOK || st.Failures != 0 || !st.FailingSince.IsZero() || st.Error != "" {
		t.Errorf("after a success: %+v", st)
	}
}

func TestAFailureIsDatedByTheFirstInARow(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Status: 500})
	first := r.must(ingest.Failed).At.Truncate(time.Microsecond)
	r.must(ingest.Failed)
	if st := r.state("a"); !st.FailingSince.Equal(first) || st.Reason != "back-off" {
		t.Errorf("failing since %v by %q, want %v by back-off", st.FailingSince, st.Reason, first)
	}
}
