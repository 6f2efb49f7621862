package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sluice/cmd/internal/web"
)

// noStatusPage is of a daemon that has none.
func noStatusPage(context.Context) (web.Status, error) {
	return web.Status{}, errors.New("disk on fire")
}

func TestAdmin(t *testing.T) {
	fine := func(context.Context) (any, error) { return map[string]int{"sources": 3}, nil }
	failing := func(context.Context) (any, error) { return nil, errors.New("disk on fire") }
	metrics := web.Metrics(slog.New(slog.DiscardHandler), "text/plain", func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "sluice_ready 1\n")
		return err
	})
	tests := map[string]struct {
		method, target, host string
		status               func(context.Context) (any, error)
		ready                error
		wantStatus           int
		wantBody             string
	}{
		"alive":                         {"GET", "/healthz", "127.0.0.1:8081", fine, errors.New("starting"), 200, "alive\n"},
		"ready":                         {"GET", "/readyz", "localhost:8081", fine, nil, 200, "ready\n"},
		"not ready":                     {"GET", "/readyz", "[::1]:8081", fine, errors.New("starting"), 503, "not ready: starting\n"},
		"status":                        {"GET", "/status.json", "127.0.0.1", fine, nil, 200, `{"sources":3}` + "\n"},
		"status fails without detail":   {"GET", "/status.json", "127.0.0.1", failing, nil, 500, "status is not available; see the log\n"},
		"metrics":                       {"GET", "/metrics", "127.0.0.1", fine, nil, 200, "sluice_ready 1\n"},
		"metrics by a page's name":      {"GET", "/metrics", "evil.example:8081", fine, nil, 421, ""},
		"profiles by a page's name":     {"GET", "/debug/pprof/", "evil.example:8081", fine, nil, 421, ""},
		"status page fails, too":        {"GET", "/status", "127.0.0.1", fine, nil, 500, "status is not available; see the log\n"},
		"status page of no state":       {"GET", "/status?state=bad", "127.0.0.1", fine, nil, 404, "there is no such page; see /status\n"},
		"status page zero":              {"GET", "/status?page=0", "127.0.0.1", fine, nil, 404, "there is no such page; see /status\n"},
		"profiles":                      {"GET", "/debug/pprof/", "127.0.0.1", fine, nil, 200, "goroutine"},
		"a profile":                     {"GET", "/debug/pprof/goroutine?debug=1", "127.0.0.1", fine, nil, 200, "goroutine profile:"},
		"unknown":                       {"GET", "/feeds/world.rss", "127.0.0.1", fine, nil, 404, ""},
		"POST":                          {"POST", "/healthz", "127.0.0.1", fine, nil, 405, ""},
		"a name that a page could have": {"GET", "/status.json", "evil.example:8081", fine, nil, 421, ""},
		"a name of the operator's":      {"GET", "/status.json", "admin.example.org:8081", fine, nil, 200, `{"sources":3}`},
		"the same in other letters":     {"GET", "/status.json", "ADMIN.example.org.:8081", fine, nil, 200, `{"sources":3}`},
		"a name below the operator's":   {"GET", "/status.json", "evil.admin.example.org", fine, nil, 421, "server.admin"},
		"a name below localhost":        {"GET", "/status.json", "sluice.localhost:8081", fine, nil, 200, `{"sources":3}`},
		"one that only ends like that":  {"GET", "/status.json", "evil.notlocalhost", fine, nil, 421, ""},
		"no name":                       {"GET", "/status.json", "", fine, nil, 200, `{"sources":3}`},
		"what strangers say acts on no terminal": {"GET", "/status.json", "127.0.0.1", func(context.Context) (any, error) {
			return map[string]string{"error": "a\u202eb\u009b\u061c\u2028c\x7f\"\U0001f600"}, nil
		}, nil, 200, `{"error":"a\u202eb\u009b\u061c\u2028c\u007f\"😀"}` + "\n"},
		"a name without a dot": {"GET", "/status.json", "sluice", fine, nil, 200, `{"sources":3}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var logged bytes.Buffer
			h := web.Admin(slog.New(slog.NewTextHandler(&logged, nil)), web.AdminPages{
				Metrics: metrics, JSON: tt.status, Status: noStatusPage, Ready: func() error { return tt.ready }, Hosts: func() []string { return []string{"Admin.example.org", ""} },
			})
			req := httptest.NewRequestWithContext(t.Context(), tt.method, tt.target, http.NoBody)
			req.Host = tt.host
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			if rec.Code != tt.wantStatus || !strings.Contains(rec.Body.String(), tt.wantBody) {
				t.Errorf("got %d %.200q, want %d %q", rec.Code, rec.Body, tt.wantStatus, tt.wantBody)
			}
			if rec.Header().Get("Access-Control-Allow-Origin") != "" {
				t.Error("the admin listener lets pages of other origins read")
			}
			if strings.Contains(logged.String(), "disk on fire") != (tt.wantStatus == 500) {
				t.Errorf("logged %q", logged.String())
			}
		})
	}
}

func TestAdminServerWaitsForAProfile(t *testing.T) {
	if s := web.AdminServer(http.NotFoundHandler()); s.WriteTimeout.Seconds() < 60 {
		t.Errorf("the server gives up after %v", s.WriteTimeout)
	}
}
