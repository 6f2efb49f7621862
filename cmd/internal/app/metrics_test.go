package app_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/control"
	"sluice/config"
)

// scrape returns what /metrics answers.
func (s *stand) scrape() string {
	s.Helper()
	var b bytes.Buffer
	if err := s.app.WriteMetrics(s.Context(), &b); err != nil {
		s.Fatal(err)
	}
	return b.String()
}

// counts refuses a scrape without these lines.
func (s *stand) counts(lines ...string) {
	s.Helper()
	text := s.scrape()
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, " ")
			i := strings.Index(text, "\n"+name)
			s.Errorf("want %q, have %.100q", line, text[max(i, 0):])
		}
	}
}

// series are the names and labels of a scrape, without the values.
func series(scrape string) map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(scrape) {
		if !strings.HasPrefix(line, "#") {
			all[line[:strings.LastIndexByte(line, ' ')]] = true
		}
	}
	return all
}

func TestWhatADaemonDoesIsCounted(t *testing.T) {
	s := newStand(t, []string{"a", "b", "none"}, "  - {name: all}\n  - {name: some, keep: '!title.contains(\"Frost\")'}\n")
	s.stage.show("/a", rss(one))
	s.stage.show("/b", rss(one))
	s.poll()
	s.poll() // the same documents
	s.stage.show("/b", rss(one, two, three))
	s.poll()
	s.ask("/feeds/all.rss")
	s.ask("/feeds/all.rss")
	s.ask("/nothing")
	s.counts(
		`sluice_sources{state="ok"} 2`, `sluice_sources{state="failing"} 1`, `sluice_source_up{source="none"} 0`, `sluice_source_consecutive_failures{source="none"} 3`,
		`sluice_fetches_total{result="ok"} 3`, `sluice_fetches_total{result="not_modified"} 3`, `sluice_fetches_total{result="http_error"} 3`,
		`sluice_articles_stored_total 4`, `sluice_articles_duplicate_total 1`, `sluice_articles 4`, `sluice_fetch_duration_seconds_count 9`,
		fmt.Sprintf("sluice_fetch_saved_bytes_total %d", 3*len(rss(one))), `sluice_articles_removed_total{reason="old"} 0`, `sluice_workers 64`, `sluice_workers_busy 0`, `sluice_polls_waiting 0`, `sluice_db_up 1`, `sluice_config_last_reload_successful 1`,
		`sluice_articles_filtered_total{output="all"} 0`, `sluice_articles_filtered_total{output="some"} 1`,
		`sluice_http_requests_total{code="200",handler="feed"} 2`, `sluice_http_requests_total{code="404",handler="other"} 1`, `sluice_output_requests_total{output="all"} 2`,
		`sluice_output_builds_total{result="failed"} 0`, `sluice_db_errors_total{op="write"} 0`,
	)
	s.stage.show("/b", rss(one, "9|https://t.example/9|Frost again|Nothing grows."))
	s.poll()
	s.counts(`sluice_articles_filtered_total{output="some"} 2`)
}

func TestAnOutputThatIsConfiguredNoMoreHasNoSeries(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n  - {name: left}\n")
	s.stage.show("/a", rss(one))
	s.poll()
	s.ask("/feeds/left.rss")
	if !strings.Contains(s.scrape(), `"left"`) {
		t.Fatal("it has none before")
	}
	s.configure([]string{"a"}, "  - {name: all}\n")
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := s.scrape(); strings.Contains(text, `"left"`) {
		t.Error("it has series still")
	}
}

func TestTheLastBackupIsSeenAlsoAfterARestart(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	s.counts(`sluice_last_backup_success_timestamp_seconds 0`)
	if _, err := s.app.Copied(t.Context(), control.CopiedRequest{At: time.Unix(1_700_000_000, 0)}); err != nil {
		t.Fatal(err)
	}
	s.counts(`sluice_last_backup_success_timestamp_seconds 1.7e+09`)
	s.restart()
	s.counts(`sluice_last_backup_success_timestamp_seconds 1.7e+09`)
}

