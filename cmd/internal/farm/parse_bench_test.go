package farm_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"sluice/cmd/internal/farm"
	"sluice/ingest/parse"

	"github.com/mmcdole/gofeed"
)

// BenchmarkParse says what reading the farm's feeds costs in CPU time, mending and
// cleaning included, as a multiple of what gofeed alone takes for the same bytes.
// Both take turns, so that they meet the same weather.
func BenchmarkParse(b *testing.B) {
	const feeds, turns = 60, 7
	f := farm.New(farm.Options{Feeds: feeds})
	var bodies [][]byte
	for no := range feeds {
		bodies = append(bodies, plain(b, f, no))
	}
	base, err := url.Parse("https://farm.example/feed")
	if err != nil {
		b.Fatal(err)
	}
	var ratios []float64
	for range turns { // and not b.N, which is 1 beside the sweeps
		bare := cpu(b, bodies, func(body []byte) (int, error) {
			doc, err := gofeed.NewParser().Parse(bytes.NewReader(body))
			if err != nil {
				return 0, err
			}
			return len(doc.Items), nil
		})
		own := cpu(b, bodies, func(body []byte) (int, error) {
			doc, err := parse.Parse(body, parse.Meta{Source: "farm", Base: base, ContentType: "application/rss+xml; charset=utf-8"})
			return len(doc.Articles), err
		})
		ratios = append(ratios, own.Seconds()/bare.Seconds())
	}
	b.ReportMetric(0, "ns/op") // both are in it
	b.ReportMetric(median(ratios), "parse/gofeed")
}

// cpu returns what this process spent on reading the bodies, the collection of
// the garbage included, and checks that all items were read.
func cpu(b *testing.B, bodies [][]byte, read func(body []byte) (int, error)) time.Duration {
	b.Helper()
	spent := func() time.Duration {
		var use syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
			b.Fatal(err)
		}
		return time.Duration(use.Utime.Nano() + use.Stime.Nano())
	}
	before := spent()
	for _, body := range bodies {
		if items, err := read(body); err != nil || items != 50 {
			b.Fatalf("%d items, %v", items, err)
		}
	}
	runtime.GC()
	return spent() - before
}

// plain returns a feed of the farm as its server sends it, decompressed.
func plain(tb testing.TB, f *farm.Farm, no int) []byte {
	tb.Helper()
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "/feed/"+strconv.Itoa(no), nil)
	f.ServeHTTP(rec, req)
	body, err := io.ReadAll(rec.Body)
	if err != nil || len(body) == 0 {
		tb.Fatal("the farm sends nothing", err)
	}
	return body
}
