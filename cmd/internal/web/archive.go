package web

import (
	"log/slog"
	"net/http"
)

// serveArchive answers for an archive of an output (RFC 5005), as a feed or as pages:
// what the feed has no more.
func (s *site) serveArchive(w http.ResponseWriter, r *http.Request, out Output, at place) {
	doc, err := s.outputs.Archive(r.Context(), at.name, at.archive)
	switch {
	case err != nil:
		s.refuseUnmade(w, r, at, err)
	case doc == nil:
		refuse(w, http.StatusNotFound, "no such archive", out.caching(shortAge))
	case at.ext == "":
		s.servePage(w, r, out, doc, at)
	default:
		a := s.feed(r, out, doc, s.constant(at), at)
		if !doc.Open {
			a.lasts = out.caching(longAge) // its members stay, but a rule may take one out
		}
		s.send(w, r, a)
	}
}

// refuseUnmade asks a reader to come again for what an archive is needed for.
func (s *site) refuseUnmade(w http.ResponseWriter, r *http.Request, at place, err error) {
	s.tell(r.Context(), slog.LevelWarn, "archive not made", at.name, "archive", at.archive, "err", err)
	w.Header().Set("Retry-After", retryAfter)
	refuse(w, http.StatusServiceUnavailable, "this archive cannot be made now; ask again soon", "no-store")
}
