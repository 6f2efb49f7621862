package fetch

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxHops is how many redirects are followed in a fetch.
const maxHops = 5

func isRedirect(code int) bool {
	switch code {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// redirect goes to where the response leads (RFC 9110, section 15.4). From an
// encrypted address to one that is not it goes only for now: what was protected
// can be read and changed by everybody between, so nobody is to be sent there for
// good, and who is sent is told of it.
func (x *exchange) redirect(resp *http.Response) error {
	next, err := location(x.at, resp.Header.Get("Location"))
	if err != nil {
		return err
	}
	x.seen = append(x.seen, x.at.String())
	permanent := resp.StatusCode == http.StatusMovedPermanently || resp.StatusCode == http.StatusPermanentRedirect
	down := x.at.Scheme == "https" && next.Scheme == "http"
	switch {
	case x.hops == maxHops:
		return fmt.Errorf("%w: more than %d in a row; set url to the feed's own address", ErrRedirect, maxHops)
	case down && permanent:
		return fmt.Errorf("%w: it leads from https to http for good, which is not followed; check url", ErrRedirect)
	case slices.Contains(x.seen, next.String()):
		return fmt.Errorf("%w: they go in a circle; check url", ErrRedirect)
	}
	x.downgrade = x.downgrade || down
	x.temporary = x.temporary || !permanent
	if !x.temporary {
		x.moved = next
	}
	// A login is for one origin. What came by way of another is not to be
	// trusted with it again, even where it leads back.
	x.own = x.own && SameOrigin(x.at, next)
	x.at = next
	x.hops++
	return nil
}

// location resolves a Location header. User info in it is the server's idea and
// is not used.
func location(base *url.URL, raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return nil, fmt.Errorf("%w: it has no Location; check url", ErrRedirect)
	}
	ref, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: its Location is no address; check url", ErrRedirect) // not the library's words: they quote it
	}
	next := bare(base.ResolveReference(ref))
	if next.Scheme != "http" && next.Scheme != "https" || next.Hostname() == "" {
		return nil, fmt.Errorf("%w: its Location is no http or https address; check url", ErrRedirect)
	}
	return next, nil
}

// SameOrigin reports whether both have scheme, host and port in common.
func SameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// port returns the port that is asked.
func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}
