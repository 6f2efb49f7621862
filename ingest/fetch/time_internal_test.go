package fetch

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// serve has a client reach say, and nothing else, over connections without a
// network: their time is that of the test.
func serve(t *testing.T, c *Client, target Target, say func(conn net.Conn)) {
	t.Helper()
	r, err := c.route(target)
	if err != nil {
		t.Fatal(err)
	}
	r.transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer func() { _ = server.Close() }()
			say(server)
		}()
		return client, nil
	}
}

// answer reads one request and writes an answer to it.
func answer(conn net.Conn, text string) error {
	if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
		return err
	}
	_, err := io.WriteString(conn, text)
	return err
}

func TestEachPartOfAFetchHasItsTime(t *testing.T) {
	for name, tc := range map[string]struct {
		address string
		say     func(conn net.Conn)
		want    time.Duration
		status  int
	}{
		"the first byte": {"http://example.org/", func(conn net.Conn) {
			_ = answer(conn, "")
			_, _ = conn.Read(make([]byte, 1)) // until the client goes
		}, firstByteTimeout, 0},
		"the TLS handshake": {"https://example.org/", func(conn net.Conn) {
			_, _ = io.Copy(io.Discard, conn) // until the client goes
		}, handshakeTimeout, 0},
		"a kilobyte, in drips":    {"http://example.org/", drip(1), progressTime, 200},
		"the whole, in kilobytes": {"http://example.org/", drip(1 << 10), defaultTimeout, 200},
		"the whole, over redirects to a server that stops reading": {"http://example.org/", func(conn net.Conn) {
			for i := range 3 {
				time.Sleep(firstByteTimeout - time.Second)
				if answer(conn, "HTTP/1.1 302 Found\r\nLocation: x"+string(rune('a'+i))+"\r\nContent-Length: 0\r\n\r\n") != nil {
					return
				}
			}
			time.Sleep(time.Hour)
		}, defaultTimeout, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := New(Options{})
				if err != nil {
					t.Fatal(err)
				}
				target := Target{URL: tc.address}
				serve(t, c, target, tc.say)
				began := time.Now()
				ans, err := c.Fetch(t.Context(), target)
				if took := time.Since(began); !errors.Is(err, ErrTimeout) || took != tc.want || ans.Status != tc.status {
					t.Errorf("after %v: status %d, %v", took, ans.Status, err)
				}
				c.Close()
				time.Sleep(2 * time.Hour) // the server finds the client gone
			})
		})
	}
}

// drip answers with a document of which so many bytes come each second.
func drip(size int) func(conn net.Conn) {
	return func(conn net.Conn) {
		err := answer(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
		for err == nil {
			time.Sleep(time.Second)
			_, err = conn.Write(make([]byte, size))
		}
	}
}

func TestAConnectionThatNobodyUsesIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		closed := make(chan time.Time, 1)
		target := Target{URL: "http://example.org/"}
		serve(t, c, target, func(conn net.Conn) {
			for answer(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") == nil {
			}
			closed <- time.Now()
		})
		began := time.Now()
		if _, err := c.Fetch(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		if lived := (<-closed).Sub(began); lived != idleTimeout {
			t.Errorf("closed after %v", lived)
		}
	})
}
