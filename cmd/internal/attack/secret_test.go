package attack_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// canary is a part of every secret here, however it is written.
var canary = regexp.MustCompile(`(?i)c4n4ry`)

// canarySources are sources with secrets of all kinds; HOST is a publisher that repeats them.
const canarySources = `
  - {name: feed, url: "http://c4n4ryuser:c4n4rypw@HOST/${SECRET_PATH}/feed?token=c4n4rytok&key=c4n4rykey", headers: {X-Key: c4n4ryheader}}
  - {name: named, url: "http://HOST/named?sig=c4n4rysig", auth: {username: c4n4ryname, password: c4n4rypass}}
  - {name: borne, url: "http://HOST/401?access_token=c4n4ryaccess", auth: {bearer: c4n4rybearer}}
  - {name: root, url: "http://HOST/root?pw=c4n4ryroot"}
  - {name: led, url: "http://HOST/led?code=c4n4rycode"}
  - {name: cut, url: "http://HOST/cut?secret=c4n4rycut"}
  - {name: down, url: "http://c4n4rydown@127.0.0.1:1/?password=c4n4rydown2"}
  - {name: lost, url: "http://${SECRET_PATH}.invalid/?auth=c4n4rylost"}
  - {name: proxied, url: "http://feeds.example.org/feed", proxy: "http://c4n4ryproxy:c4n4ryproxypw@127.0.0.1:1"}
  - {name: socks, url: "http://feeds.example.org/feed2", proxy: "socks5://c4n4rysocks:c4n4rysockspw@127.0.0.1:1"}
outputs:
  - {name: all, dedup: none, limit: 4, per_source: 2, hubs: ["http://c4n4ryhub:c4n4ryhubpw@127.0.0.1:1/hub?token=c4n4ryhubtok"], title_template: "{{.Title}} ({{.Source}}, {{.Author}})"}
  - {name: club, dedup: none, limit: 4, per_source: 2, tokens: [{file: FIRST}, {file: SECOND}]}
  - {name: trouble, kind: health}
`

// repeats writes what it was asked with wherever something can stand.
func repeats(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	asked := strings.Join([]string{r.URL.Path, r.URL.RawQuery, user, password, r.Header.Get("X-Key"), r.Header.Get("Authorization")}, " ")
	said := inXML.Replace(asked)
	w.Header().Set("ETag", `"`+password+`"`)
	switch r.URL.Path {
	case "/404": // of an address that an operator types: what it says is asked for
		http.NotFound(w, r)
	case "/401":
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+asked+`"`)
		http.Error(w, asked, http.StatusUnauthorized)
	case "/root":
		_, _ = fmt.Fprintf(w, "<%s><title>%s</title>", r.URL.Query().Get("pw"), said) // who asked looks at what it got
	case "/led":
		http.Redirect(w, r, "http://c4n4ryled:c4n4ryledpw@127.0.0.1:1/x?token=c4n4ryled&code="+r.URL.Query().Get("code"), http.StatusMovedPermanently)
	case "/cut":
		_, _ = fmt.Fprintf(w, `<rss version="2.0"><channel><title>Cut</title><item><guid>c</guid><title>Whole</title></item><item><title>%s`, said)
	default:
		_, _ = fmt.Fprintf(w, `<rss version="2.0"><channel><title>%s</title><link>http://h.example/?token=%s</link><description>%[1]s</description><language>%[1]s</language>`, said, r.URL.Query().Get("token"))
		for i := range 9 {
			_, _ = fmt.Fprintf(w, `<item><title>%d %s</title><guid isPermaLink="false">%d%[2]s</guid><link>http://h.example%[4]s/%[1]d?%[5]s</link><author>%[2]s</author><category domain="http://h.example/%[5]s">%[2]s</category><description>%[2]s</description><enclosure url="http://h.example/%[1]d.mp3?%[5]s" type="audio/mpeg" length="1"/></item>`,
				i, said, i, r.URL.Path, inXML.Replace(r.URL.RawQuery))
		}
		_, _ = fmt.Fprint(w, `</channel></rss>`)
	}
}

