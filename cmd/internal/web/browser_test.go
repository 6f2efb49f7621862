package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/cmd/internal/cli"
	"sluice/feed/sanitize/sanitizetest"
)

// A feed reader may put an entry's text into its page as it is. So whatever a
// source sends must do nothing there, nor in the page that sluice shows itself.
func TestVectorsRunNothingInABrowser(t *testing.T) {
	chromium(t)
	checkInBrowser(t, sanitizetest.Vectors())
}

func TestRealVectorsRunNothingInABrowser(t *testing.T) {
	corpora := os.Getenv("SLUICE_CORPORA")
	if corpora == "" {
		t.Skip("SLUICE_CORPORA is not set: see make real")
	}
	chromium(t)
	vectors, err := sanitizetest.Read(filepath.Join(corpora, "xss", "dompurify_vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	checkInBrowser(t, vectors)
}

// loud run as they stand: what the browser does not report of them, it would not
// report of anything.
var loud = []string{
	`<script>x=1</script>`,
	`<script>alert(1)</script>`,
	`<img src=x onerror=x=1>`,
	`<p onclick="x=1">a</p>`,
	`<svg onload="x=1"></svg>`,
	`<a href="javascript:alert(1)">a</a>`,
	`<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>`,
	`<iframe src="data:text/html,x"></iframe>`,
	`<base href="https://e.org/">`,
	`<p style="color:red">a</p>`,
	`<math><mi>a</mi></math>`,
}

func checkInBrowser(t *testing.T, vectors []sanitizetest.Vector) {
	t.Helper()
	docs := map[string]string{}
	for i, html := range loud {
		docs[fmt.Sprintf("/loud/%d", i)] = html
	}
	title := map[string]string{} // of the first vector that gave a document
	texts := map[string]string{} // documents by content: mostly all three formats say the same
	outputs := publishVectors(t, vectors)
	for i, v := range vectors {
		said := outputs.said[i]
		if len(said) < 5 { // the texts of three formats, and two titles that are HTML
			t.Errorf("%s: the outputs hold only %d texts of it", v.Title, len(said))
		}
		for _, html := range said {
			if texts[html] == "" {
				texts[html] = fmt.Sprintf("/text/%d", len(texts))
				docs[texts[html]], title[texts[html]] = html, v.Title
			}
		}
	}
	for name, page := range outputs.pages {
		docs["/page/"+name] = page
	}
	for url, ran := range browse(t, docs) {
		switch {
		case strings.HasPrefix(url, "/loud/"):
			if len(ran) == 0 {
				t.Errorf("the browser did not report %s", docs[url])
			}
		case len(ran) > 0:
			t.Errorf("%s (%s): %q in\n%.2000s", title[url], url, ran, docs[url])
		}
	}
	t.Logf("%d vectors in %d documents", len(vectors), len(docs))
}

// published is what outputs say of vectors: the texts by the vector's number, and
// the pages for people by the output's name.
type published struct {
	said  map[int][]string
	pages map[string]string
}

// publishVectors has the program itself read the vectors as items of feeds and
// write its outputs. An HTML page shows 50 entries, so that a source has fewer.
func publishVectors(t *testing.T, vectors []sanitizetest.Vector) published {
	t.Helper()
	dir := t.TempDir()
	config := fmt.Sprintf("storage: {path: %q}\nserver: {listen: %q, admin: \"\", base_url: \"http://sluice.example\"}\nsources:\n",
		filepath.Join(dir, "store.db"), "unix:"+filepath.Join(dir, "web.sock"))
	var names []string
	number := 0
	for group := range slices.Chunk(vectors, 45) {
		var items []map[string]string
		for _, v := range group {
			items = append(items, map[string]string{
				"id": fmt.Sprint(number), "url": fmt.Sprintf("https://vectors.example/%d", number),
				"title":   fmt.Sprintf("%d %.900s", number, v.HTML),
				"summary": fmt.Sprintf("%d %.9000s", number, v.HTML), "content_html": v.HTML + fmt.Sprintf("<p>%d", number),
			})
			number++
		}
		var body bytes.Buffer
		enc := json.NewEncoder(&body)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": "Vectors", "items": items}); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("v%d", len(names))
		names = append(names, name)
		path := filepath.Join(dir, name+".json")
		if err := os.WriteFile(path, body.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		config += fmt.Sprintf("  - {name: %s, url: %q}\n", name, "file:"+path)
	}
	config += "outputs:\n"
	for _, name := range names {
		config += fmt.Sprintf("  - {name: %s, from: [%s]}\n", name, name)
	}
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	get := serve(t, path, filepath.Join(dir, "web.sock"))
	out := published{said: map[int][]string{}, pages: map[string]string{}}
	for _, name := range names {
		out.add(t, readRSS(t, get("/feeds/"+name+".rss")))
		out.add(t, readAtom(t, get("/feeds/"+name+".atom")))
		out.add(t, readJSON(t, get("/feeds/"+name+".json")))
		out.pages[name] = string(get("/feeds/" + name))
	}
	return out
}

// serve polls the sources once and runs the daemon until the test ends. It returns
// what asks the daemon for a path.
func serve(t *testing.T, config, socket string) (get func(path string) []byte) {
	t.Helper()
	run := func(ctx context.Context, args ...string) {
		var log bytes.Buffer
		env := cli.Env{Args: append(args, "-c", config), Stdout: &log, Stderr: &log, Getenv: func(string) string { return "" }, Exit: func(int) {}}
		if code := cli.Main(ctx, env); code != 0 {
			t.Errorf("%s: exit status %d\n%s", args[0], code, log.Bytes())
		}
	}
	run(t.Context(), "sync", "--strict")
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var ended sync.WaitGroup
	ended.Go(func() { run(ctx, "serve") })
	t.Cleanup(func() {
		stop()
		ended.Wait()
	})
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	t.Cleanup(client.CloseIdleConnections)
	return func(path string) []byte {
		for range 5000 { // it has to start, and then to build
			res, err := client.Get("http://sluice.example" + path)
			if err == nil {
				body, err := io.ReadAll(res.Body)
				_ = res.Body.Close() // it was read
				if err == nil && res.StatusCode == http.StatusOK {
					return body
				}
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Fatalf("no answer for %s", path)
		return nil
	}
}

// entries are the HTML texts of a document by the link of their entry.
type entries map[string][]string

func (p published) add(t *testing.T, found entries) {
	t.Helper()
	if len(found) == 0 {
		t.Fatal("an output without entries")
	}
	for link, texts := range found {
		var number int
		if _, err := fmt.Sscanf(link, "https://vectors.example/%d", &number); err != nil {
			t.Fatalf("%q: %v", link, err)
		}
		p.said[number] = append(p.said[number], texts...)
	}
}

func readRSS(t *testing.T, data []byte) entries {
	t.Helper()
	var doc struct {
		Items []struct {
			Title       string `xml:"title"`
			Link        string `xml:"link"`
			Description string `xml:"description"`
			Content     string `xml:"http://purl.org/rss/1.0/modules/content/ encoded"`
		} `xml:"channel>item"`
	}
	if err := xml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	found := entries{}
	for _, it := range doc.Items {
		found[it.Link] = []string{it.Title, it.Description, it.Content}
	}
	return found
}

func readAtom(t *testing.T, data []byte) entries {
	t.Helper()
	type text struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
	var doc struct {
		Entries []struct {
			Links []struct {
				Rel  string `xml:"rel,attr"`
				Href string `xml:"href,attr"`
			} `xml:"link"`
			Title   text `xml:"title"`
			Summary text `xml:"summary"`
			Content text `xml:"content"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	found := entries{}
	for _, e := range doc.Entries {
		for _, l := range e.Links {
			if l.Rel != "" && l.Rel != "alternate" {
				continue
			}
			for _, part := range []text{e.Title, e.Summary, e.Content} {
				if part.Type == "html" {
					found[l.Href] = append(found[l.Href], part.Text)
				}
			}
		}
	}
	return found
}

func readJSON(t *testing.T, data []byte) entries {
	t.Helper()
	var doc struct {
		Items []struct {
			URL         string `json:"url"`
			ContentHTML string `json:"content_html"`
		} `json:"items"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	found := entries{}
	for _, it := range doc.Items {
		found[it.URL] = []string{it.ContentHTML}
	}
	return found
}
