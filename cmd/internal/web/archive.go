package web

import "net/http"

// serveArchive answers for an archive of an output (RFC 5005): what the feed has no more.
func (s *site) serveArchive(w http.ResponseWriter, r *http.Request, out Output, at place) {
	doc, err := s.outputs.Archive(r.Context(), at.name, at.archive)
	switch {
	case err != nil:
		s.log.WarnContext(r.Context(), "archive not made", "output", at.name, "archive", at.archive, "err", err)
		w.Header().Set("Retry-After", retryAfter)
		refuse(w, http.StatusServiceUnavailable, "this archive cannot be made now; ask again soon", "no-store")
	case doc == nil || at.ext == "":
		refuse(w, http.StatusNotFound, "no such archive", out.caching(shortAge))
	default:
		home := at
		home.ext = ""
		a := s.feed(r, out, doc, s.link(home.path()), at.ext)
		if !doc.Open {
			a.lasts = out.caching(longAge) // its members stay, but a rule may take one out
		}
		s.send(w, r, a)
	}
}
