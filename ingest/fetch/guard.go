package fetch

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// dialTimeout is for one connection: looking up the name and connecting to the
// first of its addresses that answers.
const dialTimeout = 10 * time.Second

// guard decides to which addresses connections are made. It is asked for the
// address that the kernel is about to connect to, not for what a name resolved
// to a moment ago: a name may resolve otherwise the second time.
type guard struct {
	public *ssrf.Guardian // knows the special-purpose registries of IANA
	allow  []rule
	look   lookup
}

// lookup resolves names; nil: as the system does.
type lookup = *net.Resolver

func newGuard(look lookup, allow ...[]rule) *guard {
	g := &guard{public: ssrf.New(ssrf.WithAnyPort()), look: look}
	for _, rules := range allow {
		g.allow = append(g.allow, rules...)
	}
	return g
}

// dial connects to a host and port, with the guard at each address.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	host = normalHost(host)
	d := net.Dialer{
		Timeout: dialTimeout, Resolver: g.look,
		KeepAlive: -1, // no connection is silent for long enough to be probed: see firstByteTimeout, progressTime and idleTimeout
		Control: func(_, resolved string, _ syscall.RawConn) error {
			ap, err := netip.ParseAddrPort(resolved)
			if err != nil {
				return fmt.Errorf("dial: %w", err)
			}
			return g.check(host, ap)
		},
	}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if at, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !g.isPublic(at.AddrPort().Addr()) {
		return privateConn{conn}, nil
	}
	return conn, nil
}

// privateConn is a connection to an address that is not public. It says so itself, since
// to judge the address anew for each request costs more than to ask conditionally.
type privateConn struct{ net.Conn }

// isPrivate reports whether a connection of a guard is to an address that is not public.
func isPrivate(conn net.Conn) bool {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	_, private := conn.(privateConn)
	return private
}

// check returns an error when host may not be reached at the address.
func (g *guard) check(host string, ap netip.AddrPort) error {
	ip := ap.Addr().Unmap().WithZone("")
	switch {
	case g.allows(host, ip, ap.Port()):
		// A translator would lead on to the address inside of this one.
		if inner, ok := translated(ip); ok {
			return g.check(host, netip.AddrPortFrom(inner, ap.Port()))
		}
		return nil
	case !g.isPublic(ip):
		return &blockedError{host: host, ip: ip}
	}
	return nil
}

// isPublic reports whether an address is one that everybody may ask.
func (g *guard) isPublic(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return !isMetadata(ip) && g.public.SafeAddr(ip) == nil
}

// checkName is check for a host that a proxy will look up. Names are the
// proxy's business, but those that every resolver takes for an address of the
// machine itself are not: the proxy's loopback is as private as ours.
func (g *guard) checkName(host, port string) error {
	host = normalHost(host)
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return &blockedError{host: host}
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case err == nil:
	case host == "localhost" || strings.HasSuffix(host, ".localhost"):
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	case endsInNumber(host):
		return &blockedError{host: host} // 127.1, 0x7f000001: inet_aton's forms
	default:
		return nil
	}
	return g.check(host, netip.AddrPortFrom(ip, uint16(n)))
}

// endsInNumber tells the hosts that some resolvers read as an IPv4 address in
// parts, in octal or in hexadecimal (WHATWG URL, section 3.5).
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

// translated returns the IPv4 address inside of one that a NAT64 gateway
// translates (RFC 6052).
func translated(ip netip.Addr) (netip.Addr, bool) {
	if !ssrf.IPv6NAT64Prefix.Contains(ip) {
		return netip.Addr{}, false
	}
	b := ip.As16()
	return netip.AddrFrom4([4]byte(b[12:])), true
}

// isMetadata reports whether clouds answer there with the credentials of the
// machine: Amazon, Google, Azure, Oracle, Alibaba, Tencent, Scaleway, OpenStack and
// what imitates them.
func isMetadata(ip netip.Addr) bool {
	switch ip.String() {
	case "169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.0.23", "169.254.42.42",
		"100.100.100.200", "192.0.0.192", "168.63.129.16",
		"fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:42::42", "fe80::a9fe:a9fe":
		return true
	}
	return slices.ContainsFunc(within(ip), isMetadata)
}

// within are the IPv4 addresses that one of IPv6 may lead on to, by a router that nobody
// expects: 6to4 (RFC 3056), addresses that are compatible (RFC 4291), and translators of a
// network's own (RFC 8215) by each length of their prefix (RFC 6052). What the well-known
// prefix leads to is judged as a whole, see translated.
func within(ip netip.Addr) []netip.Addr {
	if !ip.Is6() {
		return nil
	}
	b := ip.As16()
	switch {
	case b[0] == 0x20 && b[1] == 0x02:
		return []netip.Addr{netip.AddrFrom4([4]byte(b[2:]))}
	case compatible.Contains(ip):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[12:]))}
	case localTranslators.Contains(ip):
		return []netip.Addr{
			netip.AddrFrom4([4]byte{b[6], b[7], b[9], b[10]}),
			netip.AddrFrom4([4]byte{b[7], b[9], b[10], b[11]}),
			netip.AddrFrom4([4]byte(b[9:])),
			netip.AddrFrom4([4]byte(b[12:])),
		}
	}
	return nil
}

var (
	compatible       = netip.MustParsePrefix("::/96")
	localTranslators = netip.MustParsePrefix("64:ff9b:1::/48")
)
