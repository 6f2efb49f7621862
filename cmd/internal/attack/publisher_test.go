package attack_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// publisher serves feeds that grow, as /NAME.
type publisher struct {
	*httptest.Server
	mu    sync.Mutex
	items map[string]int // of each source, numbered from 1
	fault map[string]int // how each source's next answers go wrong; see serve
}

// The ways in which a source can fail its poll.
const (
	sound = iota
	broken
	cut
	noFeed
	hangs
	faults
)

func newPublisher(t *testing.T, sources int) *publisher {
	t.Helper()
	p := &publisher{items: map[string]int{}, fault: map[string]int{}}
	for i := range sources {
		p.items[fmt.Sprintf("s%d", i)] = 0
	}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *publisher) serve(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	p.mu.Lock()
	n, fault := p.items[name], p.fault[name]
	p.mu.Unlock()
	tag := fmt.Sprintf(`"%d"`, n)
	body := document(name, n)
	switch fault {
	case broken:
		w.WriteHeader(http.StatusInternalServerError)
		return
	case cut:
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		body = body[:len(body)*2/3]
	case noFeed:
		body = "<!doctype html><title>Be right back</title>"
	case hangs:
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute):
		}
		return
	default:
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	_, _ = w.Write([]byte(body)) // who asked was killed
}

// grow adds items to a source.
func (p *publisher) grow(name string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.items[name] += n
}

// growAll adds items to each source.
func (p *publisher) growAll(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name := range p.items {
		p.items[name] += n
	}
}

// has returns how many items each source has.
func (p *publisher) has() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	has := map[string]int{}
	for name, n := range p.items {
		has[name] = n
	}
	return has
}

// document is the feed of a source that has n items.
func document(name string, n int) string { return listing(name, 1, n) }

// listing is the feed of a source that lists its items from the first to the last.
func listing(name string, first, last int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<rss version=\"2.0\"><channel><title>%s</title><link>https://%[1]s.example/</link><description>d</description>\n", name)
	for i := last; i >= first; i-- {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i)*time.Minute + time.Duration(name[1]-'0')*time.Second)
		fmt.Fprintf(&b, "<item><guid isPermaLink=\"false\">%s-%d</guid><title>%[1]s %[2]d</title><link>https://%[1]s.example/%[2]d</link><pubDate>%s</pubDate><description>%s</description></item>\n",
			name, i, at.Format(time.RFC1123Z), text(name, i))
	}
	return b.String() + "</channel></rss>\n"
}

// text is what an item says: long enough to fill pages, and no two alike.
func text(name string, i int) string {
	var b strings.Builder
	for n := range 40 {
		fmt.Fprintf(&b, "%s%d says %x. ", name, i, uint32((i*40+n)*2654435761)^uint32(len(name)*7919))
	}
	return b.String()
}

// configure writes a configuration for all of a publisher's sources, with the store at
// the path, and returns its own.
func (p *publisher) configure(t *testing.T, dir, store string, more ...string) (path string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "storage: {path: %q}\n", store)
	b.WriteString("ingest: {allow_private: [127.0.0.1], workers: 4, timeout: 5s, per_host: {parallel: 4, spacing: 0s}}\nsources:\n")
	for i := range len(p.has()) {
		fmt.Fprintf(&b, "  - {name: s%d, url: \"%s/s%[1]d\"}\n", i, p.URL)
	}
	b.WriteString("outputs:\n  - {name: all, order: published, limit: 50}\n")
	server := "server: {listen: \"unix:" + filepath.Join(dir, "public") + "\", admin: \"\", base_url: \"https://sluice.example\""
	b.WriteString(server + "}\n" + strings.Join(more, "\n"))
	path = filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
