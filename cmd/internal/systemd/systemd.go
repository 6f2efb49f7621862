// Package systemd is the daemon's side of the service manager that started it: it
// takes what the manager hands over by the environment, and tells the manager how the
// daemon is. Without a manager there is nothing to take, and telling does nothing.
//
// See sd_notify(3), sd_listen_fds(3) and sd_watchdog_enabled(3).
package systemd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
)

// Manager is the service manager. Nil is none, and every method works on it.
type Manager struct {
	notify  string        // the socket that it listens on; empty: it does not
	limit   time.Duration // without a sign of life for so long it ends us; 0: never
	sockets []*os.File    // that it opened for us; nil once they were taken
}

// Take reads what the manager handed over and removes it from the environment, so that
// no child takes it for its own. It is called once, and before anything opens a file:
// what is inherited is known by its number alone.
func Take() (*Manager, error) {
	m := &Manager{notify: os.Getenv("NOTIFY_SOCKET")}
	m.sockets = activation.Files(true)
	limit, err := daemon.SdWatchdogEnabled(true)
	m.limit = limit
	return m, errors.Join(err, os.Unsetenv("NOTIFY_SOCKET"))
}

// Watchdog returns how long the manager waits for a sign of life (Alive) before it ends
// the process; 0: it does not.
func (m *Manager) Watchdog() time.Duration {
	if m == nil || m.notify == "" {
		return 0
	}
	return m.limit
}

// Listens reports whether the manager takes notifications.
func (m *Manager) Listens() bool { return m != nil && m.notify != "" }

// What a daemon has to tell.
const (
	Ready    = daemon.SdNotifyReady    // it serves, also again after Reloading
	Stopping = daemon.SdNotifyStopping // it is about to end
	Alive    = daemon.SdNotifyWatchdog // see Manager.Watchdog
)

// Reloading says that the daemon reads its configuration; Ready says that it is done,
// whatever came of it.
func Reloading() (string, error) {
	now, err := monotonic()
	if err != nil {
		return "", err
	}
	// The manager takes a Ready for an answer to this only where the times say so.
	return fmt.Sprintf("%s\nMONOTONIC_USEC=%d", daemon.SdNotifyReloading, now.Microseconds()), nil
}

// Status says in words how the daemon is, in one line: what "systemctl status" shows.
func Status(line string) string {
	return "STATUS=" + strings.Join(strings.FieldsFunc(line, func(r rune) bool { return r < ' ' }), " ")
}

// patience is how long the manager may take no notification.
const patience = time.Second

// Tell sends what has changed, all of it at once. It takes a second at most, also where
// the manager hangs.
func (m *Manager) Tell(states ...string) error {
	if !m.Listens() {
		return nil
	}
	// Dialled each time: the manager makes the socket anew when it executes itself again.
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: m.notify, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("service manager: %w", err)
	}
	err = conn.SetWriteDeadline(time.Now().Add(patience))
	if err == nil {
		_, err = conn.Write([]byte(strings.Join(states, "\n")))
	}
	if err = errors.Join(err, conn.Close()); err != nil {
		return fmt.Errorf("service manager: %w", err)
	}
	return nil
}

// Socket is a listener that the manager opened, and opens again for the next process:
// what connects meanwhile waits. Closing it closes this process's copy and leaves the
// file of a unix socket where it is.
type Socket struct {
	net.Listener
	Name string // FileDescriptorName of the socket's unit; the unit's name where it has none
}

// Sockets takes the listeners over, in the manager's order. After an error none is left
// open. There are none the second time.
func (m *Manager) Sockets() ([]Socket, error) {
	if m == nil {
		return nil, nil
	}
	var all []Socket
	var errs []error
	for _, f := range m.sockets {
		ln, err := listener(f)
		if err != nil {
			errs = append(errs, fmt.Errorf("inherited socket %q: %w", f.Name(), err))
			continue
		}
		all = append(all, Socket{Listener: ln, Name: f.Name()})
	}
	m.sockets = nil
	if len(errs) == 0 {
		return all, nil
	}
	for _, s := range all {
		errs = append(errs, s.Close())
	}
	return nil, errors.Join(errs...)
}

// listener makes a listener of an inherited file, and closes that.
func listener(f *os.File) (ln net.Listener, err error) {
	defer func() { err = errors.Join(err, f.Close()) }() // the listener has a copy
	listens, err := syscall.GetsockoptInt(int(f.Fd()), syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN)
	if err != nil {
		return nil, err
	}
	if listens == 0 {
		return nil, errors.New("nothing can connect to it; its unit needs ListenStream= and Accept=no")
	}
	return net.FileListener(f)
}