// TestSecretsComeOutNowhere has a publisher repeat all that it is asked with, and looks for
// secrets in files, archives, deltas, pages, profiles, results, errors, logs, the list of
// processes and what the daemon says when it is made to crash.
func TestSecretsComeOutNowhere(t *testing.T) {
	publisher := httptest.NewServer(http.HandlerFunc(repeats))
	t.Cleanup(publisher.Close)
	t.Setenv("SECRET_PATH", "c4n4rypath")
	t.Setenv("GOTRACEBACK", "all")
	n, j := &newsroom{t: t, dir: t.TempDir()}, newJudge(t)
	n.config = filepath.Join(n.dir, "config.yaml")
	for _, name := range []string{"first", "second"} {
		n.write(name, "c4n4ry-"+name)
	}
	host := strings.TrimPrefix(publisher.URL, "http://")
	config := fmt.Sprintf("storage: {path: %q}\nserver: {listen: %q, admin: %q, base_url: %q}\ningest: {allow_private: [127.0.0.1], min_interval: 1s, per_host: {parallel: 8, spacing: 0s}}\nsources:%s",
		store(n.dir), "unix:"+filepath.Join(n.dir, "public"), "unix:"+filepath.Join(n.dir, "admin"), hostileSite,
		strings.NewReplacer("HOST", host, "FIRST", filepath.Join(n.dir, "first"), "SECOND", filepath.Join(n.dir, "second")).Replace(canarySources))
	n.write("config.yaml", config)
	said := map[string]string{}
	run := func(args ...string) ended {
		e := n.do(args...)
		said[strings.Join(args, " ")] = e.out + e.err
		return e
	}
	files := filepath.Join(n.dir, "files")
	run("sync", "--all", "--log-level=debug", "--log-format=json", "--out", files)
	run("sync", "--all", "--json", "--log-level=debug", "--log-format=text")
	readAll(t, files, said)
	n.serveSecrets(j, said)
	said["explain"] = n.askOfSecrets(run, publisher.URL, config)
	n.crash(said)
	for what, must := range map[string]string{"the log": "source=borne", "the files": "all.json", "the crash": "goroutine ", "arguments": "serve", "/feeds/all.json": "***", "explain": "***", "226": "***"} {
		if !strings.Contains(said[what], must) {
			t.Errorf("%s has no %q, so this test shows little:\n%.1000s", what, must, said[what])
		}
	}
	for what, text := range said {
		for _, own := range []string{"?token=c4n4ry-first", "%3Ftoken%3Dc4n4ry-first"} { // which its holder is given back
			if strings.HasPrefix(what, "holder ") {
				text = strings.ReplaceAll(text, own, "")
			}
		}
		if at := canary.FindStringIndex(text); at != nil {
			t.Errorf("%.200q: …%s…", what, text[max(at[0]-200, 0):min(at[1]+100, len(text))])
		}
	}
}

