package fetch

import (
	"net"
	"net/netip"
	"slices"
	"testing"
)

// UseResolver has a client look names up elsewhere. The guard stays as it is.
func UseResolver(c *Client, r *net.Resolver) { c.look = r }

func mustGuard(t *testing.T, allow ...string) *guard {
	t.Helper()
	rules, err := parseRules(allow)
	if err != nil {
		t.Fatal(err)
	}
	return newGuard(nil, rules)
}

// special are the networks that are not public, by the registries of IANA for IPv4 and IPv6
// and what older documents set apart.
var special = []string{
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
	"3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
}

// isSpecial reports whether an address is in one of these.
func isSpecial(ip netip.Addr) bool {
	return slices.ContainsFunc(special, func(network string) bool { return netip.MustParsePrefix(network).Contains(ip) })
}

// disguises are the addresses by which an IPv4 address can be reached, too, some of them by
// a router or a gateway in between.
func disguises(ip netip.Addr) []netip.Addr {
	b := ip.As4()
	of := func(head string, at int, mask byte) netip.Addr {
		a := netip.MustParseAddr(head).As16()
		for i := range b {
			a[at+i] = b[i] ^ mask
		}
		return netip.AddrFrom16(a)
	}
	return []netip.Addr{
		of("::ffff:0:0", 12, 0),          // mapped
		of("::", 12, 0),                  // compatible
		of("64:ff9b::", 12, 0),           // NAT64
		of("64:ff9b:1::", 12, 0),         // NAT64 of a network's own
		of("2002::1", 2, 0),              // 6to4
		of("2001:0:102:304::", 12, 0xff), // Teredo, in which the client's address is turned over
	}
}

func TestSpecialPurposeAddressesAreBlockedFromEndToEnd(t *testing.T) {
	g := mustGuard(t)
	blocked := func(ip netip.Addr) bool { return g.check("example.org", netip.AddrPortFrom(ip, 80)) != nil }
	for _, network := range special {
		p := netip.MustParsePrefix(network)
		for _, ip := range []netip.Addr{p.Addr(), p.Addr().Next(), lastOf(p)} {
			if !blocked(ip) {
				t.Errorf("%s of %s is let through", ip, network)
			}
			if !ip.Is4() {
				if zoned := ip.WithZone("eth0"); !blocked(zoned) {
					t.Errorf("%s of %s is let through", zoned, network)
				}
				continue
			}
			for _, d := range disguises(ip) {
				if !blocked(d) || !blocked(d.WithZone("lo")) {
					t.Errorf("%s is let through, which is %s", d, ip)
				}
			}
		}
	}
}

// TestTheNeighboursOfSpecialNetworksAreLetThrough: a network that is drawn too wide would
// hide publishers. Of IPv6 only what was given out is public, 2000::/3.
func TestTheNeighboursOfSpecialNetworksAreLetThrough(t *testing.T) {
	g := mustGuard(t)
	given, open := netip.MustParsePrefix("2000::/3"), 0
	for _, network := range special {
		p := netip.MustParsePrefix(network)
		for _, ip := range []netip.Addr{p.Addr().Prev(), lastOf(p).Next()} {
			if !ip.IsValid() { // beside the first and the last of all
				continue
			}
			want := !isSpecial(ip) && (ip.Is4() || given.Contains(ip))
			if got := g.check("example.org", netip.AddrPortFrom(ip, 443)) == nil; got != want {
				t.Errorf("%s beside %s is let through: %v", ip, network, got)
			}
			if want {
				open++
			}
			if want && ip.Is4() && g.check("example.org", netip.AddrPortFrom(netip.AddrFrom16(ip.As16()), 443)) != nil {
				t.Errorf("::ffff:%s is not let through", ip)
			}
		}
	}
	if open < 25 {
		t.Errorf("only %d neighbours are public", open)
	}
}

// lastOf returns the last address of a network.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for bit := p.Bits(); bit < 8*len(b); bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	ip, _ := netip.AddrFromSlice(b)
	return ip
}

func TestPublicAddressesAreLetThrough(t *testing.T) {
	g := mustGuard(t)
	for _, ip := range []string{
		"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
		"172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "223.255.255.255",
		"2606:4700::1111", "2a00::1", "2001:4860:4860::8888", "::ffff:1.1.1.1",
	} {
		if err := g.check("example.org", netip.AddrPortFrom(netip.MustParseAddr(ip), 443)); err != nil {
			t.Errorf("%s: %v", ip, err)
		}
	}
}

