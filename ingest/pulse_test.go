package ingest_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"
)

// doors is a store whose claims wait before a door that is shut.
type doors struct {
	*bolt.Store
	door chan struct{} // holds one value while it is open
}

func (d doors) Claim(ctx context.Context, due storage.Due) ([]storage.Claim, error) {
	<-d.door
	d.door <- struct{}{}
	return d.Store.Claim(ctx, due)
}

func TestALoopThatHangsHasNoPulse(t *testing.T) {
	store := doors{bolttest.Open(t), make(chan struct{}, 1)}
	store.door <- struct{}{}
	r := rigOver(t, store.Store, ingest.Options{}, fetch.Options{})
	r.attach(store, ingest.Options{})
	stop := r.running()
	if err := r.runner.Pulse(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-store.door
	r.use() // has the loop look, and hang
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	// The first may have been taken just before the loop went to look.
	err := r.runner.Pulse(ctx)
	if err == nil {
		err = r.runner.Pulse(ctx)
	}
	if want := "what looks for due sources does not answer"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	store.door <- struct{}{}
	if err := r.runner.Pulse(t.Context()); err != nil {
		t.Errorf("it goes on, and has no pulse: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestAPublisherThatHangsTakesNobodysPulse(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.use(source("a", r.pub.Set("/a", fetchtest.Reply{Body: rss("a"), Delay: time.Hour})))
	stop := r.running()
	until(t, "the request", func() bool { return r.pub.Count("/a") == 1 })
	for range 3 {
		if err := r.runner.Pulse(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestAPollWhoseNewsHangHasNoPulse(t *testing.T) {
	told, end := make(chan struct{}, 10), make(chan struct{})
	r := newRig(t, ingest.Options{Observe: func(ingest.Report) { told <- struct{}{}; <-end }}, fetch.Options{})
	r.use(source("a", r.pub.Set("/a", fetchtest.Fails(http.StatusInternalServerError))))
	stop := r.running()
	<-told
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err, want := r.runner.Pulse(ctx), "what stores polls does not answer"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	close(end)
	if err := r.runner.Pulse(t.Context()); err != nil {
		t.Errorf("it goes on, and has no pulse: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
