// Package fetchtest runs a publisher on 127.0.0.1 for tests: it serves what it
// was told to, answers conditional requests, and remembers what it was asked.
//
// It knows nothing of feeds: bodies are the test's. A client under test has to
// be allowed to ask 127.0.0.1.
package fetchtest

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Request is what a publisher was asked.
type Request struct {
	Path   string // with the query
	Host   string
	Proto  string // HTTP/1.1 or HTTP/2.0
	Header http.Header
	At     time.Time
}

// Publisher is a web server on 127.0.0.1. It may be used by many goroutines at
// a time.
type Publisher struct {
	tb     testing.TB
	server *httptest.Server
	closed chan struct{}

	mu       sync.Mutex
	replies  map[string]Reply
	fallback Reply
	requests []Request
	conns    int
	hangUp   bool // see HangUpReused
}

// asked is how many requests came on a connection before, in its context.
type asked struct{}

// New starts a publisher that is stopped at the end of the test. It answers 404
// to what it was not told to serve.
func New(tb testing.TB) *Publisher {
	tb.Helper()
	p := start(tb)
	p.server.Start()
	return p
}

// NewTLS is New with https, by a certificate that no client trusts, and HTTP/2.
func NewTLS(tb testing.TB) *Publisher {
	tb.Helper()
	p := start(tb)
	p.server.EnableHTTP2 = true
	p.server.StartTLS()
	return p
}

func start(tb testing.TB) *Publisher {
	tb.Helper()
	p := &Publisher{
		tb: tb, closed: make(chan struct{}),
		replies: map[string]Reply{}, fallback: Reply{Status: http.StatusNotFound, Body: "not here"},
	}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(p.answer))
	p.server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused certificates are a test's subject
	p.server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			p.mu.Lock()
			p.conns++
			p.mu.Unlock()
		}
	}
	p.server.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, asked{}, new(atomic.Int32))
	}
	tb.Cleanup(func() {
		close(p.closed) // or a reply with a delay would hold up the test
		p.server.Close()
	})
	return p
}

// URL returns the address of a path, which begins with a slash.
func (p *Publisher) URL(path string) string { return p.server.URL + path }

// Set makes the publisher serve a reply at a path from now on; a path without a
// query stands for all of its queries. It returns the address.
func (p *Publisher) Set(path string, r Reply) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replies[path] = r
	return p.server.URL + path
}

// SetAll makes the publisher serve a reply at all paths that were not Set.
func (p *Publisher) SetAll(r Reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fallback = r
}

// Redirect makes the publisher send a path elsewhere, with status 301, 302, 303,
// 307 or 308. It returns the path's address.
func (p *Publisher) Redirect(path string, status int, to string) string {
	return p.Set(path, Reply{Status: status, Header: http.Header{"Location": {to}}})
}

// HangUpReused has the next request that comes on a connection which was used
// before find it closed, as when a server gives up waiting in that moment.
func (p *Publisher) HangUpReused() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hangUp = true
}

// Requests returns what was asked so far, in order.
func (p *Publisher) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Request(nil), p.requests...)
}

// Count returns how many requests came for a path, whatever their query; an
// empty path stands for all.
func (p *Publisher) Count(path string) int {
	n := 0
	for _, r := range p.Requests() {
		if got, _, _ := strings.Cut(r.Path, "?"); path == "" || got == path {
			n++
		}
	}
	return n
}

// Last returns the headers of the last request. It fails the test when there
// was none.
func (p *Publisher) Last() http.Header {
	p.tb.Helper()
	all := p.Requests()
	if len(all) == 0 {
		p.tb.Fatal("the publisher was not asked")
	}
	return all[len(all)-1].Header
}

// Connections returns how many connections were made so far.
func (p *Publisher) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conns
}

// Forget forgets what was asked.
func (p *Publisher) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = nil
}

func (p *Publisher) answer(w http.ResponseWriter, req *http.Request) {
	p.mu.Lock()
	p.requests = append(p.requests, Request{
		Path: req.URL.RequestURI(), Host: req.Host, Proto: req.Proto, Header: req.Header.Clone(), At: time.Now(),
	})
	r, ok := p.replies[req.URL.RequestURI()]
	if !ok {
		r, ok = p.replies[req.URL.Path]
	}
	if !ok {
		r = p.fallback
	}
	n, _ := req.Context().Value(asked{}).(*atomic.Int32)
	if reused := n.Add(1) > 1; reused && p.hangUp {
		p.hangUp, r = false, Reply{HangUp: true}
	}
	p.mu.Unlock()
	if r.Delay > 0 && !p.wait(req, r.Delay) {
		return
	}
	r.write(w, req)
}

// wait reports whether the client was still there in the end.
func (p *Publisher) wait(req *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-req.Context().Done():
	case <-p.closed:
	}
	return false
}
