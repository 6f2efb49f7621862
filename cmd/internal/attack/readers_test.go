package attack_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

const (
	// tooLong is the longest that an answer may take while somebody attacks: twice as long as
	// who takes nothing of an answer keeps his place where others want it.
	tooLong = 10 * time.Second
	// tooSlow is how many times as long as in quiet times it may take beyond that: attackers
	// are on the same processors.
	tooSlow = 100
	// soon is what replaces tooLong where attackers do not take all places.
	soon = 5 * time.Second
)

// slower says what is wrong with the times of answers during an attack, in rising order, by
// those in quiet times. full says that the attack takes all places.
func slower(quiet, took []time.Duration, full bool) string {
	bound := soon
	if full {
		bound = tooLong
	}
	bound += tooSlow * part(quiet, 0.99)
	if slowest := took[len(took)-1]; slowest > bound {
		return fmt.Sprintf("an answer took %v, want at most %v", slowest, bound)
	}
	return ""
}

// crowd is how many connections an attacker has: more than the daemon gives out.
const crowd = files/4 + 100

// served starts a daemon with a small feed, a large one and one for the holders of a token.
func served(t *testing.T) *daemon {
	t.Helper()
	p := newPublisher(t, 1)
	p.grow("s0", 4000)
	d := startDaemon(t, fmt.Sprintf(`ingest: {allow_private: [127.0.0.1]}
sources: [{name: s0, url: "%s/s0"}]
outputs:
  - {name: small, limit: 20}
  - {name: large, limit: 4000}
  - {name: club, limit: 20, tokens: ["%x"]}
`, p.URL, sha256.Sum256([]byte(secret))))
	d.within("the feed is not there", func() bool {
		status, body, err := d.ask(d.public, "/feeds/small.rss", patience)
		return err == nil && status == 200 && strings.Contains(body, "s0-4000")
	})
	return d
}

// secret is the token of the output club.
const secret = "0123456789abcdef0123456789abcdef"

// reader asks for a feed again and again, each time over a connection of its own, until the
// context ends, and returns how long each answer took. It asks three times at least.
func (d *daemon) reader(ctx context.Context, limit time.Duration) (took []time.Duration, err error) {
	for ctx.Err() == nil || len(took) < 3 {
		began := time.Now()
		status, body, err := d.ask(d.public, "/feeds/small.rss", limit) //nolint:contextcheck // an answer that was begun counts
		if err != nil || status != 200 || !strings.Contains(body, "s0-4000") {
			return took, fmt.Errorf("after %d answers: status %d, %w", len(took), status, err)
		}
		took = append(took, time.Since(began))
		time.Sleep(5 * time.Millisecond)
	}
	slices.Sort(took)
	return took, nil
}

func part(took []time.Duration, of float64) time.Duration {
	return took[min(int(float64(len(took))*of), len(took)-1)]
}

// dial opens a connection to the public listener that is closed with the context.
func (d *daemon) dial(ctx context.Context) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", d.public)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return conn, nil
}

// each has n connections at a time do something until the context ends, and others in
// their place where they fail. It returns how many there were.
func (d *daemon) each(ctx context.Context, n int, do func(ctx context.Context, conn net.Conn) error) (made int64) {
	var all sync.WaitGroup
	var count atomic.Int64
	for range n {
		all.Go(func() {
			for ctx.Err() == nil {
				one, done := context.WithCancel(ctx)
				if conn, err := d.dial(one); err == nil {
					count.Add(1)
					_ = do(one, conn) // that it is cut off is what the daemon is for
				}
				done()
				pause(ctx, 10*time.Millisecond)
			}
		})
	}
	all.Wait()
	return count.Load()
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// say writes a text, and gives up after a while.
func say(conn net.Conn, text string) error {
	return errors.Join(conn.SetWriteDeadline(time.Now().Add(5*time.Second)), func() error { _, err := io.WriteString(conn, text); return err }())
}

// drip sends a text, and then a byte a second.
func drip(text string) func(context.Context, net.Conn) error {
	return func(ctx context.Context, conn net.Conn) error {
		err := say(conn, text)
		for err == nil && ctx.Err() == nil {
			pause(ctx, time.Second)
			err = say(conn, "a")
		}
		return err
	}
}

// hold sends a text and reads on until it is cut off.
func hold(text string) func(context.Context, net.Conn) error {
	return func(_ context.Context, conn net.Conn) error {
		if err := say(conn, text); err != nil {
			return err
		}
		_, err := io.Copy(io.Discard, conn)
		return err
	}
}

// flood sends one text after the other and reads nothing.
func flood(begin, text string) func(context.Context, net.Conn) error {
	return func(ctx context.Context, conn net.Conn) error {
		err := say(conn, begin)
		for err == nil && ctx.Err() == nil {
			err = say(conn, text)
		}
		return err
	}
}

// two speaks HTTP/2 without TLS: it sends its preface, gives the daemon no room for
// bodies, and then does something with a frame's writer.
func two(do func(ctx context.Context, f *http2.Framer) error) func(context.Context, net.Conn) error {
	return func(ctx context.Context, conn net.Conn) error {
		if err := say(conn, http2.ClientPreface); err != nil {
			return err
		}
		f := http2.NewFramer(conn, conn)
		if err := f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}); err != nil {
			return err
		}
		go func() { _, _ = io.Copy(io.Discard, conn) }() // until it is closed
		return errors.Join(conn.SetWriteDeadline(time.Time{}), do(ctx, f))
	}
}

