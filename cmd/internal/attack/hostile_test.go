package attack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hostileSources are the publisher's paths; see hostilePublisher.
var hostileSources = []string{"rss", "atom", "json", "page", "status", "type", "root", "cut", "broken", "away", "script", "later"}

const hostileSite = "http://sluice.example"

// newsroom is the program with sources that are all hostile.
type newsroom struct {
	t      *testing.T
	dir    string
	config string
	daemon *process
}

func newNewsroom(t *testing.T) *newsroom {
	t.Helper()
	publisher := httptest.NewServer(http.HandlerFunc(hostilePublisher))
	t.Cleanup(publisher.Close)
	n := &newsroom{t: t, dir: t.TempDir()}
	n.config = filepath.Join(n.dir, "config.yaml")
	var b strings.Builder
	fmt.Fprintf(&b, "storage: {path: %q}\nserver: {listen: %q, admin: %q, base_url: %q}\n", store(n.dir),
		"unix:"+filepath.Join(n.dir, "public"), "unix:"+filepath.Join(n.dir, "admin"), hostileSite)
	b.WriteString("ingest: {allow_private: [127.0.0.1], min_interval: 1s, per_host: {parallel: 8, spacing: 0s}}\nsources:\n")
	for _, name := range hostileSources {
		fmt.Fprintf(&b, "  - {name: %s, url: \"%s/%[1]s\"}\n", name, publisher.URL)
	}
	b.WriteString("outputs:\n  - {name: all, dedup: none, limit: 400}\n  - {name: short, limit: 5, content: summary, title_template: '{{.Title}} {{.Author}} {{.Source}}'}\n  - {name: trouble, kind: health}\n")
	n.write("config.yaml", b.String())
	return n
}

func (n *newsroom) write(name, text string) {
	n.t.Helper()
	if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// do runs a command, which may fail; it must say something.
func (n *newsroom) do(args ...string) ended {
	n.t.Helper()
	e := do(n.t, program, append(args, "-c", n.config)...)
	if e.out+e.err == "" && e.status != 0 {
		n.t.Errorf("%s says nothing: %v", args, e)
	}
	return e
}

// client asks the daemon at one of its sockets.
func (n *newsroom) client(socket string) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(n.dir, socket))
		}},
	}
}

// get asks for a path and returns the answer; headers hold nothing of strangers.
func (n *newsroom) get(j *judge, socket, path string, headers ...string) (status int, body []byte) {
	n.t.Helper()
	req, err := http.NewRequestWithContext(n.t.Context(), http.MethodGet, "http://localhost"+path, http.NoBody)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := n.client(socket).Do(req)
	if err != nil {
		return 0, nil
	}
	body, err = io.ReadAll(res.Body)
	_ = res.Body.Close() // it was read
	if err != nil {
		n.t.Fatalf("%s: %v", path, err)
	}
	if head := fmt.Sprint(res.Header); strings.Contains(head, mark) || res.Header.Get("X-Injected") != "" {
		j.fault(path, "a header of strangers", head)
	}
	return res.StatusCode, body
}

// launch starts the daemon. It is ended with the test.
func (n *newsroom) launch() {
	n.t.Helper()
	n.daemon = spawn(n.t, program, "serve", "--log-level=debug", "--log-format=text", "-c", n.config)
}

// start starts the daemon and waits until it has polled all sources and serves them.
func (n *newsroom) start(j *judge) {
	n.t.Helper()
	n.launch()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		status, archive := n.get(j, "public", "/feeds/short/archive/1.rss")
		if _, body := n.get(j, "public", "/feeds/all.json"); status == http.StatusOK && len(archive) > 0 && strings.Contains(string(body), `"R0 `) && strings.Contains(string(body), `"J0 `) {
			return
		}
		if time.Since(began) > patience {
			n.t.Fatalf("the daemon does not serve:\n%.5000s", n.daemon.log)
		}
	}
}

// TestWhatFeedsSayActsNowhere sends feeds that are hostile in every field through the
// program, and looks wherever that can come out: outputs, archives, pages, files, tables
// and sentences of commands, all forms of the log, metrics and headers.
func TestWhatFeedsSayActsNowhere(t *testing.T) {
	n, j := newNewsroom(t), newJudge(t)
	files := filepath.Join(n.dir, "files")
	for form, args := range map[string][]string{"json": {"--out", files}, "text": {"--json"}} {
		said := n.do(append([]string{"sync", "--all", "--log-level=debug", "--log-format=" + form}, args...)...)
		j.terminal("sync", said.out)
		j.log("the log of sync as "+form, form, said.err)
	}
	n.files(j, files)
	n.journal(j)
	n.start(j)
	pages := n.addresses(j)
	n.commands(j)
	if b := newBrowser(t, "MAP sluice.example "+n.front("public")+", MAP admin.localhost "+n.front("admin"), "sluice.example", "admin.localhost"); b != nil {
		n.browse(b, j, pages)
	}
	n.daemon.stop()
	j.log("the log of the daemon", "text", n.daemon.log.String())
}

