package web

import (
	"log/slog"
	"net/http"
	"strings"

	"sluice/feed/publish"
)

// serveDelta answers a reader that asks for what is new alone (RFC 3229, A-IM: feed) and
// names a build of before. It returns false where the whole feed, or nothing at all, is
// the answer: whoever asks so takes these, too.
func (s *site) serveDelta(w http.ResponseWriter, r *http.Request, out Output, at place, whole answer) bool {
	if !wantsDelta(r.Header) || unchanged(r.Header, whole.modified, whole.isTag) {
		return false
	}
	build, ok := newestBuild(r.Header, out.Document, whole.Representation)
	if !ok {
		return false
	}
	doc, err := s.outputs.Delta(r.Context(), at.name, out.Document, build)
	if err != nil {
		s.tell(r.Context(), slog.LevelWarn, "changes not made, all is sent", at.name, "err", err)
	}
	if doc == nil {
		return false
	}
	delta := whole
	delta.Representation, delta.instance = formats[at.ext](doc), whole.ETag
	if key := out.key(r); key != "" {
		delta.Representation = s.madeForHolder(delta.Representation, at, key)
	}
	delta.lasts = "no-store, im" // caches that know nothing of this must not take it for the feed
	delta.vary = strings.TrimPrefix(delta.vary+", A-IM, If-None-Match", ", ")
	s.send(w, r, delta)
	return true
}

// wantsDelta reports whether a request names the instance manipulation "feed".
func wantsDelta(header http.Header) (wants bool) {
	ranges(header["A-Im"], func(name string, q float64) {
		wants = wants || name == "feed" && q > 0
	})
	return wants
}

// newestBuild returns the last build that the reader has by its If-None-Match, of those
// that are known.
func newestBuild(header http.Header, doc *publish.Document, of *publish.Representation) (newest uint64, ok bool) {
	if strings.TrimSpace(header.Get("If-None-Match")) == "*" {
		return 0, false
	}
	matches(strings.Join(header["If-None-Match"], ","), func(tag string) bool {
		if build, known := doc.Since(of, tag); known && (!ok || build > newest) {
			newest, ok = build, true
		}
		return false // look on: a later one may be newer
	})
	return newest, ok
}
