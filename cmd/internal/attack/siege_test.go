package attack_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// besiegers is how many sources are hostile, and as many are good.
const besiegers = 50

// often is how often sources are asked for.
const often = 2 * time.Second

// host is a publisher at an address of its own, so that it is paced by itself.
type host struct {
	name   string
	secure bool
	ln     net.Listener

	mu    sync.Mutex
	asked []time.Time // when requests came
}

// newHost listens and has each request answered by say, which is not called where say is
// nil: then it does not even read.
func newHost(t *testing.T, name, at string, say answer) *host {
	t.Helper()
	ln, err := net.Listen("tcp", at+":0")
	if err != nil {
		t.Fatal(err)
	}
	h := &host{name: name, ln: ln, secure: say == nil}
	t.Cleanup(func() { _ = ln.Close() })
	ended := t.Context().Done()
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				if say == nil {
					<-ended
					return
				}
				for in := bufio.NewReader(conn); ; {
					req, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					h.mu.Lock()
					h.asked = append(h.asked, time.Now())
					h.mu.Unlock()
					say(h, req, conn)
					if req.Header.Get("Close-It") != "" {
						return
					}
				}
			}()
		}
	}()
	return h
}

func (h *host) url() string {
	if h.secure {
		return "https://" + h.ln.Addr().String() + "/feed"
	}
	return "http://" + h.ln.Addr().String() + "/feed"
}

func (h *host) polls() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.asked)
}

// lateness is by how much polls from the given one on were later than the interval.
func (h *host) lateness(from int) (late []time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := max(from, 1); i < len(h.asked); i++ {
		late = append(late, max(h.asked[i].Sub(h.asked[i-1])-often, 0))
	}
	return late
}

// answer is how a host answers a request.
type answer func(h *host, req *http.Request, conn net.Conn)

// hang says nothing until the other side goes.
func hang(_ *host, _ *http.Request, conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) }

// saying answers with a text, and says no more on the connection.
func saying(answer string) answer {
	return func(_ *host, req *http.Request, conn net.Conn) {
		_, _ = io.WriteString(conn, answer) // who is cut off has tried
		req.Header.Set("Close-It", "1")
	}
}

// repeating answers with a text and then with another for ever, with a pause in between.
func repeating(begin, more string, pause time.Duration) answer {
	return func(_ *host, req *http.Request, conn net.Conn) {
		_, err := io.WriteString(conn, begin)
		for err == nil {
			time.Sleep(pause)
			_, err = io.WriteString(conn, more)
		}
		req.Header.Set("Close-It", "1")
	}
}

const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"

// whole is an answer with a body.
func whole(body, header string) string {
	return fmt.Sprintf("%s%sContent-Length: %d\r\n\r\n%s", ok, header, len(body), body)
}

// besieging are ways to be a bad publisher.
func besieging(t *testing.T) map[string]answer {
	t.Helper()
	zeros := make([]byte, 256<<20)
	pack := func(open func(io.Writer) (io.WriteCloser, error), content []byte) string {
		var out bytes.Buffer
		w, err := open(&out)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	zip := func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, 1) }
	br := func(w io.Writer) (io.WriteCloser, error) { return brotli.NewWriterLevel(w, 1), nil }
	zst := func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }
	bomb := pack(zip, zeros)
	head, tail := "<rss version=\"2.0\"><channel><title>t</title>", "</channel></rss>"
	return map[string]answer{
		"drips":             repeating(ok+"Content-Length: 1000000\r\n\r\n"+head, "x", 200*time.Millisecond),
		"drips a header":    repeating(ok+"X-Slow: ", "x", 200*time.Millisecond),
		"hangs":             hang,
		"hangs in TLS":      nil,
		"gzip bomb":         saying(whole(bomb, "Content-Encoding: gzip\r\n")),
		"brotli bomb":       saying(whole(pack(br, zeros), "Content-Encoding: br\r\n")),
		"zstd bomb":         saying(whole(pack(zst, zeros), "Content-Encoding: zstd\r\n")),
		"bomb within":       saying(whole(pack(zip, []byte(bomb)), "Content-Encoding: gzip, gzip\r\n")),
		"bomb, unannounced": saying(whole(bomb, "")),
		"endless headers":   repeating(ok, "X-More: "+strings.Repeat("x", 1000)+"\r\n", 0),
		"endless body":      repeating(ok+"\r\n"+head, strings.Repeat("<item><title>t</title></item>", 1000), 0),
		"1xx flood":         repeating("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 0),
		"redirects": func(h *host, req *http.Request, conn net.Conn) {
			saying(fmt.Sprintf("HTTP/1.1 302 Found\r\nLocation: /%d\r\nContent-Length: 0\r\n\r\n", h.polls()))(h, req, conn)
		},
		"too short":     saying(ok + "Content-Length: 1000000\r\n\r\n" + head),
		"two lengths":   saying(ok + "Content-Length: 10\r\nContent-Length: 20\r\n\r\n" + head),
		"many items":    saying(whole(head+strings.Repeat("<item><title>t</title></item>", 400_000)+tail, "")),
		"deep":          saying(whole(head+strings.Repeat("<a>", 3_000_000), "")),
		"deep JSON":     saying(whole(`{"version":"https://jsonfeed.org/version/1.1","items":`+strings.Repeat("[", 10_000_000), "")),
		"long title":    saying(whole(head+"<item><title>"+strings.Repeat("&lt;b>", 2_000_000)+"</title></item>"+tail, "")),
		"many elements": saying(whole(head+"<item><description>"+strings.Repeat("&lt;div>", 1_500_000)+"</description></item>"+tail, "")),
		"entities":      saying(whole("<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>"+head+strings.Repeat("<item><title>&c;</title></item>", 1000)+tail, "")),
	}
}

