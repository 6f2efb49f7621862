package websub_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
	"sluice/ingest/websub"
	"sluice/storage/bolt"
)

const (
	hub   = "https://hub.example/"
	topic = "https://a.example/self"
)

// poster is a hub as a function.
type poster func(t fetch.Target, form url.Values) error

// Post implements websub.Poster.
func (p poster) Post(_ context.Context, t fetch.Target, form url.Values) (int, error) {
	return 202, p(t, form)
}

// desk is a subscriber with a hub that takes note of what it is asked.
type desk struct {
	*testing.T
	store  *bolt.Store
	sub    *websub.Subscriber
	told   []url.Values
	mu     sync.Mutex // guards pushed
	pushed []websub.Push
	slow   feed.SourceID // pushes of it take a while to process
	ended  []feed.SourceID
	log    bytes.Buffer
	err    error // of the hub
	wants  map[feed.SourceID]websub.Want

	meanwhile func() // happens while a step is being prepared
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	store, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"), bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	d := &desk{T: t, store: store, wants: map[feed.SourceID]websub.Want{"a": {Hubs: []string{hub}, Topic: topic}}}
	d.start()
	return d
}

// start makes the subscriber, anew after a restart.
func (d *desk) start() {
	d.Helper()
	var err error
	d.sub, err = websub.New(d.Context(), websub.Options{
		Store: d.store,
		Wants: func(context.Context) (map[feed.SourceID]websub.Want, error) {
			if d.meanwhile != nil {
				d.meanwhile()
			}
			return d.wants, nil
		},
		Push: func(_ context.Context, p websub.Push) error {
			if p.Source == d.slow {
				time.Sleep(100 * time.Millisecond)
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			d.pushed = append(d.pushed, p)
			return nil
		},
		Changed: func(_ context.Context, sources []feed.SourceID) { d.ended = append(d.ended, sources...) },
		Now:     time.Now, Chance: func() float64 { return 0.5 }, Log: slog.New(slog.NewTextHandler(&d.log, nil)),
	})
	if err != nil {
		d.Fatal(err)
	}
	d.sub.Use(websub.Way{On: true, Base: "https://out.example/websub/", MaxPush: 100, Poster: poster(func(t fetch.Target, form url.Values) error {
		form.Set("to", t.URL)
		d.told = append(d.told, form)
		return d.err
	})})
}

func (d *desk) step() {
	d.Helper()
	if err := d.sub.Step(d.Context()); err != nil {
		d.Fatal(err)
	}
}

// asked returns the last request to the hub, and the id of its callback.
func (d *desk) asked(n int) (url.Values, string) {
	d.Helper()
	if len(d.told) != n {
		d.Fatalf("the hub was told %v, want %d", d.told, n)
	}
	form := d.told[n-1]
	return form, form.Get("hub.callback")[len("https://out.example/websub/"):]
}

func (d *desk) verify(mode, id string) int {
	d.Helper()
	status, challenge := d.sub.Verify(d.Context(), id, url.Values{
		"hub.mode": {mode}, "hub.topic": {topic}, "hub.challenge": {"c"}, "hub.lease_seconds": {"864000"},
	})
	if status == 200 && mode != "denied" && challenge != "c" {
		d.Errorf("challenge %q", challenge)
	}
	return status
}

func TestWebsubRocks200TheTopicIsWhatTheFeedCallsItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.step()
		form, id := d.asked(1)
		if form.Get("hub.topic") != topic || form.Get("hub.mode") != "subscribe" || form.Get("to") != hub || len(id) < 20 {
			t.Errorf("told %v", form)
		}
		if n := len(form.Get("hub.secret")); n == 0 || n >= 200 {
			t.Errorf("a secret of %d bytes", n)
		}
		d.step() // until the hub verifies it is not asked again
		d.asked(1)
		if d.verify("subscribe", id) != 200 || !d.sub.Lease("a").Equal(time.Now().Add(240*time.Hour)) {
			t.Errorf("lease until %v", d.sub.Lease("a"))
		}
	})
}

func TestALeaseOutlivesARestartAndIsRenewedAtANewCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.step()
		_, first := d.asked(1)
		d.verify("subscribe", first)
		d.start()
		if d.sub.Lease("a").IsZero() {
			t.Fatal("the lease is forgotten")
		}
		time.Sleep(240 * time.Hour * 8 / 10)
		d.step()
		d.asked(1)
		time.Sleep(240 * time.Hour / 10)
		d.step()
		_, second := d.asked(2)
		if second == first {
			t.Error("the callback is the old one")
		}
		before, renewed := d.sub.Lease("a"), time.Now().Add(240*time.Hour)
		d.verify("subscribe", second)
		if !d.sub.Lease("a").Equal(renewed) || !before.Before(renewed) {
			t.Errorf("lease until %v, then %v", before, d.sub.Lease("a"))
		}
		d.step()
		if form, id := d.asked(3); form.Get("hub.mode") != "unsubscribe" || id != first {
			t.Errorf("told %v", form)
		}
		if d.verify("unsubscribe", second) != 404 || d.verify("unsubscribe", first) != 200 {
			t.Error("the wrong one was ended")
		}
		if got := d.sub.Deliver(t.Context(), first, "", "", nil); got != 410 {
			t.Errorf("the old callback answers %d", got)
		}
		if len(d.ended) != 0 || !d.sub.Lease("a").Equal(renewed) {
			t.Errorf("the lease was taken to have ended: until %v", d.sub.Lease("a"))
		}
	})
}

func TestADenialEndsTheLeaseAndTheHubIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.step()
		_, id := d.asked(1)
		d.verify("subscribe", id)
		if d.verify("denied", id) != 200 || len(d.ended) != 1 || !d.sub.Lease("a").IsZero() {
			t.Errorf("ended %v", d.ended)
		}
		time.Sleep(6 * 24 * time.Hour)
		d.step()
		d.asked(1)
		time.Sleep(2 * 24 * time.Hour)
		d.step()
		d.asked(2)
	})
}

func TestAHubThatFailsIsAskedEverMoreSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.err = errors.New("answered 500")
		for range 24 * 60 * 7 {
			d.step()
			time.Sleep(time.Minute)
		}
		if n := len(d.told); n < 6 || n > 8 { // after 1, 2, 4, 8, 16, 32 and 64 hours
			t.Errorf("asked %d times in a week", n)
		}
	})
}

func TestAHubThatSaysWhenToAskAgainIsNotAskedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.err = fmt.Errorf("post: %w", &fetch.StatusError{Code: 503, RetryAfter: 6 * time.Hour})
		d.step()
		time.Sleep(6*time.Hour - time.Minute)
		d.step()
		d.asked(1)
		time.Sleep(time.Minute)
		d.step()
		d.asked(2)
	})
}
