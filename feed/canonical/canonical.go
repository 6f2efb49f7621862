// Package canonical decides when two addresses lead to the same page.
//
// Its keys serve identity alone and are never shown: what readers follow is the
// address as the publisher wrote it. It resolves no redirect and asks no network,
// so a shortened address stays different from what it leads to. A rule is here
// only if it joins no two pages of different text; what is merely likely is left
// to whoever can compare the texts.
package canonical

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxUnwraps bounds how many redirectors are peeled off one address.
const maxUnwraps = 4

// URL returns the key of an absolute http or https address: equal keys mean the
// same page. It reports false for addresses that name no article: other schemes,
// a host that cannot be, and front pages. With "https://" before it a key is an
// address that has this key.
func URL(raw string) (key string, ok bool) {
	for range maxUnwraps {
		a, ok := split(raw)
		if !ok {
			return "", false
		}
		inner, wrapped := a.unwrap()
		if !wrapped {
			return a.key()
		}
		raw = inner
	}
	return "", false
}

// Link returns what tells an address from others of the same text: its key, of a
// front page the host, and of what is no http or https address that itself.
func Link(raw string) string {
	if key, ok := URL(raw); ok {
		return key
	}
	if a, ok := split(raw); ok {
		return a.host
	}
	return raw
}

// Publisher returns the registrable domain of an address (publicsuffix.org), by
// which addresses of one owner are recognised: "bbc.co.uk" for
// "https://feeds.bbc.co.uk/news". Hosts without one stand for themselves. It is
// empty for what is no http or https address.
func Publisher(raw string) string {
	a, ok := split(raw)
	if !ok {
		return ""
	}
	return registrable(a.host)
}

func registrable(host string) string {
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return host
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

// address is an address in its parts (RFC 3986, appendix B), its host normalised.
type address struct {
	host     string // lower case ASCII, without www. and the labels of mobile editions
	port     string // empty for 80 and 443
	path     string // in its normal form; empty for the root
	query    string
	fragment string
}

// split takes an address apart. It is more lenient than net/url, because feeds
// hold addresses such as "…/100%" that browsers open.
func split(raw string) (address, bool) {
	raw = strings.TrimSpace(raw)
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return address{}, false
	}
	var a address
	rest, a.fragment, _ = strings.Cut(rest, "#")
	rest, a.query, _ = strings.Cut(rest, "?")
	authority, path, slash := strings.Cut(rest, "/")
	if slash {
		a.path = normalPath(path)
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	a.host, a.port, ok = hostPort(authority)
	return a, ok
}

func hostPort(authority string) (host, port string, ok bool) {
	host = authority
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, port = authority[:i], strings.TrimLeft(authority[i+1:], "0")
	}
	if port == "80" || port == "443" {
		port = ""
	}
	if strings.Trim(port, "0123456789") != "" || len(port) > 5 {
		return "", "", false
	}
	host, ok = normalHost(host)
	return host, port, ok
}

// normalHost returns the host in lower case and ASCII (RFC 5891), without the
// labels that only choose an edition of the same pages.
func normalHost(host string) (string, bool) {
	if strings.HasPrefix(host, "[") {
		ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
		return "[" + ip.String() + "]", err == nil
	}
	host = strings.ToLower(strings.TrimRight(host, "."))
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	if host == "" || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-._") != "" ||
		strings.HasPrefix(host, ".") || strings.Contains(host, "..") {
		return "", false
	}
	for {
		shorter := withoutEdition(host)
		if shorter == host {
			return host, true
		}
		host = shorter
	}
}

// withoutEdition drops one label that stands for another edition of the same
// site: www. anywhere, m., mobile. and amp. directly above a registrable domain,
// and the inner m of Wikipedia's hosts.
func withoutEdition(host string) string {
	label, rest, _ := strings.Cut(host, ".")
	switch label {
	case "www":
		if strings.Contains(rest, ".") {
			return rest
		}
	case "m", "mobile", "amp":
		if rest == registrable(host) {
			return rest
		}
	}
	if inner, site, ok := strings.Cut(rest, "."); ok && inner == "m" && wikis[site] {
		return label + "." + site
	}
	return host
}

var wikis = map[string]bool{
	"wikipedia.org": true, "wiktionary.org": true, "wikinews.org": true, "wikimedia.org": true,
	"wikivoyage.org": true, "wikiquote.org": true, "wikibooks.org": true, "wikisource.org": true,
}

// key puts the parts together again. A front page has none: it names a site and
// whatever stands there today.
func (a address) key() (string, bool) {
	a = a.settled()
	path, query := a.path, normalQuery(a.host, a.query)
	fragment := ""
	if strings.HasPrefix(a.fragment, "!") || strings.HasPrefix(a.fragment, "/") {
		fragment = "#" + escape(a.fragment, inFragment)
	}
	if path == "" && query == "" && fragment == "" {
		return "", false
	}
	var b strings.Builder
	b.Grow(len(a.host) + len(a.port) + len(path) + len(query) + len(fragment) + 3)
	b.WriteString(a.host)
	if a.port != "" {
		b.WriteByte(':')
		b.WriteString(a.port)
	}
	if path == "" {
		path = "/"
	}
	b.WriteString(path)
	if query != "" {
		b.WriteByte('?')
		b.WriteString(query)
	}
	b.WriteString(fragment)
	return b.String(), true
}
