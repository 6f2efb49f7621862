package fetch_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

// encoded returns text in a coding.
func encoded(tb testing.TB, coding, text string) string {
	tb.Helper()
	var buf bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&buf)
	case "br":
		w = brotli.NewWriter(&buf)
	case "zstd":
		z, err := zstd.NewWriter(&buf, zstd.WithEncoderConcurrency(1))
		if err != nil {
			tb.Fatal(err)
		}
		w = z
	default:
		return text
	}
	if _, err := io.WriteString(w, text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return buf.String()
}

func TestBodiesAreDecoded(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	long := strings.Repeat(document, 40_000) // 2 MiB
	gz := encoded(t, "gzip", document)
	for name, tc := range map[string]struct {
		coding []string
		body   string
		want   string
	}{
		"plain":                      {nil, document, document},
		"plain and long":             {nil, long, long},
		"empty":                      {nil, "", ""},
		"identity":                   {[]string{"identity"}, document, document},
		"gzip":                       {[]string{"gzip"}, gz, document},
		"gzip in capitals":           {[]string{"GZip"}, gz, document},
		"x-gzip":                     {[]string{"x-gzip"}, gz, document},
		"gzip and identity":          {[]string{"identity", "gzip"}, gz, document},
		"gzip, long":                 {[]string{"gzip"}, encoded(t, "gzip", long), long},
		"gzip of nothing":            {[]string{"gzip"}, encoded(t, "gzip", ""), ""},
		"gzip in members":            {[]string{"gzip"}, gz + encoded(t, "gzip", "") + gz, document + document},
		"gzip that is not announced": {nil, gz, document},
		"gzip with a padded end":     {[]string{"gzip"}, gz + strings.Repeat("\x00", 600), document},
		"gzip with garbage behind":   {[]string{"gzip"}, gz + "\x1fgarbage", document},
		"br":                         {[]string{"br"}, encoded(t, "br", document), document},
		"br, long":                   {[]string{"br"}, encoded(t, "br", long), long},
		"zstd":                       {[]string{"zstd"}, encoded(t, "zstd", document), document},
		"zstd, long":                 {[]string{"zstd"}, encoded(t, "zstd", long), long},
		"zstd in frames":             {[]string{"zstd"}, encoded(t, "zstd", document) + encoded(t, "zstd", document), document + document},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second meets used decoders
				ans := mustFetch(t, c, fetch.Target{URL: p.Set("/", fetchtest.Reply{Body: tc.body, Header: http.Header{"Content-Encoding": tc.coding}})})
				if string(ans.Body) != tc.want {
					t.Fatalf("%d bytes, want %d", len(ans.Body), len(tc.want))
				}
			}
		})
	}
}

func TestCodingsThatAreUnknownNestedOrUntrueAreErrors(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	gz := encoded(t, "gzip", document)
	bad := []byte(gz)
	bad[len(bad)-6] ^= 1 // in the checksum
	for name, tc := range map[string]struct {
		coding []string
		body   string
	}{
		"deflate":                 {[]string{"deflate"}, document},
		"a charset":               {[]string{"utf-8"}, document},
		"gzip twice":              {[]string{"gzip, gzip"}, encoded(t, "gzip", gz)},
		"gzip twice on two lines": {[]string{"gzip", "gzip"}, encoded(t, "gzip", gz)},
		"br within gzip":          {[]string{"br, gzip"}, encoded(t, "gzip", encoded(t, "br", document))},
		"gzip that is plain":      {[]string{"gzip"}, document},
		"br that is plain":        {[]string{"br"}, document},
		"zstd that is plain":      {[]string{"zstd"}, document},
		"gzip with a wrong sum":   {[]string{"gzip"}, string(bad)},
	} {
		t.Run(name, func(t *testing.T) {
			ans, err := c.Fetch(t.Context(), fetch.Target{URL: p.Set("/", fetchtest.Reply{Body: tc.body, ETag: `"1"`, Header: http.Header{"Content-Encoding": tc.coding}})})
			if !errors.Is(err, fetch.ErrCoding) || ans.Body != nil || ans.ETag != "" || ans.Status != 200 {
				t.Fatalf("%+v, %v", ans, err)
			}
			oneLine(t, err)
		})
	}
}

