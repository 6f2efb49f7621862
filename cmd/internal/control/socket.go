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
// behind is replaced; one behind which somebody listens is an error.
func Listen(ctx context.Context, path string) (net.Listener, error) {
	if err := RemoveStale(ctx, path); err != nil {
		return nil, fmt.Errorf("control socket %s: %w", path, err)
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
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("control socket %s: its folder is not there; make it: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("control socket %s: %w", path, bare(err))
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false) // its address may be the short one
	made := &listener{Listener: ln, path: path}
	if err := Bequeath(path); err != nil {
		return nil, errors.Join(fmt.Errorf("control socket %s: %w", path, cause(err)), made.Close())
	}
	return made, nil
}

// Bequeath gives a socket that root has made to whom its folder belongs. Should root's
// daemon be killed, that user's daemon can see by it that nobody listens there any more.
func Bequeath(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		return os.Lchown(path, int(owner.Uid), int(owner.Gid))
	}
	return nil
}

// RemoveStale removes a unix socket behind which nobody listens any more, so that
// another can take its place.
func RemoveStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return cause(err)
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("something else than a socket is there; name another path")
	}
	conn, err := dial(ctx, path)
	switch {
	case err == nil:
		return errors.Join(errInUse, conn.Close())
	case errors.Is(err, syscall.ECONNREFUSED):
		return cause(os.Remove(path))
	case isSilent(err):
		return errInUse
	}
	return bare(err)
}

var errInUse = errors.New("another daemon listens on it")

// cause is a file error without the path, which the caller names.
func cause(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return err
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
