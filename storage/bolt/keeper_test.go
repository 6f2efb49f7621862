//go:build linux

package bolt_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
	"sluice/storage/bolt/bolttest"
)

func TestAStoreSaysWhatIsInIt(t *testing.T) {
	s := bolttest.Open(t)
	c, err := s.Contents(t.Context())
	if err != nil || c.Articles != 0 || c.Sources != 0 || !c.Polled.IsZero() || c.Bytes <= 0 {
		t.Errorf("nothing is stored: got %+v, %v", c, err)
	}
	if _, err := s.SetSources(t.Context(), []feed.Source{source("a"), source("b"), source("c")}); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"a", "b", "a"} {
		at := start.Add(time.Duration(i) * time.Hour)
		if err := tried(t, s, name, at, article(name, 2*i), article(name, 2*i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.SetSources(t.Context(), []feed.Source{source("a")}); err != nil {
		t.Fatal(err)
	}
	c, err = s.Contents(t.Context())
	if err != nil || c.Articles != 6 || c.Sources != 3 || !c.Polled.Equal(start.Add(2*time.Hour)) {
		t.Errorf("got %+v, %v", c, err)
	}
}

// tried is a poll whose state says when it was.
func tried(t *testing.T, s *bolt.Store, name string, at time.Time, articles ...feed.Article) error {
	t.Helper()
	c, err := s.ClaimSource(t.Context(), at, feed.SourceID(name), time.Minute)
	if err != nil {
		return err
	}
	st := c.State
	st.Status, st.LastAttempt, st.LastSuccess, st.NextPoll = feed.StatusOK, at, at, at.Add(time.Hour)
	_, err = s.Merge(t.Context(), storage.Delivery{Claim: &c, At: at, Articles: articles, State: st, Authority: "feeds.example"})
	return err
}

// A walk over gigabytes takes long: whoever asked for it must be able to leave.
func TestAVerifyEndsInTheMiddleOfAWalk(t *testing.T) {
	path := filled(t, 200)
	s := bolttest.OpenAt(t, path)
	for steps := 1; steps < 2000; steps += 97 {
		ctx := &patient{Context: t.Context(), steps: steps}
		if err := s.Verify(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("asked %d times whether to go on: %v", steps, err)
		}
		if ctx.after > 1 {
			t.Errorf("asked %d times more after it was told to stop", ctx.after)
		}
	}
}

// patient is a context that ends when it was asked so often.
type patient struct {
	context.Context

	steps, after int
}

// Err implements context.Context.
func (p *patient) Err() error {
	if p.steps--; p.steps < 0 {
		p.after++
		return context.Canceled
	}
	return nil
}

// The list of free pages that is in use is not that of what a verify sees.
func TestAStoreThatIsWrittenToIsSound(t *testing.T) {
	s := bolttest.OpenAt(t, filled(t, 200))
	defer writing(t, s)()
	for range 20 {
		if err := s.Verify(t.Context()); err != nil {
			t.Error(err)
			break
		}
	}
}
