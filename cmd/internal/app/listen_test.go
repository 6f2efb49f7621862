package app_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/config"
)

// listening is a daemon that runs, whose addresses are changed.
type listening struct {
	*testing.T
	db  string
	cfg *config.Config
	app *app.App
	ctx context.Context
}

func newListening(t *testing.T, server string) *listening {
	t.Helper()
	l := &listening{T: t, db: filepath.Join(t.TempDir(), "s.db")}
	l.configure(server, "all")
	a, err := app.New(t.Context(), l.cfg, func() (*config.Config, error) { return l.cfg, nil }, slog.New(slog.DiscardHandler), app.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	l.app, l.ctx = a, ctx
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, a.Stop(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return l
}

// configure makes the configuration that the next reload reads.
func (l *listening) configure(server, output string) {
	l.Helper()
	l.cfg = parseConfig(l.T, fmt.Sprintf("server: {%s, base_url: 'https://out.example'}\nstorage: {path: %q}\nsources: []\noutputs: [{name: %s}]\n", server, l.db, output))
}

// ask asks on a connection of its own; 0: nobody listens.
func (l *listening) ask(address, path string) int {
	l.Helper()
	conn, err := (&net.Dialer{}).DialContext(l.Context(), "tcp", address)
	if err != nil {
		return 0
	}
	defer func() { _ = conn.Close() }()
	status, _ := l.exchange(conn, path)
	return status
}

// exchange asks on a connection, and returns the status and whether it is to be closed.
func (l *listening) exchange(conn net.Conn, path string) (status int, last bool) {
	l.Helper()
	if err := conn.SetDeadline(time.Now().Add(bound)); err != nil {
		l.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		l.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		l.Fatal(err)
	}
	_, err = io.Copy(io.Discard, res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		l.Fatal(err)
	}
	return res.StatusCode, res.Close
}

func TestAReloadListensWhereItIsToldToAndAnswersWhatCameBefore(t *testing.T) {
	first, second, kept, admin := freePort(t), freePort(t), freePort(t), freePort(t)
	l := newListening(t, fmt.Sprintf("listen: [%q, %q], admin: ''", first, kept))
	until(t, "the first address", func() bool { return l.ask(first, "/") == http.StatusOK })
	before, err := (&net.Dialer{}).DialContext(l.Context(), "tcp", first)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = before.Close() }()
	if status, last := l.exchange(before, "/"); status != http.StatusOK || last {
		t.Fatalf("before the reload: %d, closed: %v", status, last)
	}

	l.configure(fmt.Sprintf("listen: [%q, %q], admin: %q", kept, second, admin), "all")
	done, err := l.app.Reload(l.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if changes := strings.Join(done.Changes, "\n"); !strings.Contains(changes, "server.listen: ") || !strings.Contains(changes, "server.admin: ") {
		t.Errorf("it says %q", changes)
	}
	for address, want := range map[string]int{second: 200, kept: 200} {
		if got := l.ask(address, "/"); got != want {
			t.Errorf("%s answers %d", address, got)
		}
	}
	if got := l.ask(admin, "/readyz"); got != http.StatusOK {
		t.Errorf("admin answers %d", got)
	}
	until(t, "the end of the first address", func() bool { return l.ask(first, "/") == 0 })

	l.configure(fmt.Sprintf("listen: [%q], admin: ''", second), "all")
	if _, err := l.app.Reload(l.ctx); err != nil {
		t.Fatal(err)
	}
	until(t, "the end of the others", func() bool { return l.ask(kept, "/") == 0 && l.ask(admin, "/readyz") == 0 })
	if got := l.ask(second, "/"); got != http.StatusOK {
		t.Errorf("what stayed answers %d", got)
	}
}

func TestAReloadThatCannotListenChangesNothing(t *testing.T) {
	first, second, taken := freePort(t), freePort(t), freePort(t)
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", taken)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	l := newListening(t, fmt.Sprintf("listen: %q, admin: ''", first))
	until(t, "the first address", func() bool { return l.ask(first, "/feeds/all.rss") == http.StatusOK })
	l.configure(fmt.Sprintf("listen: [%q, %q], admin: ''", second, taken), "other")
	_, err = l.app.Reload(l.ctx)
	refused, ok := errors.AsType[*control.RefusedError](err)
	if !ok || len(refused.Reasons) != 1 || !strings.Contains(refused.Reasons[0], taken) {
		t.Fatalf("got %v", err)
	}
	if l.ask(first, "/feeds/all.rss") != http.StatusOK || l.ask(first, "/feeds/other.rss") != http.StatusNotFound {
		t.Error("something changed")
	}
	if got := l.ask(second, "/"); got != 0 {
		t.Errorf("what was opened before it was refused answers %d", got)
	}
}
