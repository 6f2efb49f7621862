package app_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/systemd"
	"sluice/config"
)

// managed is a service manager's end: what a daemon tells is read there.
type managed struct {
	*testing.T
	conn *net.UnixConn
	to   *systemd.Manager
}

func newManaged(t *testing.T) *managed {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	to, err := systemd.Take()
	if err != nil {
		t.Fatal(err)
	}
	return &managed{t, conn, to}
}

// hear returns what is told next.
func (m *managed) hear() string {
	m.Helper()
	if err := m.conn.SetReadDeadline(time.Now().Add(2 * bound)); err != nil {
		m.Fatal(err)
	}
	b := make([]byte, 8192)
	n, err := m.conn.Read(b)
	if err != nil {
		m.Fatal(err)
	}
	return string(b[:n])
}

// expect skips words alone, and requires that what is told next is of a form.
func (m *managed) expect(form string) {
	m.Helper()
	for {
		got := m.hear()
		if strings.HasPrefix(got, "STATUS=") {
			continue
		}
		if !regexp.MustCompile("^(?:" + form + ")$").MatchString(got) {
			m.Fatalf("told %q, want %s", got, form)
		}
		return
	}
}

func TestTheServiceManagerIsToldOfAStartReloadsAndTheStop(t *testing.T) {
	m := newManaged(t)
	address := freePort(t)
	cfg := parseConfig(t, fmt.Sprintf("server: {listen: %q, admin: ''}\nstorage: {path: %q}\nsources: []\noutputs: [{name: all}]\n",
		address, filepath.Join(t.TempDir(), "s.db")))
	var broken error
	load := func() (*config.Config, error) { return cfg, broken }
	a, err := app.New(t.Context(), cfg, load, slog.New(slog.DiscardHandler), app.EngineOptions{Manager: m.to})
	if err != nil {
		t.Fatal(err)
	}
	if got := m.hear(); got != "STATUS=opening the store" {
		t.Errorf("first it told %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()

	const idle = "0 sources; no poll is planned; 1 output"
	m.expect("READY=1\nSTATUS=" + idle)
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		t.Fatalf("it is ready and cannot be reached: %v", err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}

	const begun = "RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]+\nSTATUS=reading the configuration"
	if _, err := a.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	m.expect(begun)
	m.expect("READY=1\nSTATUS=" + idle)

	broken = errors.New("c.yaml: cannot be read")
	if _, err := a.Reload(ctx); err == nil {
		t.Fatal("the reload was not refused")
	}
	m.expect(begun)
	m.expect("READY=1\nSTATUS=" + idle + "; reload refused at [0-9]{2}:[0-9]{2} UTC: c.yaml: cannot be read")

	cancel()
	m.expect("STOPPING=1\nSTATUS=stopping.*")
	if err := errors.Join(<-ended, a.Stop(t.Context())); err != nil {
		t.Error(err)
	}
	// Nothing takes that back.
	if _, err := a.Reload(ctx); err == nil {
		t.Error("a daemon that has stopped reloads")
	}
	if err := m.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 8192)
	if n, err := m.conn.Read(b); err == nil {
		t.Errorf("after the end it told %q", b[:n])
	}
}
