package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// maxLimited bounds how many addresses a limiter remembers for a minute. Beyond them
// others are not limited: who has so many addresses would not be stopped by it.
const maxLimited = 100_000

// limiter gives each address so many answers a minute: as many at once, and then one
// whenever its share of the minute has passed. The zero address, which stands for a
// unix socket, is not limited: all readers may be behind it. IPv6 addresses count by
// their network of 64 bits, which is what a household or a machine is given.
//
// It may be used by many goroutines at a time.
type limiter struct {
	answers time.Duration // how many a minute
	proxies proxies

	mu sync.Mutex
	// Until when the answers that an address had are spent, of those that had one in
	// this minute and in the one before. Who is in neither has all answers again.
	now, before map[netip.Addr]time.Time
	turned      time.Time
}

func newLimiter(answers int, p proxies) *limiter {
	return &limiter{answers: time.Duration(answers), proxies: p, now: map[netip.Addr]time.Time{}}
}

// take has one answer of the address's spent. It returns 0, or how long the address must
// wait until it has one again.
func (l *limiter) take(at time.Time, from netip.Addr) (wait time.Duration) {
	if !from.IsValid() {
		return 0
	}
	if from.Is6() {
		network, _ := from.Prefix(64) // of an IPv6 address it always exists
		from = network.Addr()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(at)
	spent, known := l.now[from]
	if !known {
		spent = l.before[from]
	}
	if spent.Before(at) {
		spent = at
	}
	next := spent.Add(time.Minute / l.answers)
	if wait = next.Sub(at) - time.Minute; wait > 0 {
		return wait
	}
	if known || len(l.now) < maxLimited {
		l.now[from] = next
	}
	return 0
}

// turn forgets once a minute who had no answer in the last: what was spent in the one
// before is back. A clock that was set back forgets all.
func (l *limiter) turn(at time.Time) {
	past := at.Sub(l.turned)
	if past >= 0 && past < time.Minute {
		return
	}
	l.before = l.now
	if past < 0 || past >= 2*time.Minute {
		l.before = nil
	}
	l.now, l.turned = map[netip.Addr]time.Time{}, at
}

// limited is the way of one answer to a reader. Only when the status is known it is
// known whether the answer counts: one that says that nothing changed costs nothing,
// and is given to everybody at any time.
type limited struct {
	*exchange
	limiter *limiter
	request *http.Request
	site    *site
	begun   bool
	refused bool
}

// WriteHeader implements http.ResponseWriter.
func (w *limited) WriteHeader(status int) {
	if w.begun {
		return
	}
	w.begun = true
	if status == http.StatusNotModified {
		w.exchange.WriteHeader(status)
		return
	}
	wait := w.limiter.take(w.began, w.limiter.proxies.client(w.peer(w.request), w.request.Header))
	if wait == 0 {
		w.exchange.WriteHeader(status)
		return
	}
	w.refused = true
	w.site.tell(w.request.Context(), slog.LevelInfo, "readers refused that ask too often", "", "last", w.site.clientName(w.exchange, w.request), "agent", shownAgent(w.request.UserAgent()))
	h := w.Header()
	clear(h)
	put(h, w.site.common)
	seconds := strconv.Itoa(int((wait + time.Second - 1) / time.Second))
	h.Set("Retry-After", seconds)
	refuse(w.exchange, http.StatusTooManyRequests,
		fmt.Sprintf("too many requests from your address: ask again in %s seconds, and with If-None-Match, which costs nothing", seconds), "no-store")
}

// Write implements http.ResponseWriter.
func (w *limited) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	if w.refused {
		return len(p), nil // the reader was told something else
	}
	return w.exchange.Write(p)
}

// Unwrap gives http.ResponseController the connection.
func (w *limited) Unwrap() http.ResponseWriter { return w.exchange }
