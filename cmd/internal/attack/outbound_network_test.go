//go:build linux

package attack_test

import (
	"fmt"
	"html"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// newOutside has the addresses on the loopback of a network of its own, servers there, and
// a name server that the system asks.
func newOutside(t *testing.T) *outside {
	t.Helper()
	n := &outside{t: t}
	run := func(name string, args ...string) {
		t.Helper()
		if e := do(t, name, args...); e.status != 0 {
			t.Skipf("%s %s: %v", name, strings.Join(args, " "), e)
		}
	}
	run("ip", "link", "set", "lo", "up")
	proxyIP, _, _ := strings.Cut(proxyAddress, ":")
	for _, ip := range []string{publicAddress, proxyIP} {
		run("ip", "address", "add", ip+"/32", "dev", "lo")
	}
	for _, c := range targets {
		switch a := netip.MustParseAddr(c.ip); {
		case a.IsLoopback(): // it is there
		case a.Is4():
			run("ip", "address", "add", c.ip+"/32", "dev", "lo")
		default:
			run("ip", "address", "add", c.ip+"/128", "dev", "lo", "nodad")
		}
	}
	resolver := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(resolver, []byte("nameserver 127.0.0.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run("mount", "--bind", resolver, "/etc/resolv.conf")
	n.names()
	for _, c := range targets {
		answerAt(t, net.JoinHostPort(c.ip, "80"), n.canary(c), func() { n.hear(c.ip) })
	}
	answerAt(t, publicAddress+":80", http.HandlerFunc(n.publish), func() {})
	answerAt(t, proxyAddress, http.HandlerFunc(n.forward), func() {})
	return n
}

// hear counts something that a canary heard.
func (n *outside) hear(what string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.heard[what]++
}

// counted tells of each connection.
type counted struct {
	net.Listener

	each func()
}

// Accept implements net.Listener.
func (l counted) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.each()
	}
	return conn, err
}

// answerAt answers at an address, each request on a connection of its own: names are looked
// up for each.
func answerAt(t *testing.T, address string, h http.Handler, each func()) {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	s.SetKeepAlivesEnabled(false)
	go func() { _ = s.Serve(counted{ln, each}) }() // ends with the test
	t.Cleanup(func() { _ = s.Close() })
}

// way is the first part of a path.
func way(r *http.Request) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return first
}

// canary answers as whoever stands behind a way might, so that nothing of it fails.
func (n *outside) canary(c target) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.hear(c.ip + " " + way(r))
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		_, _ = fmt.Fprint(w, document("secret", 1)) // who asked may be gone
	})
}

// forward is the proxy that was configured.
func (n *outside) forward(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	n.proxy = append(n.proxy, r.URL.Host)
	n.mu.Unlock()
	_, _ = fmt.Fprint(w, document("p0", 1))
}

// publish is the publisher, whose every way leads to a target.
func (n *outside) publish(w http.ResponseWriter, r *http.Request) {
	var i int
	host, _, _ := strings.Cut(r.Host, ".")
	if _, err := fmt.Sscanf(strings.TrimLeft(host, "abcdefghijklmnopqrstuvwxyz"), "%d", &i); err != nil {
		_, _ = fmt.Sscan(r.URL.Query().Get("to"), &i) // else it is the first
	}
	by, to := way(r), "http://"+targets[i].host()
	n.mu.Lock()
	n.public[fmt.Sprintf("%s %d", by, i)]++
	n.mu.Unlock()
	switch codes := []int{301, 302, 307, 308}; {
	case r.Method == http.MethodPost: // a hub that sends others on
		http.Redirect(w, r, to+"/"+by, codes[2+i%2])
	case by == "redirect" || by == "discover-redirect":
		http.Redirect(w, r, to+"/"+by, codes[i%4])
	case by == "redirect-name":
		http.Redirect(w, r, fmt.Sprintf("http://p%d.example/redirect-name", i), codes[i%4])
	case by == "blink":
		http.Redirect(w, r, "/blink/again", http.StatusFound)
	case by == "form":
		w.Header().Set("Location", "http://"+r.URL.Query().Get("host")+"/form")
		w.WriteHeader(http.StatusFound)
	case by == "never":
		_, _ = fmt.Fprint(w, tempting(to+"/never"))
	case by == "hub":
		w.Header().Set("Link", fmt.Sprintf("<%s/hub>; rel=hub, <http://feeds.example/hub?to=%d>; rel=self", to, i))
		_, _ = fmt.Fprint(w, document(fmt.Sprintf("h%d", i), 2))
	case by == "hub-redirect":
		w.Header().Set("Link", fmt.Sprintf("<http://feeds.example/hub-redirect?to=%[1]d>; rel=hub, <http://feeds.example/hub-redirect?to=%[1]d>; rel=self", i))
		_, _ = fmt.Fprint(w, document(fmt.Sprintf("r%d", i), 2))
	case by == "discovered":
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, `<!doctype html><title>x</title><link rel=alternate type="application/rss+xml" href="%s/discovered"><link rel=icon href="%[1]s/never"><img src="%[1]s/never"><iframe src="%[1]s/never"></iframe><a href="%[1]s/discovered/2.xml">feed</a>`, to)
	default:
		_, _ = fmt.Fprint(w, document(fmt.Sprintf("n%d", i), 2))
	}
}