// most is how much anonymous memory a daemon may have under siege.
const most = 256 << 20

// siege is a daemon with good sources and others.
type siege struct {
	t         *testing.T
	bad, good []*host
	span      time.Duration
	config    string // of ingest, beside what all have
	peak      int    // bytes of anonymous memory
	minutes   []int  // the same, in each minute
}

// news answers with an item that was not there before and the two of before: what is asked
// and not stored thrice is lost.
func news(h *host, _ *http.Request, conn net.Conn) {
	n := h.polls()
	_, _ = io.WriteString(conn, whole(listing(h.name, max(1, n-2), n), ""))
}

// lay lets a daemon poll for a while and returns what is wrong with how good sources fared.
func (s *siege) lay(workers int, besieged map[string]answer, blocked string) (faults []string) {
	t := s.t
	var names []string
	for name := range besieged {
		names = append(names, name)
	}
	var sources strings.Builder
	add := func(h *host) {
		fmt.Fprintf(&sources, "  - {name: %s, url: %q, insecure_tls: true}\n", h.name, h.url())
	}
	for i := range besiegers {
		h := newHost(t, fmt.Sprintf("bad%d", i), fmt.Sprintf("127.0.1.%d", i+1), besieged[names[i%len(names)]])
		s.bad = append(s.bad, h)
		add(h)
	}
	for i := range besiegers {
		name, say := fmt.Sprintf("g%d", i), answer(news)
		if name == blocked {
			say = hang
		}
		h := newHost(t, name, fmt.Sprintf("127.0.2.%d", i+1), say)
		s.good = append(s.good, h)
		add(h)
	}
	d := startDaemon(t, fmt.Sprintf("ingest: {allow_private: [127.0.0.0/8], interval: %v, min_interval: %[1]v, timeout: 10s, workers: %d, per_host: {spacing: 0s}%s}\n", often, workers, s.config)+
		"sources:\n"+sources.String()+"outputs: [{name: all, limit: 100}]\n")
	baseline := d.memory()
	before := make([]int, len(s.good))
	for i, h := range s.good {
		before[i] = h.polls()
	}
	faults = append(faults, s.watch(d)...)
	least := int(s.span / (2 * often))
	fewest, polls, late := 1<<30, 0, []time.Duration{0}
	for i, h := range s.good {
		n := h.polls() - before[i]
		fewest, polls = min(fewest, n), polls+n
		late = append(late, h.lateness(before[i])...)
		if n < least {
			faults = append(faults, fmt.Sprintf("%s was polled %d times in %v, want %d", h.name, n, s.span, least))
		}
	}
	slices.Sort(late)
	intervals := func(of float64) float64 { return float64(part(late, of)) / float64(often) }
	t.Logf("good sources were polled %d times, the least %d, at most %d could be; %.2f, %.2f and at most %.2f intervals late (p50, p99); memory %d MiB, at its peak %d MiB, by the minute %v",
		polls, fewest, int(s.span/often), intervals(0.5), intervals(0.99), intervals(1), baseline>>20, s.peak>>20, mebibytes(s.minutes))
	faults = append(faults, s.grows()...)
	d.signal(terminate)
	if got := d.end(); got.status != 0 {
		faults = append(faults, fmt.Sprintf("the daemon ended with status %d", got.status))
	}
	return append(faults, s.lost(d)...)
}

