package ingest_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"
)

func TestTwoSyncsAtOnceMakeOneRequestForEachSource(t *testing.T) {
	for name, all := range map[string]bool{"of what is due": false, "of all": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, fetch.Options{})
			r.plan.Pace.PerHost = 4
			sources := served(r, "a", "b", "c")
			r.use(sources...)
			r.pub.Set("/a", fetchtest.Reply{Body: rss("a"), Delay: time.Second}) // holds both up
			var both sync.WaitGroup
			var got [2][]string
			for i := range got {
				both.Go(func() {
					reports, err := r.runner.Sync(t.Context(), ingest.Request{Sources: []feed.SourceID{"a"}, All: all}, nil)
					if err != nil {
						t.Error(err)
					}
					got[i] = outcomes(reports)
				})
				until(t, "the request", func() bool { return r.pub.Count("/a") == 1 })
			}
			both.Wait()
			want := []string{"a changed"}
			if !slices.Equal(got[0], want) || !slices.Equal(got[1], want) || r.pub.Count("/a") != 1 {
				t.Errorf("reports %q after %d requests, want %q twice after one", got, r.pub.Count("/a"), want)
			}
		})
	}
}

func TestASyncBesideRunWaitsForThePollThatRuns(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.use(source("a", r.pub.Set("/a", fetchtest.Reply{Body: rss("one"), Delay: 500 * time.Millisecond})))
	stop := r.running()
	until(t, "the request of Run", func() bool { return r.pub.Count("/a") == 1 })
	rep := r.must(ingest.Changed)
	if rep.Merged.New != 1 || r.pub.Count("/a") != 1 {
		t.Errorf("%d new after %d requests, want 1 after 1", rep.Merged.New, r.pub.Count("/a"))
	}
	if reports := r.sync(ingest.Request{}); reports[0].Outcome != ingest.NotDue {
		t.Errorf("a sync afterwards: %s, want not_due", reports[0].Outcome)
	}
	r.must(ingest.NotModified) // --all asks again
	if err := stop(); err != nil || r.pub.Count("/a") != 2 {
		t.Errorf("run: %v after %d requests, want 2", err, r.pub.Count("/a"))
	}
}

// meddled is a store in which something happens right after a call was answered.
type meddled struct {
	*bolt.Store
	beforeClaims, afterClaims, afterSetSources func()
}

func (m *meddled) ClaimSources(
	ctx context.Context, now time.Time, lease time.Duration, names []feed.SourceID, want func(*feed.SourceState) bool,
) ([]storage.Claim, []feed.SourceState, error) {
	m.meddle(&m.beforeClaims)
	taken, left, err := m.Store.ClaimSources(ctx, now, lease, names, want)
	m.meddle(&m.afterClaims)
	return taken, left, err
}

func (m *meddled) SetSources(ctx context.Context, sources []feed.Source) ([]feed.SourceState, error) {
	states, err := m.Store.SetSources(ctx, sources)
	m.meddle(&m.afterSetSources)
	return states, err
}

func (m *meddled) meddle(what *func()) {
	if do := *what; do != nil {
		*what = nil
		do()
	}
}

