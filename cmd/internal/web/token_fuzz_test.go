package web_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/web"
	"sluice/feed/fuzztest"
)

// FuzzAnAddressOpensNoOutputThatTakesAToken asks for whatever address and query. An output
// that takes a token is told from one that does not exist by its holder alone, nothing of an
// address comes back in a header but what is ours, and no answer is a fault of ours.
func FuzzAnAddressOpensNoOutputThatTakesAToken(f *testing.F) {
	for _, s := range []string{
		"club", "club.rss", "club.atom", "club/archive/1.json", "club/1", "old-club", "fresh-club.rss", "world.rss", "../club.rss", "club%2e.rss", "%63lub.rss",
		"club.rss%00", "world/../club.rss", "club%2f1", `club\1`, "//club.rss", "club.rss;x", "\u212alub.rss", "CLUB.rss", strings.Repeat("ü", 300),
	} {
		for _, query := range []string{"", "token=", "token=firs", "token=%66irst%00", "token=x&token=first", "a=\r\nX: y"} {
			f.Add(s, query)
		}
	}
	site := web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{BaseURL: base + "/", MaxAge: time.Minute})
	f.Fuzz(func(t *testing.T, path, query string) {
		defer fuzztest.Within(t, len(path)+len(query), fuzztest.Cost{Bytes: 4 << 20, Each: 4 << 10})()
		if brings(query) || strings.Contains(path, "broken") {
			return // it brings the token, or asks for the output that panics
		}
		for _, raw := range []bool{true, false} {
			known := reachedBy(site, raw, path, query)
			unknown := reachedBy(site, raw, strings.ReplaceAll(path, "club", "none"), query)
			if known.Code >= http.StatusInternalServerError && known.Code != http.StatusServiceUnavailable {
				t.Errorf("%q: %d", path, known.Code)
			}
			if strings.Contains(path, "club") && (known.Code != unknown.Code || fmt.Sprint(known.Header()) != strings.ReplaceAll(fmt.Sprint(unknown.Header()), "none", "club") ||
				known.Body.String() != strings.ReplaceAll(unknown.Body.String(), "none", "club")) {
				t.Errorf("%q?%q: %d %v %.300q\nwant as for another name: %d %v %.300q", path, query, known.Code, known.Header(), known.Body, unknown.Code, unknown.Header(), unknown.Body)
			}
			if to := known.Header().Get("Location"); to != "" && !strings.HasPrefix(to, base+"/") {
				t.Errorf("%q?%q leads to %q", path, query, to)
			}
			for name, values := range known.Header() {
				if strings.ContainsAny(name+strings.Join(values, ""), "\r\n\x00") {
					t.Errorf("%q?%q: %s: %q", path, query, name, values)
				}
			}
		}
	})
}

// brings reports whether a query brings one of the tokens of the output.
func brings(query string) bool {
	for parameter := range strings.SplitSeq(query, "&") {
		value, ok := strings.CutPrefix(parameter, "token=")
		if plain, err := url.QueryUnescape(value); ok && err == nil && (plain == "first" || plain == "& ä") {
			return true
		}
	}
	return false
}

// reachedBy has a site answer a path, as it is or as it is spelt in a request.
func reachedBy(site http.Handler, raw bool, path, query string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, base+"/", nil)
	r.URL.RawQuery = query
	r.URL.Path = "/feeds/" + path
	if plain, err := url.PathUnescape(path); raw && err == nil {
		r.URL.Path, r.URL.RawPath = "/feeds/"+plain, "/feeds/"+path
	}
	w := httptest.NewRecorder()
	site.ServeHTTP(w, r)
	return w
}
