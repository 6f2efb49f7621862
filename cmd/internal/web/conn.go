package web

import (
	"cmp"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sluice/feed/crash"
)

// Listener returns a listener for the servers of this package, which takes ln over. It
// gives out at most so many connections at a time; more wait in the system's queue. Where
// all are given out, those make room that wait for a request, or for the rest of one, for
// longer than others and than a second; without such, those whose answer has got nowhere for
// five seconds. So whoever opens many and says or reads nothing keeps nobody from asking.
//
// A head and a body that net/http writes one after the other are two calls of the system
// and two packets, which is a fifth of what it costs to send a feed. Connections of this
// listener send them as one.
func Listener(ln net.Listener, most int) net.Listener {
	return CountedListener(ln, most, func(Turned) {})
}

// CountedListener is Listener that tells whom it turns away; see Turned. count may be
// called by many goroutines at a time.
func CountedListener(ln net.Listener, most int, count func(Turned)) net.Listener {
	return &listener{Listener: ln, places: make(chan struct{}, most), closed: make(chan struct{}), given: map[*conn]struct{}{}, turned: count}
}

type listener struct {
	net.Listener
	places chan struct{} // holds a value for each connection
	once   sync.Once
	closed chan struct{}
	turned func(Turned)

	answers atomic.Int64 // that are being given by HTTP/2
	looking atomic.Bool  // look runs

	mu    sync.Mutex
	given map[*conn]struct{}
}

const (
	// grace is how long a connection may wait for a request while others want its place.
	grace = time.Second
	// stall is how long an answer may get nowhere in the same case: less than patience has
	// for who keeps nobody waiting.
	stall = 5 * time.Second
	// lookAgain is how soon it is looked for one that waited so long, where none has.
	lookAgain = 50 * time.Millisecond
	// small is how many bytes are taken for sent at once: they have room in the system.
	small = 4 << 10
	// brief is how long an answer may take, up to twice that, before anybody looks whether
	// its reader went away.
	brief = 100 * time.Millisecond
)

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	if err := l.place(); err != nil {
		return nil, err
	}
	nc, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	c := &conn{
		Conn: nc, of: l, joins: true,
		reads: newDeadline(nc.SetReadDeadline), writes: newDeadline(nc.SetWriteDeadline),
	}
	if tcp, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		c.peer = tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	c.moves()
	c.leave = sync.OnceFunc(func() {
		l.mu.Lock()
		delete(l.given, c)
		l.mu.Unlock()
		<-l.places
	})
	l.mu.Lock()
	l.given[c] = struct{}{}
	l.mu.Unlock()
	return c, nil
}

// place waits for a place for one more connection, and takes it, before that is accepted:
// what we accepted and cannot answer would be lost to whoever holds the listener after us.
func (l *listener) place() error {
	select {
	case l.places <- struct{}{}:
		return nil
	default:
	}
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		l.makeRoom(time.Now())
		select {
		case l.places <- struct{}{}:
			return nil
		case <-l.closed:
			return net.ErrClosed
		case <-tick.C:
		}
	}
}

// makeRoom closes connections that wait for a request, the longest first, and where there
// are none those whose answers stall: a few at a time, so that looking for them is not what
// costs most. One look condemns nobody; see doubt.
func (l *listener) makeRoom(now time.Time) {
	type waiting struct {
		*conn
		since int64
	}
	var waits, stalls []waiting
	l.mu.Lock()
	for c := range l.given {
		since := c.moved.Load()
		still := now.Sub(time.Unix(0, since))
		idle := c.answers.Load() == 0
		if still < grace || !idle && still < stall || !c.doubt(since, now) {
			continue
		}
		if idle {
			waits = append(waits, waiting{c, since})
		} else {
			stalls = append(stalls, waiting{c, since})
		}
	}
	l.mu.Unlock()
	why := TurnedIdle
	if len(waits) == 0 {
		waits, why = stalls, TurnedStalled
	}
	slices.SortFunc(waits, func(a, b waiting) int { return cmp.Compare(a.since, b.since) })
	for i := range min(len(waits), max(cap(l.places)/16, 1)) {
		_ = waits[i].Close() // nobody is told on it
		l.turned(why)
	}
}

// doubt reports whether a look at least lookAgain ago found that the connection had moved at
// the same time. Where we were halted ourselves, time passed in which nobody was read: who
// asked meanwhile has until the next look to be heard.
func (c *conn) doubt(moved int64, now time.Time) (sure bool) {
	if c.doubted != moved {
		c.doubted, c.since = moved, now.UnixNano()
	}
	return now.UnixNano()-c.since >= int64(lookAgain)
}

// look has those read that are held for a while, for as long as somebody is held.
func (l *listener) look() {
	if l.looking.Load() || !l.looking.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer crash.End()
		tick := time.NewTicker(brief)
		defer tick.Stop()
		for {
			<-tick.C
			if l.loosen() {
				continue
			}
			l.looking.Store(false)
			// Who was held meanwhile relied on us, unless he began to look himself.
			if !l.loosen() || !l.looking.CompareAndSwap(false, true) {
				return
			}
		}
	}()
}

// loosen loosens all connections, and reports whether somebody is held.
func (l *listener) loosen() (held bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.given {
		held = c.reads.loosen() || held
	}
	return held
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
	of    *listener
	leave func()
	joins bool       // it is not below TLS, where heads and bodies are records of their own
	peer  netip.Addr // the zero value: a unix socket's

	reads, writes deadline

	answers atomic.Int32 // that are being given; by HTTP/2 several at a time
	moved   atomic.Int64 // when it began, was asked or wrote last, in Unix nanoseconds

	// Of the listener's mu: moved as a look found it, and when that first was, in the same.
	doubted, since int64

	// What follows belongs to the goroutine that answers.
	exchange exchange // by HTTP/1
	last     toldOf   // the last that was noted
	joining  bool
	head     []byte // held back while joining
	parts    [2][]byte
	both     net.Buffers // parts; here, since it would be allocated each time
}

// Close implements net.Conn.
func (c *conn) Close() error {
	defer c.leave()
	err := c.Conn.Close()
	c.reads.close()
	return err
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.reads.want(t), c.writes.want(t))
}

// SetReadDeadline implements net.Conn. See deadline for when it comes into force.
func (c *conn) SetReadDeadline(t time.Time) error { return c.reads.want(t) }

// SetWriteDeadline implements net.Conn, in the same way.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.writes.want(t) }

// Read implements net.Conn. A single byte is what net/http asks for to see whether the
// reader goes away; nothing else asks so, but for the last byte of something.
func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 1 {
		c.reads.hold(c.of.look)
	}
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
		if refusesHeader(p) {
			c.of.turned(TurnedOversized)
		}
		n, err := c.Conn.Write(p)
		if len(p) > small || !c.joins || c.answers.Load() > 0 {
			c.moves() // else it is the end of an answer, whose handler just returned
		}
		return n, err
	}
	c.joining = false
	held := len(c.head)
	c.parts = [2][]byte{c.head, p}
	c.both = c.parts[:]
	n, err := c.both.WriteTo(c.Conn)
	c.head, c.parts = c.head[:0], [2][]byte{}
	c.moves()
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

// moves notes that the connection is of use to somebody.
func (c *conn) moves() { c.movedAt(time.Now()) }

func (c *conn) movedAt(now time.Time) { c.moved.Store(now.UnixNano()) }
