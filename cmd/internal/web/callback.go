package web

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// callbackPath is what the addresses begin with to which hubs push.
const callbackPath = "/websub/"

// Callbacks takes what hubs say of our subscriptions (W3C WebSub). The statuses
// are HTTP's; id is the last part of the address.
type Callbacks interface {
	Verify(ctx context.Context, id string, query url.Values) (status int, challenge string)
	// Deliver reads no more of the body than it wants to keep.
	Deliver(ctx context.Context, id, signature, contentType string, body io.Reader) (status int)
}

// serveCallback answers a hub. Nothing of it is for caches.
func (s *site) serveCallback(w http.ResponseWriter, r *http.Request, id string) {
	w.Header().Set("Allow", "GET, POST")
	if s.callbacks == nil || id == "" || strings.Contains(id, "/") {
		refuse(w, http.StatusNotFound, "not found", shortAge)
		return
	}
	switch r.Method {
	case http.MethodGet:
		status, challenge := s.callbacks.Verify(r.Context(), id, r.URL.Query())
		if status != http.StatusOK {
			refuse(w, status, http.StatusText(status), "no-store")
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream") // no browser is to read a page in it
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, challenge) // as in send
	case http.MethodPost:
		status := s.callbacks.Deliver(r.Context(), id, r.Header.Get("X-Hub-Signature"), r.Header.Get("Content-Type"), r.Body)
		refuse(w, status, http.StatusText(status), "no-store")
	default:
		refuse(w, http.StatusMethodNotAllowed, "only GET, POST", "no-store")
	}
}