// readAll adds the files of a folder, and a list of them.
func readAll(t *testing.T, dir string, said map[string]string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		said["the files"] += filepath.Base(path) + "\n"
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		said["file "+filepath.Base(path)] = string(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// serveSecrets starts a daemon and asks it for all that it serves.
func (n *newsroom) serveSecrets(j *judge, said map[string]string) {
	n.t.Helper()
	n.launch()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if status, _ := n.get(j, "public", "/feeds/all/archive/1.atom"); status == http.StatusOK {
			break
		}
		if time.Since(began) > patience {
			n.t.Fatalf("the daemon does not serve:\n%.5000s", n.daemon.log)
		}
	}
	for _, path := range []string{"/", "/feeds.opml", "/robots.txt", "/feeds/none", "/feeds/club.rss", "/feeds/club.rss?token=c4n4ry-firs", "/feeds/trouble", "/feeds/trouble.atom", "/feeds/trouble.json", "/websub/x"} {
		_, body := n.get(j, "public", path)
		said[path] = string(body)
	}
	for _, form := range []string{"", ".rss", ".atom", ".json"} {
		for _, place := range []string{"", "/archive/1"} {
			_, body := n.get(j, "public", "/feeds/all"+place+form)
			said["/feeds/all"+place+form] = string(body)
			_, body = n.get(j, "public", "/feeds/club"+place+form+"?token=c4n4ry-first")
			said["holder /feeds/club"+place+form] = string(body)
		}
	}
	status, delta := n.get(j, "public", "/feeds/all.atom", "A-IM: feed", `If-None-Match: "other"`)
	said["226"] = fmt.Sprint(status) + string(delta)
	_, delta = n.get(j, "public", "/feeds/club.atom?token=c4n4ry-first", "A-IM: feed", `If-None-Match: "other"`)
	said["holder 226"] = string(delta)
	for _, path := range []string{
		"/status", "/status.json", "/metrics", "/healthz", "/readyz", "/none", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1", "/debug/pprof/allocs?debug=1",
	} {
		_, body := n.get(j, "admin", path)
		said["admin "+path] = string(body)
	}
	arguments, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", n.daemon.cmd.Process.Pid))
	if err != nil {
		n.t.Fatal(err)
	}
	said["arguments"] = string(arguments)
}

// askOfSecrets runs the commands, also with what is wrong with a configuration, and
// returns what explain says.
func (n *newsroom) askOfSecrets(run func(args ...string) ended, publisher, config string) (explained string) {
	n.t.Helper()
	for _, args := range [][]string{
		{"status"},
		{"status", "--json"},
		{"preview", "all"},
		{"preview", "club"},
		{"preview", "trouble"},
		{"opml", "export"},
		{"check"},
		{"verify"},
		{"enable", "borne"},
		{"enable", "led"},
		{"sync", "--all"},
		{"backup", filepath.Join(n.dir, "backup.db")},
		{"reload"},
		{"compact"},
		{"discover", publisher + "/404?token=c4n4ryfound"},
		{"discover", strings.Replace(publisher, "://", "://c4n4ryfound:c4n4ryfound@", 1) + "/401"},
		{"discover", "http://c4n4ry:c4n4ry@ba d/"},
		{"discover", "http://c4n4ry:c4n4ry@h.example:port/"},
		{"discover", "http://h.invalid/?key=c4n4ry"},
	} {
		run(args...)
	}
	for _, name := range []string{"feed", "named", "borne", "root", "led", "cut", "down", "lost", "proxied", "socks"} {
		run("status", name)
	}
	var preview struct {
		Entries []struct{ ID, URL string }
	}
	if err := json.Unmarshal([]byte(run("preview", "all", "--json").out), &preview); err != nil || len(preview.Entries) < 3 {
		n.t.Fatalf("%v: %+v", err, preview)
	}
	for _, e := range preview.Entries {
		run("explain", "all", e.ID, "--json")
	}
	explained = run("explain", "all", preview.Entries[len(preview.Entries)-1].ID).out
	n.config = filepath.Join(n.dir, "broken.yaml")
	for i, change := range [][]string{
		{"http://c4n4ryuser:", "http://c4n4ry user:"},
		{"@HOST", "@ho st"},
		{"proxy: \"http:", "proxy: \"gopher:"},
		{"pw@127.0.0.1:1\"", "pw@[::1\""},
		{"hubs: [\"http:", "hubs: [\"ftp:"},
		{"@127.0.0.1:1/hub", "@ho st:1/hub"},
		{"auth: {", "auht: {"},
		{"bearer: c4n4rybearer", "bearer: [c4n4rybearer]"},
		{"X-Key: c4n4ryheader", "\"X Key\": \"c4n4ry\\nheader\""},
		{"tokens: [", "tokens: [c4n4ry, "},
	} {
		broken := strings.Replace(config, strings.Replace(change[0], "HOST", strings.TrimPrefix(publisher, "http://"), 1), change[1], 1)
		if broken == config {
			n.t.Errorf("nothing is broken by %q", change)
		}
		n.write("broken.yaml", broken)
		for _, args := range [][]string{{"check"}, {"sync"}, {"serve", fmt.Sprintf("--lock-timeout=%ds", i+1)}} {
			if e := run(args...); e.status == 0 && args[0] == "check" {
				n.t.Errorf("%q is no problem: %s", change, e)
			}
			if args[0] == "check" {
				run("preview", "all", "--with", n.config)
			}
		}
	}
	n.config = filepath.Join(n.dir, "config.yaml")
	return explained
}

// crash ends the daemon as a fault of it would, and adds what it said.
func (n *newsroom) crash(said map[string]string) {
	n.t.Helper()
	n.daemon.signal(syscall.SIGQUIT)
	got := n.daemon.end()
	if got.status == 0 {
		n.t.Error("the daemon ended well")
	}
	text := got.err
	at := strings.Index(text, "SIGQUIT")
	said["the log"], said["the crash"] = text[:max(at, 0)], text[max(at, 0):]
}
