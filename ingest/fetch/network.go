package fetch

import (
	"context"
	"errors"
	"net"
	"slices"
	"syscall"
)

// What a failure says of our own network, beside what it is. Neither is said of a
// fetch by way of a proxy, whose network is another.
var (
	// ErrOffline says that this machine has no route to any public address. No host
	// brings that about.
	ErrOffline = errors.New("this machine has no way to the Internet")
	// ErrUnrouted says that there was no route to the host, or nothing of its name to
	// be learned from the resolver. A host can bring that about, but many at a time
	// seldom do.
	ErrUnrouted = errors.New("no way to the host")
)

// unrouted reports whether a request failed before anything could be sent to the host.
func unrouted(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return !dns.IsNotFound // its name is known to be in no directory
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial" && slices.ContainsFunc([]error{
		syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT,
	}, func(errno error) bool { return errors.Is(err, errno) })
}

// ours returns ErrOffline or ErrUnrouted where the failure is a sign of that, and nil
// else: not after a redirect, for which somebody was reached. Where private addresses
// may be asked, a machine without a way to public ones may be as it is meant to be.
func (x *exchange) ours(ctx context.Context, err error) error {
	switch {
	case x.target.Proxy != "" || x.hops > 0 || !unrouted(err):
		return nil
	case len(x.client.allow) == 0 && len(x.target.AllowPrivate) == 0 && isOffline(ctx):
		return ErrOffline
	}
	return ErrUnrouted
}

// isOffline reports whether no public address can be reached from here. It connects
// sockets that carry no stream, to addresses for documentation (RFC 5737, RFC 3849):
// the system looks for a route, and nothing is sent.
func isOffline(ctx context.Context) bool {
	for network, address := range map[string]string{"udp4": "192.0.2.1:9", "udp6": "[2001:db8::1]:9"} {
		var d net.Dialer
		conn, err := d.DialContext(ctx, network, address)
		if err == nil {
			return conn.Close() != nil
		}
		if !unrouted(err) {
			return false // it fails for another reason
		}
	}
	return true
}
