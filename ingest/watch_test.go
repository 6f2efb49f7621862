package ingest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/websub"

	"github.com/google/go-cmp/cmp"
)

// events returns what was told of source a, first to last, without ids and numbers.
func (s *stage) events() []feed.Event {
	s.t.Helper()
	all, err := s.store.Events(s.t.Context(), []feed.SourceID{"a"}, time.Time{}, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	told := make([]feed.Event, len(all))
	for i, e := range all {
		e.ID, e.Seq = "", 0
		told[len(all)-1-i] = e
	}
	return told
}

// wantKinds fails the test unless these are the kinds of what was told.
func (s *stage) wantKinds(want ...feed.EventKind) {
	s.t.Helper()
	var got []feed.EventKind
	for _, e := range s.events() {
		got = append(got, e.Kind)
	}
	if d := cmp.Diff(got, want); d != "" {
		s.t.Fatalf("told (got, want):\n%s", d)
	}
}

// restarted polls under a new Runner, as after a crash of the program.
func (s *stage) restarted(d time.Duration, want ingest.Outcome) {
	s.t.Helper()
	s.attach(s.store, ingest.Options{})
	s.use(s.plan.Sources...)
	s.after(d, want)
}

func TestASourceThatFailsForADayIsToldOnceOverAllRestarts(t *testing.T) {
	onStage(t, func(s *stage) {
		last := time.Now().UTC()
		s.status(503)
		began := time.Now().Add(time.Hour).UTC()
		for range 24 {
			s.restarted(time.Hour, ingest.Failed)
			s.wantKinds()
		}
		for range 48 {
			s.restarted(time.Hour, ingest.Failed)
			s.wantKinds(feed.EventBroke)
		}
		s.document("one", "two", "three")
		s.restarted(time.Hour, ingest.Changed)
		s.restarted(time.Hour, ingest.NotModified)
		broke := feed.Event{
			Source: "a", Kind: feed.EventBroke, At: began.Add(24 * time.Hour), Since: began, Success: last, Failures: 25,
			Error: "answered 503 Service Unavailable; it will be asked again later", Address: "https://old.example/feed", Site: "https://example.org/",
		}
		back := feed.Event{
			Source: "a", Kind: feed.EventBack, Was: feed.EventBroke, At: began.Add(72 * time.Hour), Since: began, Success: last, New: 2,
			Address: broke.Address, Site: broke.Site,
		}
		if d := cmp.Diff(s.events(), []feed.Event{broke, back}); d != "" {
			t.Errorf("told (got, want):\n%s", d)
		}
	})
}

func TestWhatSeldomHealsIsToldSoonerAndWhatEndedAtOnce(t *testing.T) {
	page := fetch.Answer{Status: 200, Body: []byte("<!DOCTYPE html><html><title>Welcome</title><p>Nothing here</html>"), ContentType: "text/html"}
	for name, tc := range map[string]struct {
		answer fetch.Answer
		err    error
		polls  int // an hour apart, until it is told
	}{
		"410":                  {err: &fetch.StatusError{Code: 410}, polls: 1},
		"451, asked weekly":    {err: &fetch.StatusError{Code: 451}, polls: 1},
		"404":                  {err: &fetch.StatusError{Code: 404}, polls: 7},
		"403":                  {err: &fetch.StatusError{Code: 403}, polls: 6}, // the seventh would be five days off
		"a certificate":        {err: fmt.Errorf("fetch old.example: %w", fetch.ErrCertificate), polls: 7},
		"a page and no feed":   {answer: page, polls: 7},
		"429":                  {err: &fetch.StatusError{Code: 429}, polls: 25},
		"a connection refused": {err: errors.New("connection refused"), polls: 25},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.answer, s.err = tc.answer, tc.err
				for range tc.polls - 1 {
					s.after(time.Hour, ingest.Failed)
				}
				s.wantKinds()
				s.after(time.Hour, ingest.Failed)
				s.wantKinds(feed.EventBroke)
				if got, want := s.events()[0].Ended, name == "410"; got != want {
					t.Errorf("ended: %v", got)
				}
			})
		})
	}
}

func TestAnOutageOfOurOwnIsNoSourcesFault(t *testing.T) {
	onStage(t, func(s *stage) {
		s.answer, s.err = fetch.Answer{}, fmt.Errorf("fetch old.example: %w", fetch.ErrOffline)
		for range 72 {
			s.after(time.Hour, ingest.Failed)
		}
		s.document("one")
		time.Sleep(time.Hour)
		s.poll()
		s.wantKinds()
	})
}

func TestASourceThatComesAndGoesIsToldOncePerDay(t *testing.T) {
	onStage(t, func(s *stage) {
		const days = 10
		for range days * 24 / 8 { // seven hours of 404, then an answer
			s.status(404)
			for range 7 {
				s.after(time.Hour, ingest.Failed)
			}
			s.document("one")
			time.Sleep(time.Hour)
			s.poll()
		}
		told := s.events()
		for i, e := range told {
			if want := []feed.EventKind{feed.EventBroke, feed.EventBack}[i%2]; e.Kind != want {
				t.Fatalf("told %d is %s, want %s", i, e.Kind, want)
			}
		}
		if len(told) == 0 || len(told) > 2*days {
			t.Errorf("%d told in %d days", len(told), days)
		}
	})
}