// getLarge is the head of a request for the large feed, as HTTP/2 writes it without
// compression (RFC 7541): its fields are of the static table or literal.
var getLarge = []byte("\x82\x86\x01\x01x\x04\x10/feeds/large.rss")

func open(f *http2.Framer, stream uint32) error {
	return f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: getLarge, EndStream: true, EndHeaders: true})
}

// unfriendly are ways to be a bad reader, each until the context ends.
var unfriendly = map[string]func(ctx context.Context, d *daemon) int64{
	"headers that come a byte a second": func(ctx context.Context, d *daemon) int64 {
		return d.each(ctx, crowd, drip("GET /feeds/small.rss HTTP/1.1\r\nHost: x\r\nX-Slow: "))
	},
	"connections without a word": func(ctx context.Context, d *daemon) int64 { return d.each(ctx, crowd, hold("")) },
	"connections that were answered": func(ctx context.Context, d *daemon) int64 {
		return d.each(ctx, crowd, hold("GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n"))
	},
	"bodies of requests that do not come": func(ctx context.Context, d *daemon) int64 {
		return d.each(ctx, crowd/4, drip("GET /feeds/small.rss HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"))
	},
	"a large feed that is read a byte a second": func(ctx context.Context, d *daemon) int64 {
		return d.each(ctx, crowd, func(ctx context.Context, conn net.Conn) error {
			err := say(conn, "GET /feeds/large.rss HTTP/1.1\r\nHost: x\r\n\r\n")
			for err == nil && ctx.Err() == nil {
				_, err = conn.Read(make([]byte, 1))
				pause(ctx, time.Second)
			}
			return err
		})
	},
	"requests one behind the other, unread": func(ctx context.Context, d *daemon) int64 {
		return d.each(ctx, crowd/8, flood("", strings.Repeat("GET /feeds/small.rss HTTP/1.1\r\nHost: x\r\n\r\n", 50)))
	},
	"headers without end": func(ctx context.Context, d *daemon) int64 {
		return d.each(ctx, 16, flood("GET / HTTP/1.1\r\nHost: x\r\n", strings.Repeat("X-More: "+strings.Repeat("x", 1000)+"\r\n", 50)))
	},
	"a query without end": func(ctx context.Context, d *daemon) int64 {
		return d.each(ctx, 16, flood("GET /feeds/small.rss?", strings.Repeat("x=y&", 10_000)))
	},
	"HTTP/2: many streams, unread": func(ctx context.Context, d *daemon) int64 {
		return d.each(ctx, crowd/8, two(func(ctx context.Context, f *http2.Framer) error {
			for i := range uint32(200) {
				if err := open(f, 2*i+1); err != nil {
					return err
				}
			}
			<-ctx.Done()
			return nil
		}))
	},
	"HTTP/2: streams that are reset at once": func(ctx context.Context, d *daemon) int64 {
		return d.each(ctx, 8, two(func(ctx context.Context, f *http2.Framer) error {
			for i := uint32(1); ctx.Err() == nil; i += 2 {
				if err := errors.Join(open(f, i), f.WriteRSTStream(i, http2.ErrCodeCancel)); err != nil {
					return err
				}
			}
			return nil
		}))
	},
	"HTTP/2: headers that go on for ever": func(ctx context.Context, d *daemon) int64 {
		return d.each(ctx, 8, two(func(ctx context.Context, f *http2.Framer) error {
			err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: getLarge})
			for err == nil && ctx.Err() == nil {
				err = f.WriteContinuation(1, false, []byte("\x00\x01x\x7f\x81\x01"+strings.Repeat("y", 256)))
			}
			return err
		}))
	},
	"HTTP/2: pings and settings without end": func(ctx context.Context, d *daemon) int64 {
		return d.each(ctx, 8, two(func(ctx context.Context, f *http2.Framer) error {
			for ctx.Err() == nil {
				if err := errors.Join(f.WritePing(false, [8]byte{}), f.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1 << 14})); err != nil {
					return err
				}
			}
			return nil
		}))
	},
}

