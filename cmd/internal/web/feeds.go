package web

import (
	"net/http"
	"strings"
	"time"

	"sluice/feed/publish"
)

// formats maps the extension of a feed's address to the representation of the
// document that it serves.
var formats = map[string]func(*publish.Document) *publish.Representation{
	"atom": func(d *publish.Document) *publish.Representation { return &d.Atom },
	"rss":  func(d *publish.Document) *publish.Representation { return &d.RSS },
	"json": func(d *publish.Document) *publish.Representation { return &d.JSON },
}

// serveOutput answers /feeds/NAME and /feeds/NAME.EXT. The document is looked
// up once, so that no answer mixes two builds.
func (s *site) serveOutput(w http.ResponseWriter, r *http.Request, file string) {
	name, ext, isFeed := strings.Cut(file, ".")
	format := formats[ext]
	if !isName(name) || isFeed && format == nil {
		refuse(w, http.StatusNotFound, "no such feed", shortAge)
		return
	}
	doc, known := s.outputs.Document(name)
	switch {
	case !known:
		s.serveFormer(w, r, name, strings.TrimPrefix(file, name))
	case doc == nil:
		w.Header().Set("Retry-After", retryAfter)
		refuse(w, http.StatusServiceUnavailable, "this feed is being built; ask again soon", "no-store")
	case isFeed:
		s.serveFeed(w, r, doc, name, ext)
	default:
		s.servePage(w, r, doc, name)
	}
}

// serveFormer answers for an output that is not configured under the name now.
func (s *site) serveFormer(w http.ResponseWriter, r *http.Request, name, ext string) {
	if now, ok := s.outputs.Renamed(name); ok {
		redirect(w, http.StatusMovedPermanently, s.link("/feeds/"+now+ext)+query(r), longAge)
		return
	}
	if s.outputs.Withdrawn(name) {
		refuse(w, http.StatusGone, "this feed was withdrawn; please unsubscribe", longAge)
		return
	}
	refuse(w, http.StatusNotFound, "no such feed", shortAge)
}

func (s *site) serveFeed(w http.ResponseWriter, r *http.Request, doc *publish.Document, name, ext string) {
	if s.readers != nil {
		s.readers.Note(time.Now(), r)
	}
	rep := formats[ext](doc)
	self, page := s.link("/feeds/"+name+"."+ext), s.link("/feeds/"+name)
	mediaType, _, _ := strings.Cut(rep.ContentType, ";")
	s.send(w, r, answer{
		Representation: rep,
		modified:       doc.Modified,
		links:          "<" + self + `>; rel="self"; type="` + mediaType + `", <` + page + `>; rel="alternate"; type="text/html"`,
	})
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
