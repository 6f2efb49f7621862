package fetch_test

import (
	"io"
	"net/http"
	"testing"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

// BenchmarkNotModified is a poll that brings nothing, beside the bare request
// that it cannot be cheaper than.
func BenchmarkNotModified(b *testing.B) {
	p := fetchtest.New(b)
	address := p.Set("/feed", fetchtest.Reply{Body: document, ETag: `"1"`})
	b.Run("fetch", func(b *testing.B) {
		c := newClient(b, fetch.Options{})
		b.ReportAllocs()
		for b.Loop() {
			if ans, err := c.Fetch(b.Context(), fetch.Target{URL: address, ETag: `"1"`}); err != nil || !ans.NotModified {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		client := &http.Client{Transport: &http.Transport{}}
		b.ReportAllocs()
		for b.Loop() {
			req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
			if err != nil {
				b.Fatal(err)
			}
			req.Header.Set("If-None-Match", `"1"`)
			resp, err := client.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	})
}
