package cli_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// hold opens a listener as a service manager does, and has the supervisor hand it over.
func (s *supervisor) hold(network, address string) net.Addr {
	s.Helper()
	ln, err := net.Listen(network, address)
	if err != nil {
		s.Fatal(err)
	}
	var f *os.File
	switch ln := ln.(type) {
	case *net.TCPListener:
		f, err = ln.File()
	case *net.UnixListener:
		ln.SetUnlinkOnClose(false)
		f, err = ln.File()
	}
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = f.Close() })
	if err := ln.Close(); err != nil { // the file is what is held
		s.Fatal(err)
	}
	s.files = append(s.files, f)
	return ln.Addr()
}

func TestTheCertificateIsForInheritedListenersToo(t *testing.T) {
	s := newSupervisor(t, "")
	certificate(t, s.dir)
	s.configure(strings.Replace(alone, "admin: ''", "admin: '', tls: {cert: fullchain.pem, key: privkey.pem}", 1))
	public, admin := s.hold("tcp", "127.0.0.1:0"), s.hold("tcp", "127.0.0.1:0")
	s.env = []string{"LISTEN_FDNAMES=public:admin"}
	p := s.start()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	for _, address := range []string{"https://" + public.String() + "/feeds/all.rss", "http://" + admin.String() + "/readyz"} {
		res, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d, %v", address, res.StatusCode, err)
		}
	}
	p.signal(syscall.SIGTERM)
	if status := p.wait(); status != 0 {
		t.Errorf("it ended with %d:\n%s", status, p.log)
	}
}

// fetch asks once, on a connection of its own, and returns the status and the body.
func fetch(ctx context.Context, network, address, path string) (int, string, error) {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+path, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), err
}

func TestListenersOfTheServiceManagerWinAndStay(t *testing.T) {
	configured := freeAddress(t)
	s := newSupervisor(t, strings.Replace(alone, "127.0.0.1:0", configured, 1))
	file := filepath.Join(s.dir, "held.sock")
	public, admin, unix := s.hold("tcp", "127.0.0.1:0"), s.hold("tcp", "127.0.0.1:0"), s.hold("unix", file)
	s.env = []string{"LISTEN_FDNAMES=public:admin:other.socket"}
	for range 2 { // what one left, the next takes up
		p := s.start()
		for _, ask := range []struct {
			of   net.Addr
			path string
			want int
		}{
			{public, "/feeds/all.rss", 200},
			{public, "/healthz", 404},
			{admin, "/healthz", 200},
			{admin, "/feeds/all.rss", 404},
			{unix, "/feeds/all.rss", 200}, // of no name that is known
		} {
			status, _, err := fetch(t.Context(), ask.of.Network(), ask.of.String(), ask.path)
			if err != nil || status != ask.want {
				t.Errorf("%s%s: %d, %v; want %d", ask.of, ask.path, status, err, ask.want)
			}
		}
		if conn, err := net.Dial("tcp", configured); err == nil {
			_ = conn.Close()
			t.Error("it listens where it is configured to, too")
		}
		if status, out := p.ask("reload"); status != 0 || !strings.Contains(out, "nothing changed") {
			t.Errorf("reload: %d, %s", status, out)
		}
		if status, _, err := fetch(t.Context(), "tcp", public.String(), "/"); status != 200 || err != nil {
			t.Errorf("after a reload: %d, %v", status, err)
		}
		before, err := os.ReadFile(filepath.Join(s.dir, "config.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		s.configure(strings.Replace(string(before), configured, "127.0.0.1:1", 1))
		if status, out := p.ask("reload"); status != 0 || !strings.Contains(out, "server.listen: has no effect while the service manager holds "+public.String()) {
			t.Errorf("an address that is not used: %d, %s", status, out)
		}
		s.configure(string(before))
		p.signal(syscall.SIGTERM)
		if status := p.wait(); status != 0 {
			t.Fatalf("it ended with %d:\n%s", status, p.log)
		}
		if _, err := os.Stat(file); err != nil {
			t.Fatalf("the socket that was inherited is gone: %v", err)
		}
	}
}

func TestAnAdminSocketThatOthersReachIsRefused(t *testing.T) {
	s := newSupervisor(t, alone)
	s.hold("tcp", ":0")
	s.env = []string{"LISTEN_FDNAMES=admin"}
	p := s.begin()
	if status := p.wait(); status == 0 || !strings.Contains(p.log.String(), "server.admin_remote: true") {
		t.Errorf("it ended with %d:\n%s", status, p.log)
	}
}

func TestWhatCannotListenIsNoSocketOfOurs(t *testing.T) {
	s := newSupervisor(t, alone)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = r.Close(), w.Close() }()
	s.files = []*os.File{r}
	p := s.begin()
	if status := p.wait(); status == 0 || !strings.Contains(p.log.String(), "inherited socket") {
		t.Errorf("it ended with %d:\n%s", status, p.log)
	}
}

// knock asks on and on until the context ends, by connections of its own, and counts the
// answers. What it returns says what went wrong.
func knock(ctx context.Context, address string, answers *atomic.Int64) error {
	for ctx.Err() == nil {
		status, body, err := fetch(context.WithoutCancel(ctx), "tcp", address, "/feeds/all.json")
		if err != nil || status != 200 || !strings.HasSuffix(strings.TrimSpace(body), "}") {
			return fmt.Errorf("on a new connection: %d, %w", status, err)
		}
		answers.Add(1)
	}
	return nil
}

// linger is knock on one connection, for as long as the daemon keeps it. One that waits
// for a request may be closed at any moment, and a client that meets that asks again on
// another (RFC 9112, section 9.3.1); a request on a new one, or an answer that has begun,
// is lost by it.
func linger(ctx context.Context, address string, answers *atomic.Int64) error {
	for ctx.Err() == nil {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		replies := bufio.NewReader(conn)
		for n, kept := 0, true; kept; n++ {
			_, err := io.WriteString(conn, "GET /feeds/all.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
			if err == nil {
				_, err = replies.Peek(1)
			}
			if err != nil && n > 0 {
				break
			}
			if err != nil {
				return fmt.Errorf("the first request on a connection: %w", err)
			}
			res, err := http.ReadResponse(replies, nil)
			if err != nil {
				return fmt.Errorf("answer %d on a connection: %w", n, err)
			}
			_, err = io.Copy(io.Discard, res.Body)
			if err != nil || res.Body.Close() != nil || res.StatusCode != 200 {
				return fmt.Errorf("answer %d on a connection: %d, %w", n, res.StatusCode, err)
			}
			answers.Add(1)
			kept = !res.Close && ctx.Err() == nil
		}
		if err := conn.Close(); err != nil {
			return err
		}
	}
	return nil
}

func TestNoRequestIsLostWhileTheDaemonIsStartedAnewAgainAndAgain(t *testing.T) {
	s := newSupervisor(t, alone)
	address := s.hold("tcp", "127.0.0.1:0").String()
	s.env = []string{"LISTEN_FDNAMES=public"}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var answers atomic.Int64
	var clients sync.WaitGroup
	failures := make(chan error, 6)
	for i := range cap(failures) {
		clients.Go(func() {
			ask := knock
			if i%2 == 1 {
				ask = linger
			}
			failures <- ask(ctx, address, &answers)
		})
	}
	const rounds = 60
	for range rounds {
		before := answers.Load()
		p := s.start()
		for end := time.Now().Add(patience); answers.Load() < before+3; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("nobody is answered:\n%s", p.log)
			}
		}
		p.signal(syscall.SIGTERM)
		if status := p.wait(); status != 0 {
			t.Fatalf("it ended with %d:\n%s", status, p.log)
		}
	}
	cancel()
	p := s.start() // who waits is answered
	clients.Wait()
	p.signal(syscall.SIGTERM)
	p.wait()
	close(failures)
	for err := range failures {
		if err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d answers over %d restarts", answers.Load(), rounds)
}

// hanging is a publisher that takes a request and answers nothing.
func hanging(t *testing.T) (address string, asked <-chan struct{}) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	came := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return // the test is over
			}
			t.Cleanup(func() { _ = conn.Close() })
			came <- struct{}{}
		}
	}()
	return ln.Addr().String(), came
}

