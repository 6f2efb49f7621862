package web_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/web"
)

func TestPanicIsLoggedInOneLineAndCutsTheConnection(t *testing.T) {
	var logged bytes.Buffer
	h := web.New(slog.New(slog.NewTextHandler(&logged, nil)), newOutputs(), web.Options{})
	srv := httptest.NewServer(h)
	res, err := srv.Client().Get(srv.URL + "/feeds/broken.rss?token=secret")
	if err == nil {
		_ = res.Body.Close()
		t.Errorf("got %s, want a cut connection", res.Status)
	}
	srv.Close() // waits, so that the log is complete
	line := logged.String()
	if strings.Count(line, "\n") != 1 || !strings.Contains(line, "web_test.go:") || !strings.Contains(line, "/feeds/broken.rss") {
		t.Errorf("logged %q", line)
	}
	if strings.Contains(line, "secret") {
		t.Errorf("the query is in the log: %q", line)
	}
}

func TestHugeHeadersAreRefused(t *testing.T) {
	address := startSite(t, newOutputs())
	if got := ask(t, address, "GET", "/feeds/world.rss?"+strings.Repeat("x", 20<<10)); got.status != 431 {
		t.Errorf("a huge query: got %d, want 431", got.status)
	}
	if got := ask(t, address, "GET", "/feeds/world.rss?"+strings.Repeat("x", 2<<10)); got.status != 200 {
		t.Errorf("a long query: got %d, want 200", got.status)
	}
}

func TestHTTP10GivesTheSameTag(t *testing.T) {
	address := startSite(t, newOutputs())
	conn, err := net.DialTimeout("tcp", address, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET /feeds/world.rss HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), "Etag: \"rss0\"\r\n") || strings.Contains(string(raw), "chunked") {
		t.Errorf("got %.400s", raw)
	}
}

// large is a site with a feed that no buffer between it and its reader holds.
func large(t *testing.T, patience, limit time.Duration) (address string, size int, ended chan struct{}) {
	t.Helper()
	o := newOutputs()
	doc := document(0)
	doc.RSS.Body = bytes.Repeat([]byte("<item>0123456789</item>\n"), 1<<20)
	o.world.Store(doc)
	h := web.New(slog.New(slog.DiscardHandler), o, web.Options{BaseURL: base, Patience: patience})
	ended = make(chan struct{}, 1)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		ended <- struct{}{}
	}))
	srv.Config = web.Server(srv.Config.Handler)
	srv.Config.WriteTimeout = limit
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String(), len(doc.RSS.Body), ended
}

// request asks for the large feed and returns the connection, with nothing read of it.
func request(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	tcp := conn.(*net.TCPConn)
	if err := tcp.SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(tcp, "GET /feeds/world.rss HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return tcp
}

func TestAReaderThatStopsReadingIsCutOff(t *testing.T) {
	address, size, ended := large(t, 100*time.Millisecond, time.Hour)
	conn := request(t, address)
	select {
	case <-ended:
	case <-time.After(2 * time.Minute):
		t.Fatal("the answer waits for a reader that does not read")
	}
	if n, _ := io.Copy(io.Discard, conn); n >= int64(size) {
		t.Errorf("got %d bytes of a feed of %d: the test did not test", n, size)
	}
}

func TestAReaderThatStopsReadingByHTTP2IsCutOff(t *testing.T) {
	address, size, ended := large(t, 100*time.Millisecond, time.Hour)
	var two http.Protocols
	two.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &two, DisableCompression: true}}
	defer client.CloseIdleConnections()
	res, err := client.Get("http://" + address + "/feeds/world.rss")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // what it says is not the test's business
	select {
	case <-ended:
	case <-time.After(2 * time.Minute):
		t.Fatal("the answer waits for a reader that does not read")
	}
	if n, err := io.Copy(io.Discard, res.Body); n >= int64(size) || err == nil {
		t.Errorf("got %d bytes of a feed of %d, and error %v", n, size, err)
	}
}

