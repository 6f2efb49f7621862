package farm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Crowd is very many small feeds, each on a loopback address of its own, so that nothing
// that goes by hosts holds them back. Feeds are written when they are asked for, so that
// a hundred thousand of them take no memory. Each tenth request to a feed finds two items
// that are new, another one for each feed; the others that know it get a 304.
type Crowd struct {
	asked   []atomic.Uint32 // requests to each feed
	port    string
	server  *http.Server
	serving sync.WaitGroup
	first   time.Time // when the feeds' first items were published

	full, notModified atomic.Int64
}

// crowdItems is how many items a feed of a crowd lists, of some 400 bytes each.
const crowdItems = 5

// NewCrowd makes a crowd of so many feeds, whose items are of this month.
func NewCrowd(feeds int) *Crowd {
	return &Crowd{asked: make([]atomic.Uint32, feeds), first: time.Now().UTC().AddDate(0, -1, 0).Truncate(time.Hour)}
}

// Start opens the port. Where one of all loopback addresses cannot be had, it fails.
func (c *Crowd) Start(ctx context.Context) error {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp4", "0.0.0.0:0") // 127.0.0.0/8 is all ours
	if err != nil {
		return fmt.Errorf("crowd: %w", err)
	}
	if _, c.port, err = net.SplitHostPort(l.Addr().String()); err != nil {
		return errors.Join(fmt.Errorf("crowd: %w", err), l.Close())
	}
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: time.Minute}
	c.serving.Go(func() { _ = c.server.Serve(l) }) // ends with http.ErrServerClosed
	return nil
}

// Address is where a feed of a started crowd is, counted from 0.
func (c *Crowd) Address(no int) string {
	return fmt.Sprintf("http://127.%d.%d.%d:%s/feed/%d", 1+no>>16, no>>8&255, no&255, c.port, no)
}

// Requests returns what was asked since the last call.
func (c *Crowd) Requests() Counts {
	return Counts{Full: c.full.Swap(0), NotModified: c.notModified.Swap(0)}
}

// Close closes the port and connections and waits for the server to end.
func (c *Crowd) Close() error {
	err := c.server.Close()
	c.serving.Wait()
	return err
}

// ServeHTTP answers for the feed /feed/N, on this machine alone.
func (c *Crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	no, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/feed/"))
	if err != nil || no < 0 || no >= len(c.asked) || !strings.HasPrefix(r.RemoteAddr, "127.") {
		http.NotFound(w, r)
		return
	}
	version := (int(c.asked[no].Add(1)) + no%10) / 10
	etag := `"` + strconv.Itoa(version) + `"`
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		c.notModified.Add(1)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	c.full.Add(1)
	w.Header().Set("Content-Type", "application/rss+xml; charset=utf-8")
	_, _ = w.Write(c.render(no, version)) // the reader went away
}

// render writes a feed.
func (c *Crowd) render(no, version int) []byte {
	b := fmt.Appendf(nil, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>Blog %d</title>"+
		"<link>http://blog-%d.example/</link><description>Of the crowd</description>\n", no, no)
	words := crowdWords()
	for i := range crowdItems {
		item := 2*version + crowdItems - 1 - i
		b = fmt.Appendf(b, "<item><title>%s of %d in %d</title><link>http://blog-%d.example/%d</link><guid>http://blog-%d.example/%d</guid><pubDate>%s</pubDate><description>",
			words[(no+item)%len(words)], item, no, no, item, no, item, c.first.Add(time.Duration(item)*time.Hour).Format(time.RFC1123Z))
		draw := uint32(no)*2654435761 + uint32(item)*40503 //nolint:gosec // any number will do
		for range 40 {
			draw = draw*1664525 + 1013904223
			b = append(b, words[int(draw>>8)%len(words)]...)
			b = append(b, ' ')
		}
		b = append(b, "</description></item>\n"...)
	}
	return append(b, "</channel></rss>\n"...)
}

// crowdWords are what a crowd writes with.
var crowdWords = sync.OnceValue(func() []string { return newVocabulary() })
