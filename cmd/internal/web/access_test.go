package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"sluice/cmd/internal/web"
)

// watched is a site whose log is kept, from a level on.
func watched(t *testing.T, level slog.Level, opt web.Options) (http.Handler, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: level}))
	opt.BaseURL, opt.Requests = base, log.With("component", "access")
	return web.New(log, newOutputs(), opt), &out
}

func TestEachRequestIsOneLineAtLevelDebug(t *testing.T) {
	h, out := watched(t, slog.LevelDebug, web.Options{Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	for name, tc := range map[string]struct {
		method, target string
		headers        []string
		want           string
	}{
		"a whole feed":                 {"GET", "/feeds/world.rss", []string{"User-Agent: curl/8.0", "Accept-Encoding: identity"}, `"method":"GET","address":"/feeds/world.rss","status":200,"bytes":LENGTH,"client":"192.0.2.1","family":"library","agent":"curl/8.0"`},
		"nothing new":                  {"GET", "/feeds/world.rss", []string{`If-None-Match: "rss0"`}, `"address":"/feeds/world.rss","status":304,"bytes":0,`},
		"behind a proxy":               {"GET", "/robots.txt", []string{"X-Forwarded-For: 203.0.113.9"}, `"client":"203.0.113.9"`},
		"a token":                      {"GET", "/feeds/club.rss?token=first", nil, `"address":"/feeds/club.rss?token=***","status":200`},
		"another parameter":            {"GET", "/feeds/world.rss?utm_source=x&y", nil, `"address":"/feeds/world.rss?utm_source=***&***","status":200`},
		"a page of an archive":         {"GET", "/feeds/world/archive/1/2", nil, `"address":"/feeds/world/archive/1/2","status":200`},
		"an output that there is not":  {"GET", "/feeds/nothing.rss", nil, `"address":"/feeds/nothing.rss","status":404`},
		"an output that was renamed":   {"GET", "/feeds/old-world.rss", nil, `"address":"/feeds/old-world.rss","status":301`},
		"what scanners look for":       {"GET", "/wp-login.php", nil, `"address":"/wp-login.php","status":404`},
		"another method":               {"POST", "/feeds/world.rss", nil, `"method":"POST","address":"/feeds/world.rss","status":405`},
		"a method that nobody knows":   {"FROB-0123", "/", nil, `"method":"***","address":"/"`},
		"a callback":                   {"GET", "/websub/0123?hub.challenge=x", nil, `"address":"/websub/***?***"`},
		"an agent that names its feed": {"GET", "/", []string{"User-Agent: S/1 (https://f.example/feeds/club.rss?token=first; 3 subscribers)"}, `"agent":"S/1 (https://f.example/feeds/club.rss?***; 3 subscribers)"`},
	} {
		t.Run(name, func(t *testing.T) {
			out.Reset()
			answerTo(h, requestFrom("192.0.2.1:1234", tc.method, tc.target, tc.headers...))
			line := out.String()
			var got struct {
				Level, Msg, Component string
				Took                  string
			}
			if err := json.Unmarshal([]byte(line), &got); err != nil || got.Level != "DEBUG" || got.Msg != "request" || got.Component != "access" || got.Took == "" {
				t.Fatalf("%v: %s", err, line)
			}
			line = strings.Replace(line, fmt.Sprintf(`"took":%q,`, got.Took), "", 1)
			if want := strings.Replace(tc.want, "LENGTH", fmt.Sprint(len(document(0).RSS.Body)), 1); !strings.Contains(line, want) {
				t.Errorf("want %s\nin %s", want, line)
			}
		})
	}
}

// TestATokenIsNeverInTheLog writes tokens wherever a mistyped address may have them.
func TestATokenIsNeverInTheLog(t *testing.T) {
	for _, token := range []string{"5f0c2b7e9a1d4c3388aa77bb66cc55dd", "aB3-xY_9kLmN0pQrS7tUvW", "s3cret", "ABCDEFGHIJ", "& ä=geheim9"} {
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo} {
			h, out := watched(t, level, web.Options{Limit: 1})
			query, path := url.QueryEscape(token), url.PathEscape(token)
			for _, target := range []string{
				"/feeds/club.rss?token=" + query, "/feeds/club.rss?TOKEN=" + query, "/feeds/club.rss?x&token=" + query + "&y", "/feeds/club.rss?tok%65n=" + query,
				"/feeds/club.rss?token%3D" + query, "/feeds/club.rss?" + query, "/feeds/club.rss?" + query + "=", "/feeds/club.rss?" + query + "=token", "/feeds/club.rss?token==" + query, "/feeds/club.rss?token=%zz" + query,
				"/feeds/club.rss??token=" + query, "/feeds/club.rss?a;token=" + query, "/feeds/club.rss&token=" + query, "/feeds/club.rss;token=" + query, "/feeds/club.rss%3Ftoken=" + query, "/feeds/club.rss%3ftoken%3d" + query,
				"/feeds/club.rss/" + path, "/feeds/club.rss/token/" + path, "/feeds/club/" + path, "/feeds/club/archive/1.atom/" + path, "/feeds/" + path + "/club.rss", "//feeds/club.rss?token=" + query, "/feeds//club.rss/" + path, "/" + path, "/token=" + query,
				"/feeds.opml?token=" + query, "/feeds.opml/" + path, "/?token=" + query, "/feeds/broken.rss?token=" + query, "/feeds/fresh.rss?token=" + query, "/websub/" + path, "/websub/x?hub.topic=" + query, "/feeds/club.rss#token=" + query,
			} {
				for _, header := range []string{"X-None: 1", "User-Agent: R (https://f.example/feeds/club.rss?token=" + token + ")", "User-Agent: R token:" + token, "Referer: https://f.example/?token=" + query} {
					if strings.Contains(header, " ä=") {
						continue // no program sends it raw
					}
					r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
					u, err := url.ParseRequestURI(target)
					if err != nil {
						t.Fatal(err)
					}
					r.URL = u
					r.RequestURI = target
					name, value, _ := strings.Cut(header, ": ")
					r.Header.Set(name, value)
					func() {
						defer func() { _ = recover() }() // one of the outputs panics
						h.ServeHTTP(httptest.NewRecorder(), r)
					}()
					for _, form := range []string{token, query, path} {
						if strings.Contains(out.String(), form) {
							t.Fatalf("%s, %s: %s", target, header, out.String())
						}
					}
					out.Reset()
				}
			}
		}
	}
}

func TestReadersThatAreRefusedAreToldNowAndThen(t *testing.T) {
	h, out := watched(t, slog.LevelInfo, web.Options{Limit: 1})
	for range 1 + 150 {
		answerTo(h, requestFrom("192.0.2.7:1", http.MethodGet, "/feeds/world.rss", "User-Agent: Greedy/1"))
	}
	if n := strings.Count(out.String(), "\n"); n != 3 || !strings.Contains(out.String(), `"last":"192.0.2.7","agent":"Greedy/1","times":90`) {
		t.Errorf("%d lines, want the first, the tenth and the hundredth:\n%s", n, out.String())
	}
	out.Reset()
	for range 5 {
		answerTo(h, requestFrom("192.0.2.8:1", http.MethodGet, "/feeds/fresh.rss"))
		answerTo(h, requestFrom("192.0.2.8:1", http.MethodGet, "/feeds/world/archive/13.rss"))
	}
	if n := strings.Count(out.String(), "\n"); n != 2 || !strings.Contains(out.String(), `"output":"fresh"`) || !strings.Contains(out.String(), "archive not made") {
		t.Errorf("%d lines, want one of each:\n%s", n, out.String())
	}
}

func TestAPanicThatReadersRepeatDoesNotFillTheLog(t *testing.T) {
	h, out := watched(t, slog.LevelInfo, web.Options{})
	for range 50 {
		func() {
			defer func() { _ = recover() }() // the server's part
			answerTo(h, requestFrom("192.0.2.7:1", http.MethodGet, "/feeds/broken.rss"))
		}()
	}
	if n := strings.Count(out.String(), "request panicked"); n != 2 || !strings.Contains(out.String(), `"times":9`) {
		t.Errorf("%d lines, want the first and the tenth:\n%s", n, out.String())
	}
	if strings.Contains(out.String(), "a bug") || !strings.Contains(out.String(), `"err":"panic with a value of type string","at":"web_test.go:`) {
		t.Errorf("it tells the value, or not where it was:\n%s", out.String())
	}
}

func TestAnAnswerCostsNoMoreWhereRequestsAreNotLogged(t *testing.T) {
	h, out := watched(t, slog.LevelInfo, web.Options{Readers: &web.Readers{}})
	r := requestFrom("192.0.2.1:1", http.MethodGet, "/feeds/world.rss", `If-None-Match: "rss0"`)
	w := discard{http.Header{}}
	if n := testing.AllocsPerRun(100, func() { clear(w.header); h.ServeHTTP(w, r) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
	if out.Len() > 0 {
		t.Errorf("logged: %s", out.String())
	}
}
