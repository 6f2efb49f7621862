package attack_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// raw sends what no client would, and returns the whole answer without its date.
func (d *daemon) raw(address, request string) string {
	d.t.Helper()
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		d.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		d.t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		d.t.Fatal(err)
	}
	return dates.ReplaceAllString(string(answer), "")
}

var dates = regexp.MustCompile(`(?m)^Date: .*\r\n`)

// get is a request in which only the address and some headers differ.
func get(target string, headers ...string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: sluice.example\r\nConnection: close\r\n" + strings.Join(append(headers, "\r\n"), "")
}

// TestStrangersGetNothingOutOfAnswers asks the program for what it must not give.
func TestStrangersGetNothingOutOfAnswers(t *testing.T) {
	d := served(t)
	t.Run("a wrong token, none, and an output that is not there are one answer", func(t *testing.T) {
		for _, rest := range []string{".rss", ".atom", ".json", "", "/archive/1.rss", "/2"} {
			want := d.raw(d.public, get("/feeds/none"+rest))
			if !strings.HasPrefix(want, "HTTP/1.1 404 ") {
				t.Fatalf("%.200s", want)
			}
			for _, target := range []string{"", "?token=", "?token=" + secret[1:], "?token=" + secret + "0", "?token=%zz", "?Token=" + secret, "?token=x&token=" + secret} {
				for _, header := range []string{"", "If-None-Match: *\r\n", "Authorization: Bearer " + secret + "\r\n", "Cookie: token=" + secret + "\r\n", "A-IM: feed\r\n"} {
					if got := d.raw(d.public, get("/feeds/club"+rest+target, header)); got != want {
						t.Errorf("%s%s with %q:\n%.400s\nwant\n%.400s", rest, target, header, got, want)
					}
				}
			}
		}
		if got := d.raw(d.public, get("/feeds/club.rss?token="+secret)); !strings.HasPrefix(got, "HTTP/1.1 200 ") {
			t.Errorf("the holder got %.200s", got)
		}
	})
	t.Run("what a request says of its host is in no answer", func(t *testing.T) {
		for _, target := range []string{"/", "/feeds/small", "/feeds/small.rss", "/feeds/small.atom", "/feeds/small.json", "/feeds.opml", "/robots.txt", "/feeds/none.rss", "/feeds/small/1", "http://evil.test/feeds/small.atom"} {
			honest := d.raw(d.public, get(target))
			evil := strings.Replace(get(target, "X-Forwarded-Host: evil.test\r\n", "X-Forwarded-Proto: evil.test\r\n", "X-Forwarded-For: evil.test\r\n", "Forwarded: for=evil.test;host=evil.test;proto=evil.test\r\n",
				"X-Original-URL: /evil.test\r\n", "X-Rewrite-URL: /evil.test\r\n", "X-HTTP-Method-Override: evil.test\r\n", "X-Forwarded-Prefix: /evil.test\r\n"), "sluice.example", "evil.test", 1)
			if got := d.raw(d.public, evil); strings.Contains(got, "evil.test") || got != honest {
				t.Errorf("%s: %.400s", target, got)
			}
		}
	})
	t.Run("no spelling of a path leads anywhere else", func(t *testing.T) {
		for _, target := range []string{
			"/feeds/%73mall.rss", "/feeds/small%2erss", "/feeds%2fsmall.rss", "/feeds/../feeds/small.rss", "/feeds/./small.rss", "//feeds/small.rss", "/feeds//small.rss",
			"/feeds/small.rss/", "/feeds/small.rss%00", "/feeds/%00", "/feeds/small\\.rss", "/feeds/..%5csmall.rss", "/%2e%2e/%2e%2e/etc/passwd", "/../../etc/passwd", "/feeds/%c0%ae%c0%ae/x",
			"/feeds/%e0%80%af", "/feeds/" + strings.Repeat("%f0%9f%92%a9", 300), "/feeds/" + strings.Repeat("a", 4000), "/FEEDS/small.rss", "/feeds/SMALL.rss", "/feeds/small.RSS", "/feeds/small.rss;x", "/feeds/small/archive/0.rss",
			"/feeds/small/archive/99999999999999999999.rss", "/feeds/small/archive/-1.rss", "/feeds/small/archive/%31.rss", "/feeds/small.xml", "/config.yaml", "/sluice.db", "/.env",
			"/metrics", "/status", "/status.json", "/healthz", "/readyz", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/reload", "/backup", "/v1/status", "/%6detrics", "//metrics", "/feeds/../metrics",
		} {
			if got := d.raw(d.public, get(target)); !strings.HasPrefix(got, "HTTP/1.1 404 ") && !strings.HasPrefix(got, "HTTP/1.1 400 ") {
				t.Errorf("%.100s: %.200s", target, got)
			}
		}
		for _, target := range []string{"/feeds/small.rss\x00", "/feeds/small.rss\x01"} {
			if got := d.raw(d.public, get(target)); !strings.HasPrefix(got, "HTTP/1.1 400 ") {
				t.Errorf("%q: %.200s", target, got)
			}
		}
	})
	t.Run("requests that two servers could read in two ways are refused or end the connection", func(t *testing.T) {
		for name, request := range map[string]string{
			"two lengths":              "GET /robots.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\n",
			"two hosts":                "GET /robots.txt HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
			"a blank before the colon": "GET /robots.txt HTTP/1.1\r\nHost : x\r\n\r\n",
			"an unknown coding":        "GET /robots.txt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: cow\r\n\r\n",
			"a length that is none":    "GET /robots.txt HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\nx",
		} {
			if got := d.raw(d.public, request); strings.Count(got, "HTTP/1.1 ") != 1 || strings.HasPrefix(got, "HTTP/1.1 2") {
				t.Errorf("%s: %.200s", name, got)
			}
		}
	})
	t.Run("the admin listener answers nobody that a browser was sent by", func(t *testing.T) {
		ask := func(host, target string) string {
			return d.raw(d.admin, strings.Replace(get(target, "Origin: http://evil.test\r\n", "X-Forwarded-Host: sluice.example\r\n"), "sluice.example", host, 1))
		}
		for _, host := range []string{"evil.test", "evil.test:80", "127.0.0.1.evil.test", "localhost.evil.test", "sluice.example.evil.test", "evil.sluice.example", "evilsluice.example", "127.1.", "0x7f.1"} {
			for _, target := range []string{"/metrics", "/status", "/status.json", "/healthz", "/readyz", "/debug/pprof/", "/debug/pprof/heap", "/none", "http://evil.test/metrics"} {
				if got := ask(host, target); !strings.HasPrefix(got, "HTTP/1.1 421 ") || strings.Contains(got, "Access-Control") {
					t.Errorf("%s of %s: %.200s", target, host, got)
				}
			}
		}
		for _, host := range []string{"127.0.0.1", "[::1]:8081", "localhost", "sluice.localhost", "sluice.example", "SLUICE.example.:8081"} {
			if got := ask(host, "/metrics"); !strings.HasPrefix(got, "HTTP/1.1 200 ") || strings.Contains(got, "Access-Control") {
				t.Errorf("an operator who asks %s: %.200s", host, got)
			}
		}
		if got := d.raw(d.admin, get("/feeds/small.rss")); !strings.HasPrefix(got, "HTTP/1.1 404 ") {
			t.Errorf("a feed: %.200s", got)
		}
	})
}