func TestAReaderThatIsSlowGetsALargeFeedWhole(t *testing.T) {
	const limit = 200 * time.Millisecond
	address, size, _ := large(t, 10*time.Second, limit)
	conn := request(t, address)
	time.Sleep(3 * limit)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil || n != int64(size) {
		t.Errorf("got %d bytes of %d, %v", n, size, err)
	}
}

func TestARequestWithoutAHostIsRefused(t *testing.T) {
	address := startSite(t, newOutputs())
	conn, err := net.DialTimeout("tcp", address, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if raw, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(raw), "HTTP/1.1 400 ") {
		t.Errorf("got %.100q, %v", raw, err)
	}
}

// TestEveryWayToAskGetsTheSameTags asks by every version of HTTP, with and without TLS.
func TestEveryWayToAskGetsTheSameTags(t *testing.T) {
	h := web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{BaseURL: base})
	secure := httptest.NewUnstartedServer(h)
	secure.Config = web.Server(h)
	secure.EnableHTTP2 = true
	secure.StartTLS()
	t.Cleanup(secure.Close)
	open := "http://" + start(t, h)
	var one, two, clear2 http.Protocols
	one.SetHTTP1(true)
	two.SetHTTP2(true)
	clear2.SetUnencryptedHTTP2(true)
	for name, tt := range map[string]struct {
		address   string
		protocols *http.Protocols
		major     int
	}{
		"HTTP/1.1": {open, &one, 1}, "HTTP/2 without TLS": {open, &clear2, 2}, "HTTP/1.1 over TLS": {secure.URL, &one, 1}, "HTTP/2": {secure.URL, &two, 2},
	} {
		t.Run(name, func(t *testing.T) {
			transport := secure.Client().Transport.(*http.Transport).Clone()
			transport.Protocols, transport.DisableCompression = tt.protocols, true
			transport.TLSClientConfig.NextProtos = nil // the transport's own, by its protocols
			client := &http.Client{Transport: transport}
			defer client.CloseIdleConnections()
			for _, format := range []string{"rss", "atom", "json"} {
				res, err := client.Get(tt.address + "/feeds/world." + format)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(res.Body)
				if err = errors.Join(err, res.Body.Close()); err != nil {
					t.Fatal(err)
				}
				want := `"` + format + `0"`
				if res.ProtoMajor != tt.major || res.Header.Get("ETag") != want || res.ContentLength != int64(len(body)) || !strings.HasPrefix(string(body), format) {
					t.Errorf("%s: %s, ETag %s, %d of %d bytes", format, res.Proto, res.Header.Get("ETag"), len(body), res.ContentLength)
				}
			}
		})
	}
}

// TestEveryAnswerSaysWhenItWasMadeAndNotByWhat covers the answers that are no feeds, too.
func TestEveryAnswerSaysWhenItWasMadeAndNotByWhat(t *testing.T) {
	address := startSite(t, newOutputs())
	for _, target := range []string{"/", "/feeds/world.rss", "/feeds/world", "/feeds.opml", "/robots.txt", "/feeds/none.rss", "/feeds/old-world.rss", "/feeds/gone.rss", "/feeds/fresh.rss"} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST"} {
			got := ask(t, address, method, target, "If-None-Match: *")
			made, err := http.ParseTime(got.header.Get("Date"))
			if off := time.Since(made); err != nil || off < -time.Second || off > 10*time.Second {
				t.Errorf("%s %s: Date %q", method, target, got.header.Get("Date"))
			}
			if by, ok := got.header["Server"]; ok {
				t.Errorf("%s %s: Server %q", method, target, by)
			}
		}
	}
}

// TestNobodyCanHoldAConnectionForEver reads the limits: to wait for them takes minutes.
func TestNobodyCanHoldAConnectionForEver(t *testing.T) {
	s := web.Server(http.NotFoundHandler())
	for name, limit := range map[string]time.Duration{
		"to send headers": s.ReadHeaderTimeout, "to send a request": s.ReadTimeout, "to take an answer": s.WriteTimeout, "between requests": s.IdleTimeout,
	} {
		if limit <= 0 || limit > time.Minute {
			t.Errorf("%s there are %s", name, limit)
		}
	}
	if s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 64<<10 {
		t.Errorf("headers of %d bytes are read", s.MaxHeaderBytes)
	}
}
