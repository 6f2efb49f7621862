package fetchtest

import (
	"net"
	"strconv"
	"syscall"
	"testing"
)

// Port returns an address of a host, an IPv4 address of this machine, that is the test's for
// as long as it runs: the system gives the port to nobody who asks for any, and to no
// connection. Nobody listens there, so a connection to it is refused, until somebody does
// who names it.
func Port(tb testing.TB, host string) string {
	tb.Helper()
	address, release, err := HoldPort(host)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(release)
	return address
}

// HoldPort is Port for where there is no test yet: the port is held until release.
func HoldPort(host string) (address string, release func(), err error) {
	syscall.ForkLock.RLock()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return "", nil, err
	}
	release = func() { _ = syscall.Close(fd) } // it carries nothing
	port, err := bind(fd, host)
	if err != nil {
		release()
		return "", nil, err
	}
	return net.JoinHostPort(host, strconv.Itoa(port)), release, nil
}

// bind has a socket take a port and not listen. Both sockets of a port have to allow the
// other for the second to get it; what the net package listens on does.
func bind(fd int, host string) (port int, err error) {
	at := &syscall.SockaddrInet4{}
	copy(at.Addr[:], net.ParseIP(host).To4())
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return 0, err
	}
	if err := syscall.Bind(fd, at); err != nil {
		return 0, err
	}
	got, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, err
	}
	return got.(*syscall.SockaddrInet4).Port, nil
}
