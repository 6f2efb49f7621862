package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/ingest"
)

// rss is a document of items, each "guid|address|title|text".
func rss(items ...string) []byte {
	var b bytes.Buffer
	b.WriteString(`<rss version="2.0"><channel><title>T</title><link>https://t.example/</link><description>d</description>`)
	for _, item := range items {
		f := strings.Split(item, "|")
		fmt.Fprintf(&b, `<item><guid isPermaLink="false">%s</guid><link>%s</link><title>%s</title><description>%s</description></item>`, f[0], f[1], f[2], f[3])
	}
	b.WriteString(`</channel></rss>`)
	return b.Bytes()
}

const (
	one   = "1|https://t.example/1|Crane falls|The crane beside the ferry pier fell into the water on Tuesday."
	two   = "2|https://t.example/2|Letters bought|A museum has bought three hundred letters of a clockmaker."
	three = "3|https://t.example/3|Frost in April|Growers expect half of last year's apples because of the frost."
)

// stand is a publisher, a daemon that reads it, and the file between its lives.
type stand struct {
	*testing.T
	stage *stage
	url   string
	db    string
	cfg   *config.Config
	app   *app.App
}

// newStand starts a daemon over sources with the given outputs, as YAML.
func newStand(t *testing.T, sources []string, outputs string) *stand {
	t.Helper()
	s := &stand{T: t, stage: &stage{docs: map[string][]byte{}}, db: filepath.Join(t.TempDir(), "s.db")}
	srv := httptest.NewServer(s.stage)
	t.Cleanup(srv.Close)
	s.url = srv.URL
	s.configure(sources, outputs)
	s.start()
	return s
}

// configure makes the configuration that the next start or reload reads.
func (s *stand) configure(sources []string, outputs string) {
	s.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "server: {listen: '127.0.0.1:0', admin: '', base_url: 'https://out.example'}\nstorage: {path: %q}\n", s.db)
	b.WriteString("ingest: {allow_private: [127.0.0.1], per_host: {parallel: 16, spacing: 0s}}\nsources:\n")
	for _, name := range sources {
		fmt.Fprintf(&b, "  - {name: %s, url: \"%s/%s\"}\n", name, s.url, name)
	}
	s.cfg = parseConfig(s.T, b.String()+"outputs:\n"+outputs)
}

func (s *stand) start() {
	s.Helper()
	load := func() (*config.Config, error) { return s.cfg, nil }
	a, err := app.New(s.Context(), s.cfg, load, slog.New(slog.DiscardHandler), app.EngineOptions{})
	if err != nil {
		s.Fatal(err)
	}
	s.app = a
	s.Cleanup(func() { _ = a.Stop(context.Background()) }) // a second stop does nothing
}

// restart ends the daemon and starts it over the same store.
func (s *stand) restart() {
	s.Helper()
	if err := s.app.Stop(s.Context()); err != nil {
		s.Fatal(err)
	}
	s.start()
}

// poll asks all sources once.
func (s *stand) poll() []ingest.Report {
	s.Helper()
	reports, err := s.app.Sync(s.Context(), ingest.Request{All: true}, nil)
	if err != nil {
		s.Fatal(err)
	}
	return reports
}

// askDaemon asks for a sync over the control socket.
func (s *stand) askDaemon(ctx context.Context) (control.Summary, error) {
	client, err := control.Dial(ctx, s.cfg.Server.Control.Reveal(), bound)
	if err != nil {
		return control.Summary{}, err
	}
	return client.Sync(ctx, control.SyncRequest{All: true}, nil)
}

func (s *stand) ask(path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	s.app.Public().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec
}

// shown returns what identifies the entries of an output, and their titles.
func (s *stand) shown(output string) (ids, titles []string) {
	s.Helper()
	var f struct {
		Items []struct{ ID, Title string }
	}
	if err := json.Unmarshal(get(s.T, s.app, "/feeds/"+output+".json"), &f); err != nil {
		s.Fatal(err)
	}
	for _, item := range f.Items {
		ids, titles = append(ids, item.ID), append(titles, item.Title)
	}
	return ids, titles
}

func (s *stand) expect(output string, titles ...string) {
	s.Helper()
	if _, got := s.shown(output); strings.Join(got, ", ") != strings.Join(titles, ", ") {
		s.Errorf("output %s shows %q, want %q", output, got, titles)
	}
}

func TestNothingThatAPublisherDoesLosesOrRepeatsAnEntry(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	s.stage.show("/a", rss(two, one))
	s.poll()
	s.expect("all", "Letters bought", "Crane falls")
	first, _ := s.shown("all")
	before := get(t, s.app, "/feeds/all.atom")

	for name, body := range map[string][]byte{
		"an error page":       []byte("<!doctype html><title>503</title><p>Back soon"),
		"an empty body":       {},
		"a cut head":          rss(three)[:60],
		"something else":      []byte(`{"error":"maintenance"}`),
		"an item that is cut": rss(three)[:len(rss(three))-60],
	} {
		s.stage.show("/a", body)
		rep := s.poll()[0]
		if rep.Err == nil || strings.Contains(rep.Err.Error(), "\n") {
			t.Errorf("%s: got %s and error %v, want one line", name, rep.Outcome, rep.Err)
		}
		if !bytes.Equal(get(t, s.app, "/feeds/all.atom"), before) {
			t.Errorf("%s: the output changed", name)
		}
	}

	// All guids change, one item is edited, one is new, and one is gone.
	s.stage.show("/a", rss("x3|https://t.example/3|Frost in April|"+strings.Split(three, "|")[3], "x1|https://t.example/1|Crane salvaged|"+strings.Split(one, "|")[3]))
	s.poll()
	s.expect("all", "Frost in April", "Letters bought", "Crane salvaged")
	if now, _ := s.shown("all"); now[1] != first[0] || now[2] != first[1] {
		t.Errorf("ids %v became %v", first, now)
	}
}

