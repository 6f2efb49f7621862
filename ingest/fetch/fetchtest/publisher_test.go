package fetchtest_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"sluice/ingest/fetch/fetchtest"
)

// get asks without following redirects or decoding.
func get(t *testing.T, address string, header http.Header) (status int, got http.Header, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

func TestAPublisherServesWhatItWasTold(t *testing.T) {
	p := fetchtest.New(t)
	address := p.Set("/feed", fetchtest.Reply{Body: "one", ETag: `"1"`, LastModified: "then"})
	status, h, body := get(t, address, http.Header{})
	if status != 200 || string(body) != "one" || h.Get("ETag") != `"1"` || h.Get("Last-Modified") != "then" {
		t.Errorf("%d %q %v", status, body, h)
	}
	for name, tc := range map[string]struct {
		header http.Header
		want   int
	}{
		"the same ETag":              {http.Header{"If-None-Match": {`"1"`}}, 304},
		"another ETag":               {http.Header{"If-None-Match": {`"2"`}}, 200},
		"the same date":              {http.Header{"If-Modified-Since": {"then"}}, 304},
		"another date":               {http.Header{"If-Modified-Since": {"now"}}, 200},
		"the ETag goes before dates": {http.Header{"If-None-Match": {`"2"`}, "If-Modified-Since": {"then"}}, 200},
	} {
		if status, _, _ := get(t, address, tc.header); status != tc.want {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _, _ := get(t, p.URL("/else"), http.Header{}); status != 404 {
		t.Errorf("unknown path: %d", status)
	}
	p.SetAll(fetchtest.Reply{Status: 503, Header: http.Header{"Retry-After": {"9"}}})
	if status, h, _ := get(t, p.URL("/else"), http.Header{"X-Key": {"1"}}); status != 503 || h.Get("Retry-After") != "9" {
		t.Errorf("fallback: %d", status)
	}
	if p.Count("") != 8 || p.Count("/else") != 2 || p.Last().Get("X-Key") != "1" {
		t.Errorf("%d requests, %d, %v", p.Count(""), p.Count("/else"), p.Last())
	}
	p.Forget()
	if len(p.Requests()) != 0 {
		t.Error("it remembers")
	}
	if status, h, _ := get(t, p.Redirect("/old", 301, "/feed"), http.Header{}); status != 301 || h.Get("Location") != "/feed" {
		t.Errorf("redirect: %d", status)
	}
}

func TestAPublisherEncodesAndWaits(t *testing.T) {
	p := fetchtest.New(t)
	for coding, decode := range map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) },
	} {
		_, h, body := get(t, p.Set("/", fetchtest.Reply{Body: "plain", Coding: coding}), http.Header{})
		r, err := decode(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != "plain" || h.Get("Content-Encoding") != coding {
			t.Errorf("%s: %q, %v", coding, got, err)
		}
	}
	began := time.Now()
	get(t, p.Set("/", fetchtest.Reply{Delay: 50 * time.Millisecond}), http.Header{})
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}
