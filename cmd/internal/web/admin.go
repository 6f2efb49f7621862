package web

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"slices"
	"strings"
)

// AdminPages is what Admin asks for what it shows.
type AdminPages struct {
	Metrics http.Handler                          // answers for /metrics; see Metrics
	JSON    func(context.Context) (any, error)    // the value of `status --json`
	Status  func(context.Context) (Status, error) // the same for /status
	Ready   func() error                          // nil, or why the daemon cannot serve now
	Hosts   []string                              // further names by which operators reach the listener
}

// Admin returns the handler of the admin listener and the control socket:
// /healthz, /readyz, /metrics, /status, /status.json and /debug/pprof/.
//
// A request whose Host is neither an IP address, nor a name
// without a dot, nor one of p.Hosts is refused, because a page in the operator's
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

func guard(next http.Handler, hosts []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "only GET, HEAD", "no-store")
			return
		}
		if !trusted(r.Host, hosts) {
			refuse(w, http.StatusMisdirectedRequest, "ask by IP address or localhost", "no-store")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// trusted reports whether a Host can only have been typed by an operator.
func trusted(host string, hosts []string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return !strings.Contains(host, ".") || slices.Contains(hosts, strings.ToLower(host))
}

func serveStatus(log *slog.Logger, status func(context.Context) (any, error), w http.ResponseWriter, r *http.Request) {
	value, err := status(r.Context())
	var body []byte
	if err == nil {
		body, err = json.Marshal(value)
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
