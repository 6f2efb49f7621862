package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"sluice/cmd/internal/web"
)

// discard is a reader that costs nothing, so that only handlers are measured.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// BenchmarkFeed measures our handler beside the least that can serve the same
// bytes with the same validators: what is above it is routing and manners. A
// whole request over loopback takes some 20,000 ns more for either.
func BenchmarkFeed(b *testing.B) {
	doc := document(0)
	zipped := doc.RSS.Coded[0].Body()
	least := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("ETag", doc.RSS.ETag)
		if r.Header.Get("If-None-Match") == doc.RSS.ETag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", doc.RSS.ContentType)
		body := doc.RSS.Body
		if r.Header.Get("Accept-Encoding") == "gzip" {
			h.Set("Content-Encoding", "gzip")
			body = zipped
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	})
	handlers := map[string]http.Handler{
		"least": least,
		"ours":  web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{BaseURL: base}),
	}
	requests := map[string][2]string{
		"whole":        {"User-Agent", "reader"},
		"gzip":         {"Accept-Encoding", "gzip"},
		"not modified": {"If-None-Match", doc.RSS.ETag},
	}
	for what, header := range requests {
		for whose, h := range handlers {
			b.Run(what+"/"+whose, func(b *testing.B) {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/feeds/world.rss", http.NoBody)
				r.Header.Set(header[0], header[1])
				w := discard{http.Header{}}
				b.ReportAllocs()
				for b.Loop() {
					clear(w.header)
					h.ServeHTTP(w, r)
				}
			})
		}
	}
}

// TestAnAnswerThatNothingChangedCostsOneAllocation holds what BenchmarkFeed shows: the
// exchange, which a connection of ours has already.
func TestAnAnswerThatNothingChangedCostsOneAllocation(t *testing.T) {
	h := web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{BaseURL: base, Readers: &web.Readers{}})
	r := httptest.NewRequest(http.MethodGet, "/feeds/world.rss", http.NoBody)
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)")
	r.Header.Set("Accept", "application/rss+xml, application/xml;q=0.9, */*;q=0.1")
	r.Header.Set("Accept-Encoding", "gzip, deflate, br")
	r.Header.Set("If-None-Match", document(0).RSS.ETag)
	w := discard{http.Header{}}
	if n := testing.AllocsPerRun(100, func() { clear(w.header); h.ServeHTTP(w, r) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}