// knocking connects and asks, and reads nothing.
func knocking(t *testing.T, network, address, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if tcp, ok := conn.(*net.TCPConn); ok {
		if err := tcp.SetReadBuffer(4096); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

// clogged starts a daemon on which everything hangs that can: a publisher, readers that do
// not read or do not finish asking, an operator's profile, a command that listens to nothing.
func clogged(t *testing.T) *supervised {
	t.Helper()
	publisher, asked := hanging(t)
	admin := freeAddress(t)
	s := newSupervisor(t, "")
	var big strings.Builder
	big.WriteString(`<rss version="2.0"><channel><title>T</title><link>https://t.example/</link><description>d</description>`)
	for i := range 300 {
		fmt.Fprintf(&big, "<item><guid>g%d</guid><title>Number %d</title><description>%s</description></item>", i, i, strings.Repeat(fmt.Sprintf("word%d and ", i), 1500))
	}
	big.WriteString("</channel></rss>")
	if err := os.WriteFile(filepath.Join(s.dir, "big.xml"), []byte(big.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s.configure(fmt.Sprintf(`server: {listen: '127.0.0.1:0', admin: %q}
storage: {path: s.db}
ingest: {allow_private: [127.0.0.1]}
sources: [{name: big, url: "file:big.xml"}, {name: stuck, url: "http://%s/feed"}]
outputs: [{name: all, limit: 300, from: [big]}]
`, admin, publisher))
	public := s.hold("tcp", "127.0.0.1:0").String()
	p := s.start()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if _, body, err := fetch(t.Context(), "tcp", public, "/feeds/all.json"); err == nil && len(body) > 5<<20 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the large feed does not come:\n%s", p.log)
		}
	}
	<-asked
	for range 3 {
		knocking(t, "tcp", public, "GET /feeds/all.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
	}
	knocking(t, "tcp", public, "GET /feeds/all.json HTTP/1.1\r\nHost: local")
	knocking(t, "tcp", admin, "GET /debug/pprof/profile?seconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
	conn := knocking(t, "unix", filepath.Join(s.dir, "s.db.sock"), "POST /call/sync HTTP/1.1\r\nHost: daemon\r\nContent-Length: 12\r\n\r\n{\"all\":true}")
	if _, err := conn.Read(make([]byte, 1)); err != nil { // it works on that by now
		t.Fatal(err)
	}
	return p
}

func TestAStopTakesTenSecondsAtMostWhateverHangs(t *testing.T) {
	p := clogged(t)
	began := time.Now()
	p.signal(syscall.SIGTERM)
	p.hear("STOPPING=1")
	status := p.wait()
	if took := time.Since(began); status != 0 || took > 10*time.Second {
		t.Errorf("it ended with %d after %v:\n%s", status, took, p.log)
	}
}

func TestASecondSignalEndsAtOnceWhateverHangs(t *testing.T) {
	p := clogged(t)
	p.signal(syscall.SIGTERM)
	p.hear("STOPPING=1")
	began := time.Now()
	p.signal(syscall.SIGTERM)
	status := p.wait()
	if took := time.Since(began); status != 1 || took > 7*time.Second { // what hangs is given up after eight
		t.Errorf("it ended with %d after %v:\n%s", status, took, p.log)
	}
}
