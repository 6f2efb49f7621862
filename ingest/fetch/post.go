package fetch

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const formType = "application/x-www-form-urlencoded; charset=utf-8"

// Post sends a form to the target, which is an http or https address, and returns
// the status of a 2xx answer; any other is a *StatusError. The guard, limits and
// connections are those of Fetch. It follows the redirects that keep the method
// (307 and 308) alone: another would make a GET of what was to be told. Of the
// target, validators, Header and AcceptAny mean nothing.
func (c *Client) Post(ctx context.Context, t Target, form url.Values) (int, error) {
	u, err := url.Parse(t.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return 0, failf(nil, "the address is no http or https address with a host")
	}
	r, err := c.route(t)
	if err != nil {
		return 0, fmt.Errorf("post to %s: %w", cmp.Or(t.Name, u.Host), err)
	}
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	x := exchange{client: c, target: &t, route: r, host: u.Host, at: bare(u), own: true}
	x.login(u.User)
	body := form.Encode()
	for {
		status, done, err := x.post(bounded, body)
		if err != nil {
			return status, x.explain(ctx, err)
		}
		if done {
			return status, nil
		}
	}
}

// post sends the form to the current address. done is false after a redirect.
func (x *exchange) post(ctx context.Context, body string) (status int, done bool, err error) {
	if err := x.route.admit(x.at); err != nil {
		return 0, false, err
	}
	h := http.Header{"User-Agent": x.client.agent.value(), "Content-Type": {formType}, "Accept-Encoding": {"identity"}}
	if x.own && x.auth != "" {
		h["Authorization"] = []string{x.auth}
	}
	req := &http.Request{
		Method: http.MethodPost, URL: x.at, Host: x.at.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
	resp, err := x.route.transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = resp.Body.Close() }() // what it says beside its status is not needed
	drain(resp)
	switch code := resp.StatusCode; {
	case code == http.StatusTemporaryRedirect || code == http.StatusPermanentRedirect:
		from := x.at
		if err := x.redirect(resp); err != nil {
			return code, false, err
		}
		if from.Scheme == "https" && x.at.Scheme != "https" { // the form may hold a secret
			return code, false, fmt.Errorf("%w: it leads from https to http, where no form is sent", ErrRedirect)
		}
		return code, false, nil
	case code/100 == 2:
		return code, true, nil
	default:
		return code, true, statusFailure(resp, retryAfter(resp.Header, time.Now()))
	}
}
