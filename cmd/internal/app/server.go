package app

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// role is what a listener is for.
type role string

const (
	forReaders   role = "public"
	forOperators role = "admin"
	forCommands  role = "control"
)

// server is a listener with what is served on it.
type server struct {
	http    *http.Server
	ln      net.Listener
	tls     bool
	role    role
	addr    string // as it was configured; empty: the service manager opened it
	conns   conns
	leaving atomic.Bool   // no client is to count on its connection any more
	serving atomic.Bool   // serve was called
	served  chan struct{} // closed when nothing is accepted any more
}

// newServer makes a server of a listener, which it takes over.
func (a *App) newServer(ln net.Listener, srv *http.Server, as role, addr string, secure bool) *server {
	s := &server{http: srv, ln: ln, tls: secure, role: as, addr: addr, served: make(chan struct{}), conns: conns{all: map[net.Conn]*presence{}}}
	if secure {
		srv.TLSConfig = &tls.Config{
			MinVersion:     tls.VersionTLS12,
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return a.site.Load().cert, nil },
		}
	}
	// What goes wrong on a connection before there is a request: mostly strangers.
	srv.ErrorLog = newConnectionLog(a.log.With("component", "http", "address", ln.Addr().String()))
	srv.ConnState = s.conns.note
	next := srv.Handler
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.leaving.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
	return s
}

// serve answers until the server is left or closed.
func (s *server) serve() error {
	defer close(s.served)
	s.serving.Store(true)
	var err error
	if s.tls {
		err = s.http.ServeTLS(s.ln, "", "")
	} else {
		err = s.http.Serve(s.ln)
	}
	if errors.Is(err, http.ErrServerClosed) || s.leaving.Load() && errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// The time that a server takes to leave.
const (
	leaveTime = 4500 * time.Millisecond // for requests that were begun; a slow reader is cut off then
	calm      = 200 * time.Millisecond  // without a request before connections are closed that wait for one
	young     = 2 * time.Second         // a connection on which nothing came for so long has nothing to lose
)

// leave stops accepting, answers what was asked, and closes. What connects meanwhile is
// not ours any more: it waits where the service manager holds the listener, too.
//
// http.Server.Shutdown alone would lose requests: it has a connection whose first request
// is read after it began closed without an answer. So all connections are answered first,
// and told not to ask again on them.
func (s *server) leave(ctx context.Context) {
	ctx, done := context.WithTimeout(ctx, leaveTime)
	defer done()
	s.leaving.Store(true)
	_ = s.ln.Close() // it accepts nothing either way
	if s.serving.Load() {
		select {
		case <-s.served:
		case <-ctx.Done():
		}
	}
	s.conns.settle(ctx)
	last, done := context.WithTimeout(ctx, time.Second) // nothing is left but to close
	defer done()
	if s.http.Shutdown(last) != nil {
		_ = s.http.Close() // its connections are what did not end
	}
}

// close ends a server at once.
func (s *server) close() error {
	err := s.ln.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return errors.Join(err, s.http.Close())
}

// conns are a server's connections.
type conns struct {
	mu  sync.RWMutex
	all map[net.Conn]*presence
}

// presence is what a connection does.
type presence struct {
	state atomic.Int32 // an http.ConnState
	began time.Time
}

// note is http.Server.ConnState: it is called twice a request.
func (c *conns) note(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateClosed, http.StateHijacked:
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.all, conn)
	case http.StateNew:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.all[conn] = &presence{began: time.Now()} // StateNew is 0
	default:
		c.mu.RLock()
		defer c.mu.RUnlock()
		if p := c.all[conn]; p != nil {
			p.state.Store(int32(state))
		}
	}
}

// look returns how many there are, and on how many of them an answer is to be expected.
func (c *conns) look(now time.Time) (all, busy int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, p := range c.all {
		if state := http.ConnState(p.state.Load()); state == http.StateActive || state == http.StateNew && now.Sub(p.began) < young {
			busy++
		}
	}
	return len(c.all), busy
}

// settle waits until no answer is to be expected any more, or the context ends. While
// there are connections that wait for a request it waits a little longer: whoever asks in
// rapid succession is told not to go on, in place of finding it closed.
func (c *conns) settle(ctx context.Context) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	quiet := time.Now()
	for {
		now := time.Now()
		all, busy := c.look(now)
		if busy > 0 {
			quiet = now
		}
		if all == 0 || now.Sub(quiet) >= calm {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
