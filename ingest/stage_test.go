package ingest_test

import (
	"bytes"
	"context"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/storage/bolt/bolttest"
)

const day = 24 * time.Hour

// stage is a publisher in fake time: it is told what to answer, and keeps what it
// was asked.
type stage struct {
	*rig
	asked  []fetch.Target
	answer fetch.Answer
	err    error
	leads  string // where a permanent redirect of every other address leads
}

// onStage runs a test in fake time with source a, polled hourly, of whose
// document one article is stored already.
func onStage(t *testing.T, test func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{rig: &rig{t: t, store: bolttest.Open(t)}}
		s.plan = ingest.Plan{Max: day, Authority: "example.org", Fetcher: s}
		s.attach(s.store, ingest.Options{})
		s.use(source("a", "https://old.example/feed"))
		s.document("one")
		s.must(ingest.Changed)
		test(s)
	})
}

// Fetch answers as it was told to.
func (s *stage) Fetch(_ context.Context, t fetch.Target) (fetch.Answer, error) {
	s.asked = append(s.asked, t)
	ans := s.answer
	if ans.Final == nil && s.err == nil {
		ans.Final, _ = url.Parse(t.URL)
	}
	if s.leads != "" && s.leads != t.URL && s.err == nil {
		ans.Final, _ = url.Parse(s.leads)
		ans.Moved = ans.Final
	}
	return ans, s.err
}

// document has the publisher serve a document with these items.
func (s *stage) document(titles ...string) {
	s.answer, s.err = fetch.Answer{Status: 200, Body: []byte(rss(titles...)), ContentType: "application/rss+xml"}, nil
}

// status has it refuse.
func (s *stage) status(code int) {
	s.answer, s.err = fetch.Answer{Status: code}, &fetch.StatusError{Code: code}
}

// after polls once more, so much later, and returns how long the next wait is.
func (s *stage) after(d time.Duration, want ingest.Outcome) time.Duration {
	s.t.Helper()
	time.Sleep(d)
	rep := s.must(want)
	return rep.Next.Sub(rep.At)
}

func (s *stage) wantWait(got, want time.Duration, why string) {
	s.t.Helper()
	if st := s.state("a"); got != want || st.Reason != why {
		s.t.Errorf("next after %v by %q, want %v by %q", got, st.Reason, want, why)
	}
}

func TestA429WithoutATimeDoublesOnRepetitionAndHalvesTheRateForAMonth(t *testing.T) {
	onStage(t, func(s *stage) {
		s.status(429)
		for _, want := range []time.Duration{4 * time.Hour, 8 * time.Hour, 16 * time.Hour} {
			s.wantWait(s.after(day, ingest.Failed), want, "back-off")
		}
		s.document("one", "two")
		s.wantWait(s.after(day, ingest.Changed), 2*time.Hour, "throttled")
		s.wantWait(s.after(28*day, ingest.NotModified), 2*time.Hour, "throttled")
		s.document("one", "two", "three")
		s.wantWait(s.after(day, ingest.Changed), time.Hour, "interval")
		if at := s.state("a").Throttled; !at.IsZero() {
			t.Errorf("throttled at %v still", at)
		}
	})
}

func TestA404IsAskedAgainWeeklyForEver(t *testing.T) {
	onStage(t, func(s *stage) {
		s.status(404)
		var wait time.Duration
		for range 60 { // over a year
			wait = s.after(7*day, ingest.Failed)
		}
		s.wantWait(wait, 7*day, "back-off")
		s.wantTitles("a", "one")
	})
}

func TestAStartInAClosedHourWaitsForAnOpenOne(t *testing.T) {
	onStage(t, func(s *stage) {
		s.answer.Body = bytes.Replace(s.answer.Body, []byte("<item>"), []byte("<skipHours><hour>3</hour></skipHours><item>"), 1)
		s.after(time.Hour, ingest.Changed)       // at one
		time.Sleep(2*time.Hour + 10*time.Minute) // due at two, and now it is ten past three
		asked := len(s.asked)
		play(s.rig, 45*time.Minute)
		if n := len(s.asked) - asked; n != 0 {
			t.Errorf("asked %d times in an hour that is closed", n)
		}
		play(s.rig, 30*time.Minute)
		if n := len(s.asked) - asked; n != 1 {
			t.Errorf("asked %d times once it was open, want once", n)
		}
	})
}
