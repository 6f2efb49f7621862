package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/klauspost/compress/gzip"
)

// Metrics returns the handler of /metrics. write writes all series in the type given.
func Metrics(log *slog.Logger, contentType string, write func(context.Context, io.Writer) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		h := w.Header()
		h.Set("Vary", "Accept-Encoding")
		to, end := io.Writer(&body), func() error { return nil }
		if wants := codings(r.Header["Accept-Encoding"]); wants.of("gzip") > 0 {
			z, _ := gzip.NewWriterLevel(&body, gzip.BestSpeed) // the level is one
			to, end = z, z.Close
			h.Set("Content-Encoding", "gzip")
		}
		err := write(r.Context(), to)
		if err == nil {
			err = end()
		}
		if r.Context().Err() != nil {
			return // nobody waits any more
		}
		if err != nil {
			log.ErrorContext(r.Context(), "metrics failed", "err", err)
			h.Del("Content-Encoding")
			refuse(w, http.StatusInternalServerError, "metrics are not available; see the log", "no-store")
			return
		}
		h.Set("Content-Type", contentType)
		h.Set("Content-Length", strconv.Itoa(body.Len()))
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(body.Bytes()) // as in send
	})
}
