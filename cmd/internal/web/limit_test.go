package web_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/web"
)

// limited is a site that gives each address five answers a minute, with a proxy at
// 10.0.0.0/8.
func limited(t *testing.T) http.Handler {
	t.Helper()
	return web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{
		BaseURL: base, Limit: 5, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		Callbacks: &clerk{},
	})
}

// requestFrom is a request that comes from an address.
func requestFrom(from, method, target string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, target, http.NoBody)
	r.RemoteAddr = from
	for _, header := range headers {
		key, value, _ := strings.Cut(header, ": ")
		r.Header.Set(key, value)
	}
	return r
}

func answerTo(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

func TestAReaderThatAsksTooOftenIsToldWhenToComeAgain(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		t.Run(method, func(t *testing.T) {
			h := limited(t)
			for i, target := range []string{"/feeds/world.rss", "/", "/feeds/none.rss", "/feeds/old-world.rss", "/feeds/fresh.rss"} {
				if got := answerTo(h, requestFrom("192.0.2.1:80", method, target, "User-Agent: "+strconv.Itoa(i))); got.Code == http.StatusTooManyRequests {
					t.Fatalf("answer %d is %d", i, got.Code)
				}
			}
			got := answerTo(h, requestFrom("192.0.2.1:81", method, "/feeds/world.rss", "User-Agent: yet another"))
			seconds, err := strconv.Atoi(got.Header().Get("Retry-After"))
			if got.Code != http.StatusTooManyRequests || err != nil || seconds < 1 || seconds > 12 {
				t.Errorf("got %d, Retry-After %q", got.Code, got.Header().Get("Retry-After"))
			}
			want := map[string]string{
				"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", "Access-Control-Allow-Origin": "*",
				"Access-Control-Expose-Headers": "ETag, Link, Retry-After", "X-Content-Type-Options": "nosniff",
				"Etag": "", "Last-Modified": "", "Link": "", "Content-Encoding": "", "Vary": "",
			}
			for key, value := range want {
				if got.Header().Get(key) != value {
					t.Errorf("%s: got %q, want %q", key, got.Header().Get(key), value)
				}
			}
			text := fmt.Sprintf("too many requests from your address: ask again in %d seconds, and with If-None-Match, which costs nothing\n", seconds)
			if got.Body.String() != text || got.Header().Get("Content-Length") != strconv.Itoa(len(text)) {
				t.Errorf("got %q of %s bytes", got.Body, got.Header().Get("Content-Length"))
			}
			if other := answerTo(h, requestFrom("192.0.2.2:80", method, "/feeds/world.rss")); other.Code != http.StatusOK {
				t.Errorf("another address: got %d", other.Code)
			}
		})
	}
}

func TestAnswersThatNothingChangedAreFree(t *testing.T) {
	h := limited(t)
	for range 3 * 5 { // before, and after the answers are spent
		if got := answerTo(h, requestFrom("192.0.2.1:80", http.MethodGet, "/feeds/world.rss", `If-None-Match: "rss0"`)); got.Code != http.StatusNotModified {
			t.Fatalf("got %d", got.Code)
		}
	}
	spent := 0
	for answerTo(h, requestFrom("192.0.2.1:80", http.MethodGet, "/feeds/world.rss", `If-None-Match: "other"`)).Code == http.StatusOK {
		spent++
	}
	if spent != 5 {
		t.Errorf("%d whole answers, want 5", spent)
	}
	if got := answerTo(h, requestFrom("192.0.2.1:80", http.MethodGet, "/feeds/world.rss", `If-None-Match: "rss0"`)); got.Code != http.StatusNotModified {
		t.Errorf("a reader that has everything is told %d", got.Code)
	}
}

func TestReadersBehindATrustedProxyAreLimitedOneByOne(t *testing.T) {
	h := limited(t)
	for reader := range 4 {
		for i := range 6 {
			got := answerTo(h, requestFrom("10.0.0.1:80", http.MethodGet, "/feeds/world.rss", fmt.Sprintf("X-Forwarded-For: 203.0.113.%d, 192.0.2.%d", i, reader)))
			if want := i == 5; (got.Code == http.StatusTooManyRequests) != want {
				t.Errorf("reader %d, request %d: %d", reader, i, got.Code)
			}
		}
	}
	for i := range 6 { // the same from who is no proxy
		got := answerTo(h, requestFrom("198.51.100.1:80", http.MethodGet, "/feeds/world.rss", fmt.Sprintf("X-Forwarded-For: 192.0.2.%d", 100+i)))
		if want := i == 5; (got.Code == http.StatusTooManyRequests) != want {
			t.Errorf("a stranger's request %d: %d", i, got.Code)
		}
	}
}

func TestHubsAndPreflightsAreNotLimited(t *testing.T) {
	h := limited(t)
	for range 10 {
		push := requestFrom("192.0.2.1:80", http.MethodPost, "/websub/abc")
		push.Body = http.NoBody
		for _, r := range []*http.Request{push, requestFrom("192.0.2.1:80", http.MethodOptions, "/feeds/world.rss")} {
			if got := answerTo(h, r); got.Code == http.StatusTooManyRequests {
				t.Errorf("%s %s: %d", r.Method, r.URL, got.Code)
			}
		}
	}
}

// TestALimitedSiteSendsLargeFeedsWhole asks over a connection, whose deadlines a large
// feed moves.
func TestALimitedSiteSendsLargeFeedsWhole(t *testing.T) {
	o := newOutputs()
	doc := document(0)
	doc.RSS.Body = bytes.Repeat([]byte("<item>0123456789</item>\n"), 1<<15)
	o.world.Store(doc)
	address := start(t, web.New(slog.New(slog.DiscardHandler), o, web.Options{BaseURL: base, Limit: 2}))
	for i, want := range []int{200, 200, 429} {
		if got := ask(t, address, "GET", "/feeds/world.rss"); got.status != want || want == 200 && got.body != string(doc.RSS.Body) {
			t.Errorf("request %d: %d, %d bytes", i, got.status, len(got.body))
		}
	}
}

func TestReadersBehindATrustedProxyAreCountedByTheirAddresses(t *testing.T) {
	readers := &web.Readers{}
	h := web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{Readers: readers, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	for _, from := range []string{"10.0.0.1:80", "192.0.2.1:80"} {
		for i := range 5 {
			answerTo(h, requestFrom(from, http.MethodGet, "/feeds/world.rss", "User-Agent: a", `If-None-Match: "rss0"`, fmt.Sprintf("X-Forwarded-For: 203.0.113.%d", i)))
		}
	}
	if n := readers.Count(time.Now().Add(24 * time.Hour)); n != 5+1 {
		t.Errorf("%d, want the five behind the proxy and the one who made up five", n)
	}
}
