package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// maxPath is what fits into a unix socket's address on Linux, with its zero.
const maxPath = 107

// Listen makes the socket with mode 0600. A socket that a dead daemon left
// behind is replaced; one that answers is an error.
func Listen(ctx context.Context, path string) (net.Listener, error) {
	if conn, err := dial(ctx, path); err == nil {
		_ = conn.Close()
		return nil, fmt.Errorf("control socket %s: another daemon listens on it", path)
	}
	if info, err := os.Lstat(path); err == nil {
		if info.Mode().Type() != fs.ModeSocket {
			return nil, fmt.Errorf("control socket %s: something else is there; set server.control", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("control socket: %w", err)
		}
	}
	var ln net.Listener
	err := short(path, func(addr string) error {
		// The mode must be right from the first moment, not after a chmod.
		old := syscall.Umask(0o177)
		defer syscall.Umask(old)
		l, err := (&net.ListenConfig{}).Listen(ctx, "unix", addr)
		ln = l
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("control socket %s: %w", path, bare(err))
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false) // its address may be the short one
	return &listener{Listener: ln, path: path}, nil
}

// listener removes the socket's file when it is closed.
type listener struct {
	net.Listener
	path string
}

// Close stops listening and removes the socket.
func (l *listener) Close() error {
	return errors.Join(l.Listener.Close(), ignoreMissing(os.Remove(l.path)))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// dial connects to the socket.
func dial(ctx context.Context, path string) (net.Conn, error) {
	var conn net.Conn
	err := short(path, func(addr string) error {
		c, err := (&net.Dialer{}).DialContext(ctx, "unix", addr)
		conn = c
		return err
	})
	return conn, err
}

// short calls f with an address for the path that fits into a unix socket's:
// the path itself, else one through an open folder under /proc (Linux).
func short(path string, f func(addr string) error) error {
	if len(path) <= maxPath {
		return f(path)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }() // nothing was written
	addr := filepath.Join("/proc/self/fd", strconv.Itoa(int(dir.Fd())), filepath.Base(path))
	if len(addr) > maxPath {
		return fmt.Errorf("%s: name is too long for a socket", filepath.Base(path))
	}
	return f(addr)
}

// bare drops the address from a network error: it may be the short one.
func bare(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