func TestARefusedReloadIsSeen(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	taken := regexp.MustCompile(`(?m)^sluice_config_last_reload_success_timestamp_seconds \S+`)
	before := taken.FindString(s.scrape())
	bad := *s.cfg
	bad.Storage.Path = config.NewPath("other.db")
	good := s.cfg
	s.cfg = &bad
	if _, err := s.app.Reload(t.Context()); err == nil {
		t.Fatal("the reload was not refused")
	}
	s.counts(`sluice_config_last_reload_successful 0`, before)
	s.cfg = good
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.counts(`sluice_config_last_reload_successful 1`)
	if after := taken.FindString(s.scrape()); after == before {
		t.Error("the time stays that of the start")
	}
}

// TestNothingThatStrangersSendMakesASeries has publishers and readers send what they like.
func TestNothingThatStrangersSendMakesASeries(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, "  - {name: all}\n")
	random := rand.New(rand.NewPCG(1, 2))
	word := func() string { return fmt.Sprintf("%x", random.Uint64()) }
	stir := func(items, requests int) {
		var doc []string
		for range items {
			doc = append(doc, fmt.Sprintf("%s|https://%s.example/%s|%s|%s", word(), word(), word(), word(), word()))
		}
		s.stage.show("/a", rss(doc...))
		s.stage.answer("/b", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", word())
			w.WriteHeader(400 + random.IntN(200))
		})
		s.poll()
		for range requests {
			paths := []string{"/", "/feeds/all.rss", "/feeds/all.atom?" + word(), "/feeds/" + word(), "/feeds/" + word() + ".rss", "/" + word(), "/feeds/all/archive/" + word(), "/websub/" + word()}
			method := []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, "M" + word()}[random.IntN(5)]
			r := httptest.NewRequest(method, paths[random.IntN(len(paths))], strings.NewReader(word()))
			r.Header.Set("User-Agent", word()+"/"+word()+" "+fmt.Sprint(random.IntN(99))+" subscribers")
			r.Header.Set("If-None-Match", `"`+word()+`"`)
			r.Header.Set("Accept-Encoding", []string{"gzip", "identity;q=0, *;q=0", word()}[random.IntN(3)])
			r.Host = word()
			s.app.Public().ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	stir(100, 1000)
	before := series(s.scrape())
	stir(10_000, 10_000)
	after := series(s.scrape())
	for name := range after {
		if !before[name] {
			t.Errorf("10,000 items and requests more made the series %s", name)
		}
	}
	if len(before) != len(after) || len(before) > 700 {
		t.Errorf("%d series, then %d", len(before), len(after))
	}
}

func TestNoSecretIsInMetrics(t *testing.T) {
	const secret = "CANARY"
	s := newStand(t, nil, "  - {name: all}\n")
	at := strings.Replace(s.url, "://", "://"+secret+":"+secret+"@", 1)
	s.cfg = parseConfig(t, fmt.Sprintf("server: {listen: '127.0.0.1:0', admin: ''}\nstorage: {path: %q}\ningest: {allow_private: [127.0.0.1]}\n"+
		"sources:\n  - {name: a, url: %q}\n  - {name: b, url: %q}\n  - {name: c, url: 'http://%[4]s.invalid/?token=%[4]s', headers: {X-Key: %[4]s}, auth: {bearer: %[4]s}}\noutputs: [{name: all, tokens: [%[5]x]}]\n",
		s.db, at+"/"+secret+"?token="+secret, at+"/page?key="+secret, secret, sha256.Sum256([]byte(secret))))
	s.stage.show("/"+secret, rss("CANARY|https://t.example/CANARY|CANARY|CANARY"))
	s.stage.show("/page", []byte("<html>"+secret))
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.poll()
	s.ask("/feeds/all.rss?token=" + secret)
	s.ask("/feeds/" + secret + ".rss")
	text := s.scrape()
	if i := strings.Index(strings.ToUpper(text), secret); i >= 0 {
		t.Errorf("a secret is in: %s", text[max(i-100, 0):min(i+100, len(text))])
	}
	s.counts(`sluice_source_up{source="a"} 1`, `sluice_source_up{source="b"} 0`, `sluice_http_requests_total{code="200",handler="feed"} 1`)
}

