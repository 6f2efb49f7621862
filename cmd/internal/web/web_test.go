package web_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
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

// modified is when the content of the test's output last changed.
var modified = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

// outputs is a set of outputs: "world" is built, "fresh" is not yet, "old-world"
// was renamed to world, "gone" was withdrawn.
type outputs struct {
	world  atomic.Pointer[publish.Document]
	listed []web.Listed
}

func (o *outputs) Document(name string) (*publish.Document, bool) {
	switch name {
	case "world":
		return o.world.Load(), true
	case "fresh":
		return nil, true
	case "broken":
		panic("a bug\nin two lines")
	}
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz-") != "" || strings.HasPrefix(name, "-") {
		panic(name + " is no name: it must not be looked up")
	}
	return nil, false
}

func (o *outputs) List() []web.Listed { return o.listed }

func (o *outputs) Renamed(old string) (string, bool) { return "world", old == "old-world" }

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
		ContentType: contentType, Body: body, Gzip: zip(body),
		ETag: fmt.Sprintf(`"%s%d"`, format, n), GzipETag: fmt.Sprintf(`"%s%d-gzip"`, format, n),
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
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
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
	tests := map[string]struct{ ext, contentType, mediaType string }{
		"RSS":       {"rss", "application/rss+xml; charset=utf-8", "application/rss+xml"},
		"Atom":      {"atom", "application/atom+xml; charset=utf-8", "application/atom+xml"},
		"JSON Feed": {"json", "application/feed+json", "application/feed+json"},
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
				"Vary":                          "Accept-Encoding",
				"X-Content-Type-Options":        "nosniff",
				"Content-Security-Policy":       "sandbox; default-src 'none'",
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

// TestLastModifiedIsNeverAheadOfTheClock has a build that was made before the
// clock was set back.
func TestLastModifiedIsNeverAheadOfTheClock(t *testing.T) {
	o := newOutputs()
	doc := document(0)
	doc.Modified = time.Now().Add(time.Hour)
	o.world.Store(doc)
	address := startSite(t, o)
	for _, target := range []string{"/feeds/world.rss", "/feeds/world"} {
		got := ask(t, address, "GET", target)
		if value, ok := got.header["Last-Modified"]; ok || got.status != 200 || got.header.Get("Etag") == "" {
			t.Errorf("%s: %d, Last-Modified %q, ETag %q", target, got.status, value, got.header.Get("Etag"))
		}
	}
	if got := ask(t, address, "GET", "/feeds/world.rss", "If-Modified-Since: "+time.Now().UTC().Format(http.TimeFormat)); got.status != 200 {
		t.Errorf("what changed later than the reader knows answers %d", got.status)
	}
}

func TestConditionalRequests(t *testing.T) {
	address := startSite(t, newOutputs())
	const at, before, after = "Mon, 02 Nov 2026 08:00:00 GMT", "Mon, 02 Nov 2026 07:59:59 GMT", "Mon, 02 Nov 2026 08:00:01 GMT"
	tests := map[string]struct {
		status  int
		headers []string
	}{
		"the tag":                                {304, []string{`If-None-Match: "rss0"`}},
		"the tag of the other coding":            {304, []string{`If-None-Match: "rss0-gzip"`}},
		"the other coding's tag, when gzip":      {304, []string{`If-None-Match: "rss0"`, "Accept-Encoding: gzip"}},
		"a weak tag":                             {304, []string{`If-None-Match: W/"rss0"`}},
		"a list":                                 {304, []string{`If-None-Match: "x", "y,z" , W/"rss0"`}},
		"a list without blanks":                  {304, []string{`If-None-Match: "x","rss0"`}},
		"two lines":                              {304, []string{`If-None-Match: "x"`, `If-None-Match: "rss0"`}},
		"any":                                    {304, []string{"If-None-Match: *"}},
		"any, with blanks":                       {304, []string{"If-None-Match:   *  "}},
		"an empty member":                        {304, []string{`If-None-Match: , ,"rss0"`}},
		"another tag":                            {200, []string{`If-None-Match: "rss1"`}},
		"the tag of another format":              {200, []string{`If-None-Match: "atom0"`}},
		"a tag without quotes is no tag":         {200, []string{"If-None-Match: rss0"}},
		"an open quote":                          {200, []string{`If-None-Match: "rss0`}},
		"text behind the quote":                  {200, []string{`If-None-Match: "x"y, "rss0"`}},
		"lower-case weakness is no weakness":     {200, []string{`If-None-Match: w/"rss0"`}},
		"an empty list":                          {200, []string{"If-None-Match: "}},
		"the time":                               {304, []string{"If-Modified-Since: " + at}},
		"a later time":                           {304, []string{"If-Modified-Since: " + after}},
		"an earlier time":                        {200, []string{"If-Modified-Since: " + before}},
		"a time of the old form":                 {304, []string{"If-Modified-Since: Monday, 02-Nov-26 08:00:00 GMT"}},
		"no time":                                {200, []string{"If-Modified-Since: yesterday"}},
		"another tag rules out the time":         {200, []string{`If-None-Match: "x"`, "If-Modified-Since: " + after}},
		"a malformed tag rules out the time":     {200, []string{"If-None-Match: x", "If-Modified-Since: " + after}},
		"the tag decides though the time is old": {304, []string{`If-None-Match: "rss0"`, "If-Modified-Since: " + before}},
		"a range is ignored":                     {200, []string{"Range: bytes=0-9"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, address, "GET", "/feeds/world.rss", tt.headers...)
			if got.status != tt.status {
				t.Errorf("got %d, want %d", got.status, tt.status)
			}
			if got.status != 304 {
				return
			}
			for _, key := range []string{"Etag", "Vary", "Cache-Control", "Date"} {
				if got.header.Get(key) == "" {
					t.Errorf("a 304 without %s", key)
				}
			}
			for _, key := range []string{"Content-Length", "Content-Type", "Content-Encoding", "Last-Modified"} {
				if got.header.Get(key) != "" {
					t.Errorf("a 304 with %s", key)
				}
			}
			if want := `"rss0"`; !strings.Contains(fmt.Sprint(tt.headers), "Accept-Encoding") && got.header.Get("Etag") != want {
				t.Errorf("got ETag %s, want that of what would be sent, %s", got.header.Get("Etag"), want)
			}
		})
	}
}

