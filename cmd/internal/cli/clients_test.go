package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/ingest/fetch/fetchtest"
)

// entry is what a feed reader makes of an entry.
type entry struct{ ID, Title, Link string }

// TestFeedReadersAgreeWithTheOutputs has six feed readers read the RSS and the Atom of an
// output and compares what they found with the JSON Feed. Titles of RSS are HTML; some
// hand them on as that, so what they hold is decoded once before it is compared.
func TestFeedReadersAgreeWithTheOutputs(t *testing.T) {
	base, _ := startDaemon(t)
	want := jsonEntries(t, base+"/feeds/all.json")
	if len(want) < 5 {
		t.Fatalf("the output has %d entries; the test would show little", len(want))
	}
	readers := map[string]struct {
		needs string
		read  func(t *testing.T, address string) []entry
		html  bool // what it says of titles in RSS is HTML
	}{
		"sfeed":      {"sfeed", readSfeed, true},
		"feedparser": {"/usr/bin/python3", readFeedparser, false},
		"newsboat":   {"newsboat", readNewsboat, true},
		"rsstail":    {"rsstail", readRsstail, true},
		"rss2email":  {"r2e", readRss2email, false},
		"liferea":    {"liferea", readLiferea, false},
	}
	for name, reader := range readers {
		for _, format := range []string{"rss", "atom"} {
			t.Run(name+" reads "+format, func(t *testing.T) {
				if _, err := exec.LookPath(reader.needs); err != nil {
					t.Skipf("%s is not installed", reader.needs)
				}
				got := reader.read(t, base+"/feeds/all."+format)
				for i := range got {
					if format == "rss" && reader.html {
						got[i].Title = html.UnescapeString(got[i].Title)
					}
				}
				slices.SortFunc(got, byLink)
				if len(got) != len(want) {
					t.Fatalf("%d entries, want %d", len(got), len(want))
				}
				for i, want := range want {
					if name == "rsstail" {
						want.ID = "" // it shows none
					}
					if got[i] != want {
						t.Errorf("got  %+v\nwant %+v", got[i], want)
					}
				}
			})
		}
	}
}

// byLink orders entries by what all readers keep as it is, and what no two share here.
func byLink(a, b entry) int { return strings.Compare(a.Link, b.Link) }

// startDaemon serves the feeds of testdata/feeds and returns its address, and what stops
// it and starts it again over the same store.
func startDaemon(t *testing.T) (base string, restart func()) {
	t.Helper()
	dir := t.TempDir()
	feeds, err := filepath.Abs("testdata/feeds")
	if err != nil {
		t.Fatal(err)
	}
	base = "http://" + freeAddress(t)
	cfg := fmt.Sprintf(`
server: {listen: %q, admin: "", base_url: %q}
storage: {path: %q}
sources:
  - {name: plain, url: "file:%s/plain.xml"}
  - {name: odd, url: "file:%s/odd.atom"}
outputs:
  - {name: all, title: "All & <everything>"}
`, strings.TrimPrefix(base, "http://"), base, filepath.Join(dir, "store.db"), feeds, feeds)
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(cfg), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := child(t.Context(), t, "sync", "-c", path).CombinedOutput(); err != nil {
		t.Fatalf("sync: %v\n%s", err, out)
	}
	stop := serveAt(t, path, base)
	t.Cleanup(func() { stop() })
	return base, func() {
		stop()
		stop = serveAt(t, path, base)
	}
}

// serveAt runs a daemon until it is stopped, and returns when it listens.
func serveAt(t *testing.T, config, base string) (stop func()) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // it is stopped as operators do, not by the test's end
	cmd := child(ctx, t, "serve", "-c", config)
	log := &bytes.Buffer{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		_ = cmd.Process.Signal(os.Interrupt) // it is waited for, and its status judged
		if err := cmd.Wait(); err != nil {
			t.Errorf("serve: %v\n%s", err, log)
		}
	}
	if !waitFor(t, strings.TrimPrefix(base, "http://")) {
		stop()
		t.Fatal("the daemon did not listen")
	}
	return stop
}

// waitFor waits until somebody listens.
func waitFor(tb testing.TB, address string) bool {
	tb.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if conn, err := (&net.Dialer{}).DialContext(tb.Context(), "tcp", address); err == nil {
			_ = conn.Close()
			return true
		}
	}
	return false
}

// freeAddress is an address for a listener of a daemon.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	return fetchtest.Port(tb, "127.0.0.1")
}

func jsonEntries(t *testing.T, address string) []entry {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var f struct {
		Items []struct{ ID, Title, URL string }
	}
	if err := json.NewDecoder(res.Body).Decode(&f); err != nil {
		t.Fatal(err)
	}
	var list []entry
	for _, i := range f.Items {
		list = append(list, entry{i.ID, i.Title, i.URL})
	}
	slices.SortFunc(list, byLink)
	return list
}

func output(t *testing.T, stdin []byte, name string, args ...string) []byte {
	t.Helper()
	ctx, done := context.WithTimeout(t.Context(), 2*time.Minute)
	defer done()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second // what it started may live on, with its output
	cmd.Stdin = bytes.NewReader(stdin)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "HOME="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out, &stderr)
	}
	return out
}

func body(t *testing.T, address string) []byte {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readSfeed reads sfeed's table: time, title, link, content, type, id and more.
func readSfeed(t *testing.T, address string) []entry {
	t.Helper()
	var list []entry
	for line := range strings.SplitSeq(strings.TrimSpace(string(output(t, body(t, address), "sfeed"))), "\n") {
		f := strings.Split(line, "\t")
		if len(f) < 6 {
			t.Fatalf("sfeed wrote %q", line)
		}
		list = append(list, entry{f[5], f[1], f[2]})
	}
	return list
}

func readFeedparser(t *testing.T, address string) []entry {
	t.Helper()
	const script = `
import feedparser, html, json, sys
d = feedparser.parse(sys.argv[1])
assert not d.bozo, d.bozo_exception
json.dump([{"ID": e.id, "Title": html.unescape(e.title) if e.title_detail.type == "text/html" else e.title, "Link": e.link} for e in d.entries], sys.stdout)
`
	if err := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", "import feedparser").Run(); err != nil {
		t.Skip("python3-feedparser is not installed")
	}
	var list []entry
	if err := json.Unmarshal(output(t, nil, "/usr/bin/python3", "-c", script, address), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// readNewsboat has newsboat fetch the feed and reads its cache.
func readNewsboat(t *testing.T, address string) []entry {
	t.Helper()
	const script = `
import json, sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute("select guid, title, url from rss_item")
json.dump([{"ID": g, "Title": t, "Link": u} for g, t, u in rows], sys.stdout)
`
	if _, err := os.Stat("/usr/bin/python3"); err != nil {
		t.Skip("python3 is not installed: nothing to read newsboat's cache with")
	}
	dir := t.TempDir()
	urls, cache, config := filepath.Join(dir, "urls"), filepath.Join(dir, "cache.db"), filepath.Join(dir, "config")
	for path, text := range map[string]string{urls: address + "\n", config: ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output(t, nil, "newsboat", "-u", urls, "-c", cache, "-C", config, "-x", "reload")
	var list []entry
	if err := json.Unmarshal(output(t, nil, "/usr/bin/python3", "-c", script, cache), &list); err != nil {
		t.Fatal(err)
	}
	return list
}
