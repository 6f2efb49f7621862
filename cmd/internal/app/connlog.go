package app

import (
	"context"
	"log"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"sluice/feed/repeat"
)

// maxConnectionTroubles is how many kinds of trouble with connections are told apart. There
// are some dozen, but strangers have a part in the words.
const maxConnectionTroubles = 64

// connectionLog takes what net/http says of connections on which there was no request yet:
// scanners, broken handshakes, clients that went away. Anybody can make it say so as often
// as he likes, so it is told now and then.
type connectionLog struct {
	log *slog.Logger
	now func() time.Time

	mu       sync.Mutex
	troubles map[string]repeat.Trouble // by kind
}

// newConnectionLog returns the log of a server for such trouble.
func newConnectionLog(to *slog.Logger) *log.Logger {
	return log.New(&connectionLog{log: to, now: time.Now, troubles: map[string]repeat.Trouble{}}, "", 0)
}

// peer is how net/http names who is at the other end: "from 192.0.2.1:4711: ".
var peer = regexp.MustCompile(`(from|client) \S+:\d+`)

// Write implements io.Writer, as log.Logger wants it: a line each.
func (c *connectionLog) Write(line []byte) (int, error) {
	said := strings.TrimSpace(string(line))
	said, _, _ = strings.Cut(said, "\n") // a stack follows where something panicked
	if strings.HasPrefix(said, "http: panic serving ") {
		said = "a fault of sluice itself, please report it: a request panicked" // with what may hold a secret
	}
	kind := repeat.Kind(peer.ReplaceAllString(said, ""))
	c.mu.Lock()
	before, known := c.troubles[kind]
	if !known && len(c.troubles) >= maxConnectionTroubles {
		kind = ""
		before = c.troubles[kind]
	}
	trouble, tell := before.Flood(kind, c.now())
	c.troubles[kind] = trouble
	c.mu.Unlock()
	ctx := context.Background() // a connection has none yet
	switch {
	case !tell:
		c.log.DebugContext(ctx, "connection failed", "err", said)
	case trouble.Untold > 1:
		c.log.InfoContext(ctx, "connections failed", "times", trouble.Untold, "last", said)
	default:
		c.log.InfoContext(ctx, "connection failed", "err", said)
	}
	return len(line), nil
}
