package ingest_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
)

const newAddress = "https://new.example/feed"

// address is what was asked last.
func (s *stage) address() string { return s.asked[len(s.asked)-1].URL }

func (s *stage) wantAsked(want string) {
	s.t.Helper()
	if got := s.address(); got != want {
		s.t.Errorf("asked %s, want %s", got, want)
	}
}

// move has the source move, and polls until that is confirmed.
func (s *stage) move() {
	s.t.Helper()
	s.leads = newAddress
	s.after(time.Hour, ingest.Changed)
	for range 24 {
		s.after(time.Hour, ingest.NotModified)
	}
	if got := s.state("a").Kept; got != newAddress {
		s.t.Fatalf("kept %q", got)
	}
}

func TestAMovedSourceIsAskedAtItsNewAddressAfterThreePollsAndADay(t *testing.T) {
	onStage(t, func(s *stage) {
		s.leads = newAddress
		s.document("one", "two")
		s.after(time.Hour, ingest.Changed)
		for range 23 {
			s.after(time.Hour, ingest.NotModified)
			s.wantAsked("https://old.example/feed")
		}
		s.after(time.Hour, ingest.NotModified) // a day after the first
		s.wantAsked("https://old.example/feed")
		for range 2 {
			s.attach(s.store, ingest.Options{}) // also after a restart
			s.use(s.plan.Sources...)
			s.document("one", "two", "three")
			if rep := s.poll(); !rep.Outcome.Succeeded() {
				t.Fatal(rep.Err)
			}
			s.wantAsked(newAddress)
			time.Sleep(time.Hour)
		}
		s.wantTitles("a", "one", "two", "three") // its articles and history stay
	})
}

func TestAMoveAndItsEndAreOneNoteEachInTheLog(t *testing.T) {
	onStage(t, func(s *stage) {
		notes := func() (all []string) {
			for _, line := range s.log.polled(t, "a") {
				if note, ok := line["note"].(string); ok {
					all = append(all, note)
				}
			}
			return all
		}
		s.move()
		s.after(time.Hour, ingest.NotModified)
		if got := notes(); len(got) != 1 || !strings.Contains(got[0], "moved for good") {
			t.Errorf("after the move: %q", got)
		}
		s.status(404)
		s.after(time.Hour, ingest.Failed)
		s.after(7*day, ingest.Failed)
		if got := notes(); len(got) != 2 || !strings.Contains(got[1], "configured address is asked again") {
			t.Errorf("after its end: %q", got)
		}
	})
}

func TestTwoPollsInADayDoNotConfirmAMove(t *testing.T) {
	onStage(t, func(s *stage) {
		s.leads = newAddress
		s.after(time.Hour, ingest.Changed)
		s.after(2*day, ingest.NotModified)
		s.after(time.Hour, ingest.NotModified) // the third, and the last that is redirected
		s.wantAsked("https://old.example/feed")
		s.after(time.Hour, ingest.NotModified)
		s.wantAsked(newAddress)
	})
}

func TestAMoveIsNotConfirmed(t *testing.T) {
	for name, broken := range map[string]func(s *stage){
		"by another feed": func(s *stage) {
			s.document("of", "somebody", "else")
			s.after(time.Hour, ingest.Changed)
		},
		"when a poll between failed": func(s *stage) {
			s.after(time.Hour, ingest.Changed)
			s.after(13*time.Hour, ingest.NotModified)
			s.err = errors.New("no connection")
			s.after(time.Hour, ingest.Failed)
			s.err = nil
		},
		"when a poll between was not redirected": func(s *stage) {
			s.after(time.Hour, ingest.Changed)
			s.after(13*time.Hour, ingest.NotModified)
			s.leads = ""
			s.after(time.Hour, ingest.Changed)
			s.leads = newAddress
			s.after(time.Hour, ingest.Changed)
		},
		"when it led elsewhere between": func(s *stage) {
			s.after(time.Hour, ingest.Changed)
			s.after(13*time.Hour, ingest.NotModified)
			s.leads = "https://elsewhere.example/feed"
			s.after(time.Hour, ingest.Changed)
			s.leads = newAddress
			s.after(time.Hour, ingest.Changed)
		},
		"by what is no feed": func(s *stage) {
			s.answer.Body = []byte("<!doctype html><title>Welcome to our hotel</title>")
			s.after(time.Hour, ingest.Failed)
			s.after(13*time.Hour, ingest.Failed)
			s.document("one")
		},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.leads = newAddress
				broken(s)
				for range 3 {
					rep := s.poll()
					if !rep.Outcome.Succeeded() {
						t.Fatalf("%s: %v", rep.Outcome, rep.Err)
					}
					time.Sleep(6 * time.Hour)
				}
				if st := s.state("a"); st.Kept != "" {
					t.Errorf("kept %q", st.Kept)
				}
				s.wantAsked("https://old.example/feed")
			})
		})
	}
}

