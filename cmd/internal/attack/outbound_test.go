//go:build linux

package attack_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The network: canaries at addresses that are not public, a publisher and hub that are, and
// a proxy at a private address, which is configured.
const (
	publicAddress = "9.9.9.10"
	proxyAddress  = "192.168.88.8:3128"
)

// target is an address at which nobody is to be asked.
type target struct {
	ip       string
	metadata bool // clouds answer there with the rights of the machine
	slow     bool // what takes seconds, hubs and pages, leads there, too
}

var targets = []target{
	{"169.254.169.254", true, true},
	{"100.100.100.200", true, false},
	{"fd00:ec2::254", true, true},
	{"127.0.0.1", false, true},
	{"::1", false, false},
	{"10.11.12.13", false, true},
	{"192.168.77.7", false, false},
	{"172.20.5.5", false, false},
	{"100.64.1.1", false, false},
	{"fd12:3456::7", false, false},
}

// host is the target as it stands in addresses.
func (c target) host() string {
	if strings.Contains(c.ip, ":") {
		return "[" + c.ip + "]"
	}
	return c.ip
}

// forms are other ways to write it. What some resolvers read as an address is a name here.
func (c target) forms() []string {
	v4 := net.ParseIP(c.ip).To4()
	if v4 == nil {
		return []string{"[" + c.ip + "%25lo]"}
	}
	hex := fmt.Sprintf("%02x%02x:%02x%02x", v4[0], v4[1], v4[2], v4[3])
	number := uint32(v4[0])<<24 | uint32(v4[1])<<16 | uint32(v4[2])<<8 | uint32(v4[3])
	return []string{
		"[::ffff:" + c.ip + "]", "[::ffff:" + hex + "]", "[::" + c.ip + "]", "[64:ff9b::" + hex + "]", "[2002:" + hex + "::1]",
		c.ip + ".", fmt.Sprint(number), fmt.Sprintf("0x%08x", number), fmt.Sprintf("0%o.%d.%d.%d", v4[0], v4[1], v4[2], v4[3]), fmt.Sprintf("%d.%d", v4[0], number&0xffffff),
	}
}

// ways are by what a target is asked where it may be; the first word of the path says which.
var ways = []string{"direct", "name", "redirect", "redirect-name", "turned", "blink"}

// pageWays are those by "discover", and hubWays by hubs.
var (
	pageWays = []string{"discover", "discovered", "discover-redirect"}
	hubWays  = []string{"hub", "hub-redirect", "ping", "ping-redirect"}
)

// outside is what listens there, and what it heard.
type outside struct {
	t      *testing.T
	mu     sync.Mutex
	heard  map[string]int // connections to canaries, and requests as ADDRESS WAY
	public map[string]int // requests to the publisher, as WAY INDEX
	proxy  []string       // hosts that the proxy was asked for
	turned bool           // names that turn private have done so
	asked  map[string]int // look-ups of a name and type
}

// TestNoPrivateAddressIsAskedByWhateverWay runs the program in a network in which canaries
// listen at private addresses and those of metadata services, has all that strangers say
// lead there, and counts connections. The control is the same with the right entries in
// allow_private: by each way the request arrives.
func TestNoPrivateAddressIsAskedByWhateverWay(t *testing.T) {
	if os.Getenv(networkEnv) != "" {
		attackFromWithin(t)
		return
	}
	needs(t, "ip", "mount")
	if os.Geteuid() != 0 {
		t.Skip("a network and a resolver of its own need root")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=9m")
	cmd.Env = append(os.Environ(), networkEnv+"="+program)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Unshareflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if _, ran := errors.AsType[*exec.ExitError](err); err != nil && !ran {
		t.Skipf("no network of its own for a process here: %v", err)
	}
	switch said := string(out); {
	case strings.Contains(said, "--- SKIP"):
		t.Skipf("in a network of its own:\n%s", said)
	case err != nil || !strings.Contains(said, "--- PASS: "+t.Name()):
		t.Errorf("%v\n%s", err, said)
	default:
		t.Logf("%s", said)
	}
}

func attackFromWithin(t *testing.T) {
	t.Helper()
	n := newOutside(t)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://10.11.12.13")
		t.Setenv(strings.ToLower(name), "http://10.11.12.13")
	}
	t.Setenv("NO_PROXY", "")
	t.Setenv("no_proxy", "")
	// Everything is allowed but what needs an entry of its own.
	wide := []string{"0.0.0.0/0", "::/0"}
	named := slices.Clone(wide)
	for i, c := range targets {
		wide = append(wide, fmt.Sprintf("p%d.example", i))
		if c.metadata {
			named = append(named, c.ip)
		}
	}
	for _, run := range []struct {
		name  string
		allow []string
		open  func(target) bool
	}{
		{"nothing is allowed", nil, func(target) bool { return false }},
		{"networks and names are", wide, func(c target) bool { return !c.metadata }},
		{"each address is", named, func(target) bool { return true }},
	} {
		t.Run(run.name, func(t *testing.T) {
			n.mu.Lock() // somebody may ask still
			n.t, n.heard, n.public, n.proxy, n.turned, n.asked = t, map[string]int{}, map[string]int{}, nil, false, map[string]int{}
			n.mu.Unlock()
			n.tempt(run.allow, run.open)
			n.judge(run.open)
		})
	}
}

