package fetch_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

const document = `<rss version="2.0"><channel><title>t</title></channel></rss>`

func TestAFirstRequestIsPlainAndHonest(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{UserAgent: "sluice/1.0 (+https://feeds.example)"})
	address := p.Set("/feed", fetchtest.Reply{Body: document, ETag: `"1"`, LastModified: "Sun, 01 Feb 2026 12:00:00 GMT", ContentType: "application/rss+xml; charset=utf-8"})
	ans := mustFetch(t, c, fetch.Target{URL: address + "?q=1#part"})
	if string(ans.Body) != document || ans.Status != 200 || ans.NotModified {
		t.Errorf("got %d %q", ans.Status, ans.Body)
	}
	if ans.ETag != `"1"` || ans.LastModified != "Sun, 01 Feb 2026 12:00:00 GMT" || ans.ContentType != "application/rss+xml; charset=utf-8" {
		t.Errorf("got %q %q %q", ans.ETag, ans.LastModified, ans.ContentType)
	}
	if got := ans.Final.String(); got != address+"?q=1" || ans.Moved != nil || ans.Origin != 0 {
		t.Errorf("final %s, moved %v, origin %d", got, ans.Moved, ans.Origin)
	}
	want := http.Header{
		"User-Agent":      {"sluice/1.0 (+https://feeds.example)"},
		"Accept-Encoding": {"gzip, br, zstd"},
		"Accept":          {"application/atom+xml, application/rss+xml, application/feed+json;q=0.9, application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"},
	}
	if diff := cmp.Diff(want, p.Last()); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if got := p.Requests()[0].Path; got != "/feed?q=1" {
		t.Errorf("asked for %s", got)
	}
}

func TestValidatorsAreSentBackByteForByte(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	for name, tc := range map[string]struct{ etag, modified string }{
		"strong":                      {`"abc"`, ""},
		"weak":                        {`W/"abc"`, ""},
		"empty within quotes":         {`""`, ""},
		"unquoted":                    {`abc`, ""},
		"half quoted":                 {`"abc`, ""},
		"with commas and backslashes": {`"a,b\c\"d"`, ""},
		"with bytes beyond ASCII":     {"\"\xc3\xa9\xff\"", ""},
		"a date":                      {"", "Sun, 01 Feb 2026 12:00:00 GMT"},
		"a date in another zone":      {"", "Sun, 01 Feb 2026 12:00:00 +0100"},
		"no date at all":              {"", "yesterday"},
		"both":                        {`"abc"`, "Sun, 01 Feb 2026 12:00:00 GMT"},
	} {
		t.Run(name, func(t *testing.T) {
			address := p.Set("/"+strings.ReplaceAll(name, " ", "-"), fetchtest.Reply{Body: document, ETag: tc.etag, LastModified: tc.modified})
			first := mustFetch(t, c, fetch.Target{URL: address})
			if first.ETag != tc.etag || first.LastModified != tc.modified {
				t.Fatalf("received %q %q", first.ETag, first.LastModified)
			}
			again := mustFetch(t, c, fetch.Target{URL: address, ETag: first.ETag, LastModified: first.LastModified})
			if !again.NotModified || again.Status != 304 || again.Body != nil {
				t.Errorf("not modified: %v, status %d, body %q", again.NotModified, again.Status, again.Body)
			}
			sent := p.Last()
			for header, want := range map[string]string{"If-None-Match": tc.etag, "If-Modified-Since": tc.modified} {
				var values []string
				if want != "" {
					values = []string{want}
				}
				if diff := cmp.Diff(values, sent[header]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", header, diff)
				}
			}
		})
	}
}

func TestA304KeepsItsHeaders(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	address := p.Set("/feed", fetchtest.Reply{ETag: `"1"`, LastModified: "new", Header: http.Header{"Cache-Control": {"max-age=7200"}}})
	ans := mustFetch(t, c, fetch.Target{URL: address, ETag: `"1"`, LastModified: "old"})
	if !ans.NotModified || ans.LastModified != "new" || ans.Freshness != 2*time.Hour {
		t.Errorf("not modified %v, %q, fresh for %v", ans.NotModified, ans.LastModified, ans.Freshness)
	}
}

func TestValidatorsThatCannotBeSentAreNotKept(t *testing.T) {
	w := saying(t, "HTTP/1.1 200 OK\r\nETag: \""+strings.Repeat("x", 5000)+"\"\r\nContent-Length: 2\r\n\r\nok")
	c := newClient(t, fetch.Options{})
	if ans := mustFetch(t, c, fetch.Target{URL: w.url()}); ans.ETag != "" {
		t.Errorf("kept %d bytes", len(ans.ETag))
	}
	p := fetchtest.New(t)
	mustFetch(t, c, fetch.Target{URL: p.Set("/", fetchtest.Reply{Body: "ok"}), ETag: "a\r\nX-Evil: 1", LastModified: "b\x00"})
	if h := p.Last(); h["If-None-Match"] != nil || h["If-Modified-Since"] != nil || h["X-Evil"] != nil {
		t.Errorf("sent %v", h)
	}
}

func TestAnswersWithoutADocumentAreErrors(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	for _, code := range []int{201, 202, 204, 206, 226, 300, 305, 400, 401, 403, 404, 406, 410, 415, 418, 429, 451, 500, 502, 503, 504, 599} {
		address := p.Set(fmt.Sprintf("/%d", code), fetchtest.Reply{Status: code, Body: "the page of an error", Header: http.Header{"Retry-After": {"120"}}})
		ans, err := c.Fetch(t.Context(), fetch.Target{URL: address, ETag: `"1"`})
		status, ok := errors.AsType[*fetch.StatusError](err)
		if !ok {
			t.Errorf("%d: %v", code, err)
			continue
		}
		if status.Code != code || status.Gone() != (code == 410) || status.RetryAfter != 2*time.Minute {
			t.Errorf("%d: %+v, gone %v", code, status, status.Gone())
		}
		if ans.Status != code || ans.RetryAfter != 2*time.Minute || ans.Body != nil || ans.ETag != "" {
			t.Errorf("%d: answer %+v", code, ans)
		}
		oneLine(t, err)
		if !strings.Contains(err.Error(), fmt.Sprint(code)) || !strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%d: %v", code, err)
		}
	}
}

func TestA304NobodyAskedForIsAnError(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	ans, err := c.Fetch(t.Context(), fetch.Target{URL: p.Set("/", fetchtest.Reply{Status: 304})})
	if !errors.Is(err, fetch.ErrNotModifiedUnasked) || ans.NotModified || ans.Status != 304 {
		t.Errorf("%+v, %v", ans, err)
	}
}

func TestAddressesThatCannotBeAskedAreErrors(t *testing.T) {
	c := newClient(t, fetch.Options{})
	for _, address := range []string{"", "example.org/feed", "ftp://example.org/", "gopher://example.org/", "data:,x", "http:///x", "http://%zz/", "http://exa mple/", "javascript:1"} {
		ans, err := c.Fetch(t.Context(), fetch.Target{URL: address})
		if err == nil {
			t.Errorf("%q: %+v", address, ans)
			continue
		}
		oneLine(t, err)
	}
}
