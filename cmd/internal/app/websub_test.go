package app_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/app"
	"sluice/config"
	"sluice/ingest"
)

// hub is a publisher with a hub of its own, which believes who confirms.
type hub struct {
	*testing.T
	srv   *httptest.Server
	reach http.Handler                    // where callbacks lead
	told  chan url.Values                 // requests of subscribers
	seen  chan *httptest.ResponseRecorder // their answers to verifications
}

func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{T: t, told: make(chan url.Values, 10), seen: make(chan *httptest.ResponseRecorder, 10)}
	mux := http.NewServeMux()
	mux.HandleFunc("/feed", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Link", "</hub>; rel=\"hub\"")
		w.Header().Add("Link", "</self>; rel=\"self\"")
		_, _ = w.Write(rss(one))
	})
	mux.HandleFunc("/hub", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.Method != http.MethodPost {
			t.Errorf("%s, %v", r.Method, err)
		}
		form := r.PostForm
		h.told <- form
		w.WriteHeader(http.StatusAccepted)
		go func() { h.seen <- h.verify(form, form.Get("hub.topic")) }()
	})
	h.srv = httptest.NewServer(mux)
	t.Cleanup(h.srv.Close)
	return h
}

// verify asks a subscriber whether it meant what it asked for.
func (h *hub) verify(form url.Values, topic string) *httptest.ResponseRecorder {
	q := url.Values{"hub.mode": {form.Get("hub.mode")}, "hub.topic": {topic}, "hub.challenge": {"c-1"}, "hub.lease_seconds": {"864000"}}
	return h.call(http.MethodGet, form.Get("hub.callback")+"?"+q.Encode(), nil)
}

func (h *hub) call(method, address string, body io.Reader) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.reach.ServeHTTP(w, httptest.NewRequest(method, address, body))
	return w
}

func next[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		panic("not reached")
	}
}

func TestWhatAHubPushesIsPublishedAndASwitchOffIsTold(t *testing.T) {
	h := newHub(t)
	db := filepath.Join(t.TempDir(), "s.db")
	configure := func(on bool) *config.Config {
		return parseConfig(t, fmt.Sprintf("server: {listen: '127.0.0.1:0', admin: '', base_url: 'https://out.example'}\nstorage: {path: %q}\n", db)+
			fmt.Sprintf("ingest: {allow_private: [127.0.0.1], websub: %v}\nsources: [{name: a, url: %q}]\noutputs: [{name: all}]\n", on, h.srv.URL+"/feed"))
	}
	cfg := configure(true)
	a, err := app.New(t.Context(), cfg, func() (*config.Config, error) { return cfg, nil }, slog.New(slog.DiscardHandler), app.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	h.reach = a.Public()
	if _, err := a.Sync(t.Context(), ingest.Request{All: true}, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- a.Run(ctx) }()
	defer func() {
		cancel()
		if err := next(t, ran); err != nil {
			t.Error(err)
		}
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()

	form := next(t, h.told)
	if form.Get("hub.mode") != "subscribe" || form.Get("hub.topic") != h.srv.URL+"/self" || !strings.HasPrefix(form.Get("hub.callback"), "https://out.example/websub/") {
		t.Errorf("asked for %v", form)
	}
	if form.Has("hub.secret") {
		t.Error("a secret was sent in the clear")
	}
	answer := next(t, h.seen)
	if answer.Code != 200 || answer.Body.String() != "c-1" ||
		answer.Header().Get("Content-Type") != "application/octet-stream" || answer.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("verified: %d %q %v", answer.Code, answer.Body, answer.Header())
	}
	if got := h.call(http.MethodGet, "https://out.example/websub/unknown", nil); got.Code != 404 {
		t.Errorf("an unknown callback answers %d", got.Code)
	}
	if got := h.call(http.MethodPost, form.Get("hub.callback"), strings.NewReader(string(rss(two)))); got.Code != 202 {
		t.Errorf("a push is answered %d", got.Code)
	}
	shown := func() string {
		return h.call(http.MethodGet, "https://out.example/feeds/all.atom", nil).Body.String()
	}
	for range 1000 {
		if strings.Contains(shown(), "Letters bought") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := shown(); !strings.Contains(got, "Letters bought") || !strings.Contains(got, "Crane falls") {
		t.Fatalf("not shown: %s", got)
	}

	cfg = configure(false)
	if _, err := a.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if end := next(t, h.told); end.Get("hub.mode") != "unsubscribe" || end.Get("hub.callback") != form.Get("hub.callback") {
		t.Errorf("told %v", end)
	}
	if got := next(t, h.seen); got.Code != 200 {
		t.Errorf("the end is confirmed with %d", got.Code)
	}
	if got := h.call(http.MethodPost, form.Get("hub.callback"), strings.NewReader("x")); got.Code != 410 {
		t.Errorf("a push after the end is answered %d", got.Code)
	}
}
