package config

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluice/feed"

	"golang.org/x/net/idna"
)

// schemes that begin an address although no // follows.
var opaque = pattern(`^(?i)(file|mailto|data|javascript|urn|feed|about):`)

// oneSlash matches http:example.org and http:/example.org.
var oneSlash = pattern(`^(?i)https?:/?([^/]|$)`)

// address reads a URL of one of the schemes. The library's own errors are not
// passed on: they quote passwords.
func (v value) address(s scalar, schemes ...string) (*url.URL, bool) {
	want := func() string { return "want an address that begins with " + orList(schemes) }
	switch text := s.text; {
	case text == "":
		v.fail("%s, got nothing", want())
		return nil, false
	case strings.ContainsAny(text, " \t\r\n") || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		v.fail("an address has no blanks or control characters in it; write %%20 for a blank")
		return nil, false
	case !strings.HasPrefix(text, "http://") && !strings.HasPrefix(text, "https://") && oneSlash().MatchString(text):
		v.fail("the address names no host: write http://HOST/PATH")
		return nil, false
	case !strings.Contains(text, "://") && !opaque().MatchString(text):
		v.missingScheme(s, schemes)
		return nil, false
	}
	u, err := url.Parse(s.text)
	if err != nil {
		v.fail("is no valid address")
		return nil, false
	}
	if !slices.Contains(schemes, u.Scheme) {
		switch near := nearest(u.Scheme, schemes); {
		case u.Scheme == "feed":
			v.fail("%s; write https: instead of feed:", want())
		case near != "":
			v.fail("%s, did you mean %q?", want(), near)
		default:
			v.fail("%s", want())
		}
		return nil, false
	}
	if u.Scheme == "file" {
		return u, v.localFile(u)
	}
	port, err := strconv.Atoi(u.Port())
	switch {
	case u.Hostname() == "":
		v.fail("the address names no host")
	case u.Port() != "" && (err != nil || port < 1 || port > 65535):
		v.fail("the port is not between 1 and 65535")
	default:
		return u, true
	}
	return nil, false
}

// missingScheme reports an address that begins with its host.
func (v value) missingScheme(s scalar, schemes []string) {
	scheme := "http"
	if slices.Contains(schemes, "https") {
		scheme = "https"
	}
	meant, err := url.Parse(scheme + "://" + s.text)
	if v.secret || s.derived || err != nil || meant.Hostname() == "" || !strings.ContainsAny(s.text, ".:") {
		v.fail("missing scheme: want an address that begins with %s", orList(schemes))
		return
	}
	v.fail("missing scheme, did you mean %q?", feed.Redact(meant.String()))
}

// localFile checks a file: address: file:PATH, file:/PATH or file:///PATH.
func (v value) localFile(u *url.URL) bool {
	switch {
	case u.Host != "" && u.Host != "localhost":
		v.fail("a file: address names a file of this machine: write file:PATH, or file:/PATH from the root")
	case u.Opaque == "" && u.Path == "":
		v.fail("the file: address names no file")
	default:
		return true
	}
	return false
}

func orList(schemes []string) string {
	var list []string
	for _, s := range schemes {
		if s == "file" {
			list = append(list, "file:")
		} else {
			list = append(list, s+"://")
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}

// addressOf reads an address of one of the schemes that may hold secrets.
func addressOf(schemes ...string) func(v value) (Address, bool) {
	return func(v value) (Address, bool) {
		s, ok := v.scalar("an address")
		if !ok {
			return Address{}, false
		}
		u, ok := v.address(s, schemes...)
		if !ok {
			return Address{}, false
		}
		return newAddress(s, u), true
	}
}

func sourceURL(v value) (Address, bool) { return addressOf("http", "https", "file")(v) }

func proxyURL(v value) (Address, bool) {
	if s, ok := v.scalar("an address"); ok && s.text == "" && !s.derived {
		return Address{}, true
	}
	return addressOf("http", "https", "socks5")(v)
}

// baseURL reads the address under which subscribers reach the outputs, and puts it
// into the form that documents and headers can hold: in ASCII, its host by the name
// that it has there (RFC 5891).
func baseURL(v value) (string, bool) {
	s, ok := v.scalar("an address")
	if !ok {
		return "", false
	}
	u, ok := v.address(s, "http", "https")
	switch {
	case !ok:
		return "", false
	case u.User != nil:
		v.fail("subscribers see it, so it has no user info")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(s.text, "#"):
		v.fail("want an address without ? and #")
	default:
		return v.asciiURL(u)
	}
	return "", false
}

func (v value) asciiURL(u *url.URL) (string, bool) {
	host := strings.ToLower(u.Host)
	if strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }) {
		name, err := idna.Lookup.ToASCII(u.Hostname())
		if err != nil {
			v.fail("the host is no name that the domain name system can hold")
			return "", false
		}
		host = name
		if port := u.Port(); port != "" {
			host = net.JoinHostPort(name, port)
		}
	}
	return u.Scheme + "://" + host + strings.TrimRight(u.EscapedPath(), "/"), true
}

