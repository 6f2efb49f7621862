package app_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"sluice/cmd/internal/app"
	"sluice/config"
)

// TestAReloadChangesWhoMayReadAnOutput opens, closes and opens an output again, and
// gives it another token; the log of all that names no token and no digest.
func TestAReloadChangesWhoMayReadAnOutput(t *testing.T) {
	const first, second = "the token of the first", "the token of the second"
	digest := func(token string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(token))) }
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	s.stage.show("/a", rss(one))
	s.poll()
	if err := s.app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	a, err := app.New(t.Context(), s.cfg, func() (*config.Config, error) { return s.cfg, nil }, slog.New(slog.NewTextHandler(&logged, nil)), app.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.app = a
	t.Cleanup(func() { _ = a.Stop(context.Background()) }) // as in start
	query := func(token string) string { return "?token=" + strings.ReplaceAll(token, " ", "+") }
	steps := []struct {
		tokens                    string
		stranger, holder, another int
	}{
		{"[]", 200, 200, 200},
		{"[" + digest(first) + "]", 404, 200, 404},
		{"[" + digest(first) + ", " + digest(second) + "]", 404, 200, 200},
		{"[" + digest(second) + "]", 404, 404, 200},
		{"[]", 200, 200, 200},
	}
	for i, step := range steps {
		s.configure([]string{"a"}, "  - {name: all, was: [former], tokens: "+step.tokens+"}\n")
		if _, err := s.app.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/feeds/all", "/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json", "/feeds/former.rss"} {
			for query, want := range map[string]int{"": step.stranger, query(first): step.holder, query(second): step.another} {
				if strings.Contains(path, "former") && want == http.StatusOK {
					want = http.StatusMovedPermanently
				}
				if got := s.ask(path + query); got.Code != want {
					t.Errorf("step %d: %s%s answers %d, want %d", i, path, query, got.Code, want)
				}
			}
		}
		for _, path := range []string{"/", "/feeds.opml"} {
			if listed := strings.Contains(s.ask(path).Body.String(), "/feeds/all"); listed != (step.stranger == http.StatusOK) {
				t.Errorf("step %d: that the output is listed at %s is %v", i, path, listed)
			}
		}
	}
	for _, secret := range []string{first, strings.ReplaceAll(first, " ", "+"), digest(first)} {
		if strings.Contains(logged.String(), secret) {
			t.Errorf("a token is in the log:\n%s", &logged)
		}
	}
	if !strings.Contains(logged.String(), "output all: tokens: changed") {
		t.Errorf("the log does not say what a reload changed:\n%s", &logged)
	}
}

// TestTheHolderOfATokenFindsAllThatEverWasByTheLinksOfItsFeeds goes back from each feed of
// a private output through its archives, and to its page, by links alone.
func TestTheHolderOfATokenFindsAllThatEverWasByTheLinksOfItsFeeds(t *testing.T) {
	const token = "the token of a holder"
	s := newStand(t, []string{"a"}, fmt.Sprintf("  - {name: club, limit: 50, tokens: [%x]}\n", sha256.Sum256([]byte(token))))
	for n := 0; n < 180; n += 30 {
		s.stage.show("/a", rss(numbered(n+1, n+30)...))
		s.poll()
	}
	query := "?token=" + strings.ReplaceAll(token, " ", "+")
	back := regexp.MustCompile(`"prev-archive"[^>]* href="https://out\.example([^"]*)"|"next_url":"https://out\.example([^"]*)"`)
	home := regexp.MustCompile(`"alternate" type="text/html" href="https://out\.example(/feeds/club[^"]*)"|<link>https://out\.example([^<]*)</link>|"home_page_url":"https://out\.example([^"]*)"`)
	self := regexp.MustCompile(`"self"[^>]* href="https://out\.example(/feeds/club[^"]*)"|"feed_url":"https://out\.example([^"]*)"`)
	for _, format := range []string{"rss", "atom", "json"} {
		seen := map[string]bool{}
		documents := 0
		for path := "/feeds/club." + format + query; path != ""; documents++ {
			got := s.ask(path)
			body := got.Body.String()
			if got.Code != http.StatusOK {
				t.Fatalf("%s: %d", path, got.Code)
			}
			for _, title := range regexp.MustCompile(`Number \d+`).FindAllString(body, -1) {
				seen[title] = true
			}
			if to := link(self, body); to != strings.TrimSuffix(path, query) {
				t.Errorf("%s says that it is %q", path, to)
			}
			if to := link(home, body); s.ask(to).Code != http.StatusOK {
				t.Errorf("%s leads to the page %q: %d", path, to, s.ask(to).Code)
			}
			again := httptest.NewRequest(http.MethodGet, path, http.NoBody)
			again.Header.Set("If-None-Match", got.Header().Get("ETag"))
			rec := httptest.NewRecorder()
			if s.app.Public().ServeHTTP(rec, again); rec.Code != http.StatusNotModified {
				t.Errorf("%s again: %d", path, rec.Code)
			}
			path = link(back, body)
		}
		if len(seen) != 180 || documents != 4 {
			t.Errorf("%s: %d items in %d documents", format, len(seen), documents)
		}
	}
}

// link is what an expression finds by one of its groups; empty: nothing.
func link(expression *regexp.Regexp, body string) string {
	found := expression.FindStringSubmatch(body)
	return strings.Join(found[min(1, len(found)):], "")
}
