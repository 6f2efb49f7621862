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

func TestLargeDocumentsTakeTurnsAndSmallOnesWaitForNone(t *testing.T) {
	r := New(nil, slog.New(slog.DiscardHandler), Options{})
	s := Source{Source: feed.Source{Name: "a"}}
	small := fetch.Answer{Body: []byte(`<rss version="2.0"><channel><title>t</title></channel></rss>`), Final: &url.URL{Scheme: "https", Host: "a.example"}}
	large := small
	large.Body = slices.Concat(small.Body, bytes.Repeat([]byte(" "), fetch.SmallBody))
	ended, cancel := context.WithCancel(t.Context())
	cancel()

	all := make([]*turn, cap(r.turns))
	for i := range all {
		all[i] = r.turn()
		if err := all[i].take(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	other := r.turn()
	if _, err := r.parse(t.Context(), &s, small, nil, other); err != nil || other.held {
		t.Errorf("a small document beside others that are large: %v", err)
	}
	if _, err := r.parse(ended, &s, large, nil, other); !errors.Is(err, context.Canceled) {
		t.Errorf("a large one that has to wait: %v", err)
	}
	if _, err := r.parse(t.Context(), &s, large, nil, all[0]); err != nil {
		t.Errorf("one whose turn it is: %v", err)
	}
	all[0].release()
	all[0].release() // once is enough
	if _, err := r.parse(t.Context(), &s, large, nil, other); err != nil {
		t.Errorf("the next: %v", err)
	}
	other.release()
	for _, turn := range all[1:] {
		turn.release()
	}
	if len(r.turns) != 0 || len(r.parses) != 0 {
		t.Errorf("%d turns and %d places were not given back", len(r.turns), len(r.parses))
	}
}

func TestSmallDocumentsAlwaysHaveAProcessor(t *testing.T) {
	for processors, want := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2, 8: 4, 64: maxLarge} {
		if got := largeDocuments(processors); got != want {
			t.Errorf("%d processors: %d large documents at a time, want %d", processors, got, want)
		}
	}
}
