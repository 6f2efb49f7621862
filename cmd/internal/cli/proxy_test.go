package cli_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	proxyLimit = 20
	proxyToken = "5ecre77oken5ecre77oken5ecre77oke"
)

// TestProxiesPassOnWhatReadersRelyOn asks a daemon through nginx and Caddy as
// packaging configures them, but for names, ports and files.
func TestProxiesPassOnWhatReadersRelyOn(t *testing.T) {
	for name, p := range map[string]proxy{
		"nginx": {needs: []string{"nginx", "/usr/sbin/nginx"}, start: startNginx},
		"caddy": {needs: []string{"caddy"}, start: startCaddy},
	} {
		t.Run(name, func(t *testing.T) {
			program := ""
			for _, candidate := range p.needs {
				if path, err := exec.LookPath(candidate); err == nil {
					program = path
				}
			}
			if program == "" {
				t.Skipf("%s is not installed", name)
			}
			behindProxy(t, program, p.start)
		})
	}
}

// proxy is a program that an example is for. start returns where it answers; it is ended with the
// test, and what it logged until then is what logs returns.
type proxy struct {
	needs []string
	start func(t *testing.T, program, port, socket string) (base string, logs func() string)
}

func behindProxy(t *testing.T, program string, start func(t *testing.T, program, port, socket string) (string, func() string)) {
	t.Helper()
	dir := t.TempDir()
	feed, socket, direct := filepath.Join(dir, "feed.xml"), filepath.Join(dir, "sock"), "http://"+freeAddress(t)
	cfg := filepath.Join(dir, "config.yaml")
	write(t, feed, proxyFeed(1))
	write(t, cfg, fmt.Sprintf(`
server: {listen: [%q, "unix:%s"], admin: "", base_url: https://feeds.example.org, trusted_proxies: [127.0.0.1], reader_limit: %d}
storage: {path: %q}
sources: [{name: local, url: "file:%s"}]
outputs: [{name: all}, {name: private, tokens: [%q]}]
`, strings.TrimPrefix(direct, "http://"), socket, proxyLimit, filepath.Join(dir, "store.db"), feed, fmt.Sprintf("%x", sha256.Sum256([]byte(proxyToken)))))
	stop := serveAt(t, cfg, direct)
	stopped := false
	defer func() {
		if !stopped {
			stop()
		}
	}()
	base, logs := start(t, program, strings.TrimPrefix(direct, "http://"), socket)
	poll := func() {
		if out, err := child(t.Context(), t, "sync", "--all", "-c", cfg).CombinedOutput(); err != nil {
			t.Fatalf("sync: %v\n%s", err, out)
		}
	}
	poll()

	plain, reader := newAsker(t, direct, "127.0.0.5"), newAsker(t, base, "127.0.0.2")
	tag := plain.ask(t, "GET", "/feeds/all.atom", "").tag
	alike := func(what, method, path string, header ...string) asked {
		t.Helper()
		got, want := reader.ask(t, method, path, header...), plain.ask(t, method, path, header...)
		if got != want {
			t.Errorf("%s: through the proxy %+v, without it %+v", what, got, want)
		}
		return got
	}
	for _, coding := range []string{"identity", "gzip", "br", "zstd"} {
		// Brotli and zstd are made once somebody wants them, and that one does not wait.
		for i := range 500 {
			anybody := newAsker(t, direct, fmt.Sprintf("127.1.%d.%d", i/200, i%200+1)) // who was not there before has no limit
			if coding == "identity" || anybody.ask(t, "GET", "/feeds/all.atom", "Accept-Encoding", coding).coding == coding {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if got := alike(coding, "GET", "/feeds/all.atom", "Accept-Encoding", coding); got.status != 200 || got.tag == "" {
			t.Errorf("%s: %+v", coding, got)
		}
	}
	if got := alike("HEAD", "HEAD", "/feeds/all.rss"); got.status != 200 {
		t.Errorf("HEAD: %+v", got)
	}
	if got := alike("304", "GET", "/feeds/all.atom", "If-None-Match", tag); got.status != 304 || got.tag != tag {
		t.Errorf("a reader that has it: %+v, want 304 with %s", got, tag)
	}
	write(t, feed, proxyFeed(2))
	poll()
	if got := alike("226", "GET", "/feeds/all.atom", "If-None-Match", tag, "A-IM", "feed"); got.status != 226 || got.im != "feed" {
		t.Errorf("a reader that wants what is new: %+v", got)
	}
	if got := alike("with a token", "GET", "/feeds/private?token="+proxyToken, "Accept", "application/atom+xml"); got.status != 302 {
		t.Errorf("with a token: %+v", got)
	}
	alike("without one", "GET", "/feeds/private.atom")

	limited(t, base)
	stop()
	stopped = true
	if got := reader.ask(t, "GET", "/feeds/private.atom?token="+proxyToken); got.status != http.StatusBadGateway {
		t.Errorf("without the daemon: %+v", got)
	}
	reader.ask(t, "GET", "/feeds/last") // once it is logged what was before it is
	log := logs()
	for end := time.Now().Add(patience); !strings.Contains(log, "/feeds/last") && time.Now().Before(end); log = logs() {
		time.Sleep(10 * time.Millisecond)
	}
	if !strings.Contains(log, "/feeds/last") || strings.Contains(log, proxyToken) {
		t.Errorf("the log is whole: %v, and names a token: %v\n%s", strings.Contains(log, "/feeds/last"), strings.Contains(log, proxyToken), log)
	}
}

// limited has one reader come to his limit, whatever he says of himself, and another not.
func limited(t *testing.T, base string) {
	t.Helper()
	greedy, other := newAsker(t, base, "127.0.0.3"), newAsker(t, base, "127.0.0.4")
	status := 0
	for range proxyLimit + 5 {
		if status = greedy.ask(t, "GET", "/feeds/all.json").status; status == http.StatusTooManyRequests {
			break
		}
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("beyond the limit: %d", status)
	}
	for _, header := range [][]string{{"X-Forwarded-For", "192.0.2.1"}, {"Forwarded", "for=192.0.2.1"}} {
		if got := greedy.ask(t, "GET", "/feeds/all.json", header...); got.status != http.StatusTooManyRequests {
			t.Errorf("as who says %v: %+v", header, got)
		}
	}
	if got := other.ask(t, "GET", "/feeds/all.json"); got.status != 200 {
		t.Errorf("another reader: %+v", got)
	}
}

func startNginx(t *testing.T, program, port, socket string) (string, func() string) {
	t.Helper()
	dir, plain, secure := t.TempDir(), freeAddress(t), freeAddress(t)
	certificate(t, dir)
	site := example(t, "nginx/sluice.conf", dir,
		"\tserver 127.0.0.1:8080;", "\tserver unix:"+socket+";",
		"listen 80;", "listen "+plain+";", "\tlisten [::]:80;\n", "",
		"listen 443 ssl", "listen "+secure+" ssl", "\tlisten [::]:443 ssl http2;\n", "",
		"/etc/ssl/feeds.example.org", dir, "/var/log/nginx", dir)
	temporary := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary += kind + "_temp_path " + dir + "/" + kind + ";"
	}
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // else another one, whom the folder keeps out
	}
	conf := filepath.Join(dir, "nginx.conf")
	write(t, conf, fmt.Sprintf("daemon off; %s pid %s/pid; error_log %s/first.log; events {}\nhttp { %s include %s; }\n", user, dir, dir, temporary, site))
	if out, err := exec.CommandContext(t.Context(), program, "-t", "-e", dir+"/first.log", "-c", conf).CombinedOutput(); err != nil {
		t.Fatalf("nginx -t: %v\n%s", err, out)
	}
	run(t, secure, program, "-e", dir+"/first.log", "-c", conf)
	return "https://" + secure, func() string { return logged(t, dir, "sluice.access.log", "sluice.error.log", "first.log") }
}

