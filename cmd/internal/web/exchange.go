package web

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// exchange is one answer on its way to its reader: the http.ResponseWriter that handlers
// are given. What they all ask for (when it began, who asks, on which connection) is found
// out once and stands here. It is of use until the handler returns, not longer.
type exchange struct {
	http.ResponseWriter
	conn  *conn // nil: it came by none of a Listener
	joins bool  // the connection is this answer's own, and takes its bytes as they are
	began time.Time
	took  time.Duration // 0: it has not ended

	status, bytes int
	texts         [4]string // of headers, see values
}

// reset makes it a new one. An answer that is broken off before it says its status was a
// fault of ours.
func (x *exchange) reset(w http.ResponseWriter, c *conn, joins bool) {
	x.ResponseWriter, x.conn, x.joins = w, c, joins
	x.began, x.took = time.Now(), 0
	x.status, x.bytes = http.StatusInternalServerError, 0
}

// end notes how long the answer took, once.
func (x *exchange) end() {
	if x.took == 0 {
		x.took = time.Since(x.began)
	}
}

// exchangeOf is the exchange that a handler was given to write to; where that was another
// writer, as when it is called without Server, a new one.
func exchangeOf(w http.ResponseWriter) *exchange {
	switch known := w.(type) {
	case *exchange:
		return known
	case *limited:
		return known.exchange
	}
	x := &exchange{}
	x.reset(w, nil, false)
	return x
}

// peer is the address of who is connected; the zero value: over a unix socket.
func (x *exchange) peer(r *http.Request) netip.Addr {
	if x.conn != nil {
		return x.conn.peer
	}
	addr, _ := parseNode(r.RemoteAddr)
	return addr
}

// last is the visit before that the connection remembers, if it does; see Readers.note.
func (x *exchange) last() *toldOf {
	if x.conn == nil || x != &x.conn.exchange {
		return nil
	}
	return &x.conn.last
}

// SetWriteDeadline is that of http.ResponseController.
func (x *exchange) SetWriteDeadline(t time.Time) error {
	if x.joins {
		return x.conn.SetWriteDeadline(t)
	}
	return http.NewResponseController(x.ResponseWriter).SetWriteDeadline(t)
}

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	x.status = status
	x.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(p []byte) (int, error) {
	n, err := x.ResponseWriter.Write(p)
	x.bytes += n
	return n, err
}

// Unwrap gives http.ResponseController the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

type connKey struct{}

// withConn is the ConnContext of a server: it lets answers find their connection.
func withConn(ctx context.Context, nc net.Conn) context.Context {
	secure, ok := nc.(*tls.Conn)
	if ok {
		nc = secure.NetConn()
	}
	c, known := nc.(*conn)
	if !known {
		return ctx
	}
	c.joins = !ok
	return context.WithValue(ctx, connKey{}, c)
}

// answering has connections known as such while they are answered on. By HTTP/2 one of
// them asks for hundreds of answers at a time and need take none: there are as many as
// connections may be, and beyond those each connection has one. Who asks for more is told to
// come again, without a body, which he might not take either.
func answering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := r.Context().Value(connKey{}).(*conn)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		x := &c.exchange
		if r.ProtoMajor != 1 {
			x = &exchange{} // several share the connection
		}
		x.reset(w, c, r.ProtoMajor == 1 && c.joins)
		c.movedAt(x.began)
		here := c.answers.Add(1)
		defer c.answered(x)
		if r.ProtoMajor == 2 {
			defer c.of.answers.Add(-1)
			if c.of.answers.Add(1) > int64(cap(c.of.places)) && here > 1 {
				c.of.turned(TurnedStream)
				w.Header()["Retry-After"] = []string{retryAfter}
				w.Header()["Cache-Control"] = []string{"no-store"}
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
		}
		next.ServeHTTP(x, r)
	})
}

// answered ends an exchange, of which the connection keeps nothing.
func (c *conn) answered(x *exchange) {
	x.end()
	c.movedAt(x.began.Add(x.took))
	x.ResponseWriter, x.texts = nil, [4]string{}
	c.answers.Add(-1)
}