func TestAPollThatLandsWhileASyncBeginsIsNotRepeated(t *testing.T) {
	for name, tc := range map[string]struct {
		reply fetchtest.Reply
		all   bool
		want  ingest.Outcome
	}{
		"not due any more":       {fetchtest.Reply{Body: rss("one")}, false, ingest.NotDue},
		"told to wait meanwhile": {fetchtest.Reply{Status: 503, Header: map[string][]string{"Retry-After": {"9000"}}}, true, ingest.NotDue},
		"ended meanwhile":        {fetchtest.Reply{Status: 410}, true, ingest.Gone},
	} {
		t.Run(name, func(t *testing.T) {
			store := &meddled{Store: bolttest.Open(t)}
			r := rigOver(t, store.Store, ingest.Options{}, fetch.Options{})
			r.attach(store, ingest.Options{})
			r.serve(tc.reply)
			store.beforeClaims = func() { // another's poll holds it, and lands before we wait for it
				c, err := store.ClaimSource(t.Context(), time.Now(), "a", time.Minute)
				if err != nil {
					t.Error(err)
				}
				store.afterClaims = func() {
					if err := store.Release(t.Context(), c); err != nil {
						t.Error(err)
					}
					r.sync(ingest.Request{})
				}
			}
			if rep := r.sync(ingest.Request{All: tc.all})[0]; rep.Outcome != tc.want || r.pub.Count("") != 1 {
				t.Errorf("outcome %s after %d requests, want %s after one", rep.Outcome, r.pub.Count(""), tc.want)
			}
			// The claim was given back.
			if _, err := r.store.ClaimSource(t.Context(), time.Now(), "a", time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
}

// guests returns sources a and b of one host, of which a hangs, and c of another
// that is not due.
func guests(r *rig) {
	r.t.Helper()
	sources := served(r, "a", "b", "c")
	sources[2].Host = "elsewhere"
	r.use(sources...)
	r.due("c", time.Now().Add(time.Hour))
	r.pub.Set("/a", fetchtest.Reply{Body: rss("a"), Delay: time.Minute})
}

// board starts a Sync of a, b and c and returns when it waits for all of them:
// c, named last, was asked. From then on a answers at once.
func board(r *rig) <-chan []string {
	r.t.Helper()
	ended := make(chan []string, 1)
	go func() {
		reports, err := r.runner.Sync(r.t.Context(), ingest.Request{Sources: []feed.SourceID{"a", "b", "c"}, All: true}, nil)
		if err != nil {
			r.t.Errorf("sync: %v", err)
		}
		ended <- outcomes(reports)
	}()
	until(r.t, "the request for c", func() bool { return r.pub.Count("/c") == 1 })
	r.pub.Set("/a", fetchtest.Reply{Body: rss("a")})
	return ended
}

// wantBoarded fails the test unless such a Sync ends as if it had been alone.
func wantBoarded(t *testing.T, ended <-chan []string) {
	t.Helper()
	select {
	case got := <-ended:
		if want := []string{"a changed", "b changed", "c changed"}; !slices.Equal(got, want) {
			t.Errorf("reports %q, want %q", got, want)
		}
	case <-time.After(bound):
		t.Fatal("sync does not end")
	}
}

func TestASyncThatIsBrokenOffSpoilsNoOther(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	guests(r)
	ctx, cancel := context.WithCancel(t.Context())
	broken := make(chan error, 1)
	go func() {
		_, err := r.runner.Sync(ctx, ingest.Request{Sources: []feed.SourceID{"a", "b"}}, nil)
		broken <- err
	}()
	until(t, "the request for a", func() bool { return r.pub.Count("/a") == 1 })
	ended := board(r)
	cancel()
	if err := <-broken; !errors.Is(err, context.Canceled) {
		t.Errorf("the sync that was broken off: %v", err)
	}
	wantBoarded(t, ended)
}

func TestASyncOutlivesTheRunBesideIt(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	guests(r)
	stop := r.running()
	until(t, "the request for a", func() bool { return r.pub.Count("/a") == 1 })
	ended := board(r)
	if err := stop(); err != nil {
		t.Error(err)
	}
	wantBoarded(t, ended)
}

func TestASyncAfterOneThatWasBrokenOffAsksWhatThatDidNot(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	guests(r)
	ctx, cancel := context.WithCancel(t.Context())
	broken := make(chan error, 1)
	go func() {
		_, err := r.runner.Sync(ctx, ingest.Request{}, nil)
		broken <- err
	}()
	until(t, "the request for a", func() bool { return r.pub.Count("/a") == 1 })
	cancel() // b still waits
	if err := <-broken; !errors.Is(err, context.Canceled) {
		t.Errorf("the sync that was broken off: %v", err)
	}
	r.pub.Set("/a", fetchtest.Reply{Body: rss("a")})
	wantBoarded(t, board(r))
}
