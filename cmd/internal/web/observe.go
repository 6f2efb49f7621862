package web

import (
	"log/slog"
	"net/http"
	"time"
)

// The kinds of what requests are for. An address that names nothing is of the kind that it
// looks like.
const (
	kindFeed    = "feed"
	kindPage    = "page"
	kindArchive = "archive" // as a feed or as a page
	kindList    = "list"    // of the outputs
	kindOPML    = "opml"
	kindRobots  = "robots"
	kindWebSub  = "websub"
	kindOther   = "other"
)

// Kinds lists what Served.Kind may be.
func Kinds() []string {
	return []string{kindFeed, kindPage, kindArchive, kindList, kindOPML, kindRobots, kindWebSub, kindOther}
}

// Served is an answer of the public handler. Nothing in it is the request's own.
type Served struct {
	Kind   string
	Status int // 500: it was broken off by a fault of ours
	Bytes  int // of its body
	Took   time.Duration
}

// kind is what a place is to those who count.
func (p place) kind() string {
	switch {
	case p.archive > 0:
		return kindArchive
	case p.ext != "":
		return kindFeed
	}
	return kindPage
}

// serve answers a request, and tells of it.
func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	logged := s.requests.Enabled(r.Context(), slog.LevelDebug)
	if s.observe == nil && !logged {
		s.route(w, r)
		return
	}
	began := time.Now()
	c := &counted{ResponseWriter: w, status: http.StatusInternalServerError}
	kind := kindOther
	defer func() {
		if r.Method == http.MethodHead {
			c.bytes = 0 // net/http keeps them back
		}
		served := Served{kind, c.status, c.bytes, time.Since(began)}
		if s.observe != nil {
			s.observe(served)
		}
		if logged {
			s.logRequest(r, served)
		}
	}()
	kind = s.route(c, r)
}

// counted is the way of one answer to a reader.
type counted struct {
	http.ResponseWriter
	status, bytes int
}

// WriteHeader implements http.ResponseWriter.
func (w *counted) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *counted) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes += n
	return n, err
}

// Unwrap gives http.ResponseController the connection.
func (w *counted) Unwrap() http.ResponseWriter { return w.ResponseWriter }
