package websub_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
	"sluice/ingest/websub"
)

func TestAHubInTroubleIsAskedOnceForAllAndKeepsNoOtherWaiting(t *testing.T) {
	const other = "https://other.example/"
	for name, tc := range map[string]struct {
		err   error
		first int           // requests to it in the first step
		rest  time.Duration // until the next one
	}{
		"it cannot be reached":    {errors.New("connection refused"), 1, 10 * time.Minute},
		"it fails":                {&fetch.StatusError{Code: 502}, 1, 10 * time.Minute},
		"it says until when":      {&fetch.StatusError{Code: 429, RetryAfter: 30 * time.Minute}, 1, 30 * time.Minute},
		"it refuses these topics": {&fetch.StatusError{Code: 403}, 3, time.Hour}, // when the first of them is tried again
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				d.wants = map[feed.SourceID]websub.Want{"z": {Hubs: []string{other}, Topic: topic}}
				for _, source := range []feed.SourceID{"a", "b", "c"} {
					d.wants[source] = websub.Want{Hubs: []string{hub}, Topic: topic}
				}
				var asked []string
				d.sub.Use(websub.Way{On: true, Base: "https://out.example/websub/", Poster: poster(func(t fetch.Target, _ url.Values) error {
					asked = append(asked, t.URL)
					if t.URL == hub {
						return tc.err
					}
					return nil
				})})
				count := func() (n int) {
					for _, to := range asked {
						if to == hub {
							n++
						}
					}
					return n
				}
				began := time.Now()
				d.step()
				if count() != tc.first || !slices.Contains(asked, other) {
					t.Fatalf("asked %q", asked)
				}
				for count() == tc.first {
					if time.Since(began) > 2*time.Hour {
						t.Fatal("it is asked no more")
					}
					time.Sleep(time.Minute)
					d.step()
				}
				if got := time.Since(began).Round(time.Minute); got < tc.rest || got > tc.rest+2*time.Minute {
					t.Errorf("asked again after %v, want %v", got, tc.rest)
				}
			})
		})
	}
}

func TestWhatAHubSaysWhileAStepIsPreparedIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.step()
		_, id := d.asked(1)
		time.Sleep(10 * time.Minute) // now it counts as not verified
		d.meanwhile = func() {
			d.meanwhile = nil
			if d.verify("subscribe", id) != 200 {
				t.Error("not verified")
			}
		}
		d.step()
		if !d.sub.Lease("a").After(time.Now()) {
			t.Error("the lease is lost")
		}
		d.asked(1)
	})
}

func TestADenialOfAHubThatHangsUpAtOnceHoldsAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		id, _ := d.verified()
		gone, hangUp := context.WithCancel(t.Context())
		hangUp()
		status, _ := d.sub.Verify(gone, id, url.Values{"hub.mode": {"denied"}, "hub.topic": {topic}})
		if status != 200 || len(d.ended) != 1 || !d.sub.Lease("a").IsZero() {
			t.Errorf("%d, ended %v, lease until %v", status, d.ended, d.sub.Lease("a"))
		}
		d.start()
		if d.sub.Lease("a").After(time.Now()) {
			t.Error("it is not stored")
		}
	})
}

func TestWhenTheAddressOfCallbacksChangesHubsAreToldTheNewOneAndLeftByTheOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.verified()
		d.start() // the base is remembered over a restart
		d.sub.Use(websub.Way{On: true, Base: "https://new.example/websub/", Poster: poster(func(_ fetch.Target, form url.Values) error {
			d.told = append(d.told, form)
			return nil
		})})
		d.step()
		if len(d.told) != 3 || len(d.ended) != 1 {
			t.Fatalf("told %v, ended %v", d.told, d.ended)
		}
		old := d.told[0].Get("hub.callback")
		if got := d.told[1]; got.Get("hub.mode") != "unsubscribe" || got.Get("hub.callback") != old {
			t.Errorf("left by %v", got)
		}
		if got := d.told[2]; got.Get("hub.mode") != "subscribe" || !strings.HasPrefix(got.Get("hub.callback"), "https://new.example/websub/") {
			t.Errorf("asked by %v", got)
		}
	})
}
