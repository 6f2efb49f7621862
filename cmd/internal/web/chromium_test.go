package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	_ "image/png" // what the browser draws
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

func chromium(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	return path
}

// browser is a running Chromium.
type browser struct{ ctx context.Context }

// startChromium starts a headless Chromium that lives as long as the test. No name
// resolves in it but those of the rules, which are written as for
// --host-resolver-rules.
func startChromium(t *testing.T, rules ...string) *browser {
	t.Helper()
	rules = append(rules, "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1")
	ctx, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("mute-audio", true),
		chromedp.Flag("disable-features", "Translate,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable"),
		chromedp.Flag("host-resolver-rules", strings.Join(rules, ", ")))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return &browser{ctx}
}

// tab is a tab of a browser with what it complained of: whatever a page writes to the
// console, and what its policy forbade.
type tab struct {
	ctx context.Context
	t   *testing.T

	mu         sync.Mutex
	complaints []string
}

func (b *browser) newTab(t *testing.T) *tab {
	t.Helper()
	opened := &tab{t: t}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithListener(opened.listen))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	opened.ctx, cancel = context.WithTimeout(ctx, 3*time.Minute) // to end at all; nothing is timed
	t.Cleanup(cancel)
	return opened
}

func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		b.complaints = append(b.complaints, string(e.Entry.Source)+": "+e.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, "console: "+string(e.Type))
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, "exception: "+e.ExceptionDetails.Text)
	}
}

// quiet fails the test where the tab complained of anything since it was asked last.
func (b *tab) quiet(what string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, complaint := range b.complaints {
		b.t.Errorf("%s: the browser complains: %s", what, complaint)
	}
	b.complaints = nil
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// eval returns what a script says of the page, a promise kept.
func eval[T any](b *tab, script string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%v in %.200s", err, script)
	}
	return v
}

// media has the tab show pages as on a screen, or on paper, of a colour scheme.
func media(of, scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: of, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

// picture takes a picture of the window and sees that something is on it. It is kept
// where $SLUICE_SCREENSHOTS names a folder.
func (b *tab) picture(name string) {
	b.t.Helper()
	data, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		b.t.Fatal(err)
	}
	if n := shades(img, 10); n < 10 { // letters have soft edges
		b.t.Errorf("%s: the picture has only %d colours", name, n)
	}
	if dir := os.Getenv("SLUICE_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o600); err != nil {
			b.t.Error(err)
		}
	}
}

// shades counts the colours of a picture, up to enough.
func shades(img image.Image, enough int) int {
	colours := map[color.Color]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if colours[img.At(x, y)] = true; len(colours) == enough {
				return enough
			}
		}
	}
	return len(colours)
}

func browserFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "browser", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// browse opens every document in a frame of its own in headless Chromium and
// returns what each of them did, by its path.
func browse(t *testing.T, docs map[string]string) map[string][]string {
	t.Helper()
	run, hook := browserFile(t, "run.html"), `<script nonce="ours">`+browserFile(t, "hook.js")+`</script>`
	mux := http.NewServeMux()
	send := func(w http.ResponseWriter, body string) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(body)) // the browser may be gone
	}
	mux.HandleFunc("GET /run", func(w http.ResponseWriter, _ *http.Request) { send(w, run) })
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		doc, ok := docs[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		allowed := "style-src 'none'; img-src *"
		if page, ok := strings.CutPrefix(doc, "<!doctype html>"); ok { // our own page, which has a style and an icon
			doc, allowed = page, "style-src 'unsafe-inline'; img-src * data:"
		}
		w.Header().Set("Content-Security-Policy-Report-Only",
			"default-src 'none'; base-uri 'none'; media-src *; script-src 'nonce-ours'; "+allowed)
		send(w, "<!doctype html>"+hook+doc)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	var paths []string
	for path := range docs {
		paths = append(paths, path)
	}
	list, err := json.Marshal(paths)
	if err != nil {
		t.Fatal(err)
	}
	b := startChromium(t).newTab(t)
	b.do(chromedp.Navigate(server.URL + "/run"))
	results := eval[map[string][]string](b, "browse("+string(list)+")")
	if len(results) != len(docs) {
		t.Fatalf("the browser tells of %d documents, want %d", len(results), len(docs))
	}
	return results
}
