package ingest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"

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

func TestSmallDocumentsWaitForThoseThatAreNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(nil, slog.New(slog.DiscardHandler), Options{})
		const size = roomBytes / 4
		var in []int // in the order in which they came in
		all := make([]*turn, 7)
		ctx, leave := context.WithCancel(t.Context())
		for i := range all {
			all[i] = r.turn()
			go func() {
				if all[i].sit(ctx, map[bool]int{false: size, true: 2 * size}[i == 4]) == nil {
					in = append(in, i)
				}
			}()
			synctest.Wait()
		}
		want := func(what string, wanted ...int) {
			t.Helper()
			synctest.Wait()
			if !slices.Equal(in, wanted) {
				t.Errorf("%s: %v are in, want %v", what, in, wanted)
			}
		}
		want("at first", 0, 1, 2, 3)
		if err := all[0].sit(t.Context(), size); err != nil || r.room.taken != roomBytes {
			t.Errorf("one that is in: %v", err)
		}
		all[0].release()
		want("there is no room yet for who is first", 0, 1, 2, 3)
		all[1].release()
		all[1].release() // once is enough
		want("there is", 0, 1, 2, 3, 4)
		leave()
		want("who waits no more is not let in", 0, 1, 2, 3, 4)
		for _, turn := range all {
			turn.release()
		}
		if r.room.taken != 0 || len(r.room.queue) != 0 {
			t.Errorf("%d bytes are taken, %d wait", r.room.taken, len(r.room.queue))
		}
		if err := all[5].sit(t.Context(), 3*roomBytes); err != nil {
			t.Errorf("one that needs more than there is: %v", err)
		}
		all[5].release()
	})
}
