package attack_test

import (
	"context"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a tab of a Chromium that tells what pages do: scripts that run and say so,
// dialogs, and whatever is asked for at a host that is not ours. Pictures may be.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu    sync.Mutex
	ours  []string // hosts
	media bool     // what entries have to be heard and seen may be asked for
	did   []string
}

// newBrowser starts one in which our hosts alone are found, as the rules say. It returns
// nil where there is no Chromium.
func newBrowser(t *testing.T, rules string, ours ...string) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Log("chromium is not installed: pages are looked at as text alone")
		return nil
	}
	ctx, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("mute-audio", true),
		chromedp.Flag("disable-features", "Translate,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable"),
		chromedp.Flag("host-resolver-rules", rules+", MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))...)
	t.Cleanup(cancel)
	b := &browser{t: t, ours: ours}
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	b.ctx, cancel = context.WithTimeout(ctx, 8*time.Minute) // to end at all; nothing is timed
	t.Cleanup(cancel)
	return b
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.did = append(b.did, "a script ran: console")
	case *runtime.EventExceptionThrown:
		b.did = append(b.did, "a script ran: "+e.ExceptionDetails.Text)
	case *page.EventJavascriptDialogOpening:
		b.did = append(b.did, "a dialog: "+string(e.Type))
		go func() { // who listens may not wait for the browser
			_ = chromedp.Do(b.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
				_, err := cdp.Call(ctx, t, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
				return err
			})) // it may be gone with its page
		}()
	case *network.EventRequestWillBeSent:
		at, err := url.Parse(e.Request.URL)
		picture := (e.Type == network.ResourceTypeImage || b.media && e.Type == network.ResourceTypeMedia) && err == nil && (at.Scheme == "https" || at.Scheme == "http")
		if err == nil && (picture || at.Scheme == "data" && e.Type == network.ResourceTypeImage || slices.Contains(b.ours, at.Host) || at.Scheme == "about") {
			return
		}
		b.did = append(b.did, "a request: "+string(e.Type)+" "+e.Request.URL)
	}
}

// provoke does to whatever is in a page what people do. What leads elsewhere is not
// followed but told; script code is run by asking for it.
const provoke = `(() => {
	const acts = []
	document.addEventListener("click", e => { if (!e.target.closest || !/^javascript:/i.test((e.target.closest("a") || {}).href)) e.preventDefault() })
	for (const el of document.querySelectorAll("*")) {
		for (const address of [el.href, el.src, el.action, el.formAction, el.data, el.poster]) {
			const text = address && (address.baseVal || String(address))
			if (text && !/^(https?|mailto):|^data:image\/|^#/.test(text)) acts.push(el.localName + " " + text.slice(0, 60))
		}
		for (const a of el.attributes) if (a.name.startsWith("on")) acts.push("handler " + a.name)
		for (const event of ["click", "mouseover", "focus", "error", "load", "toggle"]) el.dispatchEvent(new Event(event, {bubbles: true, cancelable: true}))
	}
	return acts
})()`

// visit opens a page, provokes it and returns what it did.
func (b *browser) visit(address string) []string {
	b.t.Helper()
	b.mu.Lock()
	b.did = nil
	b.mu.Unlock()
	var acts []string
	err := chromedp.Do(b.ctx, chromedp.Navigate(address))
	if err == nil {
		acts, err = chromedp.Run(b.ctx, chromedp.Evaluate[[]string](provoke))
	}
	if err == nil { // what that began is told by the time that the page is another
		err = chromedp.Do(b.ctx, chromedp.Navigate("about:blank"))
	}
	if err != nil {
		b.t.Fatalf("%s: %v", address, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	did := append(slices.Clone(b.did), acts...)
	slices.Sort(did)
	return slices.Compact(did)
}

// quiet fails the test where a page does anything.
func (b *browser) quiet(where, address string) {
	b.t.Helper()
	if did := b.visit(address); len(did) > 0 {
		b.t.Errorf("%s: %.2000s", where, strings.Join(did, "\n"))
	}
}
