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
	x := exchangeOf(w)
	kind := kindOther
	defer func() { s.told(x, r, kind) }()
	kind = s.route(x, r)
}

// told tells of an answer that was given, or broken off.
func (s *site) told(x *exchange, r *http.Request, kind string) {
	x.end()
	served := Served{kind, x.status, x.bytes, x.took}
	if r.Method == http.MethodHead {
		served.Bytes = 0 // net/http keeps them back
	}
	if s.observe != nil {
		s.observe(served)
	}
	if s.requests.Enabled(r.Context(), slog.LevelDebug) {
		s.logRequest(x, r, served)
	}
}
