package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// rule is one entry of an allow list: a name or a network, at one port or all.
type rule struct {
	name   string
	prefix netip.Prefix
	port   uint16 // 0: any
}

// allows reports whether a rule covers the address. Names are under the control
// of whoever runs their zone, and networks are written with neighbours in mind:
// neither opens the metadata service of a cloud, only its own address does.
func (g *guard) allows(host string, ip netip.Addr, port uint16) bool {
	metadata := isMetadata(ip)
	for _, r := range g.allow {
		switch {
		case r.port != 0 && r.port != port:
		case r.name != "":
			if r.name == host && !metadata {
				return true
			}
		case r.prefix.Contains(ip) && (!metadata || r.prefix.IsSingleIP()):
			return true
		}
	}
	return false
}

func parseRules(entries []string) ([]rule, error) {
	rules := make([]rule, 0, len(entries))
	for _, entry := range entries {
		r, ok := parseRule(strings.TrimSpace(entry))
		if !ok {
			return nil, fmt.Errorf("allow_private: %q is no network, address or host name; write 10.0.0.0/8, 10.1.2.3 or feeds.lan", clip(entry))
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// parseRule reads 10.0.0.0/8, 10.1.2.3, 10.1.2.3:80, ::1, [::1], [::1]:80,
// feeds.lan or feeds.lan:80.
func parseRule(entry string) (rule, bool) {
	if prefix, err := netip.ParsePrefix(entry); err == nil {
		return rule{prefix: plain(prefix)}, true
	}
	host, port := entry, uint16(0)
	if _, err := netip.ParseAddr(entry); err != nil {
		if h, p, err := net.SplitHostPort(entry); err == nil {
			n, err := strconv.ParseUint(p, 10, 16)
			if err != nil || n == 0 {
				return rule{}, false
			}
			host, port = h, uint16(n)
		} else if inner, ok := strings.CutPrefix(entry, "["); ok {
			host = strings.TrimSuffix(inner, "]")
		}
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap().WithZone("")
		return rule{prefix: netip.PrefixFrom(ip, ip.BitLen()), port: port}, true
	}
	name := normalHost(host)
	if name == "" || strings.ContainsAny(name, " /:@*?#[]%") || endsInNumber(name) {
		return rule{}, false
	}
	return rule{name: name, port: port}, true
}

// plain writes a network of mapped addresses (::ffff:10.0.0.0/104) as what it
// stands for: addresses are unmapped before they are compared.
func plain(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96).Masked()
	}
	return p.Masked()
}

// normalHost returns the one form in which names are compared: lower case,
// in ASCII, without the dot of the root.
func normalHost(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for i := range len(host) {
		if host[i] >= 0x80 {
			if ascii, err := idna.Lookup.ToASCII(host); err == nil {
				return strings.TrimSuffix(ascii, ".")
			}
			break
		}
	}
	return host
}
