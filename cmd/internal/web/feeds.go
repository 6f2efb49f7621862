package web

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"sluice/feed/publish"
)

// formats maps the extension of a feed's address to the representation of the
// document that it serves.
var formats = map[string]func(*publish.Document) *publish.Representation{
	"atom": func(d *publish.Document) *publish.Representation { return &d.Atom },
	"rss":  func(d *publish.Document) *publish.Representation { return &d.RSS },
	"json": func(d *publish.Document) *publish.Representation { return &d.JSON },
}

// mediaTypes are their types in links, without parameters.
var mediaTypes = map[string]string{"atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json"}

// serveOutput answers for what stands below /feeds/. The document is looked up once,
// so that no answer mixes two builds. It returns the kind of what was asked for.
func (s *site) serveOutput(w http.ResponseWriter, r *http.Request, file string) (kind string) {
	known := s.feeds.find(file)
	at, ok := place{}, known != nil
	if ok {
		at = known.at
	} else {
		at, ok = placeOf(file)
	}
	if !ok {
		refuse(w, http.StatusNotFound, "no such feed", shortAge)
		return kindOther
	}
	out, ok := s.admit(r, at.name)
	switch {
	case !ok:
		s.serveFormer(w, r, at.name, strings.TrimPrefix(file, at.name))
	case out.Document == nil:
		s.refuseUnbuilt(w, r, at.name)
	case at.ext == "" && at.path() != "/feeds/"+file: // a first page, by its number
		redirect(w, http.StatusMovedPermanently, s.link(at.path())+query(r), out.caching(longAge))
	case at.archive > 0:
		s.serveArchive(w, r, out, at)
	case at.ext != "":
		s.serveFeed(w, r, out, s.constantOf(known, at, file, out.Document.Hubs))
	default:
		s.servePage(w, r, out, out.Document, at)
	}
	return at.kind()
}

// serveFormer answers for an output that is not configured under the name now, or
// that the request may not know of. rest is what followed the name in the address.
func (s *site) serveFormer(w http.ResponseWriter, r *http.Request, name, rest string) {
	now, renamed := s.outputs.Renamed(name)
	if !renamed {
		now = name // asked for again, so that each refusal takes the same time
	}
	out, ok := s.admit(r, now)
	switch {
	case ok && renamed:
		redirect(w, http.StatusMovedPermanently, s.link("/feeds/"+now+rest)+query(r), out.caching(longAge))
	case !renamed && s.outputs.Withdrawn(name):
		refuse(w, http.StatusGone, "this feed was withdrawn; please unsubscribe", longAge)
	default:
		refuse(w, http.StatusNotFound, "no such feed", shortAge)
	}
}

// refuseUnbuilt asks a reader to come again when the first build is done.
func (s *site) refuseUnbuilt(w http.ResponseWriter, r *http.Request, output string) {
	s.tell(r.Context(), slog.LevelInfo, "readers asked to come again: the feed is being built", output)
	w.Header().Set("Retry-After", retryAfter)
	refuse(w, http.StatusServiceUnavailable, "this feed is being built; ask again soon", "no-store")
}

func (s *site) serveFeed(w http.ResponseWriter, r *http.Request, out Output, known *constant) {
	at := known.at
	if known.tally != nil {
		x := exchangeOf(w)
		s.readers.note(x.began, s.proxies.client(x.peer(r), r.Header), r.Header, known.tally, at.ext, x.last())
	}
	a := s.feed(r, out, out.Document, known, at)
	if !s.serveDelta(w, r, out, at, a) {
		s.send(w, r, a)
	}
}

// constantOf is what the answers with a feed have in common: what is known of its address,
// unless that is nil or the hubs are others.
func (s *site) constantOf(known *constant, at place, file string, hubs []string) *constant {
	if known != nil && slices.Equal(known.hubs, hubs) {
		return known
	}
	return s.feeds.of(file, hubs, func() *constant { return s.constant(at, hubs...) })
}

// constant makes what the answers with a feed have in common.
func (s *site) constant(at place, hubs ...string) *constant {
	home := at
	home.ext = ""
	self, alternate := s.link(at.path()), s.link(home.path())
	links := "<" + self + `>; rel="self"; type="` + mediaTypes[at.ext] + `", <` + alternate + `>; rel="alternate"; type="text/html"`
	for _, hub := range hubs {
		links += ", <" + hub + `>; rel="hub"`
	}
	c := &constant{at: at, hubs: hubs, links: []string{links}}
	if s.readers != nil {
		c.tally = s.readers.of(at.name)
	}
	return c
}

// feed is a document of an output in a format.
func (s *site) feed(r *http.Request, out Output, doc *publish.Document, constant *constant, at place) answer {
	rep := formats[at.ext](doc)
	if key := out.key(r); key != "" {
		rep = s.forHolder(rep, at, key)
	}
	a := answer{Representation: rep, modified: doc.Modified, private: out.private(), constant: constant}
	if at.ext != "json" {
		a.vary, a.label = "Accept", s.labels.of(r.Header["Accept"], readLabels).of(at.ext)
	}
	return a
}

// isName reports whether a name has the form of the configuration's names. It
// is asked first, so that no trick of spelling reaches a look-up.
func isName(name string) bool {
	for i, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c != '-' || i == 0) {
			return false
		}
	}
	return name != ""
}

// query is the request's query string as a redirect passes it on.
func query(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return "?" + r.URL.RawQuery
}
