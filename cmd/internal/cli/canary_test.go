package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// canary is part of every secret of this test, in any case.
var canary = regexp.MustCompile(`(?i)canary`)

// canaryConfig has a secret wherever one may stand; PUBLISHER and PUBLISHER-HOST are a server
// on loopback.
const canaryConfig = `
server: {listen: "LISTEN", admin: "ADMIN", base_url: "http://LISTEN"}
storage: {path: "${CANARY_DIR}/store.db"}
ingest: {allow_private: [127.0.0.1], min_interval: 1s, per_host: {parallel: 8, spacing: 10ms}}
sources:
  - {name: good, url: "http://canaryuser:canarypw@HOST/${CANARY_PATH}?key=canarytok&token=canarytok2", headers: {X-Key: canaryheader}}
  - {name: cut, url: "http://HOST/cut?sig=canarysig", auth: {username: canaryname, password: canarypass}}
  - {name: refused, url: "http://HOST/401?access_token=canaryaccess", auth: {bearer: canarybearer}}
  - {name: led, url: "http://HOST/redirect?code=canarycode"}
  - {name: page, url: "http://HOST/page?secret=canarypage"}
  - {name: unknown, url: "http://canaryuser3@${CANARY_HOST}.invalid/feed?password=canarypw3"}
  - {name: down, url: "http://127.0.0.1:1/${CANARY_PATH}?pw=canarydown"}
  - {name: proxied, url: "http://feeds.example.org/feed", proxy: "http://canaryproxy:canaryproxypw@127.0.0.1:1"}
  - {name: local, url: "file:${CANARY_DIR}/nowhere.xml"}
outputs:
  - {name: all, hubs: ["http://canaryhub:canaryhubpw@127.0.0.1:1/hub?token=canaryhubtok", "http://${CANARY_HOST}.invalid/"]}
  - {name: club, tokens: ["canary-token-of-a-holder"]}
  - {name: trouble, kind: health}
`

// canaryPublisher repeats what it is asked with, and answers badly.
func canaryPublisher(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.String() + " " + fmt.Sprint(r.Header)
	switch r.URL.Path {
	case "/cut":
		_, _ = fmt.Fprintf(w, `<rss version="2.0"><channel><title>c</title><link>https://c.example/</link><description>d</description><item><guid>1</guid><title>One</title></item><item><title>%s`, r.URL.RawQuery)
	case "/401":
		w.Header().Set("WWW-Authenticate", `Basic realm="`+asked+`"`)
		http.Error(w, asked, http.StatusUnauthorized)
	case "/redirect":
		http.Redirect(w, r, "http://canaryled:canaryledpw@127.0.0.1:1/x?token=canaryled", http.StatusFound)
	case "/page":
		_, _ = fmt.Fprintf(w, "<!DOCTYPE html><html><title>%s</title>", asked)
	default:
		_, _ = fmt.Fprint(w, `<rss version="2.0"><channel><title>Good</title><link>https://g.example/</link><description>d</description><item><guid>https://g.example/1</guid><link>https://g.example/1</link><title>One</title></item></channel></rss>`)
	}
}

// TestNoSecretIsSaidByADaemonOrACommand looks for secrets in all that is written and served.
func TestNoSecretIsSaidByADaemonOrACommand(t *testing.T) {
	publisher := httptest.NewServer(http.HandlerFunc(canaryPublisher))
	defer publisher.Close()
	dir := filepath.Join(t.TempDir(), "canarydir")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	listen, admin := freeAddress(t), freeAddress(t)
	text := strings.NewReplacer("HOST/", strings.TrimPrefix(publisher.URL, "http://")+"/", "LISTEN", listen, "ADMIN", admin).Replace(canaryConfig)
	text = strings.Replace(text, `"canary-token-of-a-holder"`, "{file: token}", 1)
	work := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("token", "canary-token-of-a-holder")
	write("c.yaml", text)
	write("broken.yaml", strings.NewReplacer("sources:", "sauces:", "headers: {", "headers: {X-Other: [canarylist], ", "proxy: \"http:", "proxy: \"canaryscheme:").Replace(text))
	command := func(args ...string) *exec.Cmd {
		cmd := child(context.WithoutCancel(t.Context()), t, args...)
		cmd.Dir = work
		cmd.Env = append(cmd.Env, "CANARY_DIR="+dir, "CANARY_PATH=canarypath", "CANARY_HOST=canaryhost")
		return cmd
	}

	said := map[string]string{}
	run := func(args ...string) {
		out, err := command(args...).CombinedOutput()
		if _, ran := err.(*exec.ExitError); err != nil && !ran { //nolint:errorlint // it is not wrapped
			t.Fatal(err)
		}
		said[strings.Join(args, " ")] = string(out)
	}
	var log lockedBuffer
	daemon := command("serve", "-c", "c.yaml", "--log-level", "debug", "--log-format", "text")
	daemon.Stderr = &log
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = daemon.Process.Kill() }() // it ended by then
	if !waitFor(t, listen) || !waitFor(t, admin) {
		t.Fatalf("it does not listen: %s", log.String())
	}
	run("sync", "--all", "-c", "c.yaml")
	run("sync", "--all", "--json", "-c", "c.yaml")
	for _, path := range []string{
		"/", "/feeds.opml", "/feeds/all", "/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json", "/feeds/trouble.atom",
		"/feeds/club.rss?token=canary-token-of-a-holder", "/feeds/club.rss?token=canary-token-of-a-holde", "/websub/canary?hub.topic=canary",
	} {
		body := fetched(t, "http://"+listen+path)
		if !strings.Contains(path, "canary") { // who brings a secret may be given it back
			said[path] = body
		}
	}
	for _, path := range []string{"/status", "/status.json", "/metrics", "/readyz", "/healthz", "/debug/pprof/cmdline", "/status?source=good"} {
		said["admin "+path] = fetched(t, "http://"+admin+path)
	}
	run("status", "-c", "c.yaml")
	run("status", "--json", "-c", "c.yaml")
	run("status", "good", "-c", "c.yaml")
	run("explain", "all", "https://g.example/1", "-c", "c.yaml")
	run("preview", "all", "-c", "c.yaml")
	run("opml", "export", "-c", "c.yaml")
	run("check", "-c", "c.yaml")
	run("check", "-c", "broken.yaml")
	run("enable", "down", "-c", "c.yaml")
	run("verify", "-c", "c.yaml")
	write("c.yaml", strings.Replace(text, "sources:", "sauces:", 1))
	run("reload", "-c", "c.yaml")
	if err := daemon.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := daemon.Wait(); err != nil {
		t.Errorf("the daemon ended with %v", err)
	}
	write("c.yaml", text)
	run("status", "-c", "c.yaml")
	run("sync", "--log-level", "debug", "--all", "-c", "c.yaml")
	said["the log"] = log.String()

	for _, want := range []string{"source=refused outcome=failed", "component=access", "reload refused", "hub not told"} {
		if !strings.Contains(said["the log"], want) {
			t.Errorf("the log does not say %q, so this test shows little:\n%s", want, said["the log"])
		}
	}
	for what, text := range said {
		if at := canary.FindStringIndex(text); at != nil {
			t.Errorf("%s: …%s…", what, text[max(at[0]-200, 0):min(at[1]+100, len(text))])
		}
	}
}

func fetched(t *testing.T, address string) string {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(res.Header) + string(body)
}

// lockedBuffer may be read while a process writes to it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
