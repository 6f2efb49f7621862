package fetch

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// What can go wrong beside an answer other than 200 and 304; of our own network, see
// ErrOffline.
var (
	ErrTooLarge           = errors.New("too large")                            // a body or header beyond its limit
	ErrBlocked            = errors.New("blocked")                              // a private address that allow_private does not name
	ErrTimeout            = errors.New("timed out")                            // a part of the fetch, or the whole
	ErrInterrupted        = errors.New("the body ended early")                 // it is not whole; nothing of it is to be used
	ErrRedirect           = errors.New("bad redirect")                         // too many, in a circle, to nowhere, or from https to http for good
	ErrBusy               = errors.New("not followed")                         // a redirect, because the Gate refused its host
	ErrCoding             = errors.New("bad coding")                           // a Content-Encoding unknown, nested or untrue
	ErrCertificate        = errors.New("certificate refused")                  // the server's; another one is needed
	ErrNoHost             = errors.New("no such host")                         // its name is in no directory
	ErrNotModifiedUnasked = errors.New("304 although no validators were sent") // there is no document to keep
)

// StatusError is an answer with a status that brings no document.
type StatusError struct {
	Code       int
	RetryAfter time.Duration // 0: not said

	challenge string // whose page for browsers it is, which no program passes; empty: none
}

// Error says what was answered and what to do about it.
func (e *StatusError) Error() string {
	what := fmt.Sprintf("answered %d", e.Code)
	if text := http.StatusText(e.Code); text != "" {
		what += " " + text
	}
	switch {
	case e.challenge != "":
		return what + ", a challenge for browsers (" + e.challenge + "); ask the publisher to let feed readers pass"
	case e.RetryAfter > 0:
		return what + ", not to be asked again for " + e.RetryAfter.String()
	}
	switch {
	case e.Code == http.StatusUnauthorized || e.Code == http.StatusForbidden:
		return what + "; check auth and headers of the source"
	case e.Code == http.StatusNotFound:
		return what + "; check url"
	case e.Code == http.StatusUnavailableForLegalReasons:
		return what + "; it is asked again weekly"
	case e.Code == http.StatusGone:
		return what + "; the feed has ended: remove the source"
	case e.Code == http.StatusProxyAuthRequired:
		return what + "; check the login in proxy"
	case e.Code >= 500 || e.Code == http.StatusTooManyRequests:
		return what + "; it will be asked again later"
	}
	return what + ", which brings no document; check url"
}

// Gone reports whether the publisher says never to ask again (RFC 9110, section
// 15.5.11).
func (e *StatusError) Gone() bool { return e.Code == http.StatusGone }

// Challenge reports whether it was a page for browsers, which no program passes.
func (e *StatusError) Challenge() bool { return e.challenge != "" }

// Unacceptable reports whether the server has nothing of the types that were asked
// for (RFC 9110, sections 15.5.7 and 15.5.16); see Target.AcceptAny.
func (e *StatusError) Unacceptable() bool {
	return e.Code == http.StatusNotAcceptable || e.Code == http.StatusUnsupportedMediaType
}

// statusFailure makes an error of an answer without a document; by says whose
// challenge it is, if it is one.
func statusFailure(resp *http.Response, wait time.Duration, by string) error {
	e := &StatusError{Code: resp.StatusCode, RetryAfter: wait}
	if by != "" {
		e.challenge = named(by, resp.Header)
	}
	return e
}

// blockedError is what the guard says.
type blockedError struct {
	host string
	ip   netip.Addr // zero: not known, because the host is an odd form of an address
}

func (e *blockedError) Error() string {
	switch {
	case !e.ip.IsValid():
		return fmt.Sprintf("%v: the host is an address in disguise; write it plainly", ErrBlocked)
	case isMetadata(e.ip):
		return fmt.Sprintf("%v: %s is a cloud's metadata service; only that address itself in allow_private lets it be asked", ErrBlocked, e.ip)
	case e.ip.String() == e.host:
		return fmt.Sprintf("%v: %s is no public address; add it to allow_private if you trust it", ErrBlocked, e.ip)
	}
	return fmt.Sprintf("%v: its address %s is not public; add the one or the other to allow_private if you trust it", ErrBlocked, e.ip)
}

