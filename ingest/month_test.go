package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/storage/bolt/bolttest"
)

// A town is many publishers in fake time. It answers, and holds what it is asked
// against what it said.
type town struct {
	spacing time.Duration

	mu     sync.Mutex
	homes  map[feed.SourceID]*home
	places map[string]*place
	faults []string
	asked  int
}

// home is a feed of the town.
type home struct {
	host     string
	interval time.Duration
	fault    string // empty: healthy
	calls    int
	asking   bool
	closed   time.Time       // not to be asked before
	due      time.Time       // as the last report said
	lags     []time.Duration // between due and asked
}

// place is a host of the town.
type place struct {
	asking int
	last   time.Time // start of the last request
	rests  time.Time // by a 429, for all of its feeds
	// limited is when it last said 429 to a feed that it had never said it to, and
	// wide how far apart requests are to be on the day after.
	limited time.Time
	wide    time.Duration
}

// limit is a 429 of the host's own, after which requests are further apart.
func (p *place) limit(now time.Time, spacing time.Duration) {
	p.limited, p.wide = now, min(2*p.apart(now, spacing), time.Minute)
}

// apart is the least time that is to be between two requests: each quiet day, less
// an hour in which nobody looks closely, halves it.
func (p *place) apart(now time.Time, spacing time.Duration) time.Duration {
	return max(p.wide>>min(now.Add(time.Hour).Sub(p.limited)/day, 62), spacing)
}

// settle makes the town of so many feeds over so many hosts, a tenth of them
// faulty, in each way equally often.
func settle(feeds, hosts int, interval, spacing time.Duration) (*town, []ingest.Source) {
	faults := []string{"429", "429 for ever", "503", "500", "hangs", "404", "403", "410", "no feed", "unreachable", "slow", "fresh"}
	w := &town{spacing: spacing, homes: map[feed.SourceID]*home{}, places: map[string]*place{}}
	var sources []ingest.Source
	for i := range feeds {
		name := fmt.Sprintf("s%05d", i)
		s := source(name, "https://h"+fmt.Sprint(i%hosts)+".example/"+name)
		s.Host, s.Interval = fmt.Sprint("h", i%hosts), interval
		h := &home{host: s.Host, interval: interval}
		if i/hosts%10 == i%10 { // on each host a tenth of its feeds, not the same everywhere
			h.fault = faults[i/10%len(faults)]
		}
		w.homes[s.Name] = h
		w.places[s.Host] = &place{}
		sources = append(sources, s)
	}
	return w, sources
}

func (w *town) complain(format string, args ...any) {
	if len(w.faults) < 20 {
		w.faults = append(w.faults, fmt.Sprintf(format, args...))
	}
}

// Fetch implements ingest.Fetcher.
func (w *town) Fetch(ctx context.Context, t fetch.Target) (fetch.Answer, error) {
	name := feed.SourceID(t.URL[strings.LastIndexByte(t.URL, '/')+1:])
	h, call := w.open(name)
	defer w.close(name)
	ans := fetch.Answer{Final: &url.URL{Scheme: "https", Host: h.host + ".example", Path: "/" + string(name)}}
	wait := time.Duration(50+call*37%900) * time.Millisecond
	switch h.fault {
	case "hangs":
		wait = time.Minute
	case "slow":
		wait = 20 * time.Second
	}
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return ans, context.Cause(ctx)
	}
	return w.answer(ctx, h, ans, t, string(name))
}

// answer is what a home says, which keeps itself closed for as long as it asks.
func (w *town) answer(ctx context.Context, h *home, ans fetch.Answer, t fetch.Target, name string) (fetch.Answer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	h.closed = now.Add(h.interval)
	fail := func(code int, wait time.Duration) (fetch.Answer, error) {
		h.closed = now.Add(max(h.interval, min(wait, 7*24*time.Hour)))
		ans.Status, ans.RetryAfter = code, wait
		return ans, &fetch.StatusError{Code: code, RetryAfter: wait}
	}
	switch h.fault {
	case "429":
		if h.calls%3 == 0 {
			if h.calls == 3 { // later it is the feed's own: others were answered in between
				w.places[h.host].rests = now.Add(30 * time.Minute)
				w.places[h.host].limit(now, w.spacing)
			}
			return fail(429, 30*time.Minute)
		}
	case "429 for ever":
		if h.calls == 1 {
			w.places[h.host].limit(now, w.spacing)
		}
		h.closed = now.Add(4 * time.Hour)
		return fail(429, 0)
	case "503":
		return fail(503, 26*time.Hour)
	case "500":
		if h.calls%2 == 0 {
			return fail(500, 0)
		}
	case "404":
		return fail(404, 0)
	case "403":
		return fail(403, 0)
	case "410":
		h.closed = now.Add(1000 * 24 * time.Hour)
		ans.Status = 410
		return ans, &fetch.StatusError{Code: 410}
	case "hangs":
		return ans, fetch.ErrTimeout
	case "unreachable":
		return ans, errors.New("no such host")
	case "no feed":
		ans.Status, ans.Body, ans.ContentType = 200, []byte("<!doctype html><title>Welcome</title>"), "text/html"
		return ans, nil
	case "fresh":
		ans.Freshness = 3 * h.interval
		h.closed = now.Add(min(3*h.interval, 24*time.Hour))
	}
	if t.ETag != "" {
		ans.Status, ans.NotModified = 304, true
		return ans, ctx.Err()
	}
	ans.Status, ans.ETag, ans.Body, ans.ContentType = 200, `"1"`, []byte(rss(name)), "application/rss+xml"
	return ans, ctx.Err()
}