// judge compares what the canaries heard with what they may hear.
func (n *outside) judge(open func(target) bool) {
	n.t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	total := 0
	for i, c := range targets {
		total += n.heard[c.ip]
		if !open(c) {
			if n.heard[c.ip] != 0 {
				n.t.Errorf("%d connections to %s: %v", n.heard[c.ip], c.ip, n.heard)
			}
			for _, host := range n.proxy {
				if host == c.host() {
					n.t.Errorf("the proxy was asked for %s", host)
				}
			}
		}
		expected := ways
		if c.slow {
			expected = slices.Concat(ways, pageWays, hubWays)
		}
		for _, way := range expected {
			if open(c) && n.heard[c.ip+" "+way] == 0 {
				n.t.Errorf("%s is allowed, and not asked by way of %q", c.ip, way)
			}
			if leads := []string{"redirect", "redirect-name", "turned", "blink", "discovered", "discover-redirect"}; slices.Contains(leads, way) && n.public[fmt.Sprintf("%s %d", way, i)] == 0 {
				n.t.Errorf("nobody was led to %s by way of %q", c.ip, way)
			}
		}
		if n.heard[c.ip+" never"] != 0 {
			n.t.Errorf("%s was asked for what nobody is to follow", c.ip)
		}
		if open(c) && !slices.Contains(n.proxy, c.host()) {
			n.t.Errorf("the proxy was not asked for %s, which is allowed", c.ip)
		}
	}
	if !slices.Contains(n.proxy, "feeds.example") {
		n.t.Errorf("the proxy, whose address is private and configured, was asked for %q", n.proxy)
	}
	n.t.Logf("%d connections to canaries, %d requests to the publisher, %d to the proxy", total, len(n.public), len(n.proxy))
}

// tempt starts the program with sources, hubs, pages and callers that all lead to targets.
func (n *outside) tempt(allow []string, open func(target) bool) {
	n.t.Helper()
	room := &newsroom{t: n.t, dir: n.t.TempDir()}
	room.config = filepath.Join(room.dir, "config.yaml")
	room.write("config.yaml", n.configuration(room.dir, allow))
	room.launch()
	n.until(room, "the daemon answers", func() bool { return room.do("status", "--ready").status == 0 })
	n.poll(room)
	n.mu.Lock()
	n.turned = true
	n.mu.Unlock()
	n.poll(room)
	room.do("reload") // hubs are asked from now on, and not within a minute
	for i, c := range targets {
		n.call(room, c)
		if !c.slow {
			continue
		}
		if e := room.do("discover", "http://"+c.host()+"/discover"); (e.status == 0) != open(c) {
			n.t.Errorf("discover %s: %v", c.ip, e)
		}
		room.do("discover", fmt.Sprintf("http://feeds.example/discovered?to=%d", i))
		room.do("discover", fmt.Sprintf("http://feeds.example/discover-redirect?to=%d", i))
		if e := room.do("opml", "import", "http://"+c.host()+"/never"); e.status == 0 {
			n.t.Errorf("a list was read from %s: %v", c.ip, e)
		}
		listed := n.configuration(room.dir, allow) + fmt.Sprintf("sources_opml: [\"http://%s/never\"]\n", c.host())
		room.write("listed.yaml", listed)
		if e := do(n.t, program, "check", "-c", filepath.Join(room.dir, "listed.yaml")); e.status == 0 {
			n.t.Errorf("a list of %s is followed: %v", c.ip, e)
		}
	}
	for _, c := range targets {
		if !c.slow {
			continue
		}
		for _, way := range hubWays {
			n.until(room, way+" of "+c.ip, func() bool {
				n.mu.Lock()
				heard := n.heard[c.ip+" "+way] > 0
				n.mu.Unlock()
				return heard || !open(c) && n.refused(room, c, way)
			})
		}
	}
	room.daemon.signal(terminate)
	room.daemon.end()
}