// proxyError is a proxy that refused to connect.
type proxyError struct{ code int }

func (e *proxyError) Error() string {
	if e.code == http.StatusProxyAuthRequired {
		return "the proxy wants a login; check the user info in proxy"
	}
	return fmt.Sprintf("the proxy answered %d to CONNECT; check proxy", e.code)
}

// bodyError is a body that the network did not bring to its end.
type bodyError struct{ cause error }

func (e *bodyError) Error() string { return "read body: " + e.cause.Error() }
func (e *bodyError) Unwrap() error { return e.cause }

// fetchError is the error of a fetch: a line for people, and what it is for
// programs. What the libraries said is not passed on, because they quote
// addresses, headers and what servers sent.
type fetchError struct {
	line    string
	is      error
	private bool   // see Public
	public  string // empty: line
}

func (e *fetchError) Error() string { return e.line }
func (e *fetchError) Unwrap() error { return e.is }

func failf(is error, format string, args ...any) error {
	return &fetchError{line: fmt.Sprintf(format, args...), is: is}
}

// Public returns what may be said of an error of Fetch or Post where everybody reads it, and
// whether it happened, or may have, at an address that is not public. What is said then is
// one and the same for whatever kept the answer away: a port that is closed, filtered or
// silent, or our own refusal. Nobody shall learn by us what is in a network. What the error
// itself says is for the operator.
func Public(err error) (text string, private bool) {
	e, ok := errors.AsType[*fetchError](err)
	switch {
	case ok && e.public != "":
		return e.public, true
	case ok:
		return e.line, e.private
	}
	return err.Error(), false
}

// explain makes the error of a fetch from what stopped it. ctx is the caller's. It
// names the host that was configured: where a redirect led is a stranger's text,
// and may repeat what we sent him.
func (x *exchange) explain(ctx context.Context, err error) error {
	where := clip(cmp.Or(x.target.Name, x.host))
	if x.at.Host != strings.ToLower(x.host) {
		where += ", redirected elsewhere"
	}
	if ctx.Err() != nil {
		return failf(context.Cause(ctx), "fetch %s: %v", where, context.Cause(ctx))
	}
	what, is := classify(err)
	secretive := x.isSecretive(err)
	if secretive {
		what = "what it leads to is not public, or cannot be read; set url to the feed's own address"
	}
	if x.target.Name != "" && errors.Is(is, ErrBlocked) {
		what = ErrBlocked.Error() + ": it is not public; add it to allow_private if you trust it" // and not where it is
	}
	switch ours := x.ours(ctx, err); {
	case errors.Is(ours, ErrOffline):
		return failf(ours, "fetch %s: %v; check its network", where, ErrOffline)
	case ours != nil:
		is = errors.Join(is, ours)
	}
	e := &fetchError{line: fmt.Sprintf("fetch %s: %s", where, what), is: is, private: secretive}
	if !secretive && x.isHidden(err) {
		e.private, e.public = true, fmt.Sprintf("fetch %s: no answer from an address that is not public; its operator is told why", where)
	}
	return e
}

// isHidden reports whether no answer came from an address that is not public, or none was
// asked for there. A publisher has his name lead wherever he likes, too.
func (x *exchange) isHidden(err error) bool {
	_, answered := errors.AsType[*StatusError](err)
	for _, of := range []error{ErrTooLarge, ErrRedirect, ErrBusy, ErrCoding, ErrNotModifiedUnasked} {
		answered = answered || errors.Is(err, of)
	}
	_, blocked := errors.AsType[*blockedError](err)
	return blocked || x.private.Load() && !answered
}

// isSecretive reports whether what happened must not be told, because it happened where a
// stranger's redirect led: into a private network, or to a name that may be one's there.
// Errors are published by outputs that say how sources fare. Whoever sends us somewhere
// must not learn from them what is there: whether the guard refused, nobody listens, or
// the name does not exist. What the error is for programs, and so metrics, still says it.
func (x *exchange) isSecretive(err error) bool {
	if x.hops == 0 || SameOrigin(x.at, x.start) {
		return false
	}
	_, lookup := errors.AsType[*net.DNSError](err)
	_, blocked := errors.AsType[*blockedError](err)
	return lookup || blocked || x.private.Load()
}

