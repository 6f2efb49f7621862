package fetch_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

// zone is a name server that answers each name with a list of addresses: the
// first, then the next, and the last for ever.
type zone struct {
	mu    sync.Mutex
	names map[string][]string
}

// resolver runs the name server and returns a resolver that asks it alone.
func (z *zone) resolver(tb testing.TB) *net.Resolver {
	tb.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer := z.answer(buf[:n]); answer != nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (z *zone) answer(query []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.Additionals = true, nil
	z.mu.Lock()
	defer z.mu.Unlock()
	name := strings.TrimSuffix(strings.ToLower(q.Name.String()), ".")
	list, ok := z.names[name]
	if !ok {
		m.RCode = dnsmessage.RCodeNameError
	}
	if ok && q.Type == dnsmessage.TypeA {
		if ip := net.ParseIP(list[0]).To4(); ip != nil {
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
				Body:   &dnsmessage.AResource{A: [4]byte(ip)},
			}}
		}
		if len(list) > 1 {
			z.names[name] = list[1:]
		}
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}

func TestPrivateAddressesAreNotAskedInAnyForm(t *testing.T) {
	canary := newWire(t, "127.0.0.1:0", func(_ *http.Request, conn net.Conn) {
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"))
	})
	_, port, _ := net.SplitHostPort(canary.addr)
	z := &zone{names: map[string][]string{"rebound.example": {"127.0.0.1"}, "cloud.example": {"169.254.169.254"}, "localhost": {"127.0.0.1"}}}
	c := newStrict(t, fetch.Options{})
	fetch.UseResolver(c, z.resolver(t))
	for _, host := range []string{
		"127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.1.",
		"0", "0.0.0.0", "localhost", "LOCALHOST", "localhost.", "rebound.example", "cloud.example", "169.254.169.254",
		"[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
		"[fe80::1%25lo]", "[::1%25lo]", "[fd00:ec2::254]", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1", "①27.1",
	} {
		ans, err := c.Fetch(t.Context(), fetch.Target{URL: "http://" + host + ":" + port + "/"})
		if err == nil {
			t.Errorf("%s: %q", host, ans.Body)
			continue
		}
		oneLine(t, err)
		if strings.Contains(host, "example") || strings.HasPrefix(host, "[::1") || host == "127.0.0.1" {
			if !errors.Is(err, fetch.ErrBlocked) || !strings.Contains(err.Error(), "allow_private") {
				t.Errorf("%s: %v", host, err)
			}
		}
	}
	if n := canary.accepted.Load(); n != 0 {
		t.Errorf("%d connections to the private server", n)
	}
}

