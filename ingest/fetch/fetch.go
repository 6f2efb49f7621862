// Package fetch makes one request to a stranger: conditional, within limits of
// time and size, and never to a private address that nobody allowed. It is the
// only door through which the program reaches publishers, so the guard against
// private networks stands here and nowhere else.
//
// It owns what a request carries, which redirects are followed, what an answer
// means, and how bodies are decoded. When to ask, what the validators of the
// last poll were and what a body says is left to others.
package fetch

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"time"
)

const (
	defaultTimeout = time.Minute
	defaultMaxBody = 15 << 20
	defaultAgent   = "sluice"
)

// Options hold for all requests of a Client. The zero value works.
type Options struct {
	UserAgent string        // empty: "sluice"
	Timeout   time.Duration // a whole fetch, redirects and body included; 0: 1 minute
	MaxBody   int64         // bytes of a body, as sent and as decoded; 0: 15 MiB
	// AllowPrivate lists what may be asked beyond the public Internet: host
	// names, addresses (each also with a port) and networks. A name allows only
	// itself, and neither a name nor a network allows a cloud's metadata service.
	AllowPrivate []string
	// Subscribers returns for how many people is asked. The User-Agent says so within
	// its last brackets, or behind; nil or 0: it does not. It is called for each request.
	Subscribers func() int
	// Beside is a path beside which large bodies are put on disk until they are read, in
	// files that have no name; empty: the system's folder for such files.
	Beside string
}

// Target is what is asked, and how. Login and Header are for the origin of URL:
// scheme, host and port. A redirect to another goes on without them.
type Target struct {
	URL string // http, https or file; user info in it is a login
	// Name is what errors call the target; empty: its host, or its path. It is for
	// targets of which even that is secret.
	Name string

	// ETag and LastModified are the validators of the last complete document,
	// byte for byte as an Answer had them; empty: none. Origin is that Answer's; 0:
	// URL itself gave them.
	ETag, LastModified string
	Origin             uint64

	Header             http.Header // added to ours, some instead of them
	Username, Password string
	Bearer             string   // wins over Username
	Proxy              string   // http, https or socks5; empty: none, whatever the environment says
	AllowPrivate       []string // beside that of Options
	AcceptAny          bool     // any type is asked for, because the server refused the list of feeds'
	HTTP1              bool     // never HTTP/2
	InsecureTLS        bool     // certificates are not verified
	// Turn is asked, and waited for, before a body of more than SmallBody bytes is brought
	// into memory: whoever gives it decides how many such bodies there are at a time. No
	// time of the fetch bounds it, and its error is the fetch's. Nil: nothing is asked.
	Turn func(ctx context.Context) error

	Gate Gate // asked before a redirect to another host is followed; nil: none
}

// Gate is asked for a place at a host before a redirect to it is followed: the
// caller paced the request by the host of URL alone. It may wait until ctx ends,
// which the time of the fetch bounds. Unless it fails, done is called once, when
// the answer was read. A fetch holds its place at the first host meanwhile, so two
// that are sent to each other's hosts wait until one gives up: bound the wait.
type Gate func(ctx context.Context, u *url.URL) (done func(), err error)

// Answer is what a publisher said. After an error it still has the Status, Received,
// RetryAfter and Final of the answer that was the failure, if there was one, and
// Redirects.
type Answer struct {
	Status      int      // 0 for files
	NotModified bool     // nothing since the validators were given; there is no Body
	Delta       bool     // Body has only what is new since the validators were given (RFC 3229)
	Body        []byte   // decoded; the caller's
	Received    int64    // bytes of the body as they came over the network, also of one that failed; 0 for files
	Final       *url.URL // that gave the answer, after redirects; without user info and fragment
	Redirects   int      // that were followed: who sent them was reached
	Moved       *url.URL // the end of the permanent redirects (301, 308) that came first; nil: none
	ContentType string   // as sent
	Downgraded  bool     // a temporary redirect led from https to http: anybody between could read and change it
	Links       []string // values of the Link header (RFC 8288), as sent

	ETag, LastModified string // byte for byte as received
	// Origin says which address gave the validators when it was not Target.URL.
	// Kept with them, it makes the next request conditional after a restart, too.
	Origin uint64

	Freshness  time.Duration // how long the answer stays fresh (RFC 9111, section 4.2); 0: not said
	RetryAfter time.Duration // how long not to ask again (RFC 9110, section 10.2.3), at most 7 days; 0: not said
}

// Client asks publishers. It may be used by many goroutines at a time.
type Client struct {
	agent   agent
	timeout time.Duration
	maxBody int64
	allow   []rule
	pool    pools
	pages   *Client // reads what may be a challenge: as this one does, within maxPage
	look    lookup
	beside  string // see Options

	decoding chan struct{} // bounds how many bodies are decoded without a turn

	mu     sync.Mutex
	routes map[routeKey]*route
}

// New returns a Client. It fails when an entry of AllowPrivate makes no sense.
func New(opt Options) (*Client, error) {
	allow, err := parseRules(opt.AllowPrivate)
	if err != nil {
		return nil, err
	}
	c := &Client{
		agent: agent{base: cmp.Or(opt.UserAgent, defaultAgent), people: opt.Subscribers}, timeout: opt.Timeout, maxBody: opt.MaxBody, allow: allow,
		routes: map[routeKey]*route{}, beside: opt.Beside, decoding: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
	c.pages = &Client{maxBody: maxPage, decoding: c.decoding}
	if c.timeout <= 0 {
		c.timeout = defaultTimeout
	}
	if c.maxBody <= 0 {
		c.maxBody = defaultMaxBody
	}
	return c, nil
}

// Close closes the connections that are not in use. Fetches that run end as
// they would have; their connections are closed after them.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.routes {
		r.transport.CloseIdleConnections()
	}
}

// Fetch asks the target once. The error is one line without secrets that says
// what to do; it wraps a *StatusError for an answer other than 200 and 304, one
// of this package's errors where there is one, or the cause of the context's end.
func (c *Client) Fetch(ctx context.Context, t Target) (Answer, error) {
	u, err := url.Parse(t.URL)
	if err != nil {
		return Answer{}, failf(nil, "the address cannot be parsed; correct url") // the library's error quotes the address
	}
	switch {
	case u.Scheme == "file":
		return c.readFile(u, t)
	case u.Scheme != "http" && u.Scheme != "https":
		return Answer{}, failf(nil, "the address has an unknown scheme; url begins with http://, https:// or file:")
	case u.Hostname() == "":
		return Answer{}, failf(nil, "the address names no host; correct url")
	}
	r, err := c.route(t)
	if err != nil {
		return Answer{}, fmt.Errorf("fetch %s: %w", cmp.Or(t.Name, u.Host), err)
	}
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	start := bare(u)
	x := exchange{client: c, target: &t, route: r, host: u.Host, start: start, at: start, own: true, cancel: cancel}
	x.login(u.User)
	ans, err := x.follow(bounded)
	if err == nil && x.body.spool != nil {
		ans, err = x.read(ctx, ans)
	}
	ans.Redirects = x.hops
	if err != nil {
		return ans, x.explain(ctx, err)
	}
	return ans, nil
}

// bare returns the address as it is asked: without user info and fragment.
func bare(u *url.URL) *url.URL {
	b := *u
	b.User, b.Fragment, b.RawFragment = nil, "", ""
	b.Host = strings.ToLower(b.Host)
	return &b
}
