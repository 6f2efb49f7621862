package web

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// serveOn serves a handler on loopback by our listener and server, until the test ends.
func serveOn(t *testing.T, most int, h http.Handler) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveThrough(t, Listener(ln, most), h)
}

// serveThrough serves a handler by our server on a listener, until the test ends.
func serveThrough(t *testing.T, ln net.Listener, h http.Handler) (address string) {
	t.Helper()
	srv := Server(h)
	srv.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ln) }()
	t.Cleanup(func() {
		_ = srv.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

// sized answers /N by N bytes, all of the same letter.
func sized(s *site) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &n); err != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(n))
		w.WriteHeader(http.StatusOK)
		if r.Method != http.MethodHead {
			s.write(w, bytes.Repeat([]byte{'a' + byte(n%26)}, n))
		}
	})
}

func TestAnswersOfEverySizeArriveWholeAndInOrderOverOneConnection(t *testing.T) {
	address := serveOn(t, 4, sized(&site{patience: time.Minute}))
	nc, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	sizes := []int{0, 1, 2047, 2048, 2049, 4095, 4096, 4097, paceSize, paceSize + 1, pieceSize, pieceSize + 1, 2*pieceSize + 7, 3}
	for n := 3_800; n < 4_100; n += 7 { // about where a head and a body fill the buffer
		sizes = append(sizes, n)
	}
	go func() {
		for _, n := range sizes { // one behind the other: answers must not be mixed up
			_, _ = fmt.Fprintf(nc, "GET /%d HTTP/1.1\r\nHost: t\r\n\r\nHEAD /%[1]d HTTP/1.1\r\nHost: t\r\n\r\n", n) // what is missing is found below
		}
	}()
	in := bufio.NewReader(nc)
	for _, n := range sizes {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			res, err := http.ReadResponse(in, &http.Request{Method: method})
			if err != nil {
				t.Fatalf("%s of %d bytes: %v", method, n, err)
			}
			body, err := io.ReadAll(res.Body)
			err = errors.Join(err, res.Body.Close())
			if method == http.MethodHead {
				if err != nil || len(body) > 0 || res.ContentLength != int64(n) {
					t.Fatalf("HEAD of %d bytes: %v, %d bytes, length %d", n, err, len(body), res.ContentLength)
				}
				continue
			}
			if err != nil || !bytes.Equal(body, bytes.Repeat([]byte{'a' + byte(n%26)}, n)) {
				t.Fatalf("%d bytes: got %d, %v", n, len(body), err)
			}
		}
	}
}

// written is a connection that keeps each call's bytes apart.
type written struct {
	net.Conn
	calls []string
	fails error
}

func (w *written) Write(p []byte) (int, error) {
	if w.fails != nil {
		return 0, w.fails
	}
	w.calls = append(w.calls, string(p))
	return len(p), nil
}

func (w *written) SetWriteDeadline(time.Time) error { return nil }

// writes writes several times what it is given.
type writes struct {
	to   io.Writer
	head []string
}

func (w writes) Write(p []byte) (int, error) {
	for _, h := range w.head {
		if n, err := io.WriteString(w.to, h); err != nil || n != len(h) {
			return 0, errors.Join(err, fmt.Errorf("wrote %d of %d", n, len(h)))
		}
	}
	return w.to.Write(p)
}

func TestWhatIsHeldBackIsSentInItsOrderAndNeverKept(t *testing.T) {
	broken := errors.New("broken pipe")
	tests := map[string]struct {
		head  []string
		body  string
		fails error
		want  []string
		err   error
	}{
		"a head goes with its body":               {[]string{"head "}, "body", nil, []string{"head ", "body"}, nil},
		"what comes after both follows them":      {[]string{"head ", "more "}, "body", nil, []string{"head ", "more ", "body"}, nil},
		"what comes alone is sent all the same":   {nil, "all", nil, []string{"all"}, nil},
		"a connection that broke ends the answer": {[]string{"head "}, "body", broken, nil, broken},
		"also where there was one part alone":     {nil, "all", broken, nil, broken},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			raw := &written{fails: tt.fails}
			c := &conn{Conn: raw, writes: newDeadline(raw.SetWriteDeadline)}
			_, err := c.join(writes{c, tt.head}, []byte(tt.body))
			if !errors.Is(err, tt.err) || !slices.Equal(raw.calls, tt.want) {
				t.Errorf("got %q, %v; want %q, %v", raw.calls, err, tt.want, tt.err)
			}
			if len(c.head) > 0 || c.joining {
				t.Errorf("%q is held back for the next answer", c.head)
			}
		})
	}
}

// TestWhoAskedWhileWeWereHaltedKeepsHisPlace has two connections wait for longer than they
// may, by the first look after it: one is heard then, and one has said nothing.
func TestWhoAskedWhileWeWereHaltedKeepsHisPlace(t *testing.T) {
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	var turned []Turned
	l := CountedListener(raw, 2, func(why Turned) { turned = append(turned, why) }).(*listener)
	var given []*conn
	for range 2 {
		peer, err := net.Dial("tcp", raw.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = peer.Close() }()
		nc, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		given = append(given, nc.(*conn))
	}
	late := time.Now().Add(time.Minute)
	l.makeRoom(late)
	l.makeRoom(late) // a tick that came meanwhile follows at once
	if len(turned) != 0 {
		t.Fatalf("the first look after a minute turned away: %v", turned)
	}
	given[0].movedAt(late)
	l.makeRoom(late.Add(lookAgain))
	if _, there := l.given[given[0]]; !there || len(l.given) != 1 || len(turned) != 1 || turned[0] != TurnedIdle {
		t.Errorf("who was heard has his place: %v; of two there are %d; turned away: %v", there, len(l.given), turned)
	}
}

func TestConnectionsBeyondTheLimitWaitAndAClosedListenerEndsTheWait(t *testing.T) {
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := Listener(raw, 1)
	for range 2 {
		nc, err := net.Dial("tcp", raw.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = nc.Close() }()
	}
	first, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	second := make(chan error, 1)
	go func() {
		nc, err := ln.Accept()
		if err == nil {
			err = nc.Close()
		}
		second <- err
		_, err = ln.Accept()
		second <- err
	}()
	select {
	case err := <-second:
		t.Fatalf("a second connection was given out: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := errors.Join(first.Close(), <-second); err != nil {
		t.Error(err)
	}
	_ = first.Close() // its place must not be given back twice
	if err := ln.Close(); err != nil {
		t.Error(err)
	}
	if err := <-second; !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	_ = ln.Close() // as http.Server does
}

func TestOneAnswerOverHTTP2IsNotHeldBackForAnother(t *testing.T) {
	address := serveOn(t, 16, sized(&site{patience: time.Minute}))
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	client := http.Client{Transport: &http.Transport{Protocols: &protocols}}
	defer client.CloseIdleConnections()
	failed := make(chan error, 16)
	for n := range cap(failed) {
		go func() {
			res, err := client.Get(fmt.Sprintf("http://%s/%d", address, n*5_000))
			if err != nil {
				failed <- err
				return
			}
			body, err := io.ReadAll(res.Body)
			if res.ProtoMajor != 2 || len(body) != n*5_000 || strings.Trim(string(body), string('a'+rune(n*5_000%26))) != "" {
				err = errors.Join(err, fmt.Errorf("%s, %d bytes", res.Proto, len(body)))
			}
			failed <- errors.Join(err, res.Body.Close())
		}()
	}
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}
