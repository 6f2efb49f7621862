// Package farm is a small Internet of feeds on loopback, for tests and for
// "make bench": as many feeds as asked for, the same for the same seed, that
// answer conditional requests and change when told to.
//
// It owns the feeds and their server. It measures nothing itself; the floors
// that sluice is compared with stand in its tests, because they use the bare
// libraries, which nothing that ships may do.
package farm

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options shape a farm. The zero value gives the farm that the project's
// figures are measured on, with 1,000 feeds.
type Options struct {
	Feeds int    // 0: 1,000; the even ones are RSS, the odd ones Atom
	Items int    // in each feed; 0: 50
	Bytes int    // of each feed, roughly, before compression; 0: 110,000
	Hosts int    // loopback addresses 127.0.0.1, .2 … that the feeds are spread over; 0: 19
	Seed  uint64 // the same seed gives the same bytes
}

// Counts says what a farm was asked for.
type Counts struct {
	Full        int64 // answers with a body
	NotModified int64 // answers of 304
}

// Farm is a set of feeds and, once started, their servers. Its methods may be
// called from several goroutines, but for Start and Close.
type Farm struct {
	opt     Options
	mu      sync.RWMutex
	feeds   []*document
	ticks   int
	servers []*http.Server
	urls    []string
	serving sync.WaitGroup

	full, notModified atomic.Int64
}

// document is one feed as it is served now.
type document struct {
	no       int
	items    []item // newest first
	next     int    // number of the next new item
	gzip     []byte
	etag     string
	modified time.Time
}

// New grows a farm; a thousand feeds take a second or two.
func New(opt Options) *Farm {
	for _, def := range []struct {
		value *int
		zero  int
	}{{&opt.Feeds, 1000}, {&opt.Items, 50}, {&opt.Bytes, 110_000}, {&opt.Hosts, 19}} {
		if *def.value <= 0 {
			*def.value = def.zero
		}
	}
	f := &Farm{opt: opt, feeds: make([]*document, opt.Feeds)}
	for no := range f.feeds {
		d := &document{no: no, next: opt.Items}
		for i := range opt.Items {
			d.items = append(d.items, item{no: opt.Items - 1 - i})
		}
		f.feeds[no] = d
	}
	f.bake(f.feeds)
	return f
}

// bake renders and compresses the feeds as they stand, on all processors.
func (f *Farm) bake(feeds []*document) {
	work := make(chan *document)
	var bakers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		bakers.Go(func() {
			words := newVocabulary()
			for d := range work {
				raw := render(f.opt, words, d)
				d.gzip = compress(raw)
				sum := fnv.New64a()
				_, _ = sum.Write(raw) // a hash never fails
				d.etag = `"` + strconv.FormatUint(sum.Sum64(), 36) + `"`
				d.modified = epoch.Add(time.Duration(f.ticks) * time.Minute)
			}
		})
	}
	for _, d := range feeds {
		work <- d
	}
	close(work)
	bakers.Wait()
}

func compress(raw []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, werr := z.Write(raw)
	if err := errors.Join(werr, z.Close()); err != nil {
		panic(err) // a buffer takes everything
	}
	return out.Bytes()
}

// Tick changes every tenth feed, another tenth each time: two new items enter
// at the top, two leave at the bottom, and one in the middle is edited.
func (f *Farm) Tick() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ticks++
	var changed []*document
	for no := f.ticks % 10; no < len(f.feeds); no += 10 {
		old := f.feeds[no]
		d := &document{no: no, next: old.next + 2, items: []item{{no: old.next + 1}, {no: old.next}}}
		d.items = append(d.items, old.items[:max(len(old.items)-2, 0)]...)
		d.items[len(d.items)/2].revision++
		f.feeds[no] = d
		changed = append(changed, d)
	}
	f.bake(changed)
}

// Start opens the ports and returns their addresses. Where loopback has only
// one address, as on some systems, all ports are on it.
func (f *Farm) Start(ctx context.Context) ([]string, error) {
	var addresses []string
	var config net.ListenConfig
	for host := range f.opt.Hosts {
		l, err := config.Listen(ctx, "tcp", fmt.Sprintf("127.0.0.%d:0", host+1))
		if err != nil && host > 0 {
			l, err = config.Listen(ctx, "tcp", "127.0.0.1:0")
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("farm: %w", err), f.Close())
		}
		server := &http.Server{Handler: f, ReadHeaderTimeout: time.Minute}
		f.servers = append(f.servers, server)
		addresses = append(addresses, l.Addr().String())
		f.serving.Go(func() { _ = server.Serve(l) }) // ends with http.ErrServerClosed
	}
	for no := range f.feeds {
		f.urls = append(f.urls, "http://"+addresses[no%len(addresses)]+"/feed/"+strconv.Itoa(no))
	}
	return addresses, nil
}

// URLs returns the addresses of the feeds of a started farm.
func (f *Farm) URLs() []string { return f.urls }

// Requests returns what was asked since the last call.
func (f *Farm) Requests() Counts {
	return Counts{Full: f.full.Swap(0), NotModified: f.notModified.Swap(0)}
}

// Close closes ports and connections and waits for the servers to end.
func (f *Farm) Close() error {
	var errs []error
	for _, s := range f.servers {
		errs = append(errs, s.Close())
	}
	f.serving.Wait()
	return errors.Join(errs...)
}

// ServeHTTP answers for the feed /feed/N, whatever host it is asked of.
func (f *Farm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	no, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/feed/"))
	if err != nil || no < 0 || no >= len(f.feeds) {
		http.NotFound(w, r)
		return
	}
	f.mu.RLock()
	d := f.feeds[no]
	f.mu.RUnlock()
	h := w.Header()
	h.Set("ETag", d.etag)
	h.Set("Last-Modified", d.modified.Format(http.TimeFormat))
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == d.etag {
		f.notModified.Add(1)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	f.full.Add(1)
	h.Set("Content-Type", "application/rss+xml; charset=utf-8")
	if no%2 == 1 {
		h.Set("Content-Type", "application/atom+xml; charset=utf-8")
	}
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(d.gzip)))
		_, _ = w.Write(d.gzip) // the reader went away
		return
	}
	if z, err := gzip.NewReader(bytes.NewReader(d.gzip)); err == nil {
		_, _ = io.Copy(w, z) //nolint:gosec // our own bytes
	}
}