func TestAllowListCoversWhatItNamesAndNothingElse(t *testing.T) {
	for name, tc := range map[string]struct {
		allow []string
		host  string
		at    string
		want  bool
	}{
		"a name":                                   {[]string{"feeds.lan"}, "feeds.lan", "10.1.2.3:80", true},
		"a name in other letters":                  {[]string{"Feeds.LAN."}, "feeds.lan", "10.1.2.3:80", true},
		"an international name":                    {[]string{"bücher.lan"}, "xn--bcher-kva.lan", "10.1.2.3:80", true},
		"not a name below it":                      {[]string{"feeds.lan"}, "evil.feeds.lan", "10.1.2.3:80", false},
		"not a name that ends like it":             {[]string{"feeds.lan"}, "evilfeeds.lan", "10.1.2.3:80", false},
		"not another name at its address":          {[]string{"feeds.lan"}, "other.lan", "10.1.2.3:80", false},
		"a name at its port":                       {[]string{"feeds.lan:8080"}, "feeds.lan", "10.1.2.3:8080", true},
		"not a name at another port":               {[]string{"feeds.lan:8080"}, "feeds.lan", "10.1.2.3:80", false},
		"an address":                               {[]string{"10.1.2.3"}, "any.lan", "10.1.2.3:80", true},
		"not its neighbour":                        {[]string{"10.1.2.3"}, "any.lan", "10.1.2.4:80", false},
		"an address at its port":                   {[]string{"10.1.2.3:8080"}, "10.1.2.3", "10.1.2.3:8080", true},
		"not an address at another port":           {[]string{"10.1.2.3:8080"}, "10.1.2.3", "10.1.2.3:22", false},
		"a network":                                {[]string{"192.168.7.0/24"}, "any.lan", "192.168.7.9:80", true},
		"not the network beside it":                {[]string{"192.168.7.0/24"}, "any.lan", "192.168.8.9:80", false},
		"a network by a mapped address":            {[]string{"10.0.0.0/8"}, "any.lan", "[::ffff:10.1.2.3]:80", true},
		"a network of mapped addresses":            {[]string{"::ffff:10.0.0.0/104"}, "any.lan", "10.1.2.3:80", true},
		"an IPv6 address in brackets":              {[]string{"[::1]"}, "::1", "[::1]:80", true},
		"an IPv6 address at its port":              {[]string{"[fd00::1]:8080"}, "fd00::1", "[fd00::1]:8080", true},
		"an address with a zone":                   {[]string{"fe80::1"}, "fe80::1%eth0", "[fe80::1%eth0]:80", true},
		"not metadata by a network":                {[]string{"169.254.0.0/16"}, "169.254.169.254", "169.254.169.254:80", false},
		"not metadata by everything":               {[]string{"0.0.0.0/0", "::/0"}, "x.lan", "[fd00:ec2::254]:80", false},
		"not metadata by a name":                   {[]string{"metadata.lan"}, "metadata.lan", "100.100.100.200:80", false},
		"not a public address with metadata":       {nil, "x.lan", "168.63.129.16:80", false},
		"metadata by its own address":              {[]string{"169.254.169.254"}, "169.254.169.254", "169.254.169.254:80", true},
		"metadata by a network of one":             {[]string{"fd00:ec2::254/128"}, "x.lan", "[fd00:ec2::254]:80", true},
		"not a metadata address mapped":            {[]string{"169.254.0.0/16"}, "x.lan", "[::ffff:169.254.169.254]:80", false},
		"not metadata of OpenStack by a network":   {[]string{"fe80::/10"}, "x.lan", "[fe80::a9fe:a9fe%eth0]:80", false},
		"not metadata by way of 6to4":              {[]string{"2002::/16"}, "x.lan", "[2002:a9fe:a9fe::1]:80", false},
		"not metadata by a compatible address":     {[]string{"::/0"}, "x.lan", "[::100.100.100.200]:80", false},
		"not metadata by a translator of 48 bits":  {[]string{"64:ff9b:1::/48"}, "x.lan", "[64:ff9b:1:a9fe:a9:fe00::]:80", false},
		"not metadata by a translator of 56 bits":  {[]string{"64:ff9b:1::/48"}, "x.lan", "[64:ff9b:1:a9:fe:a9fe::]:80", false},
		"not metadata by a translator of 64 bits":  {[]string{"64:ff9b:1::/48"}, "x.lan", "[64:ff9b:1:0:a9:fea9:fe00:0]:80", false},
		"not metadata by a translator of 96 bits":  {[]string{"64:ff9b:1::/48"}, "x.lan", "[64:ff9b:1::a9fe:a9fe]:80", false},
		"other addresses by a translator":          {[]string{"64:ff9b:1::/48"}, "x.lan", "[64:ff9b:1::a01:203]:80", true},
		"metadata by its own address behind 6to4":  {[]string{"2002:a9fe:a9fe::1"}, "x.lan", "[2002:a9fe:a9fe::1]:80", true},
		"a translator to a public address":         {[]string{"64:ff9b::/96"}, "x.lan", "[64:ff9b::101:101]:80", true},
		"not a translator to a private address":    {[]string{"64:ff9b::/96"}, "x.lan", "[64:ff9b::7f00:1]:80", false},
		"not a translator to metadata":             {[]string{"64:ff9b::/96", "169.254.0.0/16"}, "x.lan", "[64:ff9b::a9fe:a9fe]:80", false},
		"a translator to an address that is named": {[]string{"64:ff9b::/96", "10.0.0.0/8"}, "x.lan", "[64:ff9b::a01:203]:80", true},
	} {
		t.Run(name, func(t *testing.T) {
			err := mustGuard(t, tc.allow...).check(tc.host, netip.MustParseAddrPort(tc.at))
			if got := err == nil; got != tc.want {
				t.Errorf("let through: %v (%v)", got, err)
			}
		})
	}
}

func TestHostsInDisguiseDoNotReachAProxy(t *testing.T) {
	g := mustGuard(t)
	for host, want := range map[string]bool{
		"example.org": true, "1.1.1.1": true, "2606:4700::1111": true, "v2.example": true, "0xmas.example": true, "intranet": true,
		"127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "localhost": false, "LOCALHOST.": false, "a.localhost": false,
		"127.1": false, "2130706433": false, "0x7f000001": false, "0x7f.1": false, "0177.0.0.1": false, "127.0.0.1.": false, "0": false,
		"fe80::1%eth0": false, "169.254.169.254": false,
	} {
		if got := g.checkName(host, "80") == nil; got != want {
			t.Errorf("%s let through: %v", host, got)
		}
	}
	if err := mustGuard(t, "127.0.0.1").checkName("localhost", "80"); err != nil {
		t.Errorf("an allowed address: %v", err)
	}
}
