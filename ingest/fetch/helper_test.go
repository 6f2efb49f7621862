package fetch_test

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sluice/ingest/fetch"
)

// newClient returns a client that may ask this machine.
func newClient(tb testing.TB, opt fetch.Options) *fetch.Client {
	tb.Helper()
	opt.AllowPrivate = append(opt.AllowPrivate, "127.0.0.1")
	return newStrict(tb, opt)
}

// newStrict returns a client as the program makes it.
func newStrict(tb testing.TB, opt fetch.Options) *fetch.Client {
	tb.Helper()
	c, err := fetch.New(opt)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return c
}

// mustFetch fetches what has to succeed.
func mustFetch(tb testing.TB, c *fetch.Client, target fetch.Target) fetch.Answer {
	tb.Helper()
	ans, err := c.Fetch(tb.Context(), target)
	if err != nil {
		tb.Fatalf("fetch: %v", err)
	}
	return ans
}

// wire is a server that says exactly what a test wants, byte for byte.
type wire struct {
	addr     string
	accepted atomic.Int32
}

// newWire accepts connections and has each, once its request is read, served by
// say, which closes nothing.
func newWire(tb testing.TB, listen string, say func(req *http.Request, conn net.Conn)) *wire {
	tb.Helper()
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		tb.Fatal(err)
	}
	w := &wire{addr: ln.Addr().String()}
	tb.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			w.accepted.Add(1)
			go func() {
				defer func() { _ = conn.Close() }()
				req, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				say(req, conn)
			}()
		}
	}()
	return w
}

// saying answers every request with the same bytes.
func saying(tb testing.TB, answer string) *wire {
	tb.Helper()
	return newWire(tb, "127.0.0.1:0", func(_ *http.Request, conn net.Conn) {
		_, _ = conn.Write([]byte(answer))
	})
}

func (w *wire) url() string { return "http://" + w.addr + "/feed" }

// dripping answers with a head at once and then a byte now and then.
func dripping(tb testing.TB, head string) *wire {
	tb.Helper()
	return newWire(tb, "127.0.0.1:0", func(_ *http.Request, conn net.Conn) {
		_, err := conn.Write([]byte(head))
		for err == nil {
			time.Sleep(20 * time.Millisecond)
			_, err = conn.Write([]byte("x"))
		}
	})
}

// oneLine fails the test when an error is not one line of people's words.
func oneLine(tb testing.TB, err error) {
	tb.Helper()
	if text := err.Error(); strings.ContainsAny(text, "\r\n\t") || len(text) > 400 || text == "" {
		tb.Errorf("not one line: %q", text)
	}
}