func TestContentCoding(t *testing.T) {
	address := startSite(t, newOutputs())
	tests := map[string]struct {
		accept string // with its colon; empty: no such header
		status int
		coding string
	}{
		"nothing said":                          {"", 200, ""},
		"empty":                                 {"Accept-Encoding:", 200, ""},
		"gzip":                                  {"Accept-Encoding: gzip", 200, "gzip"},
		"browser":                               {"Accept-Encoding: gzip, deflate, br, zstd", 200, "gzip"},
		"upper case":                            {"Accept-Encoding: GZIP", 200, "gzip"},
		"an old name":                           {"Accept-Encoding: x-gzip", 200, "gzip"},
		"anything":                              {"Accept-Encoding: *", 200, "gzip"},
		"only what we do not have":              {"Accept-Encoding: br", 200, ""},
		"gzip refused":                          {"Accept-Encoding: gzip;q=0", 200, ""},
		"gzip refused among all":                {"Accept-Encoding: *, gzip;q=0", 200, ""},
		"identity preferred":                    {"Accept-Encoding: gzip;q=0.5, identity", 200, ""},
		"gzip preferred":                        {"Accept-Encoding: identity;q=0.5, gzip;q=0.8", 200, "gzip"},
		"gzip with a small weight, no identity": {"Accept-Encoding: gzip;q=0.1", 200, "gzip"},
		"blanks around the weight":              {"Accept-Encoding: gzip ; q = 0.9 , identity ; q=0.1", 200, "gzip"},
		"a weight that is none":                 {"Accept-Encoding: gzip;q=much", 200, ""},
		"identity refused":                      {"Accept-Encoding: identity;q=0, gzip", 200, "gzip"},
		"identity refused and nothing of ours":  {"Accept-Encoding: identity;q=0, br", 406, ""},
		"all refused":                           {"Accept-Encoding: *;q=0", 406, ""},
		"all refused but gzip":                  {"Accept-Encoding: *;q=0, gzip", 200, "gzip"},
		"all refused but identity":              {"Accept-Encoding: *;q=0, identity", 200, ""},
		"a second line":                         {"Accept-Encoding: br\r\nAccept-Encoding: gzip", 200, "gzip"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, address, "GET", "/feeds/world.rss", append([]string(nil), nonEmpty(tt.accept)...)...)
			if got.status != tt.status || got.header.Get("Content-Encoding") != tt.coding || got.header.Get("Vary") != "Accept-Encoding" {
				t.Fatalf("got %d, coding %q, Vary %q", got.status, got.header.Get("Content-Encoding"), got.header.Get("Vary"))
			}
			if got.status != 200 {
				return
			}
			wantTag, body := `"rss0"`, got.body
			if tt.coding == "gzip" {
				wantTag, body = `"rss0-gzip"`, unzip(t, got.body)
			}
			if got.header.Get("Etag") != wantTag || body != string(document(0).RSS.Body) {
				t.Errorf("got ETag %s and %.40q", got.header.Get("Etag"), body)
			}
			if got.header.Get("Content-Length") != fmt.Sprint(len(got.body)) {
				t.Errorf("Content-Length %s for %d bytes", got.header.Get("Content-Length"), len(got.body))
			}
		})
	}
}

func nonEmpty(header string) []string {
	if header == "" {
		return nil
	}
	return []string{header}
}

