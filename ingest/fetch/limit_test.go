package fetch_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

func TestAFetchEndsInTime(t *testing.T) {
	const bound = 300 * time.Millisecond
	p := fetchtest.New(t)
	for name, address := range map[string]string{
		"no answer":            p.Set("/", fetchtest.Reply{Delay: time.Minute}),
		"a header in drips":    dripping(t, "HTTP/1.1 200 OK\r\nX-Slow: ").url(),
		"a body in drips":      dripping(t, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").url(),
		"a body without end":   dripping(t, "HTTP/1.1 200 OK\r\n\r\n").url(),
		"gzip in drips":        dripping(t, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"+encoded(t, "gzip", document)).url(),
		"a redirect in drips":  dripping(t, "HTTP/1.1 302 Found\r\nLocation: /slow\r\nContent-Length: 1000\r\n\r\n").url(),
		"a chunk that is late": newWire(t, "127.0.0.1:0", late).url(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, fetch.Options{Timeout: bound})
			began := time.Now()
			_, err := c.Fetch(t.Context(), fetch.Target{URL: address})
			if !errors.Is(err, fetch.ErrTimeout) {
				t.Fatalf("%v", err)
			}
			oneLine(t, err)
			if took := time.Since(began); took < bound || took > time.Minute {
				t.Errorf("took %v", took)
			}
		})
	}
}

// late announces a chunk and never sends it.
func late(_ *http.Request, conn net.Conn) {
	_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n400\r\n"))
	_, _ = conn.Read(make([]byte, 1)) // until the client goes
}

func TestHeadersHaveALimit(t *testing.T) {
	c := newClient(t, fetch.Options{})
	flood := func(head, line string) *wire {
		return newWire(t, "127.0.0.1:0", func(_ *http.Request, conn net.Conn) {
			_, err := conn.Write([]byte(head))
			for err == nil {
				_, err = conn.Write([]byte(line))
			}
		})
	}
	for name, w := range map[string]*wire{
		"headers without end":        flood("HTTP/1.1 200 OK\r\n", "X-More: "+strings.Repeat("x", 100)+"\r\n"),
		"one header without end":     flood("HTTP/1.1 200 OK\r\nX-More: ", strings.Repeat("x", 1000)),
		"informational without end":  flood("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
		"a status line without end":  flood("HTTP/1.1 200 ", strings.Repeat("x", 1000)),
		"headers just over 64 KiB":   saying(t, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 65<<10)+"\r\nContent-Length: 0\r\n\r\n"),
		"trailers are not kept open": saying(t, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 70<<10)+"\r\n\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Fetch(t.Context(), fetch.Target{URL: w.url()})
			if !errors.Is(err, fetch.ErrTooLarge) {
				t.Fatalf("%v", err)
			}
			oneLine(t, err)
		})
	}
	if _, err := c.Fetch(t.Context(), fetch.Target{URL: saying(t, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 50<<10)+"\r\nContent-Length: 2\r\n\r\nok").url()}); err != nil {
		t.Errorf("50 KiB: %v", err)
	}
}

