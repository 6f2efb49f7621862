package parse

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// address resolves what a feed says is an address (RFC 3986, section 5) and
// returns it when it is http or https, else "". Absolute addresses stay as they
// were published but for blanks, which are escaped.
func (p *parser) address(base *url.URL, raw string) string {
	raw = trimAddress(raw)
	if raw == "" {
		return ""
	}
	u := parseAddress(raw)
	if u == nil {
		p.warn(warnAddress)
		return ""
	}
	if u.Scheme == "" && isHostFirst(raw) {
		raw = scheme(base) + "://" + strings.TrimPrefix(raw, "//")
		if u = parseAddress(raw); u == nil {
			p.warn(warnAddress)
			return ""
		}
	}
	if u.Scheme == "" {
		if base == nil || base.Host == "" {
			p.warn(warnAddress)
			return ""
		}
		u = base.ResolveReference(u)
		raw = u.String()
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		p.warn(warnAddress)
		return ""
	}
	return raw
}

// isHostFirst reports whether an address without a scheme begins with a host:
// as RFC 3986 says, section 4.2, or as people write.
func isHostFirst(s string) bool {
	if strings.HasPrefix(s, "//") {
		return true
	}
	host, _, _ := strings.Cut(s, "/")
	return len(host) > 4 && strings.EqualFold(host[:4], "www.") && strings.Contains(host[4:], ".") && isHost(host)
}

// scheme returns that of the base, else "http".
func scheme(base *url.URL) string {
	if base != nil && base.Scheme == "https" {
		return "https"
	}
	return "http"
}

// isWeb reports whether s is an absolute http or https address.
func isWeb(s string) bool {
	if len(s) < 8 || !strings.EqualFold(s[:4], "http") {
		return false
	}
	u := parseAddress(s)
	return u != nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// parseAddress is url.Parse that forgives a "%" which is no escape, and that
// minds a host of characters which no host has: it cannot be written out again.
func parseAddress(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil && strings.Contains(s, "%") {
		u, err = url.Parse(strings.ReplaceAll(s, "%", "%25"))
	}
	if err != nil || !isHost(u.Hostname()) && !strings.HasPrefix(u.Host, "[") {
		return nil
	}
	return u
}

// isHost reports whether a host can have the name, or be that IPv4 address; empty
// is for who asks.
func isHost(name string) bool {
	if strings.ContainsAny(name, forbiddenInHost) {
		return false
	}
	if strings.IndexFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return true
	}
	_, err := idna.Lookup.ToASCII(name)
	return err == nil
}

// forbiddenInHost are the printable code points that a host cannot have (WHATWG
// URL, 3.1), and quotes; what is between brackets was checked by url.Parse.
const forbiddenInHost = "%#/:<>?@[\\]^|\"`{} "

// trimAddress removes what browsers remove (WHATWG URL, 4.4) and escapes blanks.
func trimAddress(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || r == '\u00a0' })
	if strings.ContainsAny(s, "\t\n\r") {
		s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	}
	if strings.Contains(s, "&amp;") { // escaped once too often
		s = strings.ReplaceAll(s, "&amp;", "&")
	}
	return strings.ReplaceAll(s, " ", "%20")
}

// resolveBase returns the base that an xml:base makes of the one around it; one
// that cannot be read changes nothing.
func resolveBase(base *url.URL, raw string) *url.URL {
	u := parseAddress(trimAddress(raw))
	if u == nil || raw == "" {
		return base
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return base
	}
	u.User = nil
	return u
}