func unzip(t *testing.T, body string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestSmallFeedIsSentUncompressed(t *testing.T) {
	o := newOutputs()
	doc := document(0)
	doc.RSS.Gzip, doc.RSS.GzipETag = nil, ""
	o.world.Store(doc)
	address := startSite(t, o)
	if got := ask(t, address, "GET", "/feeds/world.rss", "Accept-Encoding: gzip"); got.status != 200 ||
		got.header.Get("Content-Encoding") != "" || got.header.Get("Etag") != `"rss0"` {
		t.Errorf("got %d %v", got.status, got.header)
	}
	if got := ask(t, address, "GET", "/feeds/world.rss", `If-None-Match: ""`); got.status != 200 {
		t.Errorf("an empty tag matches a coding that does not exist: %d", got.status)
	}
}

// TestNoAnswerMixesTwoBuilds swaps documents under parallel readers: tag, date,
// length and body of each answer must be of one build.
func TestNoAnswerMixesTwoBuilds(t *testing.T) {
	o := newOutputs()
	address := startSite(t, o)
	ctx, stop := context.WithCancel(t.Context())
	var swapper sync.WaitGroup
	swapper.Go(func() {
		for n := 1; ctx.Err() == nil; n++ {
			o.world.Store(document(n))
		}
	})
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	var readers sync.WaitGroup
	builds := make(chan string, 1000)
	for reader := range 8 {
		readers.Go(func() {
			for range 125 {
				builds <- oneBuild(t, client, "http://"+address+"/feeds/world.rss", reader%2 == 0)
			}
		})
	}
	readers.Wait()
	stop()
	swapper.Wait()
	close(builds)
	different := map[string]bool{}
	for b := range builds {
		different[b] = true
	}
	if len(different) < 20 {
		t.Errorf("only %d builds were seen: the test did not test", len(different))
	}
}

func oneBuild(t *testing.T, client *http.Client, url string, zipped bool) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Error(err)
		return ""
	}
	suffix := `"`
	if zipped {
		req.Header.Set("Accept-Encoding", "gzip")
		suffix = `-gzip"`
	}
	res, err := client.Do(req)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer func() { _ = res.Body.Close() }() // read to its end
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
		return ""
	}
	var in io.Reader = bytes.NewReader(body)
	if zipped {
		if in, err = gzip.NewReader(in); err != nil {
			t.Error(err)
			return ""
		}
	}
	var n int
	if _, err := fmt.Fscanf(in, "rss of build %d\n", &n); err != nil {
		t.Errorf("%v in %.40q", err, body)
		return ""
	}
	date := modified.Add(time.Duration(n) * time.Second).Format(http.TimeFormat)
	if res.Header.Get("ETag") != fmt.Sprintf(`"rss%d%s`, n, suffix) || res.Header.Get("Last-Modified") != date || res.ContentLength != int64(len(body)) {
		t.Errorf("build %d came with %s, %s", n, res.Header.Get("ETag"), res.Header.Get("Last-Modified"))
	}
	return res.Header.Get("ETag")
}

func TestPanicIsLoggedInOneLineAndCutsTheConnection(t *testing.T) {
	var logged bytes.Buffer
	h := web.New(slog.New(slog.NewTextHandler(&logged, nil)), newOutputs(), web.Options{})
	srv := httptest.NewServer(h)
	res, err := srv.Client().Get(srv.URL + "/feeds/broken.rss?token=secret")
	if err == nil {
		_ = res.Body.Close()
		t.Errorf("got %s, want a cut connection", res.Status)
	}
	srv.Close() // waits, so that the log is complete
	line := logged.String()
	if strings.Count(line, "\n") != 1 || !strings.Contains(line, "web_test.go:") || !strings.Contains(line, "/feeds/broken.rss") {
		t.Errorf("logged %q", line)
	}
	if strings.Contains(line, "secret") {
		t.Errorf("the query is in the log: %q", line)
	}
}

func TestHugeHeadersAreRefused(t *testing.T) {
	address := startSite(t, newOutputs())
	if got := ask(t, address, "GET", "/feeds/world.rss?"+strings.Repeat("x", 20<<10)); got.status != 431 {
		t.Errorf("a huge query: got %d, want 431", got.status)
	}
	if got := ask(t, address, "GET", "/feeds/world.rss?"+strings.Repeat("x", 2<<10)); got.status != 200 {
		t.Errorf("a long query: got %d, want 200", got.status)
	}
}

func TestHTTP2WithoutTLSGivesTheSameTag(t *testing.T) {
	address := startSite(t, newOutputs())
	var h2 http.Protocols
	h2.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &h2, DisableCompression: true}}
	defer client.CloseIdleConnections()
	res, err := client.Get("http://" + address + "/feeds/world.rss")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.ProtoMajor != 2 || res.Header.Get("ETag") != `"rss0"` {
		t.Errorf("got %s and ETag %s", res.Proto, res.Header.Get("ETag"))
	}
}

func TestHTTP10GivesTheSameTag(t *testing.T) {
	address := startSite(t, newOutputs())
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET /feeds/world.rss HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), "Etag: \"rss0\"\r\n") || strings.Contains(string(raw), "chunked") {
		t.Errorf("got %.400s", raw)
	}
}
