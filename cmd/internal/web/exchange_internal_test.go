package web

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// serveOver answers all requests over one connection of a Listener, and returns it.
func serveOver(t *testing.T, h http.Handler) (address string, accepted <-chan *conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan *conn, 16)
	srv := Server(h)
	srv.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns <- c.(*conn)
		}
	}
	go func() {
		if err := srv.Serve(Listener(ln, 16)); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String(), conns
}

// TestAConnectionKeepsNothingOfItsAnswers looks at one that waits for the next request:
// there may be thousands of them.
func TestAConnectionKeepsNothingOfItsAnswers(t *testing.T) {
	var seen []*exchange
	address, accepted := serveOver(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := exchangeOf(w)
		if seen = append(seen, x); x.peer(r).String() != "127.0.0.1" || !x.joins || x.bytes != 0 || x.took != 0 {
			t.Errorf("%+v", x)
		}
		one := values{x.texts[:0]}
		w.Header()["X-Path"] = one.of(r.URL.Path)
		_, _ = io.WriteString(w, r.URL.Path)
	}))
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, path := range []string{"/a-first-one", "/b"} {
		res, err := client.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil || string(body) != path || res.Header.Get("X-Path") != path {
			t.Errorf("%s: %q, %q, %v", path, body, res.Header, err)
		}
	}
	c := <-accepted
	for began := time.Now(); c.answers.Load() != 0; time.Sleep(time.Millisecond) {
		if time.Since(began) > 2*time.Minute {
			t.Fatal("the answer does not end")
		}
	}
	if len(seen) != 2 || seen[0] != seen[1] || seen[0] != &c.exchange {
		t.Errorf("answers by %p", seen)
	}
	if x := &c.exchange; x.ResponseWriter != nil || x.texts != [4]string{} {
		t.Errorf("%+v is kept", x)
	}
}

// TestAnswersThatShareAConnectionShareNothingElse gives two at a time by HTTP/2.
func TestAnswersThatShareAConnectionShareNothingElse(t *testing.T) {
	both := make(chan struct{}, 2)
	address, _ := serveOver(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := exchangeOf(w)
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, r.URL.Path)
		both <- struct{}{}
		for len(both) < 2 {
			select {
			case <-r.Context().Done():
				return
			case <-time.After(time.Millisecond):
			}
		}
		if x.joins || x.last() != nil || x.bytes != len(r.URL.Path) {
			t.Errorf("%s: %+v", r.URL.Path, x)
		}
	}))
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &protocols}}
	defer client.CloseIdleConnections()
	told := make(chan error, 2)
	for _, path := range []string{"/one", "/" + strings.Repeat("another", 9)} {
		go func() {
			res, err := client.Get("http://" + address + path)
			if err == nil {
				var body []byte
				if body, err = io.ReadAll(res.Body); err == nil && string(body) != path {
					err = errors.New(string(body))
				}
				err = errors.Join(err, res.Body.Close())
			}
			told <- err
		}()
	}
	for range 2 {
		if err := <-told; err != nil {
			t.Error(err)
		}
	}
}
