package cli_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// harbour is the publisher of the guide's examples.
func harbour(w http.ResponseWriter, r *http.Request) {
	items := map[string][2]string{
		"/crane.xml": {"Ferry hits the harbour crane", "Thu, 26 Nov 2026 08:00:00 GMT"},
		"/post.xml":  {"Bridge opens after repair", "Fri, 27 Nov 2026 08:00:00 GMT"},
	}
	item, ok := items[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = fmt.Fprintf(w, `<rss version="2.0"><channel><title>t</title><link>https://t.example/</link><description>d</description><item><guid>https://t.example%s</guid><title>%s</title><pubDate>%s</pubDate></item></channel></rss>`, r.URL.Path, item[0], item[1])
}

// fences are the code blocks of a page by their languages, without the indentation of lists.
func fences(t *testing.T, page, language string) (blocks []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../docs/guide", page))
	if err != nil {
		t.Fatal(err)
	}
	indent, within := "", false
	for line := range strings.SplitSeq(string(text), "\n") {
		bare := strings.TrimLeft(line, " ")
		switch {
		case !within && bare == "```"+language:
			within, indent = true, line[:len(line)-len(bare)]
			blocks = append(blocks, "")
		case within && bare == "```":
			within = false
		case within:
			blocks[len(blocks)-1] += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	return blocks
}

// with returns the first block that has a text.
func with(t *testing.T, blocks []string, text string) string {
	t.Helper()
	for _, b := range blocks {
		if strings.Contains(b, text) {
			return b
		}
	}
	t.Fatalf("no block has %q", text)
	return ""
}

// desk is a folder in which shell commands of the guide are run.
type desk struct {
	t        *testing.T
	dir, bin string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, dir: t.TempDir(), bin: t.TempDir()}
	program := fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' \"$@\"\n", childEnv, self)
	if err := os.WriteFile(filepath.Join(d.bin, "sluice"), []byte(program), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	return d
}

func (d *desk) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// sh runs a script and returns what it writes to standard output.
func (d *desk) sh(script string) string {
	d.t.Helper()
	ctx, stop := context.WithTimeout(d.t.Context(), 2*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Dir = d.dir
	cmd.Env = append(os.Environ(), "PATH="+d.bin+":"+os.Getenv("PATH"))
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		d.t.Errorf("%s: %v\n%s", script, err, problems.String())
	}
	return string(out)
}

// session runs the commands behind the prompts of a block, and compares what they print.
func (d *desk) session(block string) {
	d.t.Helper()
	got := ""
	for line := range strings.Lines(block) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			got += line + d.sh(command)
		}
	}
	if diff := cmp.Diff(block, got); diff != "" {
		d.t.Errorf("the guide (-), the program (+):\n%s", diff)
	}
}

func TestTheWayFromAPlanetIsAsTheGuideSays(t *testing.T) {
	publisher := httptest.NewServer(http.HandlerFunc(harbour))
	defer publisher.Close()
	d := newDesk(t)
	d.write("planet.ini", "[Planet]\nname = Planet Harbour\nlink = http://planet.example.org/\nitems_per_page = 60\n\n["+publisher.URL+"/crane.xml]\nname = The Courier\n\n["+publisher.URL+"/post.xml?a=1&b=2]\nname = The Post & Mail\n")
	d.sh(with(t, fences(t, "migrate.md", "sh"), "planet.ini"))
	made, err := os.ReadFile(filepath.Join(d.dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	d.write("config.yaml", string(made)+"ingest: {allow_private: [127.0.0.1], per_host: {spacing: 10ms}}\n"+with(t, fences(t, "migrate.md", "yaml"), "name: planet"))
	d.session(with(t, fences(t, "migrate.md", "console"), "preview planet"))
	d.sh("sluice sync --out www")
	if _, err := os.Stat(filepath.Join(d.dir, "www/planet.rss")); err != nil {
		t.Error(err)
	}
}

func TestTheWayFromAReaderIsAsTheGuideSays(t *testing.T) {
	d := newDesk(t)
	d.write("subscriptions.opml", `<opml version="2.0"><body><outline text="Harbour"><outline text="The Courier" xmlUrl="http://127.0.0.1:9190/crane.xml"/><outline text="The Post" xmlUrl="http://127.0.0.1:9190/post.xml"/></outline></body></opml>`)
	d.session(with(t, fences(t, "migrate.md", "console"), "opml import"))
	d.write("config.yaml", with(t, fences(t, "migrate.md", "yaml"), "sources_opml"))
	if got := d.sh("sluice check"); !strings.Contains(got, "2 sources, 2 outputs") {
		t.Errorf("%s", got)
	}
}

func TestACopyIsTriedAsTheGuideSays(t *testing.T) {
	d := newDesk(t)
	d.write("feed.xml", `<rss version="2.0"><channel><title>t</title><link>https://t.example/</link><description>d</description><item><guid>https://t.example/1</guid><title>One</title></item></channel></rss>`)
	d.write("config.yaml", "sources: [{name: a, url: \"file:feed.xml\"}]\noutputs: [{name: all}]\n")
	d.sh("sluice sync && mkdir copies && sluice backup copies/day-1.db")
	try := strings.NewReplacer("/tmp/", d.dir+"/", "/var/backups/sluice/", "copies/").Replace(with(t, fences(t, "operate.md", "sh"), "try.db"))
	if got := d.sh("set -e\n" + try); !strings.Contains(got, "is sound: 1 article") {
		t.Errorf("%s", got)
	}
}