func TestARestartChangesNoByte(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, "  - {name: all}\n  - {name: some, from: [b], keep: 'title.contains(\"e\")'}\n  - {name: none, keep: \"false\"}\n")
	s.stage.show("/a", rss(one))
	s.stage.show("/b", rss(three, two))
	s.poll()
	paths := []string{"/"}
	for _, name := range []string{"all", "some", "none"} {
		for _, format := range []string{".rss", ".atom", ".json", ""} {
			paths = append(paths, "/feeds/"+name+format)
		}
	}
	before := map[string]*httptest.ResponseRecorder{}
	for _, p := range paths {
		before[p] = s.ask(p)
	}
	s.restart()
	for _, p := range paths {
		was, is := before[p], s.ask(p)
		if was.Code != http.StatusOK || is.Code != was.Code || !bytes.Equal(was.Body.Bytes(), is.Body.Bytes()) {
			t.Errorf("%s: %d and %d bytes became %d and %d", p, was.Code, was.Body.Len(), is.Code, is.Body.Len())
		}
		for _, h := range []string{"ETag", "Last-Modified"} {
			if was.Header().Get(h) != is.Header().Get(h) {
				t.Errorf("%s: %s %q became %q", p, h, was.Header().Get(h), is.Header().Get(h))
			}
		}
	}
}

func TestAnItemOfTwoSourcesIsOneEntryUnlessDedupIsNone(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, "  - {name: all}\n  - {name: each, dedup: none}\n  - {name: b, from: [b]}\n")
	s.stage.show("/a", rss(one))
	s.poll()
	s.stage.show("/b", rss(strings.Replace(one, "1|", "b-1|", 1), two))
	s.poll()
	s.expect("all", "Letters bought", "Crane falls")
	s.expect("each", "Crane falls", "Letters bought", "Crane falls")
	s.expect("b", "Crane falls", "Letters bought")
}

func TestAReloadMovesWithdrawsAndRefuses(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: old}\n  - {name: kept}\n")
	s.stage.show("/a", rss(one))
	s.poll()
	ids, _ := s.shown("kept")
	was := s.cfg

	s.configure([]string{"a"}, "  - {name: new, was: [old]}\n  - {name: fresh}\n")
	done, err := s.app.Reload(t.Context())
	if err != nil || len(done.Changes) == 0 {
		t.Fatalf("got %v, %v", done, err)
	}
	for path, want := range map[string]int{
		"/feeds/new.rss": http.StatusOK, "/feeds/fresh.atom": http.StatusOK, "/feeds/old.rss": http.StatusMovedPermanently,
		"/feeds/kept.json": http.StatusGone, "/feeds/never.rss": http.StatusNotFound,
	} {
		if got := s.ask(path); got.Code != want {
			t.Errorf("%s: got %d, want %d", path, got.Code, want)
		}
	}
	if now, _ := s.shown("fresh"); len(now) != 1 || now[0] != ids[0] {
		t.Errorf("a new output shows %v, want %v", now, ids)
	}

	// Another store cannot be put under a daemon that runs.
	s.db = filepath.Join(t.TempDir(), "other.db")
	s.configure([]string{"a"}, "  - {name: other}\n")
	_, err = s.app.Reload(t.Context())
	if refused, ok := errors.AsType[*control.RefusedError](err); !ok || len(refused.Reasons) != 1 || !strings.Contains(refused.Reasons[0], "storage.path") {
		t.Errorf("got %v, want a refusal that names storage.path", err)
	}
	if got := s.ask("/feeds/new.rss"); got.Code != http.StatusOK {
		t.Errorf("after a refused reload: got %d", got.Code)
	}
	s.cfg = was
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Errorf("back again: %v", err)
	}
}

func TestARenameOfARenameIsOneRedirect(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: first}\n")
	for _, output := range []string{"  - {name: second, was: [first]}\n", "  - {name: third, was: [second, first]}\n"} {
		s.configure([]string{"a"}, output)
		if _, err := s.app.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/feeds/first", "/feeds/second"} {
		for _, format := range []string{"", ".rss", ".atom", ".json"} {
			got := s.ask(path + format + "?utm=x")
			if want := "https://out.example/feeds/third" + format + "?utm=x"; got.Code != http.StatusMovedPermanently || got.Header().Get("Location") != want {
				t.Errorf("%s: %d to %q", path+format, got.Code, got.Header().Get("Location"))
			}
		}
	}
}

func TestAFailedStartLeavesNothingOpen(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	load := func() (*config.Config, error) { return s.cfg, nil }
	short := app.EngineOptions{LockTimeout: 1}
	if _, err := app.New(t.Context(), s.cfg, load, slog.New(slog.DiscardHandler), short); err == nil {
		t.Fatal("two daemons on one store")
	}
	if err := s.app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.start() // the lock and the socket are free again
	if status, err := s.app.Status(t.Context()); err != nil || len(status.Sources) != 1 || status.Sources[0].Name != "a" {
		t.Errorf("got %+v, %v", status, err)
	}
}
