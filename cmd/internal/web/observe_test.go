package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"sluice/cmd/internal/web"
)

func TestEveryAnswerIsToldByItsKind(t *testing.T) {
	doc := document(0)
	for name, tc := range map[string]struct {
		method, path string
		headers      []string
		want         web.Served
	}{
		"a feed":                       {"GET", "/feeds/world.rss", []string{"Accept-Encoding: identity"}, web.Served{Kind: "feed", Status: 200, Bytes: len(doc.RSS.Body)}},
		"a feed that is not sent":      {"HEAD", "/feeds/world.rss", nil, web.Served{Kind: "feed", Status: 200}},
		"a feed that did not change":   {"GET", "/feeds/world.rss", []string{"If-None-Match: " + doc.RSS.ETag}, web.Served{Kind: "feed", Status: 304}},
		"a feed that nobody publishes": {"GET", "/feeds/none.atom", nil, web.Served{Kind: "feed", Status: 404, Bytes: len("no such feed\n")}},
		"a page that nobody publishes": {"GET", "/feeds/none", nil, web.Served{Kind: "page", Status: 404, Bytes: len("no such feed\n")}},
		"an archive that is not":       {"GET", "/feeds/world/archive/77.atom", nil, web.Served{Kind: "archive", Status: 404, Bytes: len("no such archive\n")}},
		"the crawlers' file":           {"GET", "/robots.txt", nil, web.Served{Kind: "robots", Status: 200, Bytes: len("User-agent: *\nDisallow:\n")}},
		"an address of a stranger":     {"GET", "/wp-login.php", nil, web.Served{Kind: "other", Status: 404, Bytes: len("not found\n")}},
		"a name of a stranger":         {"GET", "/feeds/a%2fb", nil, web.Served{Kind: "other", Status: 404, Bytes: len("no such feed\n")}},
		"a method of a stranger":       {"BREW", "/", nil, web.Served{Kind: "other", Status: 405, Bytes: len("only GET, HEAD, OPTIONS\n")}},
		"a preflight":                  {"OPTIONS", "/feeds/world.rss", nil, web.Served{Kind: "other", Status: 204}},
		"a hub without callbacks":      {"POST", "/websub/x", nil, web.Served{Kind: "websub", Status: 404, Bytes: len("not found\n")}},
	} {
		t.Run(name, func(t *testing.T) {
			var told []web.Served
			h := web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{BaseURL: base, Observe: func(s web.Served) { told = append(told, s) }})
			answerTo(h, requestFrom("192.0.2.1:1", tc.method, tc.path, tc.headers...))
			if len(told) != 1 || told[0].Took <= 0 || !slices.Contains(web.Kinds(), told[0].Kind) {
				t.Fatalf("told %+v", told)
			}
			told[0].Took = 0
			if told[0] != tc.want {
				t.Errorf("told %+v, want %+v", told[0], tc.want)
			}
		})
	}
}

func TestAnAnswerThatIsRefusedIsToldAsSuch(t *testing.T) {
	var told []web.Served
	h := web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{BaseURL: base, Limit: 1, Observe: func(s web.Served) { told = append(told, s) }})
	for range 2 {
		answerTo(h, requestFrom("192.0.2.1:1", http.MethodGet, "/feeds/world.rss"))
	}
	if len(told) != 2 || told[1].Status != http.StatusTooManyRequests {
		t.Errorf("told %+v", told)
	}
}

func TestAFaultOfOursIsToldAs500(t *testing.T) {
	var told []web.Served
	h := web.New(slog.New(slog.DiscardHandler), nil, web.Options{BaseURL: base, Observe: func(s web.Served) { told = append(told, s) }})
	defer func() {
		if recover() == nil || len(told) != 1 || told[0].Status != http.StatusInternalServerError {
			t.Errorf("told %+v", told)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/feeds/world.rss", nil))
}

func TestTellingOfAnAnswerCostsNoAllocation(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/feeds/world.rss", http.NoBody)
	r.Header.Set("If-None-Match", document(0).RSS.ETag)
	w := discard{http.Header{}}
	cost := func(observe func(web.Served)) float64 {
		h := web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{BaseURL: base, Observe: observe})
		return testing.AllocsPerRun(100, func() { clear(w.header); h.ServeHTTP(w, r) })
	}
	if plain, told := cost(nil), cost(func(web.Served) {}); told > plain {
		t.Errorf("%v allocations, %v without", told, plain)
	}
}