// refused reports whether the log says that a target's hub was not asked.
func (n *outside) refused(room *newsroom, c target, way string) bool {
	about, said := fmt.Sprintf(" output=%s-%d ", way, slices.Index(targets, c)), "given up"
	if strings.HasPrefix(way, "hub") {
		about, said = fmt.Sprintf(" source=%s-%d ", way, slices.Index(targets, c)), "hub refused"
	}
	for line := range strings.Lines(room.daemon.log.String()) {
		if strings.Contains(line, about) && strings.Contains(line, said) {
			return true
		}
	}
	return false
}

// poll polls all sources, due or not.
func (n *outside) poll(room *newsroom) {
	n.t.Helper()
	if e := room.do("sync", "--all"); e.status != 0 {
		n.t.Fatalf("sync: %v\n%.3000s", e, room.daemon.log)
	}
}

// call has a stranger call back, as a hub or a subscriber would, with addresses.
func (n *outside) call(room *newsroom, c target) {
	n.t.Helper()
	at := url.QueryEscape("http://" + c.host() + "/never")
	form := "hub.mode=subscribe&hub.challenge=x&hub.lease_seconds=9&hub.topic=" + at + "&hub.callback=" + at + "&hub.url=" + at
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		req, err := http.NewRequestWithContext(n.t.Context(), method, "http://localhost/websub/x?"+form, strings.NewReader(form))
		if err != nil {
			n.t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Link", "<http://"+c.host()+"/never>; rel=hub")
		req.Header.Set("Host", c.host())
		if res, err := room.client("public").Do(req); err == nil {
			_ = res.Body.Close()
		}
	}
}

// until waits until something is so.
func (n *outside) until(room *newsroom, what string, is func() bool) {
	n.t.Helper()
	for began := time.Now(); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > patience {
			text := room.daemon.log.String()
			n.t.Fatalf("%s: not within %v\n%s", what, patience, text[max(0, len(text)-4000):])
		}
	}
}

// configuration has a source for each way to each target.
func (n *outside) configuration(dir string, allow []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "storage: {path: %q}\nserver: {listen: %q, admin: \"\", base_url: \"http://sluice.example\"}\n", store(dir), "unix:"+filepath.Join(dir, "public"))
	fmt.Fprintf(&b, "ingest: {websub: true, min_interval: 1s, timeout: 10s, per_host: {parallel: 16, spacing: 0s}, allow_private: [%s]}\nsources:\n", quoted(allow))
	source := func(name, address, more string) { fmt.Fprintf(&b, "  - {name: %s, url: %q%s}\n", name, address, more) }
	outputs := "outputs:\n  - {name: all}\n"
	source("proxied", "http://feeds.example/plain", ", proxy: \"http://"+proxyAddress+"\"")
	for i, c := range targets {
		source(fmt.Sprintf("direct-%d", i), "http://"+c.host()+"/direct", "")
		source(fmt.Sprintf("name-%d", i), fmt.Sprintf("http://p%d.example/name", i), "")
		source(fmt.Sprintf("proxied-%d", i), "http://"+c.host()+"/proxied", ", proxy: \"http://"+proxyAddress+"\"")
		for k, form := range c.forms() {
			if len(allow) > 0 {
				break // most of them lead nowhere here, and many hosts that do look like an outage
			}
			source(fmt.Sprintf("form-redirect-%d-%d", i, k), fmt.Sprintf("http://feeds.example/form?host=%s", url.QueryEscape(form)), "")
			if strings.HasPrefix(form, "[") || strings.HasPrefix(form, "0x") { // else there is no such name
				source(fmt.Sprintf("form-%d-%d", i, k), "http://"+form+"/form", "")
			}
		}
		source(fmt.Sprintf("turned-%d", i), fmt.Sprintf("http://turned%d.example/turned", i), "")
		source(fmt.Sprintf("blink-%d", i), fmt.Sprintf("http://blink%d.example/blink", i), "")
		for _, way := range []string{"redirect", "redirect-name", "never"} {
			source(fmt.Sprintf("%s-%d", way, i), fmt.Sprintf("http://feeds.example/%s?to=%d", way, i), "")
		}
		if !c.slow {
			continue
		}
		source(fmt.Sprintf("hub-%d", i), fmt.Sprintf("http://feeds.example/hub?to=%d", i), "")
		source(fmt.Sprintf("hub-redirect-%d", i), fmt.Sprintf("http://feeds.example/hub-redirect?to=%d", i), "")
		outputs += fmt.Sprintf("  - {name: ping-%d, hubs: [\"http://%s/ping\"]}\n", i, c.host())
		outputs += fmt.Sprintf("  - {name: ping-redirect-%d, hubs: [\"http://feeds.example/ping-redirect?to=%[1]d\"]}\n", i)
	}
	return b.String() + outputs
}

// quoted are texts as a list of YAML.
func quoted(texts []string) string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = fmt.Sprintf("%q", text)
	}
	return strings.Join(list, ", ")
}
