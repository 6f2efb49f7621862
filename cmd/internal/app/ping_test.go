package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/config"
)

// post is what a hub was told, and what readers got at that moment.
type post struct {
	at     string
	header http.Header
	form   url.Values
	served string
}

// hangs stands for no answer at all.
const hangs = -1

// tower is a daemon that runs, with a hub that takes note of what it is told.
type tower struct {
	*stand
	hub   *httptest.Server
	told  chan post
	codes chan int // answers of the hub, in order; none left: 204
	halt  func()
}

func newTower(t *testing.T, output string) *tower {
	t.Helper()
	w := &tower{told: make(chan post, 10), codes: make(chan int, 10)}
	w.hub = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		form, bad := url.ParseQuery(string(body))
		if r.Method != http.MethodPost || err != nil || bad != nil {
			t.Errorf("asked by %s: %v, %v", r.Method, err, bad)
		}
		w.told <- post{r.URL.String(), r.Header, form, w.ask("/feeds/all.json").Body.String()}
		code := http.StatusNoContent
		select {
		case code = <-w.codes:
		default:
		}
		if code == hangs {
			<-r.Context().Done()
			return
		}
		rw.WriteHeader(code)
	}))
	t.Cleanup(w.hub.Close)
	w.stand = newStand(t, []string{"a"}, strings.ReplaceAll(output, "HUB", w.hub.URL+"/hub"))
	return w
}

// run has the daemon run until the next halt.
func (w *tower) run() {
	w.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.app.Run(ctx) }()
	w.halt = func() {
		cancel()
		if err := <-ended; err != nil {
			w.Error(err)
		}
		if err := w.app.Stop(context.Background()); err != nil {
			w.Error(err)
		}
		w.halt = func() {}
	}
	w.Cleanup(func() { w.halt() })
}

// next is what the hub is told next.
func (w *tower) next() post {
	w.Helper()
	select {
	case p := <-w.told:
		return p
	case <-time.After(bound):
		w.Fatal("the hub is told nothing")
		return post{}
	}
}

// quiet checks that the hub is told nothing for a while.
func (w *tower) quiet() {
	w.Helper()
	select {
	case p := <-w.told:
		w.Errorf("the hub is told %v", p.form)
	case <-time.After(200 * time.Millisecond):
	}
}

func TestHubsAreNamedAndToldOfWhatReadersGetByThen(t *testing.T) {
	w := newTower(t, "  - {name: all, hubs: [HUB, 'HUB/2?token=s3cret-t0ken&a=b']}\n  - {name: other}\n")
	w.run()
	w.quiet() // without an entry there is nothing to tell
	w.stage.show("/a", rss(one))
	w.poll()
	p, q := w.next(), w.next() // of either hub
	if at := []string{p.at, q.at}; !slices.Contains(at, "/hub") || !slices.Contains(at, "/hub/2?token=s3cret-t0ken&a=b") {
		t.Errorf("told at %q", at)
	}
	addresses := []string{"https://out.example/feeds/all.rss", "https://out.example/feeds/all.atom", "https://out.example/feeds/all.json"}
	if p.form.Get("hub.mode") != "publish" || !slices.Equal(p.form["hub.url"], addresses) || !slices.Equal(p.form["hub.topic"], addresses) {
		t.Errorf("told %v", p.form)
	}
	if kind, agent := p.header.Get("Content-Type"), p.header.Get("User-Agent"); !strings.HasPrefix(kind, "application/x-www-form-urlencoded") || !strings.HasPrefix(agent, "sluice/") {
		t.Errorf("asked with %v", p.header)
	}
	if !strings.Contains(p.served, "Crane falls") {
		t.Errorf("when the hub was told readers got %s", p.served)
	}
	w.poll() // nothing is new
	w.quiet()

	second := w.hub.URL + "/hub/2?a=b"
	for _, ext := range []string{".rss", ".atom", ".json"} {
		got := w.ask("/feeds/all" + ext)
		if link := got.Header().Get("Link"); !strings.Contains(link, "<"+w.hub.URL+`/hub>; rel="hub", <`+second+`>; rel="hub"`) || !strings.Contains(link, `rel="self"`) {
			t.Errorf("%s: Link: %s", ext, link)
		}
		if body := got.Body.String(); !strings.Contains(body, w.hub.URL+"/hub") || !strings.Contains(strings.ReplaceAll(body, "&amp;", "&"), second) || strings.Contains(body, "s3cret") {
			t.Errorf("%s: %s", ext, body)
		}
		if other := w.ask("/feeds/other" + ext); strings.Contains(other.Header().Get("Link")+other.Body.String(), "hub") {
			t.Errorf("an output without hubs names one: %s %s", other.Header().Get("Link"), other.Body)
		}
	}
	var doc struct{ Hubs []struct{ Type, URL string } }
	if err := json.Unmarshal(w.ask("/feeds/all.json").Body.Bytes(), &doc); err != nil || fmt.Sprint(doc.Hubs) != fmt.Sprintf("[{WebSub %s/hub} {WebSub %s}]", w.hub.URL, second) {
		t.Errorf("hubs %v, %v", doc.Hubs, err)
	}
	link := w.ask("/feeds/all.rss").Header().Get("Link")
	w.halt()
	w.start()
	if got := w.ask("/feeds/all.rss").Header().Get("Link"); got != link {
		t.Errorf("Link: %s became %s", link, got)
	}
	w.run()
	w.quiet() // and not of what it was told in the life before
}

func TestAHubThatWasNotToldIsToldByTheNextLife(t *testing.T) {
	w := newTower(t, "  - {name: all, hubs: [HUB]}\n")
	w.codes <- hangs
	w.run()
	w.stage.show("/a", rss(one))
	w.poll()
	w.next()
	w.halt() // while the hub takes its time
	w.start()
	w.run()
	w.next()
	w.halt()
	// What is published without a daemon is told by the one that comes after.
	w.stage.show("/a", rss(two, one))
	done, err := app.Sync(t.Context(), w.cfg, slog.New(slog.DiscardHandler), app.EngineOptions{}, control.SyncRequest{All: true},
		func(int, int) {}, func(string, []byte) error { return nil })
	if err != nil || done.ExportErr != nil || done.New != 1 {
		t.Fatalf("got %+v, %v", done, err)
	}
	w.quiet()
	w.start()
	w.run()
	if p := w.next(); !strings.Contains(p.served, "Letters bought") {
		t.Errorf("when the hub was told readers got %s", p.served)
	}
	w.quiet()
}

func TestAPrivateHubIsNotToldUnlessThatIsAllowed(t *testing.T) {
	w := newTower(t, "  - {name: all, hubs: [HUB]}\n")
	var log lines
	w.cfg = parseConfig(t, fmt.Sprintf("server: {listen: '127.0.0.1:0', admin: '', base_url: 'https://out.example'}\nstorage: {path: %q}\n"+
		"sources: [{name: a, url: %q, allow_private: [127.0.0.1]}]\noutputs: [{name: all, hubs: ['%s/hub']}]\n", w.db, w.url+"/a", w.hub.URL))
	if err := w.app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	load := func() (*config.Config, error) { return w.cfg, nil }
	a, err := app.New(t.Context(), w.cfg, load, slog.New(slog.NewTextHandler(&log, nil)), app.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w.app = a
	w.run()
	w.stage.show("/a", rss(one))
	w.poll()
	until(t, "it is given up", func() bool { return len(log.with("given up")) > 0 })
	if said := log.with("component=pings"); len(said) != 1 || !strings.Contains(said[0], "allow_private") {
		t.Errorf("logged %q", said)
	}
	w.quiet()
}
