package app

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sluice/cmd/internal/web"
)

// Whoever forgets a connection waits for it for ever, and keeps it.
func TestConnectionsThatEndedAreForgottenByEachProtocol(t *testing.T) {
	borrowed := httptest.NewTLSServer(http.NotFoundHandler())
	defer borrowed.Close()
	cert := borrowed.TLS.Certificates[0]
	for name, tc := range map[string]struct {
		secure bool
		speak  func(*http.Protocols)
		proto  string
	}{
		"HTTP/1.1":             {speak: func(p *http.Protocols) { p.SetHTTP1(true) }, proto: "HTTP/1.1"},
		"HTTP/1.1 by TLS":      {secure: true, speak: func(p *http.Protocols) { p.SetHTTP1(true) }, proto: "HTTP/1.1"},
		"HTTP/2 by TLS":        {secure: true, speak: func(p *http.Protocols) { p.SetHTTP2(true) }, proto: "HTTP/2.0"},
		"HTTP/2 without a TLS": {speak: func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }, proto: "HTTP/2.0"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &App{log: slog.New(slog.DiscardHandler)}
			a.site.Store(&site{cert: &cert})
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			begun, end := make(chan struct{}), make(chan struct{})
			handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				close(begun)
				<-end
				_, _ = io.WriteString(w, "answered")
			})
			s := a.newServer(web.Listener(ln, 10), web.Server(handler), forReaders, "", tc.secure)
			served := make(chan error, 1)
			go func() { served <- s.serve() }()
			transport := &http.Transport{Protocols: &http.Protocols{}, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // it is ours
			tc.speak(transport.Protocols)
			scheme := "http://"
			if tc.secure {
				scheme = "https://"
			}
			answer := make(chan error, 1)
			go func() { answer <- once(t.Context(), transport, scheme+ln.Addr().String(), tc.proto) }()
			<-begun
			if _, busy := s.conns.look(time.Now().Add(time.Hour)); busy != 1 {
				t.Errorf("%d are busy while one is answered", busy)
			}
			left := make(chan struct{})
			go func() { s.leave(t.Context()); close(left) }()
			close(end)
			if err := <-answer; err != nil {
				t.Errorf("who was answered while it left got %v", err)
			}
			transport.CloseIdleConnections()
			<-left
			if err := <-served; err != nil {
				t.Error(err)
			}
			for stop := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Millisecond) {
				all, _ := s.conns.look(time.Now())
				if all == 0 {
					break
				}
				if time.Now().After(stop) {
					t.Fatalf("%d are remembered", all)
				}
			}
		})
	}
}

// once asks once, and wants to be answered by a protocol.
func once(ctx context.Context, transport *http.Transport, address, proto string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(res.Body)
	if err == nil && (string(body) != "answered" || res.Proto != proto) {
		err = errors.New("got " + string(body) + " by " + res.Proto)
	}
	return errors.Join(err, res.Body.Close())
}

// TestAServerThatLeavesWaitsForNoConnectionThatIsIdle gives it all the time there is, which it
// would use where it waited for one.
func TestAServerThatLeavesWaitsForNoConnectionThatIsIdle(t *testing.T) {
	for proto, speak := range map[string]func(*http.Protocols){
		"HTTP/1.1": func(p *http.Protocols) { p.SetHTTP1(true) },
		"HTTP/2.0": func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) },
	} {
		t.Run(proto, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			a := &App{log: slog.New(slog.DiscardHandler)}
			handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "answered") })
			s := a.newServer(web.Listener(ln, 10), web.Server(handler), forReaders, "", false)
			served := make(chan error, 1)
			go func() { served <- s.serve() }()
			transport := &http.Transport{Protocols: &http.Protocols{}}
			speak(transport.Protocols)
			defer transport.CloseIdleConnections()
			if err := once(t.Context(), transport, "http://"+ln.Addr().String(), proto); err != nil {
				t.Fatal(err)
			}
			s.conns.settle(t.Context())
			s.leave(t.Context())
			if err := <-served; err != nil {
				t.Error(err)
			}
			for until := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Millisecond) {
				all, _ := s.conns.look(time.Now())
				if all == 0 {
					break
				}
				if time.Now().After(until) {
					t.Fatalf("%d are remembered", all)
				}
			}
		})
	}
}