// writtenFile is what sync may write: outputs, their archives and further pages, and its own list.
var writtenFile = regexp.MustCompile(`^((all|short|trouble)(/archive/\d+)?(/\d+)?\.(rss|atom|json|html)|style\.css|feed\.css|\.sluice[a-z.]*)$`)

// files looks at what sync wrote: under no name but the outputs', and nothing in it acts.
func (n *newsroom) files(j *judge, dir string) {
	n.t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		path, err = filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if !writtenFile.MatchString(path) {
			j.fault("files", "a name of strangers", path)
		}
		names = append(names, path)
		body, err := os.ReadFile(filepath.Join(dir, path))
		switch ext := filepath.Ext(path); {
		case err != nil:
			return err
		case ext == ".html":
			j.page("file "+path, string(body))
		case ext != ".css" && ext != "":
			j.feed("file "+path, body)
		}
		return nil
	})
	if err != nil {
		n.t.Fatal(err)
	}
	if len(names) < 12 {
		n.t.Errorf("%d files: %q", len(names), names)
	}
}

// journal has sync log as for systemd's journal.
func (n *newsroom) journal(j *judge) {
	n.t.Helper()
	out, err := os.Create(filepath.Join(n.dir, "journal"))
	if err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = out.Close() }() // it is read by its name
	info, err := out.Stat()
	if err != nil {
		n.t.Fatal(err)
	}
	at, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		n.t.Fatalf("%T", info.Sys())
	}
	cmd := exec.Command(program, "sync", "--all", "--log-level=debug", "-c", n.config)
	cmd.Env = append(os.Environ(), fmt.Sprintf("JOURNAL_STREAM=%d:%d", at.Dev, at.Ino))
	cmd.Stderr = out
	_ = cmd.Run() // sources fail
	text, err := os.ReadFile(out.Name())
	if err != nil {
		n.t.Fatal(err)
	}
	j.log("the journal", "journal", string(text))
}

// addresses asks for all that the daemon serves, and returns what a browser shows.
func (n *newsroom) addresses(j *judge) (pages []string) {
	n.t.Helper()
	const asBrowser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	paths := []string{"/", "/feeds.opml", "/feeds/all/2", "/feeds/all/3", "/feeds/short/archive/1", "/feeds/" + url.PathEscape(mark+"\x1b<script>\r\n"), "/" + mark + "%0d%0aX-Injected:%20yes"}
	for _, name := range []string{"all", "short", "trouble"} {
		paths = append(paths, "/feeds/"+name, "/feeds/"+name+".rss", "/feeds/"+name+".atom", "/feeds/"+name+".json")
	}
	for _, ext := range []string{".rss", ".atom", ".json"} {
		paths = append(paths, "/feeds/short/archive/1"+ext)
	}
	for _, path := range paths {
		status, body := n.get(j, "public", path, asBrowser)
		switch {
		case status != http.StatusOK:
			j.terminal("error at "+path, string(body))
			continue
		case strings.HasPrefix(string(body), "<!doctype html>"):
			j.page(path, string(body))
		default:
			j.feed(path, body)
		}
		pages = append(pages, path)
	}
	if len(pages) < len(paths)-2 {
		n.t.Errorf("only %q were served of %q", pages, paths)
	}
	if status, body := n.get(j, "public", "/feeds/all.rss", "A-IM: feed", `If-None-Match: "x"`); status == http.StatusIMUsed || status == http.StatusOK {
		j.feed("a delta", body)
	}
	_, metrics := n.get(j, "admin", "/metrics")
	if len(metrics) < 1000 || strings.Contains(string(metrics), mark) {
		j.fault("/metrics", "of strangers", string(metrics))
	}
	_, status := n.get(j, "admin", "/status")
	j.page("/status", string(status))
	_, value := n.get(j, "admin", "/status.json")
	if !json.Valid(value) || strings.Contains(string(value), "<script") && !strings.Contains(string(value), `\u003c`) {
		j.fault("/status.json", "HTML of strangers", string(value))
	}
	return pages
}

