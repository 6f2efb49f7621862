package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestDeadlinesReachTheConnectionWhenSomethingWaits(t *testing.T) {
	second := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	const none = time.Duration(-1) // no deadline
	tests := map[string]struct {
		steps string // w: want the next, b: a call begins, e: it ends
		wants []time.Duration
		set   []time.Duration
	}{
		"nothing waits":                          {"www", []time.Duration{second(5), none, second(10)}, nil},
		"the last one counts":                    {"wwwb", []time.Duration{second(5), none, second(10)}, []time.Duration{second(10)}},
		"one that is set already is not again":   {"wbewb", []time.Duration{second(60), second(60)}, []time.Duration{second(60)}},
		"nor one that is hardly later":           {"wbewb", []time.Duration{second(60), second(60.9)}, []time.Duration{second(60)}},
		"one that is later is":                   {"wbewb", []time.Duration{second(60), second(61)}, []time.Duration{second(60), second(61)}},
		"hardly later is less for short ones":    {"wbewb", []time.Duration{second(0.1), second(0.2)}, []time.Duration{second(0.1), second(0.2)}},
		"one that is sooner is, by however much": {"wbewb", []time.Duration{second(60), second(59.9)}, []time.Duration{second(60), second(59.9)}},
		"who waits is reached at once":           {"wbw", []time.Duration{second(60), second(-1e6)}, []time.Duration{second(60), second(-1e6)}},
		"none takes one away":                    {"wbewb", []time.Duration{second(60), none}, []time.Duration{second(60), none}},
		"none where there was none is nothing":   {"wbewb", []time.Duration{none, none}, nil},
		"a past one that came before the call":   {"wbewb", []time.Duration{none, second(-1e6)}, []time.Duration{second(-1e6)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at := func(d time.Duration) time.Time {
					if d == none {
						return time.Time{}
					}
					return time.Now().Add(d) // the clock stands still
				}
				var set []time.Time
				d := newDeadline(func(at time.Time) error { set = append(set, at); return nil })
				for _, step := range tt.steps {
					var err error
					switch step {
					case 'w':
						err = d.want(at(tt.wants[0]))
						tt.wants = tt.wants[1:]
					case 'b':
						err = d.begin()
					case 'e':
						d.end()
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				want := make([]time.Time, 0, len(tt.set))
				for _, s := range tt.set {
					want = append(want, at(s))
				}
				if !slices.EqualFunc(set, want, time.Time.Equal) {
					t.Errorf("set %v, want %v", set, want)
				}
			})
		})
	}
}

func TestADeadlineEndsAReadThatWaits(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ours := Listener(ln, 1)
	defer func() { _ = ours.Close() }()
	peer, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = peer.Close() }()
	c, err := ours.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	read := make(chan error)
	for range 20 { // before the read begins, and while it waits
		go func() { _, err := c.Read(make([]byte, 1)); read <- err }()
		if err := c.SetReadDeadline(time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
		if err := <-read; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		if err := c.SetDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(peer, "x"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 2)); err != nil {
			t.Fatalf("after it was taken away: %v", err)
		}
	}
}

// readCounter is a listener that counts how often its connections are read from.
type readCounter struct {
	net.Listener
	reads *atomic.Int64
}

func (l readCounter) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return countedReads{c, l.reads}, err
}

type countedReads struct {
	net.Conn
	reads *atomic.Int64
}

func (c countedReads) Read(p []byte) (int, error) {
	c.reads.Add(1)
	return c.Conn.Read(p)
}

func TestNobodyLooksForAReaderThatWaitsForABriefAnswer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var reads atomic.Int64
	address := serveThrough(t, Listener(readCounter{ln, &reads}, 1), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotModified)
	}))
	nc, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	in := bufio.NewReader(nc)
	const answers = 100
	for range answers {
		if _, err := io.WriteString(nc, "GET / HTTP/1.1\r\nHost: t\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close() // it has none
	}
	// One for each request and one for the next; more where the machine was busy.
	if n := reads.Load(); n > answers*3/2 {
		t.Errorf("%d reads for %d answers", n, answers)
	}
}

func TestAReaderThatGoesAwayEndsALongAnswer(t *testing.T) {
	began, ended := make(chan struct{}, 1), make(chan struct{}, 1)
	address := serveOn(t, 1, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		began <- struct{}{}
		<-r.Context().Done()
		ended <- struct{}{}
	}))
	for range 3 { // also when it was looked for others before
		nc, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(nc, "GET / HTTP/1.1\r\nHost: t\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		<-began
		if err := nc.Close(); err != nil {
			t.Fatal(err)
		}
		<-ended
	}
}

// piped is a listener of connections in memory.
type piped chan net.Conn

func (p piped) Accept() (net.Conn, error) { return <-p, nil }
func (p piped) Close() error              { return nil }
func (p piped) Addr() net.Addr            { return nil }

func TestALookThatIsHeldBeginsWhenTheAnswerTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := make(piped, 1)
		ln := Listener(in, 2)
		ours, theirs := net.Pipe()
		in <- ours
		c, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			time.Sleep(time.Second) // whoever looked has seen that nobody is held
			began, got := time.Now(), make(chan error, 1)
			go func() {
				n, err := c.Read(make([]byte, 1))
				if n != 1 {
					err = errors.Join(err, fmt.Errorf("%d bytes", n))
				}
				got <- err
			}()
			if _, err := io.WriteString(theirs, "x"); err != nil { // ends when it is read
				t.Fatal(err)
			}
			if took := time.Since(began); took < brief || took > 2*brief {
				t.Errorf("it was read after %v", took)
			}
			if err := <-got; err != nil {
				t.Fatal(err)
			}
		}
		got := make(chan error, 1)
		go func() { _, err := c.Read(make([]byte, 1)); got <- err }()
		synctest.Wait() // it is held
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-got; !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("after Close: %v", err)
		}
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("a read after that: %v", err)
		}
		time.Sleep(time.Second) // the test fails where somebody looks for ever
	})
}