// tempting is a feed that names an address wherever a program might follow one.
func tempting(address string) string {
	const form = `<?xml version="1.0"?><?xml-stylesheet href="ADDRESS" type="text/xsl"?>
<!DOCTYPE rss PUBLIC "-//x//y" "ADDRESS" [<!ENTITY out SYSTEM "ADDRESS"><!ENTITY % more SYSTEM "ADDRESS"> %more;]>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:media="http://search.yahoo.com/mrss/" xmlns:xi="http://www.w3.org/2001/XInclude" xmlns:podcast="https://podcastindex.org/namespace/1.0" xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:psc="http://podlove.org/simple-chapters">
<channel xml:base="ADDRESS"><title>x</title><link>ADDRESS</link><description>&out;</description><docs>ADDRESS</docs>
<atom:link rel="next" href="ADDRESS"/><atom:link rel="prev-archive" href="ADDRESS"/><atom:link rel="current" href="ADDRESS"/><atom:link rel="first" href="ADDRESS"/><atom:link rel="search" href="ADDRESS"/><atom:link rel="alternate" href="ADDRESS"/><atom:link rel="icon" href="ADDRESS"/>
<itunes:new-feed-url>ADDRESS</itunes:new-feed-url><itunes:image href="ADDRESS"/><podcast:podping usesPodping="true"/><cloud domain="HOST" port="80" path="/never" registerProcedure="" protocol="http-post"/>
<image><url>ADDRESS</url><title>x</title><link>ADDRESS</link></image><textInput><title>x</title><description>x</description><name>x</name><link>ADDRESS</link></textInput>
<xi:include href="ADDRESS"/>
<item><guid>ADDRESS#1</guid><title>x</title><link>ADDRESS</link><comments>ADDRESS</comments><wfw:commentRss>ADDRESS</wfw:commentRss><source url="ADDRESS">x</source><enclosure url="ADDRESS" length="1" type="audio/mpeg"/><media:content url="ADDRESS" medium="image"/><media:thumbnail url="ADDRESS"/><podcast:transcript url="ADDRESS" type="text/vtt"/><podcast:chapters url="ADDRESS" type="application/json"/><psc:chapters href="ADDRESS"/>
<description>HTML</description></item></channel></rss>`
	body := html.EscapeString(`<img src="` + address + `" srcset="` + address + ` 2x"><video poster="` + address + `"><source src="` + address + `"></video><iframe src="` + address + `"></iframe><object data="` + address + `"></object><link rel="prefetch" href="` + address + `">`)
	host := strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/never")
	return strings.NewReplacer("ADDRESS", address, "HOST", host, "HTML", body).Replace(form)
}

// names answers who asks for a name: the publisher's is public, pN leads to a target, and
// so do its odd forms, as with resolvers that read them; turnedN does so later on, and
// blinkN at each second look-up.
func (n *outside) names() {
	conn, err := (&net.ListenConfig{}).ListenPacket(n.t.Context(), "udp", "127.0.0.1:53")
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Authoritative, m.Additionals = true, true, nil // else an empty answer counts as none
			n.answer(&m)
			if packed, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
}

// answer adds the address of the name that is asked for.
func (n *outside) answer(m *dnsmessage.Message) {
	q := m.Questions[0]
	ip, known := n.lead(strings.TrimSuffix(strings.ToLower(q.Name.String()), "."), q.Type)
	head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
	a, err := netip.ParseAddr(ip)
	switch {
	case !known:
		m.RCode = dnsmessage.RCodeNameError
	case err != nil:
	case q.Type == dnsmessage.TypeA && a.Is4():
		m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: a.As4()}}}
	case q.Type == dnsmessage.TypeAAAA && a.Is6():
		m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}}}
	}
}

// lead is where a name leads at this look-up.
func (n *outside) lead(name string, kind dnsmessage.Type) (ip string, known bool) {
	if name == "feeds.example" {
		return publicAddress, true
	}
	for _, c := range targets {
		for _, form := range c.forms() {
			if form == name {
				return c.ip, true
			}
		}
	}
	label, _, _ := strings.Cut(name, ".")
	var i int
	if _, err := fmt.Sscanf(strings.TrimLeft(label, "abcdefghijklmnopqrstuvwxyz"), "%d", &i); err != nil || i >= len(targets) || !strings.HasSuffix(name, ".example") {
		return "", false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	key := fmt.Sprint(name, kind)
	n.asked[key]++
	if strings.HasPrefix(label, "turned") && !n.turned || strings.HasPrefix(label, "blink") && n.asked[key]%2 == 1 {
		return publicAddress, true
	}
	return targets[i].ip, true
}
