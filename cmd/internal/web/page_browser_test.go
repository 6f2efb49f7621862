package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// item is an item of a source, as JSON Feed writes it.
type item map[string]string

// newItem is an item with a text of its own, so that it is nobody's copy.
func newItem(source string, no int) item {
	text := fmt.Sprintf("Report %d of the %s.", no, source)
	for i := range 40 {
		text += fmt.Sprintf(" %s%c%c", source[:2], 'a'+(no*7+i*i)%26, 'a'+(no+i*3)%26)
	}
	return item{
		"id": fmt.Sprintf("https://%s.example/%d", source, no), "url": fmt.Sprintf("https://%s.example/%d", source, no),
		"title":        fmt.Sprintf("What the %s saw on the morning of day %d", source, no),
		"content_html": "<p>" + text, "date_published": time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC).Add(-time.Duration(no) * time.Hour).Format(time.RFC3339),
	}
}

// odd are items as hostile or as foreign as they come. Their dates put them first.
func odd() []item {
	items := []item{
		{
			"url": "javascript:alert(1)", "title": `<script>alert("title")</script><img src=x onerror=alert(1)>`,
			"content_html": `Text &lt;script&gt;alert("text")&lt;/script&gt; <script>alert("script")</script><img src=x onerror=alert(1)>`,
		},
		{"url": "https://odd.example/bidi", "title": "Up \u202esdrawkcab \u2067and on", "content_html": "<p>Left \u202ethgir \u2066open"},
		{"url": "https://odd.example/long", "title": strings.Repeat("W", 10_000), "content_html": "<p>" + strings.Repeat("x", 10_000)},
		{"url": "https://odd.example/untitled", "content_html": "<p>A note that has no title, as people write them on small sites of their own, and then goes on for a while."},
		{"url": `https://odd.example/"><script>alert(1)</script>`, "title": `"'><b onclick=alert(1)>Quotes</b> & {{.Title}}`, "content_html": "<p>Marks."},
	}
	for i := range items {
		items[i]["id"] = fmt.Sprintf("https://odd.example/id/%d", i)
		items[i]["date_published"] = time.Date(2026, 11, 2, 18, i, 0, 0, time.UTC).Format(time.RFC3339)
	}
	return items
}

// pressHouse runs the program with the outputs world, of five sources, and bare, that
// has no entry. It returns the address at which a browser finds it beside base_url.
func pressHouse(t *testing.T, baseURL string) (address string) {
	t.Helper()
	dir := t.TempDir()
	sources := map[string][]item{"odd": odd(), "gull": nil, "tern": nil, "waraq": {{
		"id": "https://waraq.example/1", "url": "https://waraq.example/1", "title": "الميناء القديم يفتح أبوابه من جديد (GPT-4)", "language": "ar",
		"content_html": "<p>عاد الصيادون إلى الميناء القديم هذا الأسبوع، بعد أعمال ترميم استمرت سنوات طويلة.", "date_published": "2026-11-02T19:00:00Z",
	}}}
	for no := range 70 {
		sources["gull"] = append(sources["gull"], newItem("gull", no))
	}
	for _, source := range []string{"tern", "skua"} {
		for _, no := range map[string][]int{"tern": {0, 3}, "skua": {0}}[source] {
			copied := newItem("gull", no)
			copied["url"] = fmt.Sprintf("https://%s.example/%d", source, no)
			copied["id"] = copied["url"]
			sources[source] = append(sources[source], copied)
		}
	}
	config := fmt.Sprintf("storage: {path: %q}\nserver: {listen: %q, admin: \"\", base_url: %q}\nsources:\n",
		filepath.Join(dir, "store.db"), "unix:"+filepath.Join(dir, "web.sock"), baseURL)
	for _, name := range []string{"gull", "tern", "skua", "waraq", "odd"} {
		body, err := json.Marshal(map[string]any{
			"version": "https://jsonfeed.org/version/1.1", "title": "The " + name + " & <co>", "items": sources[name],
			"language": map[string]string{"waraq": "ar", "gull": "en-GB"}[name],
		})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name+".json")
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		config += fmt.Sprintf("  - {name: %s, url: %q}\n", name, "file:"+path)
	}
	config += "outputs:\n  - {name: world, title: World news, description: What happened at sea, order: published, limit: 60}\n  - {name: bare, keep: \"false\"}\n"
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "web.sock")
	serve(t, path, socket)("/feeds/world/archive/1") // waits for the build, and for what follows it
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "sluice.example"}) },
		Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true},
	}
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	return strings.TrimPrefix(front.URL, "http://")
}

