package ingest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"testing"

	"sluice/feed"
	"sluice/ingest/fetch"
)

func TestBodiesAreParsedWhenThereIsMemoryForThem(t *testing.T) {
	r := New(nil, slog.New(slog.DiscardHandler), Options{})
	s := Source{Source: feed.Source{Name: "a"}}
	small := fetch.Answer{Body: []byte(`<rss version="2.0"><channel><title>t</title></channel></rss>`), Final: &url.URL{Scheme: "https", Host: "a.example"}}
	large := small
	large.Body = slices.Concat(small.Body, bytes.Repeat([]byte(" "), maxParsing))

	if !r.bodies.TryAcquire(maxParsing - int64(len(small.Body))) {
		t.Fatal("the budget is not what it should be")
	}
	if _, err := r.parse(t.Context(), s, small); err != nil {
		t.Errorf("a body that fits beside others: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.parse(ended, s, large); !errors.Is(err, context.Canceled) {
		t.Errorf("a body that must wait for the others: got %v", err)
	}
	r.bodies.Release(maxParsing - int64(len(small.Body)))
	if _, err := r.parse(t.Context(), s, large); err != nil {
		t.Errorf("a body above the budget, alone: %v", err)
	}
	if !r.bodies.TryAcquire(maxParsing) {
		t.Error("something was not given back")
	}
}