// TestBadReadersKeepNobodyFromReading attacks the public listener in each way, while
// somebody reads as people do, and looks whether all that it cost is given back.
func TestBadReadersKeepNobodyFromReading(t *testing.T) {
	d := served(t)
	span := time.Duration(attacks(t, 2)) * time.Second
	short, done := context.WithTimeout(t.Context(), 2*time.Second)
	quiet, err := d.reader(short, patience)
	done()
	if err != nil {
		t.Fatal(err)
	}
	d.speaksTwo()
	before := d.holds()
	t.Logf("quiet: p50 %v, p99 %v, %v", part(quiet, 0.5), part(quiet, 0.99), before)
	for name, attack := range unfriendly {
		ctx, done := context.WithCancel(t.Context())
		var made atomic.Int64
		var all sync.WaitGroup
		all.Go(func() { made.Store(attack(ctx, d)) })
		enough, stop := context.WithTimeout(ctx, min(span, 30*time.Second))
		took, err := d.reader(enough, patience) // the attack goes on until he has what he wants
		stop()
		during := d.memory()
		done()
		all.Wait()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		slowest := took[len(took)-1]
		if fault := slower(quiet, took, made.Load() >= crowd); fault != "" {
			t.Errorf("%s: %s", name, fault)
		}
		if during > before.memory+256<<20 {
			t.Errorf("%s: %d MiB of memory, %d before", name, during>>20, before.memory>>20)
		}
		after := d.back(before, name)
		t.Logf("%s: %d connections; %d answers, p50 %v, p99 %v (%.0f times), at most %v; %d MiB, then %v", name, made.Load(), len(took),
			part(took, 0.5), part(took, 0.99), float64(part(took, 0.99))/float64(part(quiet, 0.99)), slowest, during>>20, after)
	}
}

// speaksTwo fails the test where what is said by HTTP/2 is not understood: then it would
// be no attack.
func (d *daemon) speaksTwo() {
	d.t.Helper()
	ctx, done := context.WithTimeout(d.t.Context(), patience)
	defer done()
	conn, err := d.dial(ctx)
	if err != nil {
		d.t.Fatal(err)
	}
	f := http2.NewFramer(conn, conn)
	if err := errors.Join(say(conn, http2.ClientPreface), f.WriteSettings(), open(f, 1)); err != nil {
		d.t.Fatal(err)
	}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			d.t.Fatal(err)
		}
		if head, ok := frame.(*http2.HeadersFrame); ok {
			if fields := head.HeaderBlockFragment(); len(fields) == 0 || fields[0] != 0x88 { // :status 200
				d.t.Fatalf("answered %x", fields)
			}
			return
		}
	}
}

// back waits until the daemon holds what it did before.
func (d *daemon) back(before held, name string) (h held) {
	d.t.Helper()
	began := time.Now()
	for {
		d.mustLive()
		h = d.holds()
		if h.goroutines <= before.goroutines+20 && h.files <= before.files+10 && h.memory <= before.memory+128<<20 {
			return h
		}
		if time.Since(began) > patience {
			d.t.Fatalf("%s: %v are left, and there were %v", name, h, before)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// TestTheReaderNoticesADaemonThatHangs is the control of what is measured.
func TestTheReaderNoticesADaemonThatHangs(t *testing.T) {
	d := served(t)
	d.signal(syscall.SIGSTOP)
	_, err := d.reader(t.Context(), 2*time.Second)
	d.signal(syscall.SIGCONT)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it did not: %v", err)
	}
}
