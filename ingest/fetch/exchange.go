package fetch

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/textproto"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/net/http/httpguts"
)

// What is asked for: feeds first. Pages are not named, because publishers that
// negotiate would send them; documents of any other type come last.
const (
	accept         = "application/atom+xml, application/rss+xml, application/feed+json;q=0.9, application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"
	acceptEncoding = "gzip, br, zstd"
)

// The values of headers that all requests have in common. Nobody changes them.
var (
	acceptFeeds  = []string{accept}
	acceptAny    = []string{"*/*"}
	acceptCoding = []string{acceptEncoding}
	acceptDelta  = []string{"feed"}
)

// maxValidator bounds the validators that are kept: servers refuse requests
// with longer headers, and the source would fail for ever.
const maxValidator = 4 << 10

// exchange is one fetch over the network: the requests that lead to its answer.
type exchange struct {
	client *Client
	target *Target
	route  *route
	auth   string // value of Authorization; empty: none

	host      string   // of the target, as configured
	start     *url.URL // asked first
	at        *url.URL // asked now
	own       bool     // no redirect has led to another origin: login and headers are sent
	asked     bool     // the last request had validators
	tagged    bool     // one of them was a tag
	hops      int      // redirects followed
	seen      []string // addresses asked before at
	moved     *url.URL // see Answer.Moved
	temporary bool     // a temporary redirect was followed
	downgrade bool     // one of them led from https to http

	resp *http.Response // the last
	body sealed         // of it; it has no spool where there is none

	private atomic.Bool // the last request went to an address that is not public

	cancel context.CancelFunc // ends the fetch
}

// login chooses what to log in with.
func (x *exchange) login(user *url.Userinfo) {
	name, password := x.target.Username, x.target.Password
	if user != nil && name == "" && password == "" {
		name = user.Username()
		password, _ = user.Password()
	}
	switch {
	case x.target.Bearer != "":
		x.auth = "Bearer " + x.target.Bearer
	case name != "" || password != "":
		x.auth = "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
	}
}

// follow asks, goes where it is sent, and reads the answer at the end.
func (x *exchange) follow(ctx context.Context) (Answer, error) {
	for {
		ans, done, err := x.step(ctx)
		if err != nil || done {
			return ans, err
		}
	}
}

