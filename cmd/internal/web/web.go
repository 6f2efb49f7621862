// Package web is the way out: it answers HTTP requests for what publish built.
//
// It owns addresses, status codes, headers, negotiation and the pages for
// people. It does not know how articles are chosen, rendered or stored: it asks
// Outputs for finished documents and sends their bytes, so a request costs no
// more than a look-up. Opening and closing ports is the business of app.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"sluice/feed/publish"
)

// Outputs is what web needs to know of the outputs. Its methods are called for
// every request, from many goroutines, and but for Archive and Delta must not block. What they
// return is not changed afterwards: a new build is a new document.
type Outputs interface {
	// Output returns a configured output. What its fields say is of one moment.
	Output(name string) (out Output, ok bool)
	// Archive returns an archive of a configured output (RFC 5005), nil where it has none
	// of that number. It may have to be made, within the time of a build.
	Archive(ctx context.Context, name string, number int) (*publish.Document, error)
	// Delta returns a document of those entries of an output that came, or changed, between
	// a build that doc.Since told of and doc; nil where that cannot be said any more. It may
	// have to be made, too.
	Delta(ctx context.Context, name string, doc *publish.Document, build uint64) (*publish.Document, error)
	// List names the configured outputs in the order of the configuration.
	List() []Listed
	// Renamed returns the present name of an output that was called old, never
	// a name that was itself given up.
	Renamed(old string) (name string, ok bool)
	// Withdrawn reports whether an output of the name was published once and is
	// configured no more.
	Withdrawn(name string) bool
}

// Listed is an output as the list of outputs shows it.
type Listed struct {
	Name        string
	Title       string // empty: the name is shown
	Description string
	Sources     int // how many sources it takes from
	Entries     int // how many entries its document holds
	Modified    time.Time
	Private     bool // it takes a token, and strangers do not see it listed
}

// Options are the parameters of the public handler. The zero value works.
type Options struct {
	// BaseURL is how subscribers reach the outputs. Links are made from it and
	// never from the Host header, which anybody can set. Empty: links are
	// paths alone.
	BaseURL string
	// MaxAge is how long caches may keep a feed unasked; 0: 5 minutes.
	MaxAge time.Duration
	// Patience is how long a reader may take for 64 KiB of a large feed before it
	// is cut off; 0: 30 seconds.
	Patience time.Duration
	// Readers is told of every request for a feed; nil: nobody is.
	Readers *Readers
	// Limit is how many answers a minute an address is given, those that say that
	// nothing changed aside; 0: as many as it asks for.
	Limit int
	// Proxies are the networks whose X-Forwarded-For and Forwarded are believed.
	Proxies []netip.Prefix
	// Observe is told of every answer, once it is given; nil: nobody is.
	Observe func(Served)
	// Requests is told of each request, at level debug; nil: nobody is.
	Requests *slog.Logger
	// Callbacks takes what hubs say; nil: there are no callbacks.
	Callbacks Callbacks
}

const (
	// pieceSize is how many bytes of a large body are sent at a time. A smaller one costs
	// more calls of the system than sending takes; a larger one, more time until who
	// stopped reading is noticed.
	pieceSize = 256 << 10
	// paceSize is how many bytes a reader must take within the site's patience.
	paceSize = 64 << 10

	allowed       = "GET, HEAD, OPTIONS"
	exposeHeaders = "Access-Control-Expose-Headers"
	// shortAge is the lifetime, in seconds, of answers that may soon be different:
	// an unknown output may be configured at the next reload.
	shortAge = "public, max-age=60"
	longAge  = "public, max-age=86400"
	// retryAfter is when, in seconds, a reader should ask again for an output
	// that is being built for the first time.
	retryAfter = "30"
)

