package fetch

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	handshakeTimeout = 10 * time.Second
	firstByteTimeout = 20 * time.Second
	maxHeader        = 64 << 10 // informational answers included

	// A daemon has thousands of publishers and asks each once an hour: only
	// neighbours on one host gain by a connection that waits. There is room for several
	// times as many as polls usually run: closing one for the next is no gain at all.
	idleTimeout = 30 * time.Second
	maxIdle     = 256
)

// routeKey is what targets must have in common to share connections. The allow
// list is part of it: a connection that one source may use is not for all.
type routeKey struct {
	proxy, allow    string
	http1, insecure bool
}

// route is a way to publishers.
type route struct {
	transport *http.Transport
	guard     *guard
	proxied   bool
}

// route returns the route of a target, making it at its first use.
func (c *Client) route(t Target) (*route, error) {
	key := routeKey{proxy: t.Proxy, allow: strings.Join(t.AllowPrivate, "\n"), http1: t.HTTP1, insecure: t.InsecureTLS}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := c.routes[key]; ok {
		return r, nil
	}
	r, err := c.newRoute(t)
	if err != nil {
		return nil, err
	}
	c.routes[key] = r
	return r, nil
}

func (c *Client) newRoute(t Target) (*route, error) {
	own, err := parseRules(t.AllowPrivate)
	if err != nil {
		return nil, err
	}
	r := &route{guard: newGuard(c.look, c.allow, own)}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(!t.HTTP1)
	r.transport = &http.Transport{
		DialContext:     r.guard.dial,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: t.InsecureTLS}, //nolint:gosec // the operator's choice, for this source alone
		Protocols:       protocols,

		DisableCompression: true, // we decode, with limits of our own

		TLSHandshakeTimeout: handshakeTimeout, ResponseHeaderTimeout: firstByteTimeout,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConns:           maxIdle, MaxIdleConnsPerHost: maxIdle, IdleConnTimeout: idleTimeout,
	}
	if t.Proxy == "" {
		return r, nil
	}
	proxy, err := url.Parse(t.Proxy)
	if err != nil || proxy.Hostname() == "" || !slices.Contains([]string{"http", "https", "socks5"}, proxy.Scheme) {
		return nil, failf(nil, "proxy is no http, https or socks5 address; correct it")
	}
	r.proxied = true
	// All that is dialled here is the proxy, which the operator chose.
	d := &net.Dialer{Timeout: dialTimeout, Resolver: c.look}
	r.transport.DialContext = d.DialContext
	r.transport.Proxy = http.ProxyURL(proxy)
	r.transport.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
		if resp.StatusCode != http.StatusOK {
			return &proxyError{code: resp.StatusCode}
		}
		return nil
	}
	return r, nil
}

// admit refuses an address that the dialler will not see, because a proxy
// connects to it.
func (r *route) admit(u *url.URL) error {
	if !r.proxied {
		return nil
	}
	return r.guard.checkName(u.Hostname(), port(u))
}