func TestANameThatTurnsPrivateIsBlocked(t *testing.T) {
	canary := saying(t, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
	_, port, _ := net.SplitHostPort(canary.addr)
	newWire(t, "127.0.0.2:"+port, func(_ *http.Request, conn net.Conn) { // stands for a public address
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfeed"))
	})
	z := &zone{names: map[string][]string{"rebind.example": {"127.0.0.2", "127.0.0.1"}}}
	c := newStrict(t, fetch.Options{AllowPrivate: []string{"127.0.0.2"}})
	fetch.UseResolver(c, z.resolver(t))
	target := fetch.Target{URL: "http://rebind.example:" + port + "/"}
	if ans := mustFetch(t, c, target); string(ans.Body) != "feed" {
		t.Errorf("%q", ans.Body)
	}
	if _, err := c.Fetch(t.Context(), target); !errors.Is(err, fetch.ErrBlocked) {
		t.Errorf("%v", err)
	}
	if n := canary.accepted.Load(); n != 0 {
		t.Errorf("%d connections to the private server", n)
	}
}

func TestANameIsAllowedAndNotItsAddress(t *testing.T) {
	p := fetchtest.New(t)
	address := p.Set("/", fetchtest.Reply{Body: "ok"})
	byName := func(name string) string { return strings.Replace(address, "127.0.0.1", name, 1) }
	z := &zone{names: map[string][]string{"feeds.lan": {"127.0.0.1"}, "other.lan": {"127.0.0.1"}, "xn--bcher-kva.lan": {"127.0.0.1"}}}
	c := newStrict(t, fetch.Options{AllowPrivate: []string{"feeds.lan", "bücher.lan"}})
	fetch.UseResolver(c, z.resolver(t))
	for host, want := range map[string]bool{
		"feeds.lan": true, "FEEDS.lan": true, "feeds.lan.": true, "bücher.lan": true, "BÜCHER.lan": true,
		"other.lan": false, "127.0.0.1": false,
	} {
		if _, err := c.Fetch(t.Context(), fetch.Target{URL: byName(host)}); (err == nil) != want || !want && !errors.Is(err, fetch.ErrBlocked) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestWhatOneSourceMayReachIsNotForOthers(t *testing.T) {
	p := fetchtest.New(t)
	c := newStrict(t, fetch.Options{})
	address := p.Set("/", fetchtest.Reply{Body: "ok"})
	mustFetch(t, c, fetch.Target{URL: address, AllowPrivate: []string{"127.0.0.0/8"}}) // leaves a connection
	if _, err := c.Fetch(t.Context(), fetch.Target{URL: address}); !errors.Is(err, fetch.ErrBlocked) {
		t.Errorf("%v", err)
	}
	if p.Count("") != 1 {
		t.Errorf("asked %d times", p.Count(""))
	}
}

func TestARedirectToAPrivateAddressIsBlocked(t *testing.T) {
	p := fetchtest.New(t)
	canary := saying(t, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
	_, port, _ := net.SplitHostPort(p.URL("")[len("http://"):])
	c := newStrict(t, fetch.Options{AllowPrivate: []string{"127.0.0.1:" + port}})
	ans, err := c.Fetch(t.Context(), fetch.Target{URL: p.Redirect("/", 301, canary.url())})
	if !errors.Is(err, fetch.ErrBlocked) || ans.Body != nil {
		t.Errorf("%+v, %v", ans, err)
	}
	if n := canary.accepted.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func TestAllowListsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, entry := range []string{"", " ", "10.0.0.0/33", "10.0.0.0/8:80", "http://feeds.lan", "feeds.lan/x", "*.lan", "feeds.lan:0", "feeds.lan:99999", "a b", "127.1", "10.1.2.300"} {
		if _, err := fetch.New(fetch.Options{AllowPrivate: []string{entry}}); err == nil {
			t.Errorf("New took %q", entry)
		} else {
			oneLine(t, err)
		}
		c := newStrict(t, fetch.Options{})
		if _, err := c.Fetch(t.Context(), fetch.Target{URL: "http://127.0.0.1/", AllowPrivate: []string{entry}}); err == nil || !strings.Contains(err.Error(), "allow_private") {
			t.Errorf("Fetch with %q: %v", entry, err)
		}
	}
}

func TestAPollLooksItsHostUpOnce(t *testing.T) {
	p := fetchtest.New(t)
	address := strings.Replace(p.Redirect("/old", 302, "/feed"), "127.0.0.1", "feeds.lan", 1)
	p.Set("/feed", fetchtest.Reply{Body: document})
	// A second look-up would find an address where nothing may be asked.
	z := &zone{names: map[string][]string{"feeds.lan": {"127.0.0.1", "10.0.0.9"}}}
	c := newStrict(t, fetch.Options{AllowPrivate: []string{"127.0.0.1"}})
	fetch.UseResolver(c, z.resolver(t))
	if ans := mustFetch(t, c, fetch.Target{URL: address}); string(ans.Body) != document {
		t.Errorf("%q", ans.Body)
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if left := z.names["feeds.lan"]; len(left) != 1 || p.Connections() != 1 {
		t.Errorf("%v left, %d connections", left, p.Connections())
	}
}
