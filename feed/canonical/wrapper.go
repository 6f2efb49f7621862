package canonical

import (
	"net/url"
	"strings"
)

// redirectors are hosts and paths that lead to the address in one of the
// parameters. A path that ends in a slash stands for all below it.
var redirectors = map[string]struct {
	path   string
	params []string
}{
	"away.vk.com":        {"/away.php", []string{"to"}},
	"bing.com":           {"/news/apiclick.aspx", []string{"url"}},
	"duckduckgo.com":     {"/l/", []string{"uddg"}},
	"getpocket.com":      {"/redirect", []string{"url"}},
	"l.facebook.com":     {"/l.php", []string{"u"}},
	"l.instagram.com":    {"/", []string{"u"}},
	"lm.facebook.com":    {"/l.php", []string{"u"}},
	"l.messenger.com":    {"/l.php", []string{"u"}},
	"l.threads.net":      {"/", []string{"u"}},
	"l.threads.com":      {"/", []string{"u"}},
	"linkedin.com":       {"/redir/redirect", []string{"url"}},
	"medium.com":         {"/r/", []string{"url"}},
	"news.google.com":    {"/news/url", []string{"url"}},
	"out.reddit.com":     {"/", []string{"url"}},
	"slack-redir.net":    {"/link", []string{"url"}},
	"steamcommunity.com": {"/linkfilter/", []string{"url", "u"}},
	"t.umblr.com":        {"/redirect", []string{"z"}},
	"vk.com":             {"/away.php", []string{"to"}},
	"youtube.com":        {"/redirect", []string{"q"}},
	"exit.sc":            {"/", []string{"url"}},
}

// unwrap returns the address that a redirector carries in its own. Only those
// are known whose form is public and whose target is the page itself.
func (a address) unwrap() (string, bool) {
	if r, ok := redirectors[a.host]; ok && leads(r.path, a.path) {
		return a.target(r.params...)
	}
	switch {
	case isGoogle(a.host) && a.path == "/url":
		return a.target("url", "q")
	case isGoogle(a.host) && strings.HasPrefix(a.path, "/amp/"):
		return a.cached(strings.TrimPrefix(a.path, "/amp/"))
	case isCache(a.host):
		// Content type, then the address: documents, those of the viewer, signed ones.
		for _, kind := range []string{"/c/", "/v/", "/wp/"} {
			if rest, ok := strings.CutPrefix(a.path, kind); ok {
				return a.cached(rest)
			}
		}
	case strings.HasSuffix(a.host, ".safelinks.protection.outlook.com"):
		return a.target("url")
	case a.host == "go.theregister.com" || a.host == "go.theregister.co.uk":
		// The feed's own redirector: host and path follow.
		if rest, ok := strings.CutPrefix(a.path, "/feed/"); ok {
			return a.cached(rest)
		}
	case strings.HasSuffix(a.host, ".rd.yahoo.com"):
		if _, rest, ok := strings.Cut(a.path, "/*"); ok {
			rest = strings.Replace(rest, ":/", "://", 1) // a path has no empty segments
			return rest, strings.HasPrefix(rest, "http")
		}
	}
	return "", false
}

// leads reports whether a path is that of a redirector.
func leads(redirector, path string) bool {
	if below, ok := strings.CutSuffix(redirector, "/"); ok {
		return path == below || strings.HasPrefix(path, redirector)
	}
	return path == redirector
}

// isCache recognises the caches of AMP documents.
func isCache(host string) bool {
	return host == "cdn.ampproject.org" || strings.HasSuffix(host, ".cdn.ampproject.org") || strings.HasSuffix(host, ".bing-amp.com")
}

// isGoogle recognises the country hosts of Google: google.de, google.com.br,
// google.co.uk.
func isGoogle(host string) bool {
	zone, ok := strings.CutPrefix(host, "google.")
	return ok && (zone == "com" || isCountry(zone))
}

// isCountry reports whether a zone is that of a country: de, com.br, co.uk.
func isCountry(zone string) bool {
	for _, kind := range []string{"com.", "co."} {
		zone = strings.TrimPrefix(zone, kind)
	}
	return len(zone) == 2
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