func TestAKeptAddressThatIsMissingForAWeekGivesWayToTheConfiguredOne(t *testing.T) {
	for name, err := range map[string]error{
		"404":     &fetch.StatusError{Code: 404},
		"410":     &fetch.StatusError{Code: 410},
		"no host": fetch.ErrNoHost,
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.answer.ETag = `"m"`
				s.move()
				s.err, s.leads = err, ""
				for range 7 { // the last of them a week less an hour after the first
					s.after(day-10*time.Minute, ingest.Failed)
					s.wantAsked(newAddress)
				}
				if got := s.asked[len(s.asked)-1]; got.ETag != `"m"` {
					t.Errorf("asked with %q", got.ETag)
				}
				if st := s.state("a"); st.Status != feed.StatusFailing || st.Kept == "" {
					t.Fatalf("status %s, kept %q", st.Status, st.Kept)
				}
				s.wantWait(s.after(day+2*time.Hour, ingest.Failed), time.Hour, "back-off")
				s.document("one", "two")
				s.after(time.Hour, ingest.Changed)
				s.wantAsked("https://old.example/feed")
				if got := s.asked[len(s.asked)-1]; got.ETag != "" || got.Origin != 0 {
					t.Errorf("with the other address's validators: %+v", got)
				}
			})
		})
	}
}

func TestOtherTroubleOfAKeptAddressLeavesItKept(t *testing.T) {
	onStage(t, func(s *stage) {
		s.move()
		s.status(500)
		for range 30 {
			s.after(day, ingest.Failed)
			s.wantAsked(newAddress)
		}
	})
}

func TestAChangedURLForgetsWhereTheSourceMovedTo(t *testing.T) {
	onStage(t, func(s *stage) {
		s.move()
		s.leads = ""
		s.use(source("a", "https://third.example/feed"))
		s.after(0, ingest.Changed)
		s.wantAsked("https://third.example/feed")
	})
}

func TestAMovedSourceIsPacedByTheHostThatItMovedTo(t *testing.T) {
	onStage(t, func(s *stage) {
		s.plan.HostOf = func(address string) string {
			u, _ := url.Parse(address)
			return u.Hostname()
		}
		a, b, c := source("a", oldHome), source("b", "https://new.example/b"), source("c", "https://old.example/c")
		a.Host, b.Host, c.Host = "old.example", "new.example", "old.example"
		s.use(a)
		s.move()
		s.use(a, b, c)
		s.status(429)
		s.answer.RetryAfter = 5 * time.Hour
		s.after(time.Hour, ingest.Failed)
		s.document("one")
		for name, want := range map[feed.SourceID]ingest.Outcome{"b": ingest.NotDue, "c": ingest.Changed} {
			if rep := s.sync(ingest.Request{Sources: []feed.SourceID{name}, All: true})[0]; rep.Outcome != want {
				t.Errorf("%s: %s, want %s", name, rep.Outcome, want)
			}
		}
		s.attach(s.store, ingest.Options{})
		s.use(a, b, c)
		if rep := s.sync(ingest.Request{Sources: []feed.SourceID{"b"}, All: true})[0]; rep.Outcome != ingest.NotDue {
			t.Errorf("after a restart: %s", rep.Outcome)
		}
	})
}