// watch reads an output as people do while the siege lasts, and notes how much memory the
// daemon has.
func (s *siege) watch(d *daemon) (faults []string) {
	ctx, done := context.WithTimeout(s.t.Context(), s.span)
	defer done()
	var reading sync.WaitGroup
	var took []time.Duration
	reading.Go(func() {
		for ctx.Err() == nil || len(took) == 0 {
			began := time.Now()
			status, _, err := d.ask(d.public, "/feeds/all.rss", patience) //nolint:contextcheck // an answer that was begun counts
			if err != nil || status != 200 {
				faults = append(faults, fmt.Sprintf("the output is answered %d, %v", status, err))
				return
			}
			took = append(took, time.Since(began))
			pause(ctx, 50*time.Millisecond)
		}
	})
	for began := time.Now(); ctx.Err() == nil; pause(ctx, 50*time.Millisecond) {
		d.mustLive() // as the same process: nobody starts another
		now, minute := d.memory(), int(time.Since(began)/time.Minute)
		for len(s.minutes) <= minute {
			s.minutes = append(s.minutes, 0)
		}
		s.minutes[minute], s.peak = max(s.minutes[minute], now), max(s.peak, now)
	}
	reading.Wait()
	if slices.Sort(took); len(took) > 0 {
		s.t.Logf("%d answers to a reader meanwhile: p50 %v, p99 %v, at most %v", len(took), part(took, 0.5), part(took, 0.99), took[len(took)-1])
	}
	return faults
}

// grows says where memory is not bounded: beyond what a daemon may have, or more in a later
// minute than in the first ones.
func (s *siege) grows() (faults []string) {
	if s.peak > most {
		faults = append(faults, fmt.Sprintf("%d MiB of memory, want at most %d", s.peak>>20, most>>20))
	}
	for i, peak := range s.minutes {
		if i >= 2 && peak > max(s.minutes[0], s.minutes[1])+64<<20 {
			faults = append(faults, fmt.Sprintf("memory grows: %d MiB in minute %d, by the minute %v", peak>>20, i+1, mebibytes(s.minutes)))
		}
	}
	return faults
}

func mebibytes(sizes []int) (mib []int) {
	for _, size := range sizes {
		mib = append(mib, size>>20)
	}
	return mib
}

// lost names items of good sources that are not stored, after all of them were polled
// once more.
func (s *siege) lost(d *daemon) (faults []string) {
	args := []string{"sync", "--all", "-c", d.config}
	for _, h := range s.good {
		args = append(args, h.name)
	}
	if got := do(s.t, program, args...); got.status != 0 {
		return []string{got.String()}
	}
	found := articles(s.t, store(strings.TrimSuffix(d.config, "/config.yaml")))
	for _, h := range s.good {
		for i := 1; i <= h.polls(); i++ {
			if guid := fmt.Sprintf("%s-%d", h.name, i); len(found[guid]) != 1 {
				faults = append(faults, fmt.Sprintf("%s is there %d times", guid, len(found[guid])))
			}
		}
	}
	return faults
}

// TestHostileSourcesDelayNoGoodOne has as many hostile publishers as good ones polled, and
// looks whether the good ones are asked in time and lose nothing.
func TestHostileSourcesDelayNoGoodOne(t *testing.T) {
	s := &siege{t: t, span: time.Duration(min(attacks(t, 16), 600)) * time.Second}
	if faults := s.lay(64, besieging(t), ""); len(faults) > 0 {
		t.Errorf("%d faults:\n%s", len(faults), strings.Join(faults[:min(len(faults), 20)], "\n"))
	}
	for _, h := range s.bad {
		if h.polls() == 0 && !h.secure {
			t.Errorf("%s was not asked: it was no attack", h.name)
		}
	}
}

// TestTheSiegeIsNoticed is its control: with fewer places than besiegers that hang, good
// sources are late; one that is blocked is told; and so is memory, where bombs may be large.
func TestTheSiegeIsNoticed(t *testing.T) {
	hangs := map[string]answer{"hangs": hang}
	t.Run("few places", func(t *testing.T) {
		s := &siege{t: t, span: 8 * time.Second}
		if faults := s.lay(2, hangs, ""); len(faults) == 0 {
			t.Error("nothing was noticed")
		}
	})
	t.Run("a good source that hangs", func(t *testing.T) {
		s := &siege{t: t, span: 8 * time.Second}
		if faults := strings.Join(s.lay(64, hangs, "g7"), "\n"); !strings.Contains(faults, "g7 was polled") || !strings.Contains(faults, "g7-1 is there 0 times") {
			t.Errorf("noticed %.2000s", faults)
		}
	})
	t.Run("memory", func(t *testing.T) {
		all := besieging(t)
		s := &siege{t: t, span: 6 * time.Second, config: ", max_body: 300MiB"}
		faults := strings.Join(s.lay(64, map[string]answer{"gzip bomb": all["gzip bomb"], "zstd bomb": all["zstd bomb"]}, ""), "\n")
		if !strings.Contains(faults, "MiB of memory") {
			t.Errorf("noticed %.2000s", faults)
		}
	})
	t.Run("memory that grows", func(t *testing.T) {
		s := &siege{peak: 200 << 20, minutes: []int{90 << 20, 100 << 20, 110 << 20, 200 << 20}}
		if faults := s.grows(); len(faults) != 1 || !strings.Contains(faults[0], "minute 4") {
			t.Errorf("noticed %v", faults)
		}
	})
}
