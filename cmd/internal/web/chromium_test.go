package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func chromium(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	return path
}

// browse opens every document in a frame of its own in headless Chromium and
// returns what each of them did, by its path.
func browse(t *testing.T, docs map[string]string) map[string][]string {
	t.Helper()
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join("testdata", "browser", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	run, hook := read("run.html"), `<script nonce="ours">`+read("hook.js")+`</script>`
	done := make(chan map[string][]string, 1)
	mux := http.NewServeMux()
	send := func(w http.ResponseWriter, contentType, body string) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write([]byte(body)) // the browser may be gone
	}
	mux.HandleFunc("GET /run", func(w http.ResponseWriter, _ *http.Request) { send(w, "text/html; charset=utf-8", run) })
	mux.HandleFunc("GET /list", func(w http.ResponseWriter, _ *http.Request) {
		var paths []string
		for path := range docs {
			paths = append(paths, path)
		}
		list, err := json.Marshal(paths)
		if err != nil {
			t.Error(err)
		}
		send(w, "application/json", string(list))
	})
	mux.HandleFunc("POST /done", func(_ http.ResponseWriter, r *http.Request) {
		results := map[string][]string{}
		if err := json.NewDecoder(r.Body).Decode(&results); err != nil {
			t.Errorf("what the browser found: %v", err)
		}
		done <- results
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		doc, ok := docs[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		style := "'none'; img-src *"
		if page, ok := strings.CutPrefix(doc, "<!doctype html>"); ok { // our own page, which has a style and an icon
			doc, style = page, "'unsafe-inline'; img-src * data:"
		}
		w.Header().Set("Content-Security-Policy-Report-Only",
			"default-src 'none'; base-uri 'none'; media-src *; script-src 'nonce-ours'; style-src "+style)
		send(w, "text/html; charset=utf-8", "<!doctype html>"+hook+doc)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	stop := startChromium(t, server.URL+"/run")
	defer stop()
	select {
	case results := <-done:
		if len(results) != len(docs) {
			t.Fatalf("the browser tells of %d documents, want %d", len(results), len(docs))
		}
		return results
	case <-time.After(3 * time.Minute):
		t.Fatal("the browser did not finish")
		return nil
	}
}

// startChromium opens an address. No name but our own server's resolves.
func startChromium(t *testing.T, address string) (stop func()) {
	t.Helper()
	home, err := os.MkdirTemp("", "browser") //nolint:usetesting // its helpers may write for longer than TempDir waits
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), chromium(t),
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
		"--disable-background-networking", "--mute-audio", "--user-data-dir="+home,
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", address)
	cmd.Stderr = &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // with its helpers
		_ = cmd.Wait()
		for range 50 {
			if os.RemoveAll(home) == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if t.Failed() {
			t.Logf("%s", log.Bytes())
		}
	}
}
