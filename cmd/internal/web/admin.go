package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AdminPages is what Admin asks for what it shows.
type AdminPages struct {
	Metrics http.Handler                          // answers for /metrics; see Metrics
	JSON    func(context.Context) (any, error)    // the value of `status --json`
	Status  func(context.Context) (Status, error) // the same for /status
	Ready   func() error                          // nil, or why the daemon cannot serve now
	Hosts   func() []string                       // further names by which operators reach the listener; nil: none
}

// Admin returns the handler of the admin listener and the control socket:
// /healthz, /readyz, /metrics, /status, /status.json and /debug/pprof/.
//
// A request whose Host is neither an IP address, nor a name without a dot or below localhost
// (RFC 6761, section 6.3), nor one of p.Hosts is refused, because a page in the operator's
// browser could send it (DNS rebinding).
func Admin(log *slog.Logger, p AdminPages) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusOK, "alive", "no-store")
	})
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := p.Ready(); err != nil {
			w.Header().Set("Retry-After", "5")
			refuse(w, http.StatusServiceUnavailable, "not ready: "+err.Error(), "no-store")
			return
		}
		refuse(w, http.StatusOK, "ready", "no-store")
	})
	mux.HandleFunc("/status.json", func(w http.ResponseWriter, r *http.Request) {
		serveStatus(log, p.JSON, w, r)
	})
	mux.HandleFunc("/status", statusPage(log, p.Status))
	mux.Handle("/metrics", p.Metrics)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return recoverPanics(log, guard(mux, p.Hosts))
}

func guard(next http.Handler, hosts func() []string) http.Handler {
	if hosts == nil {
		hosts = func() []string { return nil }
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "only GET, HEAD", "no-store")
			return
		}
		if !trusted(r.Host, hosts) {
			refuse(w, http.StatusMisdirectedRequest, "ask by IP address, by localhost, or by the name in server.admin or server.base_url", "no-store")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// trusted reports whether a Host can only have been typed by an operator.
func trusted(host string, hosts func() []string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") {
		return true
	}
	return slices.ContainsFunc(hosts(), func(name string) bool { return strings.EqualFold(strings.TrimSuffix(name, "."), host) })
}

func serveStatus(log *slog.Logger, status func(context.Context) (any, error), w http.ResponseWriter, r *http.Request) {
	value, err := status(r.Context())
	var body []byte
	if err == nil {
		body, err = json.Marshal(value)
		body = escapeMarks(body)
	}
	if err != nil {
		log.ErrorContext(r.Context(), "status failed", "err", err)
		refuse(w, http.StatusInternalServerError, "status is not available; see the log", "no-store")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(append(body, '\n')) // as in send
}

// escapeMarks writes what a terminal would act on as JSON escapes: the titles and errors in
// it are what strangers say. Such characters stand within strings alone.
func escapeMarks(text []byte) []byte {
	acts := func(c rune) bool {
		return unicode.IsControl(c) || unicode.In(c, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
	}
	if bytes.IndexFunc(text, acts) < 0 {
		return text
	}
	out := make([]byte, 0, len(text)+len(text)/8)
	for _, c := range string(text) {
		if acts(c) {
			out = fmt.Appendf(out, "\\u%04x", c) // all of them have four digits
			continue
		}
		out = utf8.AppendRune(out, c)
	}
	return out
}