func TestBrokenServersAreErrorsInWords(t *testing.T) {
	closed := fetchtest.Port(t, "127.0.0.1")
	c := newClient(t, fetch.Options{})
	plain := fetchtest.New(t)
	for name, tc := range map[string]struct{ address, want string }{
		"nobody listens":      {"http://" + closed + "/", "connection refused"},
		"hangs up at once":    {saying(t, "").url(), "closed before an answer"},
		"hangs up in headers": {saying(t, "HTTP/1.1 200 OK\r\nX: y").url(), "closed before an answer"},
		"no HTTP":             {saying(t, "220 mail.example ESMTP\r\n").url(), "no HTTP"},
		"a broken header":     {saying(t, "HTTP/1.1 200 OK\r\nno colon\r\n\r\n").url(), "no HTTP"},
		"two lengths":         {saying(t, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx").url(), "no HTTP"},
		"no TLS":              {strings.Replace(plain.URL("/"), "http:", "https:", 1), "does not speak TLS"},
		"another protocol":    {saying(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n").url(), "101"},
		"a zip bomb's page":   {saying(t, "HTTP/1.1 404 Not Found\r\nContent-Encoding: gzip\r\nContent-Length: 999999999\r\n\r\n").url(), "404"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Fetch(t.Context(), fetch.Target{URL: tc.address})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("%v", err)
			}
			oneLine(t, err)
		})
	}
}

func TestErrorsNeverHoldSecrets(t *testing.T) {
	p, secure := fetchtest.New(t), fetchtest.NewTLS(t)
	echo := newWire(t, "127.0.0.1:0", func(req *http.Request, conn net.Conn) {
		_, _ = fmt.Fprintf(conn, "%s %v\r\n", req.URL, req.Header) // says what it heard instead of HTTP
	})
	header := newWire(t, "127.0.0.1:0", func(req *http.Request, conn net.Conn) {
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n", req.Header.Get("Authorization"))
	})
	const q = "?token=s3cret&x=s3cret"
	user := func(address string) string { return strings.Replace(address, "://", "://s3cret:s3cret@", 1) + q }
	for name, target := range map[string]fetch.Target{
		"an address that is none":      {URL: "http://s3cret:s3cret@exa mple/" + q},
		"an address with a bad port":   {URL: "http://s3cret:s3cret@127.0.0.1:s3cret/"},
		"an address without a scheme":  {URL: "s3cret:s3cret@127.0.0.1/" + q},
		"an unknown host":              {URL: user("http://no-such-host.invalid/")},
		"a blocked address":            {URL: user("http://10.0.0.1/")},
		"a refused connection":         {URL: user("http://127.0.0.1:1/")},
		"an unknown certificate":       {URL: user(secure.URL("/"))},
		"a status":                     {URL: user(p.Set("/404", fetchtest.Reply{Status: 404}))},
		"a redirect to nowhere":        {URL: user(p.Redirect("/1", 302, "http://s3cret:s3cret@[s3cret/"))},
		"a redirect to a file":         {URL: user(p.Redirect("/2", 302, "file:///s3cret"))},
		"a redirect to a status":       {URL: user(p.Redirect("/3", 302, "/404"+q))},
		"an unknown coding":            {URL: user(p.Set("/5", fetchtest.Reply{Body: "x", Header: http.Header{"Content-Encoding": {"s3cret"}}}))},
		"a server that echoes":         {URL: user(echo.url())},
		"a server that echoes headers": {URL: header.url(), Bearer: "s3cret"},
		"a header that cannot be sent": {URL: p.URL("/"), Header: http.Header{"X-Key": {"s3cret\r\n"}}},
		"a token that cannot be sent":  {URL: p.URL("/"), Bearer: "s3cret\n"},
		"a proxy that is none":         {URL: p.URL("/"), Proxy: "http://s3cret:s3cret@[s3cret"},
		"a proxy of an unknown kind":   {URL: p.URL("/"), Proxy: "s3cret://s3cret:s3cret@127.0.0.1:1"},
		"a proxy that does not answer": {URL: p.URL("/"), Proxy: "http://s3cret:s3cret@127.0.0.1:1"},
		"a socks proxy without answer": {URL: p.URL("/"), Proxy: "socks5://s3cret:s3cret@127.0.0.1:1"},
		"a file's escape":              {URL: "file:x%zz?token=s3cret"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, fetch.Options{Timeout: time.Minute})
			_, err := c.Fetch(t.Context(), target)
			if err == nil {
				t.Fatal("no error")
			}
			oneLine(t, err)
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(e.Error(), "s3cret") {
					t.Errorf("%v", e)
				}
			}
		})
	}
}

func TestWhatFollowsACompressedDocumentHasALimit(t *testing.T) {
	c := newClient(t, fetch.Options{MaxBody: 1 << 20, Timeout: time.Minute})
	for _, coding := range []string{"gzip", "br", "zstd"} {
		w := newWire(t, "127.0.0.1:0", func(_ *http.Request, conn net.Conn) {
			_, err := conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Encoding: " + coding + "\r\n\r\n" + encoded(t, coding, document)))
			for tail := make([]byte, 64<<10); err == nil; {
				_, err = conn.Write(tail)
			}
		})
		_, err := c.Fetch(t.Context(), fetch.Target{URL: w.url()})
		if !errors.Is(err, fetch.ErrTooLarge) && !errors.Is(err, fetch.ErrCoding) {
			t.Errorf("%s: %v", coding, err)
		}
	}
}
