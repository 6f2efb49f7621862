package ingest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
	"sluice/ingest/parse"
	"sluice/ingest/websub"
	"sluice/storage"
	"sluice/storage/bolt/bolttest"
)

// claiming is a store that tells of each try to claim a source.
type claiming struct {
	Store
	tried func()
}

// ClaimSource implements storage.Claimer.
func (c claiming) ClaimSource(ctx context.Context, now time.Time, source feed.SourceID, lease time.Duration) (storage.Claim, error) {
	c.tried()
	return c.Store.ClaimSource(ctx, now, source, lease)
}

// TestAPushThatWaitsForItsSourceKeepsNobodyFromADocument pushes while a poll of the source
// runs, which may itself wait for the turn of its document.
func TestAPushThatWaitsForItsSourceKeepsNobodyFromADocument(t *testing.T) {
	small := []byte(`<rss version="2.0"><channel><title>t</title><item><guid>1</guid><title>one</title></item></channel></rss>`)
	for name, body := range map[string][]byte{
		"a small one": small,
		"a large one": slices.Concat(small, bytes.Repeat([]byte(" "), fetch.SmallBody)),
	} {
		t.Run(name, func(t *testing.T) {
			store := claiming{Store: bolttest.Open(t)}
			tries := make(chan [2]int, 1000) // turns and bytes of room that were taken then
			var r *Runner
			store.tried = func() {
				r.room.mu.Lock()
				defer r.room.mu.Unlock()
				tries <- [2]int{len(r.turns), r.room.taken}
			}
			r = New(&store, slog.New(slog.DiscardHandler), Options{})
			src := Source{Source: feed.Source{Name: "a", URL: "https://a.example/feed", Host: "a.example", Interval: time.Hour}}
			if err := r.SetPlan(t.Context(), Plan{Max: 24 * time.Hour, Authority: "feeds.example", Sources: []Source{src}}); err != nil {
				t.Fatal(err)
			}
			c, err := store.Store.ClaimSource(t.Context(), time.Now(), "a", time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			pushed := make(chan error, 1)
			go func() {
				pushed <- r.Push(t.Context(), websub.Push{Source: "a", Topic: "https://a.example/feed", Body: body})
			}()
			for range 2 {
				if held := <-tries; held != [2]int{} {
					t.Errorf("it waits with %d turns and %d bytes of room", held[0], held[1])
				}
			}
			if err := errors.Join(store.Release(t.Context(), c), <-pushed); err != nil {
				t.Error(err)
			}
			if len(r.turns) != 0 || r.room.taken != 0 {
				t.Errorf("%d turns and %d bytes of room were not given back", len(r.turns), r.room.taken)
			}
		})
	}
}

func TestWhatASourceNamesForWebSubIsKept(t *testing.T) {
	final, err := url.Parse("https://a.example/feed")
	if err != nil {
		t.Fatal(err)
	}
	links := []string{`<https://h.example/>; rel=hub, </self>; rel=self`}
	before := feed.SourceState{Hubs: []string{"https://old.example/"}, Topic: "https://a.example/old"}
	named1 := parse.Document{Hubs: []string{"https://d.example/"}, Self: "https://a.example/doc"}
	for name, tc := range map[string]struct {
		res   result
		hub   string
		topic string
	}{
		"a document":                      {result{outcome: Changed, doc: named1}, "https://d.example/", "https://a.example/doc"},
		"headers go before it":            {result{outcome: Changed, doc: named1, answer: fetch.Answer{Links: links}}, "https://h.example/", "https://a.example/self"},
		"a document that names none":      {result{outcome: Changed}, "", ""},
		"nothing new":                     {result{outcome: NotModified}, "https://old.example/", "https://a.example/old"},
		"nothing new, but headers":        {result{outcome: NotModified, answer: fetch.Answer{Links: links}}, "https://h.example/", "https://a.example/self"},
		"a part says nothing of the feed": {result{outcome: Changed, answer: fetch.Answer{Delta: true}}, "https://old.example/", "https://a.example/old"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.res.answer.Final = final
			st := named(before, &tc.res)
			if got := slices.Concat(st.Hubs, []string{st.Topic}); tc.hub == "" && len(st.Hubs) > 0 || tc.hub != "" && !slices.Equal(got, []string{tc.hub, tc.topic}) {
				t.Errorf("got %q", got)
			}
		})
	}
}
