package attack_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluice/ingest/fetch/fetchtest"
)

// daemon is the program while it serves by TCP, with its admin listener.
type daemon struct {
	*process
	config        string
	public, admin string // host:port
}

// files is how many files a daemon may have open: a quarter of them may be connections of
// a listener. It is so few that attackers have more.
const files = 1600

// startDaemon writes a configuration, of which it makes the server's part but for what is
// given, starts the daemon with it, and waits until all outputs are served.
func startDaemon(t *testing.T, config string, server ...string) *daemon {
	t.Helper()
	needs(t, "sh")
	dir := t.TempDir()
	d := &daemon{config: filepath.Join(dir, "config.yaml"), public: freePort(t), admin: freePort(t)}
	config = fmt.Sprintf("server: {listen: %q, admin: %q, base_url: \"https://sluice.example\"%s}\nstorage: {path: %q}\n", d.public, d.admin, strings.Join(append([]string{""}, server...), ", "), store(dir)) + config
	if err := os.WriteFile(d.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	d.process = spawn(t, "sh", "-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, files), program, "serve", "--log-format=json", "-c", d.config)
	d.within("the daemon is not ready", func() bool {
		status, _, err := d.ask(d.admin, "/readyz", patience)
		return err == nil && status == http.StatusOK
	})
	return d
}

// freePort is an address for a listener of the daemon.
func freePort(t *testing.T) string {
	t.Helper()
	return fetchtest.Port(t, "127.0.0.1")
}

// ask asks once, over a connection of its own.
func (d *daemon) ask(address, path string, limit time.Duration) (status int, body string, err error) {
	ctx, done := context.WithTimeout(d.t.Context(), limit)
	defer done()
	status, _, body, err = ask(ctx, "tcp", address, path)
	return status, body, err
}

// held is what a process holds.
type held struct {
	goroutines, files int
	memory            int // bytes that belong to no file
}

func (h held) String() string {
	return fmt.Sprintf("%d goroutines, %d files, %d MiB", h.goroutines, h.files, h.memory>>20)
}

var goroutines = regexp.MustCompile(`(?m)^go_goroutines (\d+)$`)

// holds asks the daemon and the system.
func (d *daemon) holds() (h held) {
	d.t.Helper()
	_, text, err := d.ask(d.admin, "/metrics", patience)
	m := goroutines.FindStringSubmatch(text)
	if err != nil || m == nil {
		d.t.Fatalf("no go_goroutines in the metrics: %v", err)
	}
	h.goroutines, _ = strconv.Atoi(m[1])
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	h.files, h.memory = len(list), d.memory()
	return h
}

// memory is how much memory the daemon has that belongs to no file.
func (d *daemon) memory() int {
	d.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				d.t.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	d.t.Skip("the system does not say how much memory is anonymous")
	return 0
}
