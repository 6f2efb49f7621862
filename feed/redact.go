package feed

import (
	"hash/fnv"
	"net/url"
	"strings"
)

// secretParams are the query parameters whose values are secret by their name.
var secretParams = map[string]bool{
	"key": true, "apikey": true, "api_key": true, "token": true, "access_token": true,
	"auth": true, "sig": true, "signature": true, "secret": true, "password": true,
	"pass": true, "pw": true, "code": true,
}

// Redact returns an address as it may be shown: user info and the values of
// secret query parameters become ***. What cannot be parsed as an address
// becomes *** as a whole, because nothing tells where its secrets are.
func Redact(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return Hidden
	}
	user := ""
	if u.User != nil {
		u.User, user = nil, Hidden+"@"
	}
	u.RawQuery = mapQuery(u.RawQuery, func(name, pair string) (string, bool) {
		if secretParams[name] {
			return pair[:strings.IndexByte(pair+"=", '=')] + "=" + Hidden, true
		}
		return pair, true
	})
	s := u.String()
	if user != "" {
		s = strings.Replace(s, "//", "//"+user, 1)
	}
	return s
}

// Public returns the address without user info and without secret query
// parameters: the base against which a document's relative links are resolved.
func Public(u *url.URL) *url.URL {
	p := *u
	p.User = nil
	p.RawQuery = mapQuery(u.RawQuery, func(name, pair string) (string, bool) {
		return pair, !secretParams[name]
	})
	return &p
}

// mapQuery rewrites a raw query pair by pair, leaving order and escapes alone.
func mapQuery(raw string, f func(name, pair string) (string, bool)) string {
	if raw == "" {
		return ""
	}
	var kept []string
	for pair := range strings.SplitSeq(raw, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if p, keep := f(strings.ToLower(name), pair); keep {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "&")
}

// Fingerprint is a short hash that tells two addresses apart without keeping
// their secrets.
func Fingerprint(address string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(address)) // a hash never fails
	return h.Sum64()
}
