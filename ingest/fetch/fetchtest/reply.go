package fetchtest

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Reply is what a publisher answers. The zero value is an empty 200.
type Reply struct {
	Status       int           // 0: 200, or 304 to a request with a validator that fits
	Body         string        // before Coding
	ContentType  string        // empty: application/xml
	ETag         string        // byte for byte; empty: none
	LastModified string        // byte for byte; empty: none
	Coding       string        // gzip, br or zstd; empty: as it is
	Header       http.Header   // added to the answer, or instead of what is above
	Delay        time.Duration // before the first byte

	// What goes wrong below HTTP. Cut is after how many bytes of the body, as sent,
	// the connection ends; 0: not.
	Cut    int
	Reset  bool // it ends by a reset
	HangUp bool // it ends before the answer
	Flood  bool // the header has no end
}

func (r Reply) write(w http.ResponseWriter, req *http.Request) {
	switch {
	case r.HangUp:
		hangUp(w, r.Reset)
		return
	case r.Flood:
		flood(w)
		return
	}
	h := w.Header()
	set := func(name, value string) {
		if value != "" {
			h[name] = []string{value}
		}
	}
	set("Etag", r.ETag)
	set("Last-Modified", r.LastModified)
	status := r.Status
	if status == 0 {
		status = http.StatusOK
		if r.fits(req.Header) {
			status = http.StatusNotModified
		}
	}
	body := encode(r.Coding, r.Body)
	if status != http.StatusNotModified {
		set("Content-Encoding", r.Coding)
		set("Content-Type", r.ContentType)
		if r.ContentType == "" {
			set("Content-Type", "application/xml")
		}
		set("Content-Length", strconv.Itoa(len(body)))
	}
	for name, values := range r.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	w.WriteHeader(status)
	if r.Cut > 0 {
		cutShort(w, r, body)
		return
	}
	if status != http.StatusNotModified && status != http.StatusNoContent {
		_, _ = w.Write(body) // the client may be gone
	}
}

// fits compares validators as most servers do: as text.
func (r Reply) fits(h http.Header) bool {
	if etags, ok := h["If-None-Match"]; ok {
		return r.ETag != "" && etags[0] == r.ETag
	}
	modified, ok := h["If-Modified-Since"]
	return ok && r.LastModified != "" && modified[0] == r.LastModified
}

// encode applies a coding; an unknown one changes nothing but the header.
func encode(coding, body string) []byte {
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
			panic(err) // the options are fixed
		}
		w = z
	default:
		return []byte(body)
	}
	_, _ = io.WriteString(w, body) // a buffer takes everything
	_ = w.Close()
	return buf.Bytes()
}