func startCaddy(t *testing.T, program, port, _ string) (string, func() string) {
	t.Helper()
	dir, address := t.TempDir(), freeAddress(t)
	file := example(t, "caddy/Caddyfile", dir, "reverse_proxy 127.0.0.1:8080", "reverse_proxy "+port,
		"feeds.example.org {", "http://"+address+" {", "\n{\n", "\n{\n\tadmin off\n")
	t.Setenv("XDG_DATA_HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	if out, err := exec.CommandContext(t.Context(), program, "validate", "--adapter", "caddyfile", "--config", file).CombinedOutput(); err != nil {
		t.Fatalf("caddy validate: %v\n%s", err, out)
	}
	log := run(t, address, program, "run", "--adapter", "caddyfile", "--config", file)
	return "http://" + address, func() string { return log.String() }
}

// example writes a file of packaging to a folder, with what is this machine's replaced: each
// text that is given must be there.
func example(t *testing.T, name, dir string, replace ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../../packaging", name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			t.Fatalf("%s does not say %q", name, replace[i])
		}
		text = strings.ReplaceAll(text, replace[i], replace[i+1])
	}
	path := filepath.Join(dir, filepath.Base(name))
	write(t, path, text)
	return path
}

// run starts a program that is ended with the test, and returns what it says once it listens.
func run(t *testing.T, address, program string, args ...string) *journal {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	log := &journal{}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that it ends those that it started
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // its status is of no matter by then
	if !waitFor(t, address) {
		t.Fatalf("%s does not listen:\n%s", program, log)
	}
	return log
}

// asker asks a server from an address of this machine.
type asker struct {
	base string
	http *http.Client
}

func newAsker(t *testing.T, base, from string) asker {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: time.Minute}
	transport := &http.Transport{
		DialContext: dialer.DialContext, DisableCompression: true, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return asker{base, &http.Client{
		Transport: transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// asked is what a reader gets to see of an answer.
type asked struct {
	status                                       int
	tag, modified, coding, kind, cache, vary, im string
	location, body                               string
}

func (a asker) ask(t *testing.T, method, path string, header ...string) asked {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, a.base+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := a.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	h := res.Header
	return asked{
		res.StatusCode, h.Get("Etag"), h.Get("Last-Modified"), h.Get("Content-Encoding"), h.Get("Content-Type"), h.Get("Cache-Control"),
		h.Get("Vary"), h.Get("Im"), h.Get("Location"), string(body),
	}
}

func proxyFeed(items int) string {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>Local</title><link>https://l.example/</link><description>d</description>`)
	for i := range items {
		fmt.Fprintf(&b, `<item><guid isPermaLink="false">%d</guid><title>Item %d</title><link>https://l.example/%d</link><description>%s</description></item>`,
			i, i, i, strings.Repeat(fmt.Sprintf("Text of item %d. ", i), 40))
	}
	b.WriteString(`</channel></rss>`)
	return b.String()
}

// certificate writes a certificate of one day, and its key.
func certificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	of := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"feeds.example.org"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(23 * time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "fullchain.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	write(t, filepath.Join(dir, "privkey.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// logged is what files of a folder hold; one that is not there holds nothing.
func logged(t *testing.T, dir string, names ...string) string {
	t.Helper()
	var all bytes.Buffer
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		all.Write(data)
	}
	return all.String()
}
