package web_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"sluice/cmd/internal/web"
)

// TestWhoSaysNothingMakesRoomForWhoAsks takes all places of a listener and says nothing on
// them, or not to its end, and then has somebody ask. A connection on which an answer is
// being given keeps its place.
func TestWhoSaysNothingMakesRoomForWhoAsks(t *testing.T) {
	const places = 4
	for name, tt := range map[string]struct {
		secure bool
		begin  string // what each of the silent sends
	}{
		"a connection without a word":     {false, ""},
		"a header that does not end":      {false, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "},
		"a request that was answered":     {false, "GET /feeds/none.rss HTTP/1.1\r\nHost: x\r\n\r\n"},
		"HTTP/2 without a request":        {false, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"},
		"a handshake that does not begin": {true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{BaseURL: base})
			entered, leave := make(chan struct{}), make(chan struct{})
			srv := httptest.NewUnstartedServer(nil)
			srv.Config = web.Server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/slow" {
					close(entered)
					<-leave
				}
				h.ServeHTTP(w, r)
			}))
			srv.Config.IdleTimeout, srv.Config.ReadHeaderTimeout, srv.Config.ReadTimeout = time.Hour, time.Hour, time.Hour
			srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			var turned tally
			srv.Listener = turned.listener(srv.Listener, places)
			if tt.secure {
				srv.StartTLS()
			} else {
				srv.Start()
			}
			t.Cleanup(srv.Close)
			free := sync.OnceFunc(func() { close(leave) })
			t.Cleanup(free)
			dial := func() net.Conn {
				conn, err := net.Dial("tcp", srv.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = conn.Close() })
				return conn
			}
			speak := func() net.Conn {
				conn := dial()
				if tt.secure {
					trust := srv.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
					trust.ServerName = "example.com"
					return tls.Client(conn, trust)
				}
				return conn
			}
			slow := speak()
			ask := func(conn net.Conn, path string) {
				if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
					t.Fatal(err)
				}
			}
			ask(slow, "/slow")
			<-entered
			for range places { // few, lest the slow answer be one that gets nowhere by then
				if _, err := io.WriteString(dial(), tt.begin); err != nil {
					t.Fatal(err)
				}
			}
			answered := func(conn net.Conn, want int) {
				t.Helper()
				if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
					t.Fatal(err)
				}
				res, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				if _ = res.Body.Close(); res.StatusCode != want {
					t.Errorf("answered %s", res.Status)
				}
			}
			reader := speak()
			ask(reader, "/robots.txt")
			answered(reader, http.StatusOK)
			free()
			answered(slow, http.StatusNotFound)
			turned.want(t, web.TurnedIdle)
		})
	}
}

// TestWhoTakesNoAnswerMakesRoomForWhoAsks takes all places of a listener with readers that
// take nothing of a large feed. One that takes it has its place until it has all.
func TestWhoTakesNoAnswerMakesRoomForWhoAsks(t *testing.T) {
	const places = 4
	o := newOutputs()
	doc := document(0)
	doc.RSS.Body = bytes.Repeat([]byte("<item>0123456789</item>\n"), 1<<20)
	o.world.Store(doc)
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = web.Server(web.New(slog.New(slog.DiscardHandler), o, web.Options{BaseURL: base, Patience: time.Hour}))
	var turned tally
	srv.Listener = turned.listener(srv.Listener, places)
	srv.Start()
	t.Cleanup(srv.Close)
	address := srv.Listener.Addr().String()
	for range places {
		request(t, address)
	}
	conn := request(t, address) // waits for a place
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, res.Body)
	if _ = res.Body.Close(); err != nil || n != int64(len(doc.RSS.Body)) {
		t.Errorf("got %d bytes of %d, %v", n, len(doc.RSS.Body), err)
	}
	turned.want(t, web.TurnedStalled)
}
