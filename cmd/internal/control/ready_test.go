package control_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"sluice/cmd/internal/control"
	"sluice/cmd/internal/web"
)

// The pages are those that the daemon has: what one half says the other understands.
func TestReadyIsWhatTheDaemonSaysOfItself(t *testing.T) {
	noStatus := func(context.Context) (any, error) { return nil, errors.ErrUnsupported }
	pages := func(reason error) http.Handler {
		return web.Admin(slog.New(slog.DiscardHandler), web.AdminPages{
			Metrics: http.NotFoundHandler(), JSON: noStatus, Ready: func() error { return reason },
		})
	}
	for name, tc := range map[string]struct {
		pages   http.Handler
		want    error
		message string
	}{
		"it serves":        {pages(nil), nil, ""},
		"it starts":        {pages(errors.New("starting")), control.ErrNotReady, "the daemon is not ready: starting"},
		"it is of another": {http.NotFoundHandler(), nil, "the daemon answered 404 Not Found"},
		"it says nothing": {
			http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), control.ErrSilent,
			"the daemon does not answer",
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sock")
			ln, err := control.Listen(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			srv := control.Server(tc.pages)
			go func() { _ = srv.Serve(ln) }()
			defer func() { _ = srv.Close() }()
			silence := time.Minute
			if errors.Is(tc.want, control.ErrSilent) {
				silence = 100 * time.Millisecond
			}
			err = dial(t, path, silence).Ready(t.Context())
			if tc.want != nil && !errors.Is(err, tc.want) || (err == nil) != (tc.message == "") || err != nil && err.Error() != tc.message {
				t.Errorf("got %v, want %v, %q", err, tc.want, tc.message)
			}
		})
	}
}
