package fetch_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

// proxy passes everything on to one server, whatever host was asked for, and
// remembers the hosts.
type proxy struct {
	to string // host:port

	mu    sync.Mutex
	asked []string
	auth  string // Proxy-Authorization of the last request
}

func (p *proxy) note(host, auth string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.auth = append(p.asked, host), auth
}

func (p *proxy) hosts() (hosts, auth string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.asked, " "), p.auth
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	p.note(req.Host, req.Header.Get("Proxy-Authorization"))
	if req.Method == http.MethodConnect {
		client, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		p.join(client)
		return
	}
	out := req.Clone(req.Context())
	out.URL.Host, out.RequestURI = p.to, ""
	out.Header.Del("Proxy-Authorization")
	resp, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		http.Error(w, "no way", http.StatusBadGateway)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

// join connects a client with the server until one of them hangs up.
func (p *proxy) join(client net.Conn) {
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		_ = client.Close()
		return
	}
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
	_ = client.Close()
}

// serveSOCKS answers one SOCKS5 connection (RFC 1928) for a host name or an
// IPv4 address.
func (p *proxy) serveSOCKS(conn net.Conn) {
	buf := make([]byte, 262)
	read := func(n int) []byte {
		if _, err := io.ReadFull(conn, buf[:n]); err != nil {
			return make([]byte, n)
		}
		return buf[:n]
	}
	read(int(read(2)[1]))
	_, _ = conn.Write([]byte{5, 0})
	host := ""
	switch read(4)[3] {
	case 1:
		host = net.IP(read(4)).String()
	case 3:
		host = string(read(int(read(1)[0])))
	}
	host = net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(read(2)))))
	p.note(host, "")
	_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	p.join(conn)
}

func TestAProxyIsUsedAndExemptFromTheGuard(t *testing.T) {
	open, secure := fetchtest.New(t), fetchtest.NewTLS(t)
	for _, p := range []*fetchtest.Publisher{open, secure} {
		p.Set("/feed", fetchtest.Reply{Body: document, Coding: "gzip"})
	}
	for name, tc := range map[string]struct {
		scheme string // of the proxy
		target string
		p      *fetchtest.Publisher
		host   string // asked of the proxy
	}{
		"http by http":    {"http", "http://feeds.example/feed", open, "feeds.example"},
		"https by http":   {"http", "https://feeds.example/feed", secure, "feeds.example:443"},
		"http by https":   {"https", "http://feeds.example/feed", open, "feeds.example"},
		"http by socks5":  {"socks5", "http://feeds.example/feed", open, "feeds.example:80"},
		"https by socks5": {"socks5", "https://feeds.example/feed", secure, "feeds.example:443"},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := url.Parse(tc.p.URL(""))
			if err != nil {
				t.Fatal(err)
			}
			px := &proxy{to: u.Host}
			var at string
			switch tc.scheme {
			case "socks5":
				ln, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = ln.Close() })
				go func() {
					for conn, err := ln.Accept(); err == nil; conn, err = ln.Accept() {
						go px.serveSOCKS(conn)
					}
				}()
				at = ln.Addr().String()
			default:
				s := httptest.NewUnstartedServer(px)
				s.Start()
				if tc.scheme == "https" {
					s.Close()
					s = httptest.NewTLSServer(px)
				}
				t.Cleanup(s.Close)
				at = s.Listener.Addr().String()
			}
			c := newStrict(t, fetch.Options{}) // nothing private is allowed
			user := "me:secret@"
			if tc.scheme == "socks5" {
				user = ""
			}
			ans := mustFetch(t, c, fetch.Target{URL: tc.target, Proxy: tc.scheme + "://" + user + at, InsecureTLS: true})
			hosts, auth := px.hosts()
			if string(ans.Body) != document || hosts != tc.host {
				t.Errorf("%q by way of %q", ans.Body, hosts)
			}
			if want := "Basic bWU6c2VjcmV0"; tc.scheme != "socks5" && auth != want {
				t.Errorf("Proxy-Authorization %q", auth)
			}
			if h := tc.p.Last(); h.Get("Proxy-Authorization") != "" {
				t.Error("the publisher got the proxy's login")
			}
			c.Close()
		})
	}
}

func TestAProxyIsNoWayToPrivateAddresses(t *testing.T) {
	px := &proxy{to: "127.0.0.1:1"}
	s := httptest.NewServer(px)
	t.Cleanup(s.Close)
	c := newStrict(t, fetch.Options{})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "10.0.0.1:8080", "2130706433", "127.1", "169.254.169.254"} {
		if _, err := c.Fetch(t.Context(), fetch.Target{URL: "http://" + host + "/", Proxy: s.URL}); !errors.Is(err, fetch.ErrBlocked) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if hosts, _ := px.hosts(); hosts != "" {
		t.Errorf("asked for %s", hosts)
	}
}

func TestAProxyThatRefusesIsNamed(t *testing.T) {
	for name, tc := range map[string]struct {
		code   int
		target string
		want   string
	}{
		"a login for http":  {407, "http://feeds.example/", "check the login in proxy"},
		"a login for https": {407, "https://feeds.example/", "check the user info in proxy"},
		"a refusal":         {403, "https://feeds.example/", "the proxy answered 403"},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tc.code) }))
			t.Cleanup(s.Close)
			c := newStrict(t, fetch.Options{})
			_, err := c.Fetch(t.Context(), fetch.Target{URL: tc.target, Proxy: s.URL})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v", err)
			}
		})
	}
}