func TestBodiesThatEndEarlyAreErrors(t *testing.T) {
	c := newClient(t, fetch.Options{})
	for _, coding := range []string{"gzip", "br", "zstd"} {
		whole := encoded(t, coding, strings.Repeat(document, 50))
		for _, cut := range []int{0, 1, 5, len(whole) / 2, len(whole) - 1} {
			t.Run(fmt.Sprintf("%s after %d bytes", coding, cut), func(t *testing.T) {
				w := saying(t, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nETag: \"1\"\r\nContent-Length: %d\r\n\r\n%s", coding, cut, whole[:cut]))
				ans, err := c.Fetch(t.Context(), fetch.Target{URL: w.url()})
				if !errors.Is(err, fetch.ErrInterrupted) || ans.Body != nil || ans.ETag != "" {
					t.Errorf("%+v, %v", ans, err)
				}
			})
		}
	}
	gz := encoded(t, "gzip", document)
	for name, answer := range map[string]string{
		"a short body":                   "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss>",
		"nothing of a body":              "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
		"a cut chunk":                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n<rss>",
		"no last chunk":                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n",
		"a broken chunk":                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss>\r\n",
		"whole gzip in a cut body":       fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(gz)+9, gz),
		"gzip whose second member ends":  fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(gz)+4, gz+gz[:4]),
		"gzip that is cut, unannounced":  fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(gz)-5, gz[:len(gz)-5]),
		"gzip to the end of the network": "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gz[:len(gz)-5],
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Fetch(t.Context(), fetch.Target{URL: saying(t, answer).url()})
			if !errors.Is(err, fetch.ErrInterrupted) {
				t.Fatalf("%v", err)
			}
			oneLine(t, err)
		})
	}
}

func TestBodiesHaveALimit(t *testing.T) {
	const limit = 100_000
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{MaxBody: limit})
	for _, coding := range []string{"", "gzip", "br", "zstd"} {
		for size, want := range map[int]bool{limit - 1: true, limit: true, limit + 1: false, 10 * limit: false} {
			ans, err := c.Fetch(t.Context(), fetch.Target{URL: p.Set("/", fetchtest.Reply{Body: strings.Repeat("x", size), Coding: coding})})
			if want && (err != nil || len(ans.Body) != size) || !want && (!errors.Is(err, fetch.ErrTooLarge) || ans.Body != nil) {
				t.Errorf("%q, %d bytes: %d, %v", coding, size, len(ans.Body), err)
			}
		}
	}
	_, err := c.Fetch(t.Context(), fetch.Target{URL: p.Set("/", fetchtest.Reply{Body: strings.Repeat("x", limit+1)})})
	if err == nil || !strings.Contains(err.Error(), "max_body") {
		t.Fatalf("%v", err)
	}
	oneLine(t, err)
	t.Run("by what is announced, without reading", func(t *testing.T) {
		w := dripping(t, "HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n")
		began := time.Now()
		if _, err := c.Fetch(t.Context(), fetch.Target{URL: w.url()}); !errors.Is(err, fetch.ErrTooLarge) {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("took %v", took)
		}
	})
	t.Run("of what is sent, too", func(t *testing.T) {
		members := strings.Repeat(encoded(t, "gzip", ""), limit/10)
		if _, err := c.Fetch(t.Context(), fetch.Target{URL: p.Set("/", fetchtest.Reply{Body: members, Header: http.Header{"Content-Encoding": {"gzip"}, "Content-Length": nil}})}); !errors.Is(err, fetch.ErrTooLarge) {
			t.Errorf("%v", err)
		}
	})
}

func TestBombsCostLittleMemory(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{MaxBody: 4 << 20})
	zeros := strings.Repeat("\x00", 32<<20)
	var bombs []string
	for _, coding := range []string{"gzip", "br", "zstd"} {
		bombs = append(bombs, p.Set("/"+coding, fetchtest.Reply{
			Body: encoded(t, coding, zeros), Header: http.Header{"Content-Encoding": {coding}},
		}))
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, address := range bombs {
		ans, err := c.Fetch(t.Context(), fetch.Target{URL: address})
		if !errors.Is(err, fetch.ErrTooLarge) {
			t.Errorf("%d bytes, %v", len(ans.Body), err)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
		t.Errorf("three bombs allocated %d MiB", grown>>20)
	}
}
