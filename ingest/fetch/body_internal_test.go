package fetch

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"sluice/feed/fuzztest"
)

func FuzzBodies(f *testing.F) {
	const limit = 10_000
	f.Add("gzip", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x01\x00\x00\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add("gzip", []byte("\x1f\x8b\x08\x1f\xff\xff"))
	f.Add("br", []byte("\x0b\x02\x80hello\x03"))
	f.Add("zstd", []byte("\x28\xb5\x2f\xfd\x04\x00\x29\x00\x00hello\x84\x5c\x3c\x0e"))
	f.Add("", []byte("<rss/>"))
	c, err := New(Options{MaxBody: limit})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, coding string, data []byte) {
		defer fuzztest.Within(t, len(coding)+len(data), fuzztest.Cost{Bytes: 16 << 20, Each: 1 << 10})()
		read := func() ([]byte, error) {
			body, received, err := c.readBody(&http.Response{
				Header: http.Header{"Content-Encoding": {coding}}, ContentLength: -1, Body: io.NopCloser(bytes.NewReader(data)),
			}, func() {})
			if received > int64(len(data)) || err == nil && received != int64(len(data)) {
				t.Errorf("%d bytes received of %d, %v", received, len(data), err)
			}
			return body, err
		}
		one, err := read()
		if err == nil && len(one) > limit {
			t.Errorf("%d bytes", len(one))
		}
		if err != nil {
			if what, _ := classify(err); what == "" || strings.ContainsAny(what, "\r\n") {
				t.Errorf("said %q", what)
			}
		}
		// A decoder that met one body treats the next alike.
		two, again := read()
		if !bytes.Equal(one, two) || (err == nil) != (again == nil) {
			t.Errorf("first %d bytes, %v; then %d, %v", len(one), err, len(two), again)
		}
	})
}
