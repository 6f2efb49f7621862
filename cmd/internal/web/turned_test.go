package web_test

import (
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"sluice/cmd/internal/web"
)

// tally counts whom a listener turns away.
type tally struct {
	mu sync.Mutex
	n  map[web.Turned]int
}

// listener is web.CountedListener that counts here.
func (c *tally) listener(ln net.Listener, most int) net.Listener {
	return web.CountedListener(ln, most, func(why web.Turned) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.n == nil {
			c.n = map[web.Turned]int{}
		}
		c.n[why]++
	})
}

// want fails the test unless somebody was turned away for this reason, and nobody for another.
func (c *tally) want(t *testing.T, why web.Turned) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if got := slices.Collect(maps.Keys(c.n)); !slices.Equal(got, []web.Turned{why}) {
		t.Errorf("turned away: %v, want %s alone", c.n, why)
	}
	if !slices.Contains(web.TurnedAway(), string(why)) {
		t.Errorf("%s is not listed", why)
	}
}

func TestHeadersBeyondTheLimitAreCounted(t *testing.T) {
	var turned tally
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = web.Server(web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{BaseURL: base}))
	srv.Listener = turned.listener(srv.Listener, 4)
	srv.Start()
	t.Cleanup(srv.Close)
	address := srv.Listener.Addr().String()
	if got := ask(t, address, "GET", "/feeds/world.rss?"+strings.Repeat("x", 2<<10)); got.status != 200 {
		t.Errorf("a long query: answered %d", got.status)
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET /feeds/world.rss?"+strings.Repeat("x", 20<<10)+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, conn) // until it is closed: what was not read of the request may cut the answer off
	turned.want(t, web.TurnedOversized)
}
