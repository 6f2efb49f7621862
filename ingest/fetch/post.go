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
	x := exchange{client: c, target: &t, route: r, host: u.Host, start: bare(u), at: bare(u), own: true}
	x.login(u.User)
	body := form.Encode()
	for {
		a, err := x.post(bounded, body)
		switch {
		case err != nil:
			return a.Code, x.explain(ctx, err)
		case a.Code/100 == 2:
			return a.Code, nil
		case !keepsMethod(a.Code):
			return a.Code, x.refusal(&a)
		}
	}
}

// keepsMethod reports whether a redirect sends a form on as a form (RFC 9110, section
// 15.4).
func keepsMethod(code int) bool {
	return code == http.StatusTemporaryRedirect || code == http.StatusPermanentRedirect
}

// refusal is the error of an answer that did not take the form. What to do about a
// document that does not come would be no advice here.
func (x *exchange) refusal(a *StatusError) error {
	what := strings.TrimSpace(fmt.Sprintf("answered %d %s", a.Code, http.StatusText(a.Code)))
	if isRedirect(a.Code) {
		what += "; only 307 and 308 redirect a form"
	}
	return failf(a, "post to %s: %s", clip(cmp.Or(x.target.Name, x.host)), what)
}

// forward goes to where the answer leads, unless the form could be read on its way
// there: it may hold a secret.
func (x *exchange) forward(resp *http.Response) error {
	from := x.at
	if err := x.redirect(resp); err != nil {
		return err
	}
	if from.Scheme == "https" && x.at.Scheme != "https" {
		return fmt.Errorf("%w: it leads from https to http, where no form is sent", ErrRedirect)
	}
	return nil
}

// post sends the form to the current address, and goes on to where a redirect leads
// that keeps the method. What the answer says beside its head is not needed.
func (x *exchange) post(ctx context.Context, body string) (a StatusError, err error) {
	if err := x.route.admit(x.at); err != nil {
		return a, err
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
	resp, err := x.route.transport.RoundTrip(req.WithContext(x.traced(ctx)))
	if err != nil {
		return a, err
	}
	defer func() { _ = resp.Body.Close() }()
	drain(resp)
	a = StatusError{Code: resp.StatusCode, RetryAfter: retryAfter(resp.Header, time.Now())}
	if keepsMethod(a.Code) {
		err = x.forward(resp)
	}
	return a, err
}
