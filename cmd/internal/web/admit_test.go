package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// held is the query by which the holder of a token asks.
const held = "?token=%26+%C3%A4="

// TestAStrangerLearnsNothingOfAnOutputThatTakesAToken compares every answer with the one
// for an output that does not exist: status, headers and bytes.
func TestAStrangerLearnsNothingOfAnOutputThatTakesAToken(t *testing.T) {
	address := startSite(t, newOutputs())
	paths := []string{"NAME", "NAME.rss", "NAME.atom", "NAME.json", "NAME/archive/1.atom", "NAME/archive/1", "NAME/1", "NAME/2", "NAME.xml", "old-NAME", "old-NAME.rss", "old-NAME/archive/1.rss", "fresh-NAME.rss", "fresh-NAME"}
	queries := map[string]string{
		"no query": "", "an empty token": "?token=", "a wrong token": "?token=second", "the token of another name": "?key=first", "a longer token": "?token=firstly",
		"a shorter token": "?token=firs", "a malformed token": "?token=%zz", "upper case": "?TOKEN=first", "the token behind a wrong one": "?token=x&token=first",
		"the digest instead": "?token=a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e",
	}
	for _, path := range paths {
		for name, query := range queries {
			for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST"} {
				for _, header := range []string{"Accept: text/html", "Accept: application/atom+xml", "If-None-Match: *", "Accept-Encoding: identity;q=0"} {
					known := ask(t, address, method, "/feeds/"+strings.Replace(path, "NAME", "club", 1)+query, header)
					unknown := ask(t, address, method, "/feeds/"+strings.Replace(path, "NAME", "none", 1)+query, header)
					known.header.Del("Date")
					unknown.header.Del("Date")
					if fmt.Sprint(known) != fmt.Sprint(unknown) || known.status == 200 {
						t.Errorf("%s %s, %s, %s:\n%v\n%v", method, path, name, header, known, unknown)
					}
				}
			}
		}
	}
}

func TestTheHolderOfATokenGetsEveryAddressOfTheOutput(t *testing.T) {
	address := startSite(t, newOutputs())
	const age = ", max-age=600, stale-while-revalidate=600, stale-if-error=86400"
	tests := map[string]struct {
		target, header string
		status         int
		caching        string
		location       string
	}{
		"RSS":                             {"club.rss" + held, "", 200, "private" + age, ""},
		"Atom":                            {"club.atom" + held, "", 200, "private" + age, ""},
		"JSON Feed":                       {"club.json" + held, "", 200, "private" + age, ""},
		"the page":                        {"club" + held, "", 200, "private" + age, ""},
		"by another of its tokens":        {"club.rss?token=first", "", 200, "private" + age, ""},
		"with junk before the token":      {"club.rss?utm_source=x&token=first&y", "", 200, "private" + age, ""},
		"nothing again":                   {"club.rss" + held, `If-None-Match: "rss0"`, 304, "private" + age, ""},
		"no coding that he wants":         {"club.rss" + held, "Accept-Encoding: *;q=0", 406, "no-store", ""},
		"a reader at the page's address":  {"club" + held, "Accept: application/atom+xml", 302, "private" + age, base + "/feeds/club.atom" + held},
		"by an earlier name":              {"old-club.json" + held, "", 301, "private, max-age=86400", base + "/feeds/club.json" + held},
		"the page by an earlier name":     {"old-club" + held, "", 301, "private, max-age=86400", base + "/feeds/club" + held},
		"before the first build":          {"fresh-club.rss" + held, "", 503, "no-store", ""},
		"the page before the first build": {"fresh-club" + held, "", 503, "no-store", ""},
		"a format that there is not":      {"club.xml" + held, "", 404, "public, max-age=60", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, address, "GET", "/feeds/"+tt.target, nonEmpty(tt.header)...)
			if got.status != tt.status || got.header.Get("Cache-Control") != tt.caching || got.header.Get("Location") != tt.location {
				t.Errorf("got %d, Cache-Control %q, Location %q", got.status, got.header.Get("Cache-Control"), got.header.Get("Location"))
			}
			got.header.Del("Location")
			if strings.Contains(fmt.Sprint(got.header), "token") {
				t.Errorf("a token in a header: %v", got.header)
			}
		})
	}
}

// TestLinksOfAPageWorkForItsHolderAlone follows the links of a page that takes a token,
// and looks for the token in what others get after its holder was there.
func TestLinksOfAPageWorkForItsHolderAlone(t *testing.T) {
	address := startSite(t, newOutputs())
	holders := map[string]string{held: "first", "?token=first": "%26"}
	for query, other := range holders {
		page := ask(t, address, "GET", "/feeds/club"+query).body
		if strings.Contains(page, "token="+other) {
			t.Errorf("another's token is in %s", page)
		}
		found := 0
		for _, l := range slices.Concat(elements(t, page, "link"), elements(t, page, "a")) {
			target, ours := strings.CutPrefix(l["href"], base+"/feeds/club")
			if !ours {
				continue
			}
			found++
			if got := ask(t, address, "GET", "/feeds/club"+target); got.status != http.StatusOK {
				t.Errorf("%s: %d", l["href"], got.status)
			}
		}
		if found < 6 {
			t.Errorf("%d links to the feeds of the output, want each format's in the head and the body", found)
		}
	}
	for _, target := range []string{"/", "/feeds.opml", "/feeds/world", "/feeds/world" + held, "/feeds/club.rss" + held, "/feeds/club.atom" + held, "/feeds/club.json" + held} {
		if got := ask(t, address, "GET", target); got.status != http.StatusOK || strings.Contains(got.body, "token") || strings.Contains(got.body, "club") {
			t.Errorf("%s: %d, a token or the name of the output in %s", target, got.status, got.body)
		}
	}
}