func TestASourceThatEndedIsBackOnceItIsEnabledAndAnswers(t *testing.T) {
	onStage(t, func(s *stage) {
		s.status(410)
		s.after(time.Hour, ingest.Failed)
		time.Sleep(30 * day)
		s.document("one", "two")
		if got := s.sync(ingest.Request{Sources: []feed.SourceID{"a"}, Enable: true}); got[0].Outcome != ingest.Changed {
			t.Fatalf("enabled: %+v", got[0])
		}
		s.wantKinds(feed.EventBroke, feed.EventBack)
		if e := s.events()[1]; e.New != 1 || e.At.Sub(e.Since) != 30*day {
			t.Errorf("back: %+v", e)
		}
	})
}

// daily has the source polled once a day.
func (s *stage) daily() {
	s.t.Helper()
	a := s.plan.Sources[0]
	a.Interval = day
	s.use(a)
}

func TestASourceThatFallsSilentLongerThanEverIsToldOnceAndWhenItWritesAgain(t *testing.T) {
	onStage(t, func(s *stage) {
		s.daily()
		titles := []string{"one"}
		for n := range 12 { // something new every third day
			for range 2 {
				time.Sleep(day)
				s.poll()
			}
			titles = append([]string{fmt.Sprintf("item-%d", n)}, titles...)
			s.document(titles...)
			s.after(day, ingest.Changed)
		}
		fell := time.Now().UTC()
		for range 6 {
			s.restarted(day, ingest.NotModified)
			s.wantKinds()
		}
		for range 30 {
			s.restarted(day, ingest.NotModified)
		}
		s.wantKinds(feed.EventSilent)
		if e := s.events()[0]; !e.Since.Equal(fell) || e.At.Sub(fell) != 7*day || e.Usual != 3*day {
			t.Errorf("told %+v, want silent since %v", e, fell)
		}
		s.document(append([]string{"more", "again"}, titles...)...)
		s.restarted(day, ingest.Changed)
		s.wantKinds(feed.EventSilent, feed.EventBack)
		if e := s.events()[1]; e.Was != feed.EventSilent || !e.Since.Equal(fell) || e.New != 2 {
			t.Errorf("told %+v", e)
		}
	})
}

func TestWhatAHubPushesEndsASilence(t *testing.T) {
	onStage(t, func(s *stage) {
		s.daily()
		titles := []string{"one"}
		for n := range 10 {
			titles = append([]string{fmt.Sprintf("item-%d", n)}, titles...)
			s.document(titles...)
			s.after(day, ingest.Changed)
		}
		for range 8 {
			s.after(day, ingest.NotModified)
		}
		s.wantKinds(feed.EventSilent)
		pushed := websub.Push{Source: "a", Topic: "https://old.example/feed", Body: []byte(rss("pushed")), ContentType: "application/rss+xml"}
		if err := s.runner.Push(s.t.Context(), pushed); err != nil {
			t.Fatal(err)
		}
		s.wantKinds(feed.EventSilent, feed.EventBack)
	})
}

func TestASourceThatIsRareOrWasDeadWhenItCameIsNeverSilent(t *testing.T) {
	onStage(t, func(s *stage) {
		s.daily()
		for range 200 { // nothing but its first document
			s.after(day, ingest.NotModified)
		}
		s.document("one", "two")
		s.after(day, ingest.Changed)
		for range 400 {
			s.after(day, ingest.NotModified)
		}
		s.wantKinds()
	})
}

func TestAMoveIsToldOnceWithoutSecrets(t *testing.T) {
	onStage(t, func(s *stage) {
		hide := &feed.Hider{}
		hide.Add("0123456789abcdef")
		moving := source("a", "https://old.example/0123456789abcdef/feed")
		moving.Shown, moving.Hide = "https://old.example/***/feed", hide
		s.use(moving)
		s.leads = "https://user:word@new.example/0123456789abcdef/feed?token=hush"
		s.after(time.Hour, ingest.Changed)
		for range 24 {
			s.after(time.Hour, ingest.NotModified)
		}
		for range 48 {
			s.restarted(time.Hour, ingest.NotModified)
		}
		s.wantKinds(feed.EventMoved)
		e := s.events()[0]
		if want := "https://***@new.example/***/feed?token=***"; e.To != want || e.Address != moving.Shown {
			t.Errorf("moved from %s to %s, want to %s", e.Address, e.To, want)
		}
		if all := fmt.Sprintf("%+v", e); strings.Contains(all, "0123456789") || strings.Contains(all, "hush") || strings.Contains(all, "word") {
			t.Errorf("a secret was stored: %s", all)
		}
	})
}

func TestWhatIsWrongInAPrivateNetworkIsToldToTheOperatorAlone(t *testing.T) {
	client, err := fetch.New(fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, blocked := client.Fetch(t.Context(), fetch.Target{URL: "http://10.1.2.3/feed"})
	onStage(t, func(s *stage) {
		s.err = blocked
		for range 25 {
			s.after(time.Hour, ingest.Failed)
		}
		s.wantKinds(feed.EventBroke)
		const said = "fetch 10.1.2.3: no answer from an address that is not public; its operator is told why"
		if got := s.events()[0].Error; got != said {
			t.Errorf("told: %q, want %q", got, said)
		}
		states, err := s.store.States(t.Context())
		if err != nil || len(states) != 1 || !strings.Contains(states[0].Error, "add it to allow_private") || states[0].Fault != feed.FaultBlocked {
			t.Errorf("the operator reads %+v, %v", states, err)
		}
	})
}
