package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sluice/feed/fuzztest"
)

// FuzzNothingOfATokenIsShown puts a token somewhere into an address and a User-Agent, however
// these are spelt.
func FuzzNothingOfATokenIsShown(f *testing.F) {
	const token = "5f0c2b7e9a1d4c3388aa77bb66cc55dd"
	for _, target := range []string{
		"/feeds/club.rss?token=TOKEN", "/feeds/club.rss?TOKEN", "/feeds/club.rss?TOKEN=x", "/feeds/club.rss;token=TOKEN", "/feeds/club.rss%3Ftoken=TOKEN", "/feeds/club/TOKEN",
		"/feeds/TOKEN", "/TOKEN", "/websub/TOKEN", "//TOKEN", "/feeds/club.rssTOKEN", "/feeds/club/archive/TOKEN.rss", "/?a&b&c&d&e=TOKEN", "http://u:TOKEN@h/feeds/club.rss", "*",
	} {
		f.Add(target, "R/1 (https://h"+target+"; 3 subscribers)")
	}
	f.Fuzz(func(t *testing.T, target, agent string) {
		defer fuzztest.Within(t, len(target)+len(agent), fuzztest.Cost{Bytes: 4 << 20, Each: 4 << 10})()
		u, err := url.ParseRequestURI(strings.ReplaceAll(target, "TOKEN", token))
		if err != nil {
			return
		}
		shown := shownAddress(&http.Request{URL: u}, func(name string) bool { return name == "club" })
		if strings.Contains(shown, token[:8]) || len(shown) > 400 {
			t.Errorf("%q is shown as %q", u, shown)
		}
		for _, before := range []string{"?token=", "?", " token:", "&key="} {
			shown := shownAgent(agent + before + token)
			if strings.Contains(shown, token[:8]) && !strings.Contains(agent, token[:8]) {
				t.Errorf("%q is shown as %q", agent+before+token, shown)
			}
		}
	})
}