// audit is what audit.js says of a page.
type audit struct {
	Texts       int
	Least       float64
	Faint, Wide []string
}

func TestPagesInABrowser(t *testing.T) {
	chromium(t)
	const site = "http://sluice.example"
	address := pressHouse(t, site)
	browser := startChromium(t, "MAP sluice.example "+address)
	open := func(t *testing.T, path string) *tab {
		t.Helper()
		b := browser.newTab(t)
		b.do(chromedp.EmulateViewport(1280, 900), media("screen", "light"), chromedp.Navigate(site+path))
		return b
	}
	t.Run("are readable in any width and light, and nothing complains", func(t *testing.T) { lookAtAll(t, open) })
	t.Run("can be read by keyboard", func(t *testing.T) { byKeyboard(t, open(t, "/feeds/world")) })
	t.Run("say by keyboard who else has an entry", func(t *testing.T) { unfold(t, open(t, "/feeds/world")) })
	t.Run("lead to older entries", func(t *testing.T) { turn(t, open(t, "/feeds/world")) })
	t.Run("are told to screen readers", func(t *testing.T) { readAloud(t, open(t, "/feeds/world"), open(t, "/")) })
	t.Run("do nothing that a publisher says", func(t *testing.T) { withstand(t, open(t, "/feeds/world")) })
	t.Run("keep each text in its own direction and language", func(t *testing.T) { bothWays(t, open(t, "/feeds/world")) })
	t.Run("are small", func(t *testing.T) {
		b := open(t, "/feeds/world")
		if size := eval[int](b, "performance.getEntriesByType('navigation')[0].decodedBodySize"); size < 10_000 || size > 50_000 {
			t.Errorf("the page has %d bytes", size)
		}
		if more := eval[int](b, "performance.getEntriesByType('resource').length"); more != 0 {
			t.Errorf("the page loads %d other files", more)
		}
	})
	t.Run("can be printed", func(t *testing.T) { print(t, open(t, "/feeds/world")) })
	t.Run("say that there is nothing", func(t *testing.T) {
		if text := eval[string](open(t, "/feeds/bare"), "document.querySelector('main').innerText"); text != "No entries yet." {
			t.Errorf("got %q", text)
		}
	})
	t.Run("show feeds as such", func(t *testing.T) {
		for _, host := range []string{site, "http://" + address} { // base_url, and the name that the machine has in its network
			for _, format := range []string{"rss", "atom"} {
				b := browser.newTab(t)
				b.do(chromedp.Navigate(host + "/feeds/world." + format))
				feedAsSuch(t, b, host+" "+format)
			}
		}
	})
}

func lookAtAll(t *testing.T, open func(*testing.T, string) *tab) {
	t.Helper()
	b := open(t, "/")
	pages := []string{"/", "/feeds/world", "/feeds/world/2", "/feeds/world/archive/1", "/feeds/bare", "/feeds/world.rss", "/feeds/world.atom"}
	for _, path := range pages {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{320, 360, 768, 1280} {
				name := fmt.Sprintf("%s-%s-%d", strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", "_"), scheme, width)
				b.do(chromedp.EmulateViewport(width, 900), media("screen", scheme), chromedp.Navigate("http://sluice.example"+path))
				b.picture(name)
				eval[bool](b, `document.querySelectorAll("details").forEach(d => { d.open = true }), true`)
				got := eval[audit](b, browserFile(t, "audit.js"))
				if got.Texts < 4 || len(got.Faint)+len(got.Wide) > 0 {
					t.Errorf("%s: %d texts, too faint: %q, too wide: %q", name, got.Texts, got.Faint, got.Wide)
				}
				b.quiet(name)
				t.Logf("%s: %d texts, contrast at least %.1f", name, got.Texts, got.Least)
			}
		}
	}
}

