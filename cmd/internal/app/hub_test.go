package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/cmd/internal/app"
	"sluice/config"
	"sluice/ingest"
)

// hub is a publisher with a hub of its own, which believes who confirms, and a
// daemon that reads it.
type hub struct {
	*testing.T
	mux  *http.ServeMux
	srv  *httptest.Server
	db   string
	app  *app.App
	cfg  *config.Config // that the next reload reads
	log  lines
	stop func()
	told chan url.Values                 // requests of subscribers
	seen chan *httptest.ResponseRecorder // their answers to verifications
}

// newHub starts a publisher whose feed is at /feed and whose hub is at /hub; it is
// started by httptest.Server's Start or StartTLS.
func newHub(t *testing.T, start func(*httptest.Server)) *hub {
	t.Helper()
	h := &hub{
		T: t, mux: http.NewServeMux(), db: filepath.Join(t.TempDir(), "s.db"),
		told: make(chan url.Values, 10), seen: make(chan *httptest.ResponseRecorder, 10),
	}
	h.srv = httptest.NewUnstartedServer(h.mux)
	start(h.srv)
	t.Cleanup(h.srv.Close)
	h.serve("/feed", rss(one), "/hub", "/self")
	h.mux.HandleFunc("/hub", h.subscribe)
	return h
}

// serve has the publisher serve a document whose header names hub and topic.
func (h *hub) serve(path string, doc []byte, hub, topic string) {
	h.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Link", fmt.Sprintf("<%s>; rel=hub", hub))
		w.Header().Add("Link", fmt.Sprintf("<%s>; rel=self", topic))
		_, _ = w.Write(doc)
	})
}

// redirect has the publisher send what is asked at a path elsewhere.
func (h *hub) redirect(path string, status int, to string) {
	h.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, status) })
}

// subscribe takes a request of a subscriber, and verifies it a moment later.
func (h *hub) subscribe(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost {
		h.Errorf("%s, %v", r.Method, err)
	}
	form := r.PostForm
	h.told <- form
	w.WriteHeader(http.StatusAccepted)
	go func() { h.seen <- h.verify(form, form.Get("hub.topic")) }()
}

// verify asks a subscriber whether it meant what it asked for.
func (h *hub) verify(form url.Values, topic string) *httptest.ResponseRecorder {
	q := url.Values{"hub.mode": {form.Get("hub.mode")}, "hub.topic": {topic}, "hub.challenge": {"c-1"}, "hub.lease_seconds": {"864000"}}
	return h.call(http.MethodGet, form.Get("hub.callback")+"?"+q.Encode(), nil)
}

func (h *hub) call(method, address string, body io.Reader) *httptest.ResponseRecorder {
	return h.do(httptest.NewRequest(method, address, body))
}

func (h *hub) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.app.Public().ServeHTTP(w, r)
	return w
}

// configure has the next start or reload read source a at a path, with what else is
// said of it and of ingest as YAML.
func (h *hub) configure(path, source, ingest string) {
	h.Helper()
	h.cfg = parseConfig(h.T, fmt.Sprintf("server: {listen: '127.0.0.1:0', admin: '', base_url: 'https://out.example'}\nstorage: {path: %q}\n", h.db)+
		fmt.Sprintf("ingest: {%s}\nsources: [{name: a, url: %q, %s}]\noutputs: [{name: all}]\n", ingest, h.srv.URL+path, source))
}

// start has the daemon poll once and then run until stop is called, or the test ends.
func (h *hub) start() {
	h.Helper()
	var err error
	load := func() (*config.Config, error) { return h.cfg, nil }
	h.app, err = app.New(h.Context(), h.cfg, load, slog.New(slog.NewTextHandler(&h.log, nil)), app.EngineOptions{})
	if err != nil {
		h.Fatal(err)
	}
	if _, err := h.app.Sync(h.Context(), ingest.Request{All: true}, nil); err != nil {
		h.Fatal(err)
	}
	ctx, cancel := context.WithCancel(h.Context())
	ran := make(chan error, 1)
	go func() { ran <- h.app.Run(ctx) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := next(h.T, ran); err != nil {
			h.Error(err)
		}
		if err := h.app.Stop(context.Background()); err != nil {
			h.Error(err)
		}
	})
	h.Cleanup(h.stop)
}

// shown returns the output all as subscribers see it.
func (h *hub) shown() string {
	return h.call(http.MethodGet, "https://out.example/feeds/all.atom", nil).Body.String()
}

func next[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(bound):
		t.Fatal("nothing came")
		panic("not reached")
	}
}

// lines keeps a log for reading while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// with returns the lines that contain a text.
func (l *lines) with(text string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for line := range strings.Lines(l.buf.String()) {
		if strings.Contains(line, text) {
			all = append(all, strings.TrimSpace(line))
		}
	}
	return all
}
