package web_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluice/cmd/internal/web"
	"sluice/feed/publish"
)

const base = "https://feeds.example.org/sluice"

// holder is the token of a holder; as a parameter it is written "%26+%C3%A4=".
const holder = "& ä="

// modified is when the content of the test's output last changed.
var modified = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

// outputs is a set of outputs: "world" is built, "fresh" is not yet, "old-world"
// was renamed to world, "gone" was withdrawn; "club" is world for those who hold one
// of two tokens, "old-club" was renamed to it.
type outputs struct {
	world    atomic.Pointer[publish.Document]
	archived atomic.Int64 // calls of Archive
	listed   []web.Listed
}

func (o *outputs) Output(name string) (web.Output, bool) {
	switch name {
	case "world":
		return web.Output{Document: o.world.Load()}, true
	case "club":
		return web.Output{Document: o.world.Load(), Tokens: []web.Token{sha256.Sum256([]byte("first")), sha256.Sum256([]byte(holder))}}, true
	case "fresh":
		return web.Output{}, true
	case "fresh-club":
		return web.Output{Tokens: []web.Token{sha256.Sum256([]byte(holder))}}, true
	case "broken":
		panic("a bug\nin two lines")
	}
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.HasPrefix(name, "-") {
		panic(name + " is no name: it must not be looked up")
	}
	return web.Output{}, false
}

// Archive has archive 1, which is closed, and 2, which is not; 13 is damaged.
func (o *outputs) Archive(_ context.Context, name string, number int) (*publish.Document, error) {
	if name != "world" && name != "club" {
		panic(name + " has no archive: it must not be looked up")
	}
	o.archived.Add(1)
	switch number {
	case 1, 2:
		doc := document(100 + number)
		doc.Archive, doc.Older, doc.Newer, doc.Open, doc.Modified = number, number-1, 2*(2-number), number == 2, time.Time{}
		for no := range 60 * number {
			e := entry(no, fmt.Sprintf("Old %d %d", number, no), "")
			e.ID = fmt.Sprintf("urn:old:%d:%d", number, no)
			doc.Entries = append(doc.Entries, e)
		}
		return doc, nil
	case 13:
		return nil, errors.New("store is damaged")
	}
	return nil, nil
}

// Delta has nothing: documents of this test know no builds of before.
func (o *outputs) Delta(context.Context, string, *publish.Document, uint64) (*publish.Document, error) {
	return nil, nil
}

func (o *outputs) List() []web.Listed { return o.listed }

func (o *outputs) Renamed(old string) (string, bool) {
	return strings.TrimPrefix(old, "old-"), old == "old-world" || old == "old-club"
}

func (o *outputs) Withdrawn(name string) bool { return name == "gone" }

func zip(body []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(body)
	_ = z.Close()
	return out.Bytes()
}

// representation is a feed of build n: body and tags tell formats, builds and codings apart.
func representation(contentType, format string, n int) publish.Representation {
	body := []byte(strings.Repeat(fmt.Sprintf("%s of build %d\n", format, n), 200))
	return publish.Representation{
		ContentType: contentType, Body: body, ETag: fmt.Sprintf(`"%s%d"`, format, n),
		Coded: []publish.Coded{{Coding: "gzip", ETag: fmt.Sprintf(`"%s%d-gzip"`, format, n), Body: sync.OnceValue(func() []byte { return zip(body) })}},
	}
}

func document(n int) *publish.Document {
	return &publish.Document{
		Name:     "world",
		RSS:      representation("application/rss+xml; charset=utf-8", "rss", n),
		Atom:     representation("application/atom+xml; charset=utf-8", "atom", n),
		JSON:     representation("application/feed+json", "json", n),
		Modified: modified.Add(time.Duration(n) * time.Second),
	}
}

func newOutputs() *outputs {
	o := &outputs{listed: []web.Listed{
		{Name: "world", Title: `World & <news>`, Description: "All of it", Sources: 2, Entries: 1, Modified: modified},
		{Name: "fresh", Sources: 1},
		{Name: "club", Title: "The club", Private: true, Sources: 1, Entries: 1, Modified: modified},
	}}
	o.world.Store(document(0))
	return o
}