// where tells what has the focus, and whether people see that.
const where = `(() => {
	const el = document.activeElement, style = getComputedStyle(el), box = el.getBoundingClientRect()
	const seen = style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2 && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0
	return (seen ? "" : "unseen ") + el.localName + " " + el.innerText.trim().slice(0, 40)
})()`

func (b *tab) tabs(n int) (stops []string) {
	b.t.Helper()
	for range n {
		b.do(chromedp.KeyEvent(kb.Tab))
		stops = append(stops, eval[string](b, where))
	}
	return stops
}

func byKeyboard(t *testing.T, b *tab) {
	t.Helper()
	first := eval[string](b, "document.querySelector('h2 a').innerText.slice(0, 40)")
	got := b.tabs(6)
	b.picture("keyboard")
	want := []string{"a Skip to the entries", "a All feeds", "a Atom", "a RSS", "a JSON", "a " + first}
	if !slices.Equal(got, want) {
		t.Errorf("the keyboard comes to %q, want %q", got, want)
	}
	b.do(chromedp.Reload())
	skip := b.tabs(1)
	b.picture("keyboard-skip")
	b.do(chromedp.KeyEvent(kb.Enter))
	if got := slices.Concat(skip, b.tabs(1)); !slices.Equal(got, []string{want[0], want[5]}) {
		t.Errorf("past the header the keyboard comes to %q", got)
	}
	b.quiet("keyboard")
}

func unfold(t *testing.T, b *tab) {
	t.Helper()
	eval[bool](b, "document.querySelector('details').closest('article').querySelector('h2 a').focus(), true")
	stops := b.tabs(1)
	b.do(chromedp.KeyEvent(kb.Enter))
	stops = append(stops, b.tabs(1)...)
	if !eval[bool](b, "document.querySelector('details').open") || stops[0] != "summary Also in 2 sources" || !strings.HasPrefix(stops[1], "a The ") {
		t.Errorf("the keyboard comes to %q", stops)
	}
	// Whose article was first is up to the polls.
	if href := eval[string](b, "document.activeElement.href"); !strings.HasSuffix(href, ".example/0") {
		t.Errorf("the copy is at %s", href)
	}
	b.picture("unfolded")
	alone := eval[string](b, "document.querySelector('p.also').innerText")
	own := eval[string](b, "document.querySelector('p.also').closest('article').querySelector('bdi').innerText")
	if both := own + " " + alone; both != "The gull & <co> Also in The tern & <co>" && both != "The tern & <co> Also in The gull & <co>" {
		t.Errorf("of one other source is said %q", both)
	}
}

func turn(t *testing.T, b *tab) {
	t.Helper()
	for _, step := range [][2]string{
		{"next", "World news, page 2"}, {"next", "World news, archive 1"}, {"prev", "World news, page 2"}, {"prev", "World news"},
	} {
		eval[bool](b, "document.querySelector('nav a[rel="+step[0]+"]').focus(), true")
		if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
			t.Fatal(err)
		}
		if title := eval[string](b, "document.title"); title != step[1] {
			t.Fatalf("%s leads to %q, want %q", step[0], title, step[1])
		}
	}
	b.quiet("turning pages")
}

func withstand(t *testing.T, b *tab) {
	t.Helper()
	if n := eval[int](b, `[...document.querySelectorAll("*")].filter(e => e.localName == "script" || e.localName == "img" || e.localName == "b" ||
		[...e.attributes].some(a => a.name.startsWith("on")) || e.href && !/^https?:/.test(e.href) && e.rel != "icon").length`); n != 0 {
		t.Errorf("%d elements are a publisher's", n)
	}
	titles := eval[[]string](b, `[...document.querySelectorAll("h2")].map(e => e.innerText)`)
	for _, want := range []string{"A note that has no title", `"'>Quotes & {{.Title}}`} {
		if !slices.ContainsFunc(titles, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("no title begins with %q: %q", want, titles[:8])
		}
	}
	b.quiet("hostile entries")
}

