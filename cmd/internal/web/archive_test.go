package web_test

import (
	"net/http"
	"testing"
)

func TestArchivesAreServedAtAddressesThatStay(t *testing.T) {
	o := newOutputs()
	address := startSite(t, o)
	const day, soon = "public, max-age=86400", "public, max-age=600, stale-while-revalidate=600, stale-if-error=86400"
	tests := map[string]struct {
		target, header      string
		status              int
		etag, caching, link string
	}{
		"Atom": {
			"world/archive/1.atom", "", 200, `"atom101"`, day,
			"<" + base + `/feeds/world/archive/1.atom>; rel="self"; type="application/atom+xml", <` + base + `/feeds/world/archive/1>; rel="alternate"; type="text/html"`,
		},
		"RSS": {
			"world/archive/1.rss?junk", "", 200, `"rss101"`, day,
			"<" + base + `/feeds/world/archive/1.rss>; rel="self"; type="application/rss+xml", <` + base + `/feeds/world/archive/1>; rel="alternate"; type="text/html"`,
		},
		"JSON Feed": {
			"world/archive/1.json", "", 200, `"json101"`, day,
			"<" + base + `/feeds/world/archive/1.json>; rel="self"; type="application/feed+json", <` + base + `/feeds/world/archive/1>; rel="alternate"; type="text/html"`,
		},
		"one that is not closed may change soon": {
			"world/archive/2.json", "", 200, `"json102"`, soon,
			"<" + base + `/feeds/world/archive/2.json>; rel="self"; type="application/feed+json", <` + base + `/feeds/world/archive/2>; rel="alternate"; type="text/html"`,
		},
		"nothing again":                {"world/archive/1.json", `If-None-Match: "json101-gzip"`, 304, `"json101"`, day, "*"},
		"no date decides":              {"world/archive/1.json", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT", 200, `"json101"`, day, "*"},
		"for who holds a token":        {"club/archive/1.json?token=first", "", 200, `"json101"`, "private, max-age=86400", "*"},
		"none of that number":          {"world/archive/3.atom", "", 404, "", "public, max-age=60", ""},
		"none for who holds a token":   {"club/archive/3.atom?token=first", "", 404, "", "private, max-age=60", ""},
		"one that cannot be made":      {"world/archive/13.atom", "", 503, "", "no-store", ""},
		"of an output that is renamed": {"old-world/archive/1.atom?x", "", 301, "", "public, max-age=86400", ""},
		"of one that was withdrawn":    {"gone/archive/1.atom", "", 410, "", "public, max-age=86400", ""},
		"of one that is not built yet": {"fresh/archive/1.atom", "", 503, "", "no-store", ""},
		"another spelling":             {"world/archive/01.atom", "", 404, "", "public, max-age=60", ""},
		"a sign":                       {"world/archive/+1.atom", "", 404, "", "public, max-age=60", ""},
		"none is the zeroth":           {"world/archive/0.atom", "", 404, "", "public, max-age=60", ""},
		"a number beyond all":          {"world/archive/99999999999999999999.atom", "", 404, "", "public, max-age=60", ""},
		"another format":               {"world/archive/1.xml", "", 404, "", "public, max-age=60", ""},
		"a path below":                 {"world/archive/1.atom/", "", 404, "", "public, max-age=60", ""},
		"a trick in the name":          {"world%2f/archive/1.atom", "", 404, "", "public, max-age=60", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				got := ask(t, address, method, "/feeds/"+tt.target, headers(tt.header)...)
				h := got.header
				if got.status != tt.status || h.Get("ETag") != tt.etag || h.Get("Cache-Control") != tt.caching || h.Get("Last-Modified") != "" {
					t.Errorf("%s: got %d, %v", method, got.status, h)
				}
				if tt.link != "*" && h.Get("Link") != tt.link {
					t.Errorf("%s: linked %s, want %s", method, h.Get("Link"), tt.link)
				}
				if want := map[int]string{503: "30"}[tt.status]; h.Get("Retry-After") != want {
					t.Errorf("%s: to be asked again after %q, want %q", method, h.Get("Retry-After"), want)
				}
			}
		})
	}
	got := ask(t, address, http.MethodGet, "/feeds/old-world/archive/1.atom?x")
	if want := base + "/feeds/world/archive/1.atom?x"; got.header.Get("Location") != want {
		t.Errorf("sent to %s, want %s", got.header.Get("Location"), want)
	}
}

func TestNoArchiveIsMadeForAStranger(t *testing.T) {
	o := newOutputs()
	address := startSite(t, o)
	for _, query := range []string{"", "?token=wrong"} {
		if got := ask(t, address, http.MethodGet, "/feeds/club/archive/1.atom"+query); got.status != http.StatusNotFound {
			t.Errorf("got %d", got.status)
		}
	}
	if n := o.archived.Load(); n > 0 {
		t.Errorf("%d archives were asked for", n)
	}
}

// headers are the request headers of a test case that may have none.
func headers(line string) []string {
	if line == "" {
		return nil
	}
	return []string{line}
}
