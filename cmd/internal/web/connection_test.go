package web_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/cmd/internal/web"
)

// TestNoAnswerMixesTwoBuilds swaps documents under a thousand parallel readers:
// tag, date, length and body of each answer must be of one build.
func TestNoAnswerMixesTwoBuilds(t *testing.T) {
	const requests, rebuilds = 1000, 100
	o := newOutputs()
	address := startSite(t, o)
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, MaxConnsPerHost: 200}}
	defer client.CloseIdleConnections()
	builds := make(chan string, requests)
	var readers sync.WaitGroup
	for reader := range requests {
		readers.Go(func() {
			builds <- oneBuild(t, client, "http://"+address+"/feeds/world.rss", reader%2 == 0)
		})
	}
	for n := 1; n <= rebuilds || len(builds) < requests; n++ {
		o.world.Store(document(n))
		time.Sleep(200 * time.Microsecond) // leaves the processor to the readers
		if t.Failed() {
			break
		}
	}
	readers.Wait()
	close(builds)
	different := map[string]bool{}
	for b := range builds {
		different[b] = true
	}
	if len(different) < 20 {
		t.Errorf("only %d builds were seen: the test did not test", len(different))
	}
}

func oneBuild(t *testing.T, client *http.Client, url string, zipped bool) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Error(err)
		return ""
	}
	suffix := `"`
	if zipped {
		req.Header.Set("Accept-Encoding", "gzip")
		suffix = `-gzip"`
	}
	res, err := client.Do(req)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer func() { _ = res.Body.Close() }() // read to its end
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
		return ""
	}
	var in io.Reader = bytes.NewReader(body)
	if zipped {
		if in, err = gzip.NewReader(in); err != nil {
			t.Error(err)
			return ""
		}
	}
	var n int
	if _, err := fmt.Fscanf(in, "rss of build %d\n", &n); err != nil {
		t.Errorf("%v in %.40q", err, body)
		return ""
	}
	date := modified.Add(time.Duration(n) * time.Second).Format(http.TimeFormat)
	if res.Header.Get("ETag") != fmt.Sprintf(`"rss%d%s`, n, suffix) || res.Header.Get("Last-Modified") != date || res.ContentLength != int64(len(body)) {
		t.Errorf("build %d came with %s, %s", n, res.Header.Get("ETag"), res.Header.Get("Last-Modified"))
	}
	return res.Header.Get("ETag")
}

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

func TestHTTP2WithoutTLSGivesTheSameTag(t *testing.T) {
	address := startSite(t, newOutputs())
	var h2 http.Protocols
	h2.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &h2, DisableCompression: true}}
	defer client.CloseIdleConnections()
	res, err := client.Get("http://" + address + "/feeds/world.rss")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.ProtoMajor != 2 || res.Header.Get("ETag") != `"rss0"` {
		t.Errorf("got %s and ETag %s", res.Proto, res.Header.Get("ETag"))
	}
}

func TestHTTP10GivesTheSameTag(t *testing.T) {
	address := startSite(t, newOutputs())
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
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
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
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
	case <-time.After(10 * time.Second):
		t.Fatal("the answer waits for a reader that does not read")
	}
	if n, _ := io.Copy(io.Discard, conn); n >= int64(size) {
		t.Errorf("got %d bytes of a feed of %d: the test did not test", n, size)
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
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
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