// step makes the request for the current address and takes in what it gave. done
// is false when that was a redirect, which is then the current address.
func (x *exchange) step(ctx context.Context) (ans Answer, done bool, err error) {
	if err := x.route.admit(x.at); err != nil {
		return Answer{}, false, err
	}
	leave, err := x.enter(ctx)
	if err != nil {
		return Answer{}, false, err
	}
	defer leave()
	req := &http.Request{
		Method: http.MethodGet, URL: x.at, Host: x.at.Host, Header: x.header(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	ctx = x.traced(ctx)
	resp, err := x.route.transport.RoundTrip(req.WithContext(ctx))
	for again := 0; lostByUs(err) && again < maxAgain; again++ {
		resp, err = x.route.transport.RoundTrip(req.WithContext(ctx))
	}
	if err != nil {
		return Answer{}, false, err
	}
	defer func() { _ = resp.Body.Close() }() // what mattered was read
	return x.receive(resp)
}

// traced has it noted when the request goes to an address that is not public, allowed or
// not: see explain. Where a proxy connects nobody knows.
func (x *exchange) traced(ctx context.Context) context.Context {
	x.private.Store(false)
	if x.route.proxied || x.hops == 0 && len(x.route.guard.allow) == 0 { // it is blocked there
		return ctx
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectStart: func(_, address string) {
			if ap, err := netip.ParseAddrPort(address); err == nil && !x.route.guard.isPublic(ap.Addr()) {
				x.private.Store(true)
			}
		},
		GotConn: func(info httptrace.GotConnInfo) {
			if isPrivate(info.Conn) {
				x.private.Store(true)
			}
		},
	})
}

// enter takes a place at the host of the current address, where a redirect led
// to another than the caller knows of.
func (x *exchange) enter(ctx context.Context) (leave func(), err error) {
	if x.target.Gate == nil || strings.EqualFold(x.at.Host, x.host) {
		return func() {}, nil
	}
	leave, err = x.target.Gate(ctx, x.at)
	if err != nil {
		return nil, fmt.Errorf("%w: the host that it leads to has no place for another request; it will be asked again later", ErrBusy)
	}
	return leave, nil
}

// header returns what the request for the current address carries.
func (x *exchange) header() http.Header {
	h := make(http.Header, 8)
	h["User-Agent"] = x.client.agent.value()
	h["Accept"] = acceptFeeds
	if x.target.AcceptAny {
		h["Accept"] = acceptAny
	}
	if x.own {
		for name, values := range x.target.Header {
			h[textproto.CanonicalMIMEHeaderKey(name)] = values
		}
		for _, name := range []string{"Host", "If-None-Match", "If-Modified-Since", "Range"} {
			delete(h, name) // ours to decide: an answer to them would be taken for the whole
		}
		if x.auth != "" {
			h["Authorization"] = []string{x.auth}
		}
	}
	h["Accept-Encoding"] = acceptCoding
	etag, modified := x.validators()
	delete(h, "A-Im") // ours to decide, too
	if etag != "" {
		h["If-None-Match"] = []string{etag}
		h["A-IM"] = acceptDelta // without a tag there is nothing that a part could follow
	}
	if modified != "" {
		h["If-Modified-Since"] = []string{modified}
	}
	x.asked, x.tagged = etag != "" || modified != "", etag != ""
	return h
}

// validators returns the validators for the current address: those that it gave
// itself. Another resource may hold any of them for its own and answer 304 to a
// document that was never seen (RFC 9110, section 8.8), so after a redirect they
// are sent only to the address that gave them.
func (x *exchange) validators() (etag, modified string) {
	etag, modified = usable(x.target.ETag), usable(x.target.LastModified)
	if etag == "" && modified == "" {
		return "", ""
	}
	origin := x.target.Origin
	if origin != 0 && origin == originOf(x.at, x.target.ETag, x.target.LastModified) || origin == 0 && x.hops == 0 {
		return etag, modified
	}
	return "", ""
}

// receive tells redirects, documents and failures apart.
func (x *exchange) receive(resp *http.Response) (ans Answer, done bool, err error) {
	now := time.Now()
	ans = Answer{
		Status: resp.StatusCode, Final: x.at, Moved: x.moved, Downgraded: x.downgrade,
		ContentType: resp.Header.Get("Content-Type"),
		Links:       resp.Header.Values("Link"),
		Freshness:   freshness(resp.Header, now),
		RetryAfter:  retryAfter(resp.Header, now),
	}
	failed := Answer{Status: ans.Status, RetryAfter: ans.RetryAfter, Final: ans.Final}
	switch code := resp.StatusCode; {
	case isRedirect(code):
		drain(resp)
		if err := x.redirect(resp); err != nil {
			return failed, true, err
		}
		return Answer{}, false, nil
	case code == http.StatusNotModified && !x.asked:
		return failed, true, ErrNotModifiedUnasked
	case code == http.StatusNotModified:
		ans.NotModified = true
	case declared(resp.Header) != "": // with whatever status: its page is no document
		drain(resp)
		return failed, true, statusFailure(resp, ans.RetryAfter, declared(resp.Header))
	case code == http.StatusOK || code == http.StatusNonAuthoritativeInfo || x.isDelta(resp):
		ans.Delta = code == http.StatusIMUsed
		x.resp = resp
		x.body, ans.Received, err = x.client.take(resp, x.cancel)
		failed.Received = ans.Received
		if err != nil {
			return failed, true, err
		}
	default:
		return failed, true, statusFailure(resp, ans.RetryAfter, inPage(x.page(resp), false))
	}
	ans.ETag, ans.LastModified = usable(resp.Header.Get("Etag")), usable(resp.Header.Get("Last-Modified"))
	ans.Origin = x.origin(ans)
	return ans, true, nil
}

// read reads the document of an answer, when the connection is not needed any more.
func (x *exchange) read(ctx context.Context, ans Answer) (Answer, error) {
	failed := Answer{Status: ans.Status, RetryAfter: ans.RetryAfter, Final: ans.Final, Received: ans.Received}
	var turn func() error
	if x.target.Turn != nil {
		turn = func() error { return x.target.Turn(ctx) }
	}
	body, err := x.client.open(x.body, turn)
	if err != nil {
		return failed, err
	}
	if by := inPage(body, true); by != "" {
		return failed, statusFailure(x.resp, ans.RetryAfter, by)
	}
	ans.Body = body
	return ans, nil
}

// isDelta reports whether a response is what "A-IM: feed" asked for, and nothing
// more: a difference of another kind could not be read.
func (x *exchange) isDelta(resp *http.Response) bool {
	kinds := resp.Header.Values("Im")
	return resp.StatusCode == http.StatusIMUsed && x.tagged && len(kinds) == 1 && strings.EqualFold(strings.TrimSpace(kinds[0]), "feed")
}

// origin notes which address gave the validators that the caller will keep; 0
// stands for the target's own.
func (x *exchange) origin(ans Answer) uint64 {
	etag, modified := ans.ETag, ans.LastModified
	if ans.NotModified { // it changes only what it names
		if etag == "" {
			etag = x.target.ETag
		}
		if modified == "" {
			modified = x.target.LastModified
		}
	}
	if x.hops == 0 || etag == "" && modified == "" {
		return 0
	}
	return originOf(x.at, etag, modified)
}

// originOf ties validators to the address that gave them.
func originOf(u *url.URL, etag, modified string) uint64 {
	h := xxhash.New()
	for _, s := range []string{u.String(), etag, modified} {
		_, _ = h.WriteString(s) // a hash never fails
		_, _ = h.Write([]byte{0})
	}
	return max(h.Sum64(), 1) // 0 means none
}

// usable returns a validator that can be sent back, or nothing: one that cannot
// would make every later request fail.
func usable(validator string) string {
	if len(validator) > maxValidator || !httpguts.ValidHeaderFieldValue(validator) {
		return ""
	}
	return validator
}

// maxAgain is how often a request is made again whose answer we lost. Where connections
// come and go by the dozen one may be lost several times in a row.
const maxAgain = 5

// lostByUs reports whether an answer came and was lost: net/http counts a connection
// as idle before it hands over an answer without a body, and closes it then where too
// many are idle.
func lostByUs(err error) bool {
	return err != nil && strings.Contains(err.Error(), "putIdleConn: too many idle connections")
}
