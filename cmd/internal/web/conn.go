package web

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Listener returns a listener for the servers of this package, which takes ln over. It
// gives out at most so many connections at a time; more wait in the system's queue.
//
// A head and a body that net/http writes one after the other are two calls of the system
// and two packets, which is a fifth of what it costs to send a feed. Connections of this
// listener send them as one.
func Listener(ln net.Listener, most int) net.Listener {
	return &listener{Listener: ln, places: make(chan struct{}, most), closed: make(chan struct{})}
}

type listener struct {
	net.Listener
	places chan struct{} // holds a value for each connection
	once   sync.Once
	closed chan struct{}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &conn{
		Conn:  c,
		leave: sync.OnceFunc(func() { <-l.places }),
		reads: deadline{apply: c.SetReadDeadline}, writes: deadline{apply: c.SetWriteDeadline},
	}, nil
}

// Close implements net.Listener. An Accept that waits for a place ends, too.
func (l *listener) Close() error {
	err := l.Listener.Close()
	l.once.Do(func() { close(l.closed) })
	return err
}

// conn is a connection of a Listener.
type conn struct {
	net.Conn
	leave func()

	reads, writes deadline

	// What follows belongs to the goroutine that answers.
	joining bool
	head    []byte // held back while joining
	parts   [2][]byte
	both    net.Buffers // parts; here, since it would be allocated each time
}

// Close implements net.Conn.
func (c *conn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.reads.want(t), c.writes.want(t))
}

// SetReadDeadline implements net.Conn. See deadline for when it comes into force.
func (c *conn) SetReadDeadline(t time.Time) error { return c.reads.want(t) }

// SetWriteDeadline implements net.Conn, in the same way.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.writes.want(t) }

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	if err := c.reads.begin(); err != nil {
		return 0, err
	}
	defer c.reads.end()
	return c.Conn.Read(p)
}

// Write implements net.Conn.
func (c *conn) Write(p []byte) (int, error) {
	if c.joining && len(c.head) == 0 {
		c.head = append(c.head, p...)
		return len(p), nil
	}
	if err := c.writes.begin(); err != nil {
		return 0, err
	}
	defer c.writes.end()
	if !c.joining {
		return c.Conn.Write(p)
	}
	c.joining = false
	held := len(c.head)
	c.parts = [2][]byte{c.head, p}
	c.both = c.parts[:]
	n, err := c.both.WriteTo(c.Conn)
	c.head, c.parts = c.head[:0], [2][]byte{}
	return max(int(n)-held, 0), err
}

// join writes a body, or its first piece, by w, which writes to the connection, and returns
// what w does. The head that this has sent, too, goes with it. Without a connection, a nil
// c, nothing is joined.
func (c *conn) join(w io.Writer, piece []byte) (int, error) {
	if c == nil {
		return w.Write(piece)
	}
	c.joining = true
	n, err := w.Write(piece)
	c.joining = false
	if len(c.head) == 0 || err != nil {
		c.head = c.head[:0]
		return n, err
	}
	head := c.head // that was all
	c.head = head[:0]
	_, err = c.Write(head)
	return n, err
}

type connKey struct{}

// withConn is the ConnContext of a server: it lets answers find their connection.
func withConn(ctx context.Context, nc net.Conn) context.Context {
	if c, ok := nc.(*conn); ok {
		return context.WithValue(ctx, connKey{}, c)
	}
	return ctx // below TLS heads and bodies are records of their own
}

// connOf is the connection that the answer to a request has for itself; nil where it has
// none: by HTTP/2 several share one.
func connOf(r *http.Request) *conn {
	if r.ProtoMajor != 1 {
		return nil
	}
	c, _ := r.Context().Value(connKey{}).(*conn)
	return c
}
