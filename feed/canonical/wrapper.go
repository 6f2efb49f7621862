package canonical

import (
	"net/url"
	"strings"
)

// unwrap returns the address that a redirector carries in its own. Only those
// are known whose form is public and whose target is the page itself.
func (a address) unwrap() (string, bool) {
	switch {
	case isGoogle(a.host) && a.path == "/url":
		return a.target("url", "q")
	case isGoogle(a.host) && strings.HasPrefix(a.path, "/amp/"):
		return a.cached(strings.TrimPrefix(a.path, "/amp/"))
	case strings.HasSuffix(a.host, ".cdn.ampproject.org"):
		// Content type, then the address: /c/ documents, /v/ those of the viewer.
		if kind, rest, ok := strings.Cut(strings.TrimPrefix(a.path, "/"), "/"); ok && (kind == "c" || kind == "v") {
			return a.cached(rest)
		}
	case (a.host == "l.facebook.com" || a.host == "lm.facebook.com") && a.path == "/l.php":
		return a.target("u")
	}
	return "", false
}

// isGoogle recognises the country hosts of Google: google.com, google.co.uk.
func isGoogle(host string) bool {
	rest, ok := strings.CutPrefix(host, "google.")
	return ok && strings.Count(rest, ".") <= 1
}

// target returns the first of the named parameters that is an address.
func (a address) target(names ...string) (string, bool) {
	for _, name := range names {
		for param := range strings.SplitSeq(a.query, "&") {
			value, ok := strings.CutPrefix(param, name+"=")
			if !ok {
				continue
			}
			if plain, err := url.QueryUnescape(value); err == nil && strings.Contains(plain, "://") {
				return plain, true
			}
		}
	}
	return "", false
}

// cached returns the address behind an AMP cache: an optional "s/" for https,
// then host and path.
func (a address) cached(rest string) (string, bool) {
	rest = strings.TrimPrefix(rest, "s/")
	if host, _, _ := strings.Cut(rest, "/"); !strings.Contains(host, ".") {
		return "", false
	}
	if a.query != "" {
		rest += "?" + a.query
	}
	return "https://" + rest, true
}