// listenAddresses reads one address or a list of them.
func listenAddresses(v value) ([]string, bool) {
	if v.kind() != "a list" {
		one, ok := listenAddress(v)
		return []string{one}, ok
	}
	items := v.items("a list")
	if len(items) == 0 {
		v.fail("want at least one address")
	}
	var all []string
	for _, item := range items {
		if one, ok := listenAddress(item); ok {
			all = append(all, one)
		}
	}
	return all, len(all) == len(items) && len(all) > 0
}

// listenAddress reads host:port or unix:/path.
func listenAddress(v value) (string, bool) {
	const want = "an address to listen on: host:port, or unix:/path"
	s, ok := v.scalar(want)
	if !ok || !v.oneLine(s) {
		return "", false
	}
	if path, ok := strings.CutPrefix(s.text, "unix:"); ok {
		if path == "" || strings.HasSuffix(path, "/") {
			v.fail("unix: wants the path of a file")
			return "", false
		}
		return s.text, v.isSocketPath(path)
	}
	host, port, err := net.SplitHostPort(s.text)
	n, number := parseCount(port)
	switch {
	case err != nil && !strings.Contains(s.text, ":") && !s.derived && harmless(s.text):
		v.fail("want %s; %q has no port", want, s.text)
	case err != nil || strings.ContainsAny(host, "/@ "):
		v.wrong(s, want)
	case !number || n > 65535:
		v.fail("the port is not a number from 0 to 65535")
	default:
		return s.text, true
	}
	return "", false
}

// optional lets a key be empty.
func optional(read func(v value) (string, bool)) func(v value) (string, bool) {
	return func(v value) (string, bool) {
		if s, ok := v.scalar("text"); ok && s.text == "" {
			return "", true
		}
		return read(v)
	}
}

// isLocal reports whether an address to listen on can be reached from this
// machine alone.
func isLocal(listen string) bool {
	if strings.HasPrefix(listen, "unix:") {
		return true
	}
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

// network reads a network or a single address.
func network(v value) (string, bool) {
	const want = "a network such as 10.0.0.0/8, or an IP address"
	s, ok := v.scalar(want)
	if !ok {
		return "", false
	}
	if !isNetwork(s.text) {
		v.wrong(s, want)
		return "", false
	}
	return s.text, true
}

func isNetwork(text string) bool {
	_, ok := networkOf(text)
	return ok
}

// networkOf reads a network, or an address as the network that holds it alone.
func networkOf(text string) (netip.Prefix, bool) {
	if network, err := netip.ParsePrefix(text); err == nil {
		return network.Masked(), true
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	addr = addr.Unmap().WithZone("") // no network has a zone
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

// Proxies are the networks of TrustedProxies.
func (s Server) Proxies() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range s.TrustedProxies {
		if network, ok := networkOf(text); ok { // it was checked when it was read
			all = append(all, network)
		}
	}
	return all
}

// isHostName reports whether a text looks like a host's name, also one that is
// written in the letters of its language.
func isHostName(text string) bool {
	for label := range strings.SplitSeq(strings.TrimSuffix(text, "."), ".") {
		strange := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' && r != '-' }
		if label == "" || label[0] == '-' || utf8.RuneCountInString(label) > 63 || strings.ContainsFunc(label, strange) {
			return false
		}
	}
	return true
}

// privateHost reads a network, an address or a host's name.
func privateHost(v value) (string, bool) {
	const want = "a network such as 10.0.0.0/8, an IP address or a host name"
	s, ok := v.scalar(want)
	if !ok {
		return "", false
	}
	if !isNetwork(s.text) && (!isHostName(s.text) || strings.Trim(s.text, "0123456789.") == "") {
		v.wrong(s, want)
		return "", false
	}
	return s.text, true
}