// commands asks by all commands that say what strangers wrote.
func (n *newsroom) commands(j *judge) {
	n.t.Helper()
	n.write("list.opml", `<opml version="2.0"><body>`)
	var outlines strings.Builder
	for i, s := range hostileTexts() {
		s = inXML.Replace(strings.Map(func(r rune) rune { // which XML allows
			if r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
				return -1
			}
			return r
		}, strings.ToValidUTF8(s, "")))
		fmt.Fprintf(&outlines, `<outline text="%[1]s" title="%[1]s" category="%[1]s,/%[1]s" xmlUrl="https://h.example/%[2]d?%[1]s" htmlUrl="%[1]s"/>`, s, i)
	}
	n.write("list.opml", `<opml version="2.0"><head><title>`+mark+`</title></head><body>`+outlines.String()+`</body></opml>`)
	config, err := os.ReadFile(n.config)
	if err != nil {
		n.t.Fatal(err)
	}
	n.write("listed.yaml", strings.Replace(string(config), "sources:\n", fmt.Sprintf("sources_opml: [%q]\nsources:\n", filepath.Join(n.dir, "list.opml")), 1))
	entries := n.do("preview", "all", "--json").out
	var preview struct {
		Entries []struct{ ID string }
	}
	if err := json.Unmarshal([]byte(entries), &preview); err != nil || len(preview.Entries) < 100 {
		n.t.Fatalf("%d entries: %v", len(preview.Entries), err)
	}
	asked := [][]string{
		{"status"},
		{"status", "--json"},
		{"preview", "all"},
		{"preview", "all", "--json"},
		{"preview", "short"},
		{"preview", "all", "--with", filepath.Join(n.dir, "listed.yaml")},
		{"sync", "--all"},
		{"sync", "--all", "--json"},
		{"opml", "import", filepath.Join(n.dir, "list.opml")},
		{"verify"},
		{"check"},
		{"enable", "status"},
		{"explain", "all", "https://h.example/" + mark + "\x1b\u202e"},
		{"discover", n.source("page")},
		{"discover", n.source("root")},
		{"split", "all", preview.Entries[0].ID},
		{"join", preview.Entries[1].ID, preview.Entries[2].ID},
		{"preview", mark + "\x1b[31m"},
	}
	for _, name := range hostileSources {
		asked = append(asked, []string{"status", name})
	}
	for i := 0; i < len(preview.Entries); i += 7 {
		asked = append(asked, []string{"explain", "all", preview.Entries[i].ID}, []string{"explain", "all", preview.Entries[i].ID, "--json"})
	}
	for _, args := range asked {
		said := n.do(args...)
		j.terminal(strings.Join(args[:1], " ")+" on standard output", said.out)
		j.terminal(strings.Join(args[:1], " ")+" on standard error", said.err)
	}
	n.config = filepath.Join(n.dir, "listed.yaml")
	for _, args := range [][]string{{"opml", "export"}, {"check"}, {"check", "--json"}} {
		said := n.do(args...)
		j.terminal(args[0]+" of a list on standard output", said.out)
		j.terminal(args[0]+" of a list on standard error", said.err)
		if args[0] == "opml" && said.status != 0 {
			n.t.Errorf("%v", said)
		} else if args[0] == "opml" {
			j.xml("opml export", []byte(said.out))
		}
	}
	n.config = filepath.Join(n.dir, "config.yaml")
}

// source is the address of one of the publisher's paths.
func (n *newsroom) source(name string) string {
	n.t.Helper()
	var status struct {
		Sources []struct{ Name, URL string }
	}
	if err := json.Unmarshal([]byte(n.do("status", name, "--json").out), &status); err != nil || len(status.Sources) != 1 {
		n.t.Fatalf("%v: %+v", err, status)
	}
	return status.Sources[0].URL
}

// front leads from the network to one of the daemon's sockets, as a proxy does.
func (n *newsroom) front(socket string) (address string) {
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "localhost"}) },
		Transport: n.client(socket).Transport,
	}
	server := httptest.NewServer(proxy)
	n.t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// browse opens all pages as they are served, and the HTML of all entries as a careless
// reader shows it: with no policy and no filter of its own. Pages that act must be seen to.
func (n *newsroom) browse(b *browser, j *judge, pages []string) {
	n.t.Helper()
	n.t.Logf("%d pages, %d texts of entries", len(pages), len(j.html))
	var texts strings.Builder
	for text := range j.html {
		texts.WriteString("<article><div>" + text + "</div></article>\n")
	}
	reader := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		text := texts.String()
		var i int
		if _, err := fmt.Sscanf(r.URL.Path, "/loud/%d", &i); err == nil {
			text = strings.ReplaceAll(strikes[i], "ACT", act)
		}
		_, _ = io.WriteString(w, "<!doctype html><title>x</title><link rel=icon href='data:image/png;base64,'>"+text) // the browser may be gone
	}))
	n.t.Cleanup(reader.Close)
	b.ours = append(b.ours, strings.TrimPrefix(reader.URL, "http://"))
	loud := 0
	for i := range strikes[:7] {
		if did := strings.Join(b.visit(fmt.Sprintf("%s/loud/%d", reader.URL, i)), "\n"); did != "" {
			loud++
			n.t.Logf("control %d: %.200s", i, did)
		}
	}
	if loud < 6 {
		n.t.Errorf("of 7 pages that act, %d were seen to", loud)
	}
	b.media = true // of entries, which say themselves that they are not to be loaded by themselves
	b.quiet("the texts of entries", reader.URL+"/texts")
	b.media = false
	for _, path := range pages {
		b.quiet(path, hostileSite+path)
	}
	b.quiet("/status", "http://admin.localhost/status")
}
