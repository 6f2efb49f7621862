package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestTheStatusPageInABrowser(t *testing.T) {
	chromium(t)
	is := live(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := map[string]string{"/status": is.page, "/status?state=failing": is.list}[r.URL.RequestURI()]
		if !ok {
			http.NotFound(w, r)
			return
		}
		for name, values := range is.header {
			w.Header()[name] = values
		}
		_, _ = w.Write([]byte(page)) // the browser may be gone
	}))
	t.Cleanup(server.Close)
	browser := startChromium(t)
	open := func(t *testing.T, width int64) *tab {
		t.Helper()
		b := browser.newTab(t)
		b.do(chromedp.EmulateViewport(width, 900), media("screen", "light"), chromedp.Navigate(server.URL+"/status"))
		return b
	}
	t.Run("is readable in any width and light, and nothing complains", func(t *testing.T) {
		b := open(t, 1280)
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{320, 360, 768, 1280, 1600} {
				name := fmt.Sprintf("status-%s-%d", scheme, width)
				b.do(chromedp.EmulateViewport(width, 900), media("screen", scheme), chromedp.Navigate(server.URL+"/status"))
				tall := eval[int64](b, "document.documentElement.scrollHeight")
				b.do(chromedp.EmulateViewport(width, tall))
				b.picture(name)
				got := eval[audit](b, browserFile(t, "audit.js"))
				if got.Texts < 200 || len(got.Faint)+len(got.Wide) > 0 {
					t.Errorf("%s: %d texts, too faint: %q, too wide: %q", name, got.Texts, got.Faint, got.Wide)
				}
				b.quiet(name)
				t.Logf("%s: %d texts, contrast at least %.1f, %d high", name, got.Texts, got.Least, tall)
			}
		}
	})
	t.Run("can be read by keyboard", func(t *testing.T) { statusByKeyboard(t, open(t, 1280)) })
	t.Run("is told to screen readers", func(t *testing.T) {
		for _, width := range []int64{1280, 360} {
			statusAloud(t, open(t, width))
		}
	})
	t.Run("leads to those of a state", func(t *testing.T) {
		b := open(t, 1280)
		eval[bool](b, "document.querySelector('.kinds .k-failing').focus(), true")
		if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
			t.Fatal(err)
		}
		if n := eval[int](b, "document.querySelectorAll('article').length"); n != 11 || eval[int](b, "document.querySelectorAll('tr').length") != 0 {
			t.Errorf("%d sources fail", n)
		}
		b.picture("status-failing")
		b.quiet("failing")
	})
	t.Run("can be printed", func(t *testing.T) {
		b := open(t, 1280)
		b.do(media("print", "dark"))
		b.picture("status-print")
		if seen := eval[[]string](b, `[...document.querySelectorAll("nav, .skip")].filter(e => e.checkVisibility()).map(e => e.localName)`); len(seen) > 0 {
			t.Errorf("on paper are %q", seen)
		}
		if paper := eval[string](b, `getComputedStyle(document.documentElement).backgroundColor`); paper != "rgb(255, 255, 255)" {
			t.Errorf("paper is %s", paper)
		}
		if got := eval[audit](b, browserFile(t, "audit.js")); len(got.Faint) > 0 {
			t.Errorf("too faint: %q", got.Faint)
		}
	})
	t.Run("is nothing but itself", func(t *testing.T) {
		b := open(t, 1280)
		if size := eval[int](b, "performance.getEntriesByType('navigation')[0].decodedBodySize"); size < 10_000 || size > 75_000 {
			t.Errorf("the page has %d bytes", size)
		}
		if more := eval[int](b, "performance.getEntriesByType('resource').length"); more != 0 {
			t.Errorf("the page loads %d other files", more)
		}
		if n := eval[int](b, `[...document.querySelectorAll("*")].filter(e => ["script", "img", "b-x"].includes(e.localName) ||
			[...e.attributes].some(a => a.name.startsWith("on") || a.name == "style") || e.href && !/^https?:/.test(e.href.baseVal ?? e.href) && e.rel != "icon" && e.localName != "use").length`); n != 0 {
			t.Errorf("%d elements are a publisher's", n)
		}
	})
}

func statusByKeyboard(t *testing.T, b *tab) {
	t.Helper()
	got := b.tabs(4)
	want := []string{"a Skip to the sources", "a All 22", "a gone 1", "a failing 11"}
	for i := range got {
		got[i] = strings.Replace(strings.ToLower(got[i]), "skip", "Skip", 1)
		want[i] = strings.Replace(strings.ToLower(want[i]), "skip", "Skip", 1)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the keyboard comes to %q, want %q", got, want)
	}
	b.do(chromedp.Reload())
	skip := b.tabs(1)
	b.do(chromedp.KeyEvent(kb.Enter))
	if got := slices.Concat(skip, b.tabs(1)); !slices.Equal(got, []string{"a Skip to the sources", "a withdrawn"}) {
		t.Errorf("past the header the keyboard comes to %q", got)
	}
}

func statusAloud(t *testing.T, b *tab) {
	t.Helper()
	said := b.spoken()
	for _, want := range []string{
		"RootWebArea: Status of feeds.example.org", "banner: ", "navigation: Sources by state", "main: ", "contentinfo: ", "heading 1: Status", "heading 2: In trouble", "heading 2: The others", "heading 2: Outputs",
		"heading 3: walled-garden", "note: Refused reload", "table: The others", "table: Outputs", "columnheader: Next poll", "rowheader: harbour-post ok Harbour post https://harbour-post.example/feed?token=***",
		"image: 30 days: 0 to 5 a day, 2.6 on average, none for 4 days", "link: Failing 11",
	} {
		if !slices.Contains(said, want) {
			t.Errorf("nobody is told of %q in\n%s", want, strings.Join(said, "\n"))
		}
	}
	for kind, want := range map[string]int{"banner": 1, "main": 1, "contentinfo": 1, "navigation": 1, "heading 1": 1, "heading 2": 3, "heading 3": 13, "article": 13, "table": 2, "rowheader": 12} {
		if got := kinds(said)[kind]; got != want {
			t.Errorf("%d times %s, want %d", got, kind, want)
		}
	}
}