// TestQueriesThatMeanNothingAreNotKept asks with a hundred thousand different ones, or with
// a tenth of them where time is short.
func TestQueriesThatMeanNothingAreNotKept(t *testing.T) {
	d := served(t)
	queries := min(attacks(t, 10_000), 100_000)
	const workers = 8
	run := func(name string, n int) {
		var all sync.WaitGroup
		for w := range workers {
			all.Go(func() {
				transport := &http.Transport{}
				defer transport.CloseIdleConnections()
				client := http.Client{Transport: transport, Timeout: patience}
				for i := range n / workers {
					target := []string{"/feeds/small.rss", "/feeds/small", "/", "/feeds/club.rss", "/feeds.opml", "/feeds/none.rss"}[i%6]
					res, err := client.Get(fmt.Sprintf("http://%s%s?%s%d-%d=%s&token=wrong%d", d.public, target, name, w, i, strings.Repeat("x", 500), i))
					if err == nil {
						_, err = io.Copy(io.Discard, res.Body)
						err = errors.Join(err, res.Body.Close())
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	}
	run("warm", queries/5) // the memory of a process that does this
	before := d.holds()
	heap := d.heap()
	d.within("the heap does not settle", func() bool { // the large feed may still be compressed
		last := heap
		time.Sleep(300 * time.Millisecond)
		heap = d.heap()
		return max(heap-last, last-heap) < 128<<10
	})
	run("measured", queries)
	grown := 0
	d.within("half of what was asked is still on the heap, or more", func() bool {
		grown = d.heap() - heap
		return grown < queries*500/2
	})
	t.Logf("%d queries: %v before, %v after; %d KiB more on the heap", queries, before, d.back(before, "queries"), grown>>10)
	var size int
	for line := range strings.Lines(d.metrics()) {
		if strings.HasPrefix(line, "sluice_") {
			size++
		}
		if strings.Contains(line, "measured") {
			t.Errorf("a query is in the metrics: %s", line)
		}
	}
	if size > 2000 {
		t.Errorf("%d series", size)
	}
}

// heap is how many bytes are in use on the daemon's heap, once all else was let go.
func (d *daemon) heap() (size int) {
	d.t.Helper()
	for range 2 { // the first lets go of what pools keep
		_, text, err := d.ask(d.admin, "/debug/pprof/heap?gc=1&debug=1", patience)
		m := heapInUse.FindStringSubmatch(text)
		if err != nil || m == nil {
			d.t.Fatalf("no size of the heap: %v", err)
		}
		size, _ = strconv.Atoi(m[1])
	}
	return size
}

var heapInUse = regexp.MustCompile(`(?m)^# HeapAlloc = (\d+)$`)

// metrics is what the daemon counts.
func (d *daemon) metrics() string {
	d.t.Helper()
	_, text, err := d.ask(d.admin, "/metrics", patience)
	if err != nil {
		d.t.Fatal(err)
	}
	return text
}