// open notes the start of a request.
func (w *town) open(name feed.SourceID) (h *home, call int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h, now := w.homes[name], time.Now()
	p := w.places[h.host]
	switch {
	case h.asking:
		w.complain("%s was asked twice at a time", name)
	case p.asking > 0:
		w.complain("%s had two requests at a time", h.host)
	case now.Sub(p.last) < p.apart(now, w.spacing):
		w.complain("%s had two requests within %v", h.host, now.Sub(p.last))
	case now.Before(h.closed):
		w.complain("%s (%s) was asked %v early", name, h.fault, h.closed.Sub(now))
	case now.Before(p.rests):
		w.complain("%s was asked %v early, while it rested", h.host, p.rests.Sub(now))
	}
	if h.fault == "" && !h.due.IsZero() && now.After(p.rests.Add(time.Hour)) {
		h.lags = append(h.lags, now.Sub(h.due))
	}
	h.asking, p.last = true, now
	p.asking++
	h.calls++
	w.asked++
	return h, h.calls
}

func (w *town) close(name feed.SourceID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.homes[name]
	h.asking = false
	w.places[h.host].asking--
}

// observe learns when a home is due.
func (w *town) observe(rep ingest.Report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if rep.Outcome.Polled() {
		w.homes[rep.Source].due = rep.Next.Truncate(time.Microsecond) // as stores keep it
	}
}

// lag returns the 99th of 100 lags of the healthy, and how many polls of each
// healthy one there were at least.
func (w *town) lag() (p99 time.Duration, least int) {
	var all []time.Duration
	least = 1 << 30
	for _, h := range w.homes {
		if h.fault == "" {
			all = append(all, h.lags...)
			least = min(least, h.calls)
		}
	}
	slices.Sort(all)
	if len(all) == 0 {
		return 0, least
	}
	return all[len(all)*99/100], least
}

// TestAMonthOfManySourcesOffendsNobody simulates a month; "make simulate" runs it
// with ten thousand sources over five hundred hosts.
func TestAMonthOfManySourcesOffendsNobody(t *testing.T) {
	const interval, spacing, month = 6 * time.Hour, time.Second, 30 * day
	feeds, hosts, length := 200, 10, month
	if os.Getenv("SLUICE_SIMULATE") != "" {
		feeds, hosts = 10_000, 500
	}
	w, sources := settle(feeds, hosts, interval, spacing)
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		store := bolttest.Open(t)
		plan := ingest.Plan{
			Sources: sources, Min: 15 * time.Minute, Max: 24 * time.Hour, Authority: "example.org", Fetcher: w,
			Pace: ingest.Pace{Spacing: spacing},
		}
		// It is started again while hosts are known to want more time between requests.
		for _, run := range []time.Duration{20 * time.Hour, length - 20*time.Hour} {
			runner := ingest.New(store, slog.New(slog.DiscardHandler), ingest.Options{Observe: w.observe})
			if err := runner.SetPlan(t.Context(), plan); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), run)
			if err := runner.Run(ctx); err != nil {
				t.Error(err)
			}
			cancel()
			time.Sleep(5 * time.Minute)
		}
	})
	for _, fault := range w.faults {
		t.Error(fault)
	}
	p99, least := w.lag()
	t.Logf("%d requests of %d sources on %d hosts in %v; lag p99 of healthy sources %v; %v", w.asked, feeds, hosts, length, p99, time.Since(began))
	if p99 > interval/100 {
		t.Errorf("99 %% of healthy sources were asked within %v of when they were due, want %v", p99, interval/100)
	}
	if want := int(length/interval) / 5; least < want {
		t.Errorf("a healthy source was asked %d times, want %d", least, want)
	}
}
