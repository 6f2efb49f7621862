package systemd_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/systemd"
)

// manager listens as a service manager does, and returns what it is told.
func manager(t *testing.T) (path string, hear func() string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return path, func() string {
		t.Helper()
		if err := conn.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 4096)
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

func take(t *testing.T) *systemd.Manager {
	t.Helper()
	m, err := systemd.Take()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAManagerIsToldAndItsAddressIsNoChilds(t *testing.T) {
	path, hear := manager(t)
	t.Setenv("NOTIFY_SOCKET", path)
	m := take(t)
	if left, there := os.LookupEnv("NOTIFY_SOCKET"); there {
		t.Errorf("children inherit %q", left)
	}
	if err := m.Tell(systemd.Ready, systemd.Status("two\nlines\r\nof it")); err != nil {
		t.Fatal(err)
	}
	if got, want := hear(), "READY=1\nSTATUS=two lines of it"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	if err := m.Tell(systemd.Stopping); err != nil {
		t.Fatal(err)
	}
	if got := hear(); got != "STOPPING=1" {
		t.Errorf("told %q", got)
	}
}

func TestAManagerMayListenWithoutAFile(t *testing.T) {
	name := fmt.Sprintf("@sluice-%d-%d", os.Getpid(), time.Now().UnixNano())
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Skip(err) // Linux alone has names that are no files
	}
	defer func() { _ = conn.Close() }()
	t.Setenv("NOTIFY_SOCKET", name)
	if err := take(t).Tell(systemd.Ready); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 64)
	if n, err := conn.Read(b); err != nil || string(b[:n]) != "READY=1" {
		t.Errorf("told %q, %v", b[:n], err)
	}
}

func TestListenersOfAnotherProcessAreNotTaken(t *testing.T) {
	t.Setenv("LISTEN_PID", "1")
	t.Setenv("LISTEN_FDS", "1")
	t.Setenv("LISTEN_FDNAMES", "public")
	if all, err := take(t).Sockets(); len(all) > 0 || err != nil {
		t.Errorf("got %v, %v", all, err)
	}
	for _, v := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		if _, there := os.LookupEnv(v); there {
			t.Errorf("children inherit %s", v)
		}
	}
}

func TestAReloadIsToldWithTheManagersClock(t *testing.T) {
	text, err := systemd.Reloading()
	if err != nil {
		t.Fatal(err)
	}
	number, ok := strings.CutPrefix(text, "RELOADING=1\nMONOTONIC_USEC=")
	usec, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil {
		t.Fatalf("got %q", text)
	}
	// The first figure of /proc/uptime is of the clock that also runs in a suspend: never behind.
	uptime, err := os.ReadFile("/proc/uptime")
	if err != nil {
		t.Skip(err)
	}
	up, err := strconv.ParseFloat(strings.Fields(string(uptime))[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	if usec <= 0 || float64(usec)/1e6 > up+1 {
		t.Errorf("%d µs, and the machine is up for %v s", usec, up)
	}
}

func TestWithoutAManagerNothingIsTold(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	for name, m := range map[string]*systemd.Manager{"none": nil, "one that does not listen": take(t)} {
		if m.Listens() || m.Watchdog() != 0 {
			t.Errorf("%s: it listens", name)
		}
		if err := m.Tell(systemd.Ready); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if s, err := m.Sockets(); len(s) > 0 || err != nil {
			t.Errorf("%s: sockets %v, %v", name, s, err)
		}
	}
}

func TestAManagerThatIsGoneIsAnError(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "none"))
	if err := take(t).Tell(systemd.Ready); err == nil {
		t.Error("nobody heard it, and it is no error")
	}
}

func TestAManagerThatHangsHoldsNobody(t *testing.T) {
	path, _ := manager(t) // it never reads
	t.Setenv("NOTIFY_SOCKET", path)
	m := take(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		if m.Tell(systemd.Alive) != nil {
			return // its queue was full, and the wait for it bounded
		}
	}
	t.Error("its queue is never full")
}

func TestTheWatchdogIsOursAlone(t *testing.T) {
	path, _ := manager(t)
	for name, c := range map[string]struct {
		usec, pid string
		want      time.Duration
		wrong     bool
	}{
		"for this process":    {usec: "3000000", pid: strconv.Itoa(os.Getpid()), want: 3 * time.Second},
		"for whoever has it":  {usec: "250000", want: 250 * time.Millisecond},
		"for another process": {usec: "3000000", pid: "1"},
		"none":                {},
		"no number":           {usec: "soon", wrong: true},
	} {
		t.Setenv("NOTIFY_SOCKET", path)
		t.Setenv("WATCHDOG_USEC", c.usec)
		t.Setenv("WATCHDOG_PID", c.pid)
		m, err := systemd.Take()
		if (err != nil) != c.wrong || m.Watchdog() != c.want {
			t.Errorf("%s: got %v, %v; want %v", name, m.Watchdog(), err, c.want)
		}
		for _, v := range []string{"WATCHDOG_USEC", "WATCHDOG_PID"} {
			if _, there := os.LookupEnv(v); there {
				t.Errorf("%s: children inherit %s", name, v)
			}
		}
	}
}