// TestAScrapeIsWhatPrometheusTakes asks a daemon's admin listener and control socket.
func TestAScrapeIsWhatPrometheusTakes(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	s.stage.show("/a", rss(one))
	s.stage.show("/b", rss(two))
	if err := s.app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.cfg.Server.Admin = "127.0.0.1:0"
	s.start()
	stop := s.run()
	until(t, "the first poll", func() bool { return strings.Contains(s.scrape(), "\nsluice_articles 1\n") })
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", s.cfg.Server.Control.Reveal())
		},
	}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("http://daemon/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		t.Fatalf("%d %s, %v", resp.StatusCode, resp.Header, err)
	}
	for _, name := range []string{"sluice_build_info{", "go_goroutines ", "process_open_fds ", "sluice_ready 1"} {
		if !strings.Contains(string(text), "\n"+name) {
			t.Errorf("no %s", name)
		}
	}
	if _, err := stop(); err != nil {
		t.Error(err)
	}
	promtool(t, bytes.NewReader(text), "check", "metrics")
}

// promtool runs Prometheus's own judge, which prints what it does not like.
func promtool(t *testing.T, in io.Reader, args ...string) {
	t.Helper()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian package prometheus)")
	}
	cmd := exec.CommandContext(t.Context(), tool, args...)
	cmd.Stdin = in
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "sluice_") {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestThePublicListenerHasNothingOfTheAdmins(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	for _, path := range []string{
		"/metrics", "/metrics/", "/healthz", "/readyz", "/status", "/status.json", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline", "/call/status",
		"/feeds/../metrics", "/%6detrics", "//metrics", "/feeds/%2e%2e/metrics",
	} {
		if rec := s.ask(path); rec.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, rec.Code)
		}
	}
}

// TestAScrapeThatHangsHoldsUpNobody has a scrape whose taker does not take it.
func TestAScrapeThatHangsHoldsUpNobody(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	taken, w := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- s.app.WriteMetrics(t.Context(), w) }()
	if _, err := taken.Read(make([]byte, 1)); err != nil { // it has begun to write
		t.Fatal(err)
	}
	s.stage.show("/a", rss(one))
	s.poll()
	s.expect("all", "Crane falls")
	s.configure([]string{"a", "b"}, "  - {name: all}\n  - {name: more}\n")
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Error(err)
	}
	if err := taken.CloseWithError(errors.New("the taker left")); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("nobody took it, and that is no error")
	}
	s.counts(`sluice_articles_stored_total 1`)
}

func TestAScrapeThatNobodyWantsAnyMoreIsNoTroubleOfTheStore(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var b bytes.Buffer
	if err := s.app.WriteMetrics(ended, &b); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v and %d bytes", err, b.Len())
	}
	s.counts(`sluice_db_errors_total{op="read"} 0`, `sluice_db_up 1`)
}

func TestConnectionsAreCountedByWhatTheyAreFor(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	stop := s.run()
	client, err := control.Dial(t.Context(), s.cfg.Server.Control.Reveal(), bound)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Status(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "the connection that was asked on", func() bool {
		text := s.scrape()
		return strings.Contains(text, `sluice_http_connections{listener="control",state="idle"} 1`)
	})
	s.counts(`sluice_http_connections{listener="public",state="busy"} 0`, `sluice_http_connections{listener="admin",state="idle"} 0`)
	if text := s.scrape(); !strings.Contains(text, `sluice_http_connections_max{listener="public"}`) || strings.Contains(text, `sluice_http_connections_max{listener="control"}`) {
		t.Error("the limits are not those of public and admin listeners")
	}
	if _, err := stop(); err != nil {
		t.Error(err)
	}
}
