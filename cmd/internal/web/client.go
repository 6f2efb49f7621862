package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// proxies are the networks whose word is believed when they say for whom they ask.
type proxies []netip.Prefix

func (p proxies) trust(addr netip.Addr) bool {
	for _, network := range p {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// client is the address that a request comes from, by who is connected and what the
// header says; the zero value where it came over a unix socket, which has the zero peer,
// from somebody who is not believed.
//
// A proxy adds whom it asks for at the end of X-Forwarded-For or Forwarded (RFC 7239),
// behind whatever it was told itself. So these are read from their end, for as long as
// it is a trusted proxy that says so: the first address that is none is the client's.
// Who connects over a unix socket is on this machine, and is trusted as 127.0.0.1 is.
func (p proxies) client(peer netip.Addr, header http.Header) netip.Addr {
	asked := peer
	if !peer.IsValid() {
		asked = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if len(p) == 0 || !p.trust(asked) {
		return peer
	}
	older, newer := header["X-Forwarded-For"], header["Forwarded"]
	switch {
	case len(newer) == 0:
		return p.walk(asked, older, func(hop string) string { return hop })
	case len(older) == 0:
		return p.walk(asked, newer, forwardedFor)
	}
	// A proxy sets one of them and lets the other pass. Where they do not say the same
	// one of them may be what the client made up: neither is believed.
	one, other := p.walk(asked, older, func(hop string) string { return hop }), p.walk(asked, newer, forwardedFor)
	if one != other {
		return asked
	}
	return one
}

// walk goes from the last hop of a header's lines to the first that is not trusted.
// node finds the address in what a hop says. What cannot be read, and what a proxy hides,
// ends the way: then the proxy that said so is all that is known.
func (p proxies) walk(from netip.Addr, lines []string, node func(hop string) string) netip.Addr {
	for i := len(lines) - 1; i >= 0; i-- {
		rest, more := lines[i], true
		for more {
			hop := rest
			var at int
			if at = strings.LastIndexByte(rest, ','); at >= 0 {
				rest, hop = rest[:at], rest[at+1:]
			}
			more = at >= 0
			if hop = strings.TrimSpace(hop); hop == "" { // lists may have empty members
				continue
			}
			addr, ok := parseNode(node(hop))
			if !ok {
				return from
			}
			if from = addr; !p.trust(addr) {
				return from
			}
		}
	}
	return from
}

// forwardedFor is the node of a Forwarded element's "for"; empty where it has none.
func forwardedFor(element string) string {
	for pair := range strings.SplitSeq(element, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if strings.EqualFold(key, "for") {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// parseNode reads an address with or without a port, an IPv6 one with or without
// brackets. IPv4 within IPv6 is IPv4.
func parseNode(node string) (netip.Addr, bool) {
	// With a port first, as servers write it: what fails has an error made.
	if pair, err := netip.ParseAddrPort(node); err == nil {
		return pair.Addr().Unmap().WithZone(""), true
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(node, "["), "]"))
	return addr.Unmap().WithZone(""), err == nil
}