// classify returns what an error is for people and what it is for programs.
func classify(err error) (what string, is error) {
	if blocked, ok := errors.AsType[*blockedError](err); ok {
		return blocked.Error(), ErrBlocked
	}
	for _, own := range []error{ErrTooLarge, ErrRedirect, ErrBusy, ErrCoding, ErrNotModifiedUnasked} {
		if errors.Is(err, own) {
			return err.Error(), own
		}
	}
	if status, ok := errors.AsType[*StatusError](err); ok {
		return status.Error(), status
	}
	if what, ok := timedOut(err); ok {
		return fmt.Sprintf("%v %s; it will be asked again later", ErrTimeout, what), ErrTimeout
	}
	if body, ok := errors.AsType[*bodyError](err); ok {
		return fmt.Sprintf("%v: %s; nothing to do unless it stays so", ErrInterrupted, broken(body.cause)), ErrInterrupted
	}
	if errors.Is(err, ErrInterrupted) {
		return err.Error(), ErrInterrupted
	}
	return connection(err)
}

// timedOut reports whether an error is one of time, and what took too long.
func timedOut(err error) (string, bool) {
	var timeout interface{ Timeout() bool }
	if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, errSlow) && (!errors.As(err, &timeout) || !timeout.Timeout()) {
		return "", false
	}
	body, inBody := errors.AsType[*bodyError](err)
	dns, inLookup := errors.AsType[*net.DNSError](err)
	op, inDial := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, errSlow):
		return "reading the body, which came too slowly", true
	case inBody && body != nil:
		return "reading the body", true
	case inLookup && dns != nil:
		return "looking up the name", true
	case inDial && op.Op == "dial":
		return "connecting", true
	case strings.Contains(err.Error(), "TLS handshake"):
		return "in the TLS handshake", true
	}
	return "waiting for the answer", true
}

// broken says how a connection ended.
func broken(err error) string {
	if errors.Is(err, syscall.ECONNRESET) {
		return "the connection was reset"
	}
	return "less came than was announced"
}

// connection words what names, connections, TLS, proxies and broken servers did.
func connection(err error) (what string, is error) {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "no such host; check url", ErrNoHost
		}
		return "the name cannot be looked up; check the resolver of this machine", nil
	}
	if cert, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Sprintf("%v: %s; insecure_tls would accept it", ErrCertificate, clip(cert.Err.Error())), ErrCertificate
	}
	if proxy, ok := errors.AsType[*proxyError](err); ok {
		return proxy.Error(), nil
	}
	text := err.Error()
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
	}
	errno, system := errors.AsType[syscall.Errno](err)
	switch {
	case has("response headers exceeded", "header list larger", "read limit of"):
		return fmt.Sprintf("%v: the header of the answer has more than %d bytes; tell the publisher", ErrTooLarge, maxHeader), ErrTooLarge
	case has("proxyconnect", "socks connect"):
		return "the proxy cannot be reached, or cannot reach the host; check proxy", nil
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused; check host and port", nil
	case has("HTTP response to HTTPS client", "first record does not look like"):
		return "the server does not speak TLS there; check scheme and port in url", nil
	case strings.HasPrefix(text, "remote error: tls: "), strings.HasPrefix(text, "tls: "):
		return "no TLS connection: " + clip(text), nil
	case has("http2: ", "stream error", "connection error: "):
		return "the HTTP/2 connection broke; if it stays so, try http1", nil
	case has("invalid header field"):
		return "a header of the source cannot be sent; correct headers or auth", nil
	case lostByUs(err):
		return "its answer was lost on this side; it will be asked again later", nil
	case errors.Is(err, syscall.ECONNRESET), has("EOF", "server closed idle connection"):
		return "the connection was closed before an answer came", nil
	case system:
		return "no connection: " + errno.Error(), nil
	}
	// The rest quotes what the server sent, which may be what we sent it.
	return "the answer is no HTTP; check scheme and port in url", nil
}

// clip bounds a text of others and keeps it on one line.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, s)
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}