func bothWays(t *testing.T, b *tab) {
	t.Helper()
	type text struct{ Lang, Direction, Bidi, Source string }
	got := eval[map[string]text](b, `Object.fromEntries([...document.querySelectorAll("article")].map(a => {
		const title = a.querySelector("h2"), style = getComputedStyle(title)
		return [title.innerText.slice(0, 10), {lang: title.closest("[lang]").lang, direction: style.direction, bidi: style.unicodeBidi,
			source: getComputedStyle(a.querySelector("bdi")).unicodeBidi}]
	}))`)
	for begins, want := range map[string]text{
		"الميناء القديم": {"ar", "rtl", "isolate", "isolate"},
		"What the gull":  {"en", "ltr", "isolate", "isolate"},
		"Up sdrawkcab ":  {"", "ltr", "isolate", "isolate"},
	} {
		if title := string([]rune(begins)[:10]); got[title] != want {
			t.Errorf("%s: got %+v, want %+v of %v", title, got[title], want, got)
		}
	}
}

func print(t *testing.T, b *tab) {
	t.Helper()
	b.do(media("print", "dark"))
	b.picture("print")
	if seen := eval[[]string](b, `[...document.querySelectorAll("nav, footer, .skip")].filter(e => e.checkVisibility()).map(e => e.localName)`); len(seen) > 0 {
		t.Errorf("on paper are %q", seen)
	}
	if url := eval[string](b, `getComputedStyle(document.querySelector("h2 a"), "::after").content`); !strings.Contains(url, "attr(href)") && !strings.Contains(url, "https://") {
		t.Errorf("behind a title stands %s", url)
	}
	if paper := eval[string](b, `getComputedStyle(document.documentElement).backgroundColor`); paper != "rgb(255, 255, 255)" {
		t.Errorf("paper is %s", paper)
	}
}

func feedAsSuch(t *testing.T, b *tab, what string) {
	t.Helper()
	type look struct {
		Type, Says string
		Sheets     int
		Shown      []string
	}
	got := eval[look](b, `(() => ({
		type: document.contentType, says: getComputedStyle(document.documentElement, "::before").content, sheets: document.styleSheets.length,
		shown: [...new Set([...document.querySelectorAll("*")].filter(e => e.checkVisibility()).map(e => e.tagName))].sort(),
	}))()`)
	want := []string{"channel", "description", "item", "link", "pubDate", "rss", "title"}
	if strings.HasSuffix(what, "atom") {
		want = []string{"entry", "feed", "link", "published", "source", "subtitle", "title"}
	} else {
		want = append(want, "atom:link", "source")
	}
	slices.Sort(want)
	if got.Type != "application/xml" || !strings.Contains(got.Says, "This is a feed") || got.Sheets != 1 || !slices.Equal(got.Shown, want) {
		t.Errorf("%s: got %+v, want %q shown", what, got, want)
	}
	b.quiet(what)
}

// What the browser did not tell of this page, it would not tell of ours.
func TestTheBrowserTellsWhatIsWrongWithAPage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		_, _ = w.Write([]byte(`<!doctype html><p style="color:#999">faint<p style="width:2000px">wide<script>alert(1)</script>`)) // as above
	}))
	defer server.Close()
	b := startChromium(t).newTab(t)
	b.do(chromedp.EmulateViewport(320, 600), chromedp.Navigate(server.URL))
	got := eval[audit](b, browserFile(t, "audit.js"))
	if len(got.Faint) != 1 || len(got.Wide) != 2 {
		t.Errorf("got %+v", got)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.ContainsFunc(b.complaints, func(s string) bool { return strings.Contains(s, "Content Security Policy") }) {
		t.Errorf("got %q", b.complaints)
	}
}