// site is the public handler.
type site struct {
	log     *slog.Logger
	outputs Outputs
	base    string    // BaseURL without a trailing slash
	common  []field   // of every answer
	content []field   // of every whole answer that has a validator
	caching []string  // Cache-Control of those
	private []string  // the same for holders of a token alone
	feeds   constants // of outputs' feeds
	held    heldFeeds

	codings *memo[accepted] // of Accept-Encoding
	labels  *memo[labels]   // of Accept

	subscriptions subscriptions
	pages         *pageSet
	readers       *Readers // nil: nobody counts
	proxies       proxies
	limiter       *limiter // nil: nobody is limited

	patience  time.Duration // see Options
	observe   func(Served)  // see Options
	callbacks Callbacks
	requests  *slog.Logger // told of each, see Options
	troubles  troubles
}

// New returns the handler of the public listener.
func New(log *slog.Logger, outputs Outputs, opt Options) http.Handler {
	patience := opt.Patience
	if patience <= 0 {
		patience = 30 * time.Second
	}
	age := opt.MaxAge
	if age <= 0 {
		age = 5 * time.Minute
	}
	var limit *limiter
	if opt.Limit > 0 {
		limit = newLimiter(opt.Limit, opt.Proxies)
	}
	s := &site{
		log:     log,
		outputs: outputs,
		base:    strings.TrimRight(opt.BaseURL, "/"),
		common: []field{
			newField("Access-Control-Allow-Origin", "*"), // nothing here is for some origins only
			newField(exposeHeaders, "ETag, Link, Retry-After"),
		},
		content: []field{
			newField("X-Content-Type-Options", "nosniff"),
			newField("Accept-Ranges", "none"),
			// Keeps a feed that a browser shows from doing anything but look well.
			newField("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'self'"),
		},
		caching:  []string{cacheControl(age)},
		private:  []string{strings.Replace(cacheControl(age), "public", "private", 1)},
		patience: patience, callbacks: opt.Callbacks,
		codings: newMemo[accepted](), labels: newMemo[labels](),
		pages:   newPageSet(),
		observe: opt.Observe, readers: opt.Readers, proxies: opt.Proxies, limiter: limit, requests: opt.Requests,
	}
	if s.requests == nil {
		s.requests = slog.New(slog.DiscardHandler)
	}
	return recoverPanics(log, http.HandlerFunc(s.serve))
}

// route routes by hand: http.ServeMux would answer a path such as
// /feeds/../x with a redirect, and every path of ours is spelt in one way only. It
// returns the kind of what was asked for.
func (s *site) route(x *exchange, r *http.Request) (kind string) {
	w, h := http.ResponseWriter(x), x.Header()
	put(h, s.common)
	path := r.URL.EscapedPath() // escapes stay escapes, so that none is an alias of a name
	if id, ok := strings.CutPrefix(path, callbackPath); ok {
		s.serveCallback(w, r, id)
		return kindWebSub
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		options(w)
		return kindOther
	default:
		h.Set("Allow", allowed)
		refuse(w, http.StatusMethodNotAllowed, "only "+allowed, longAge)
		return kindOther
	}
	if s.limiter != nil {
		w = &limited{exchange: x, limiter: s.limiter, request: r, site: s}
	}
	switch path {
	case "/", "": // an address without a path has the root's (RFC 9110, 4.2.3)
		s.serveIndex(w, r)
		return kindList
	case "/feeds.opml":
		s.serveOPML(w, r)
		return kindOPML
	case publish.StylePath:
		s.send(w, r, answer{Representation: s.pages.feedStyle})
	case "/robots.txt":
		s.serveRobots(w, r)
		return kindRobots
	default:
		file, ok := strings.CutPrefix(path, "/feeds/")
		if !ok {
			refuse(w, http.StatusNotFound, "not found", shortAge)
			break
		}
		return s.serveOutput(w, r, file)
	}
	return kindOther
}

// options answers OPTIONS, a browser's CORS preflight included.
func options(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Allow", allowed)
	h.Set("Access-Control-Allow-Methods", allowed)
	h.Set("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since, A-IM")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

// link makes the address of a path of ours as subscribers reach it.
func (s *site) link(path string) string { return s.base + path }

// robotsText lets everybody read: that is what feeds are for.
var robotsText = plain("text/plain; charset=utf-8", []byte("User-agent: *\nDisallow:\n"))

func (s *site) serveRobots(w http.ResponseWriter, r *http.Request) {
	s.send(w, r, answer{Representation: robotsText})
}