func start(t *testing.T, h http.Handler) (address string) {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config = web.Server(h)
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

func startSite(t *testing.T, o web.Outputs) string {
	t.Helper()
	return start(t, web.New(slog.New(slog.DiscardHandler), o, web.Options{BaseURL: base + "/", MaxAge: 10 * time.Minute}))
}

// reply is an answer as it came over the wire.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends exactly what it is given: a client library would mend paths and add headers.
func ask(t *testing.T, address, method, target string, headers ...string) reply {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // the answer was read by then
	request := method + " " + target + " HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n"
	for _, h := range headers {
		request += h + "\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	if strings.Contains(fmt.Sprint(res.Header)+string(body), "evil.example") {
		t.Errorf("%s %s: the Host header is in the answer: %v\n%s", method, target, res.Header, body)
	}
	return reply{res.StatusCode, res.Header, string(body)}
}

func TestFeedIsSentWithAllItsHeaders(t *testing.T) {
	address := startSite(t, newOutputs())
	tests := map[string]struct{ ext, contentType, mediaType, vary string }{
		"RSS":       {"rss", "application/rss+xml; charset=utf-8", "application/rss+xml", "Accept, Accept-Encoding"},
		"Atom":      {"atom", "application/atom+xml; charset=utf-8", "application/atom+xml", "Accept, Accept-Encoding"},
		"JSON Feed": {"json", "application/feed+json", "application/feed+json", "Accept-Encoding"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, address, "GET", "/feeds/world."+tt.ext)
			want := map[string]string{
				"Content-Type":                  tt.contentType,
				"Content-Length":                fmt.Sprint(len(got.body)),
				"Etag":                          `"` + tt.ext + `0"`,
				"Last-Modified":                 "Mon, 02 Nov 2026 08:00:00 GMT",
				"Cache-Control":                 "public, max-age=600, stale-while-revalidate=600, stale-if-error=86400",
				"Vary":                          tt.vary,
				"X-Content-Type-Options":        "nosniff",
				"Content-Security-Policy":       "sandbox; default-src 'none'; style-src 'self'",
				"Accept-Ranges":                 "none",
				"Access-Control-Allow-Origin":   "*",
				"Access-Control-Expose-Headers": "ETag, Link, Retry-After",
				"Link": "<" + base + "/feeds/world." + tt.ext + `>; rel="self"; type="` + tt.mediaType +
					`", <` + base + `/feeds/world>; rel="alternate"; type="text/html"`,
			}
			for key, value := range want {
				if got.header.Get(key) != value {
					t.Errorf("%s: got %q, want %q", key, got.header.Get(key), value)
				}
			}
			for _, key := range []string{"Set-Cookie", "Pragma", "Server", "Content-Encoding", "Transfer-Encoding"} {
				if value, ok := got.header[key]; ok {
					t.Errorf("%s: got %q, want none", key, value)
				}
			}
			if got.status != 200 || !strings.HasPrefix(got.body, tt.ext+" of build 0\n") || got.header.Get("Date") == "" {
				t.Errorf("got %d, Date %q and %.40q", got.status, got.header.Get("Date"), got.body)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	address := startSite(t, newOutputs())
	tests := map[string]struct {
		target string
		status int
		header string // KEY: VALUE that the answer must have
	}{
		"list of outputs":                     {"/", 200, "Content-Type: text/html; charset=utf-8"},
		"subscription list":                   {"/feeds.opml", 200, "Content-Type: text/x-opml; charset=utf-8"},
		"no path at all":                      {"http://feeds.example.org", 200, "Content-Type: text/html; charset=utf-8"},
		"junk behind the list":                {"/?utm_source=x&y", 200, "Content-Type: text/html; charset=utf-8"},
		"subscription list, trailing slash":   {"/feeds.opml/", 404, ""},
		"page, trailing slash":                {"/feeds/world/", 404, ""},
		"feeds without a slash":               {"/feeds", 404, ""},
		"robots":                              {"/robots.txt", 200, "Content-Type: text/plain; charset=utf-8"},
		"feed":                                {"/feeds/world.rss", 200, `Etag: "rss0"`},
		"a query means nothing":               {"/feeds/world.rss?utm=x&token=y", 200, `Etag: "rss0"`},
		"absolute form":                       {"http://evil.example/feeds/world.rss", 200, `Etag: "rss0"`},
		"unknown output":                      {"/feeds/nothing.rss", 404, "Cache-Control: public, max-age=60"},
		"unknown output, no extension":        {"/feeds/nothing", 404, "Cache-Control: public, max-age=60"},
		"unknown format":                      {"/feeds/world.xml", 404, ""},
		"two extensions":                      {"/feeds/world.rss.rss", 404, ""},
		"no name":                             {"/feeds/.rss", 404, ""},
		"only the folder":                     {"/feeds/", 404, ""},
		"admin paths are not here":            {"/healthz", 404, ""},
		"pprof is not here":                   {"/debug/pprof/", 404, ""},
		"the status is not here":              {"/status", 404, ""},
		"neither is it for programs":          {"/status.json", 404, ""},
		"nor are metrics":                     {"/metrics", 404, ""},
		"withdrawn":                           {"/feeds/gone.rss", 410, "Cache-Control: public, max-age=86400"},
		"withdrawn, no extension":             {"/feeds/gone", 410, ""},
		"not built yet":                       {"/feeds/fresh.rss", 503, "Retry-After: 30"},
		"not built yet, no extension":         {"/feeds/fresh", 503, "Cache-Control: no-store"},
		"renamed":                             {"/feeds/old-world.json", 301, "Location: " + base + "/feeds/world.json"},
		"renamed keeps the query":             {"/feeds/old-world.rss?a=b%20c", 301, "Location: " + base + "/feeds/world.rss?a=b%20c"},
		"renamed, no extension":               {"/feeds/old-world", 301, "Location: " + base + "/feeds/world"},
		"parent folder":                       {"/feeds/../feeds/world.rss", 404, ""},
		"escaped parent folder":               {"/feeds/%2e%2e/feeds/world.rss", 404, ""},
		"escaped letter":                      {"/feeds/%77orld.rss", 404, ""},
		"escaped dot":                         {"/feeds/world%2erss", 404, ""},
		"escaped slash":                       {"/feeds%2fworld.rss", 404, ""},
		"double slash":                        {"/feeds//world.rss", 404, ""},
		"double slash in front":               {"//feeds/world.rss", 404, ""},
		"trailing slash":                      {"/feeds/world.rss/", 404, ""},
		"NUL":                                 {"/feeds/world%00.rss", 404, ""},
		"NUL at the end":                      {"/feeds/world.rss%00", 404, ""},
		"backslash":                           {`/feeds/..\world.rss`, 404, ""},
		"upper case":                          {"/feeds/WORLD.rss", 404, ""},
		"upper case extension":                {"/feeds/world.RSS", 404, ""},
		"a name that no output can have":      {"/feeds/-world.rss", 404, ""},
		"line breaks stay out of the headers": {"/feeds/old-world.rss?a%0d%0aX-Evil:1", 301, "Location: " + base + "/feeds/world.rss?a%0d%0aX-Evil:1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, address, "GET", tt.target)
			if got.status != tt.status {
				t.Errorf("got %d, want %d: %.80q", got.status, tt.status, got.body)
			}
			if key, value, ok := strings.Cut(tt.header, ": "); ok && got.header.Get(key) != value {
				t.Errorf("%s: got %q, want %q", key, got.header.Get(key), value)
			}
		})
	}
}

func TestHeadEqualsGetWithoutABody(t *testing.T) {
	address := startSite(t, newOutputs())
	tests := map[string][]string{
		"feed":             {"/feeds/world.rss"},
		"feed, compressed": {"/feeds/world.atom", "Accept-Encoding: gzip"},
		"not modified":     {"/feeds/world.rss", `If-None-Match: "rss0"`},
		"index":            {"/"},
		"page":             {"/feeds/world"},
		"subscription":     {"/feeds.opml"},
		"unknown":          {"/feeds/nothing.rss"},
		"renamed":          {"/feeds/old-world.rss"},
		"withdrawn":        {"/feeds/gone.rss"},
		"not built yet":    {"/feeds/fresh.rss"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			get, head := ask(t, address, "GET", tt[0], tt[1:]...), ask(t, address, "HEAD", tt[0], tt[1:]...)
			get.header.Del("Date")
			head.header.Del("Date")
			if get.status != head.status || fmt.Sprint(get.header) != fmt.Sprint(head.header) {
				t.Errorf("GET: %d %v\nHEAD: %d %v", get.status, get.header, head.status, head.header)
			}
			if head.body != "" {
				t.Errorf("HEAD has a body: %.40q", head.body)
			}
		})
	}
}

func TestMethods(t *testing.T) {
	address := startSite(t, newOutputs())
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"} {
		got := ask(t, address, method, "/feeds/world.rss", "Content-Length: 0")
		if got.status != 405 || got.header.Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s: got %d, Allow %q", method, got.status, got.header.Get("Allow"))
		}
	}
	got := ask(t, address, "OPTIONS", "/feeds/world.rss", "Origin: https://reader.example",
		"Access-Control-Request-Method: GET", "Access-Control-Request-Headers: if-none-match")
	if got.status != 204 || got.header.Get("Allow") != "GET, HEAD, OPTIONS" ||
		!strings.Contains(got.header.Get("Access-Control-Allow-Headers"), "If-None-Match") ||
		got.header.Get("Access-Control-Max-Age") == "" || got.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("OPTIONS: got %d %v", got.status, got.header)
	}
}
