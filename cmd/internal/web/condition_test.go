package web_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sluice/feed/publish"
)

// A browser shows what it does not know as text, and XML by its style.
func TestAFeedIsXMLForThoseWhoWantThatMore(t *testing.T) {
	address := startSite(t, newOutputs())
	const chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
	tests := map[string]struct {
		accept, target, contentType, tag string
	}{
		"a browser asks for RSS":         {chromium, "/feeds/world.rss", "application/xml; charset=utf-8", `"rss0-xml"`},
		"a browser asks for Atom":        {chromium, "/feeds/world.atom", "application/xml; charset=utf-8", `"atom0-xml"`},
		"a browser asks for JSON Feed":   {chromium, "/feeds/world.json", "application/feed+json", `"json0"`},
		"a reader names the feed's type": {"application/rss+xml, application/xml;q=0.9", "/feeds/world.rss", "application/rss+xml; charset=utf-8", `"rss0"`},
		"a reader takes both alike":      {"application/xml, */*", "/feeds/world.rss", "application/rss+xml; charset=utf-8", `"rss0"`},
		"a reader takes any application": {"application/xml;q=0.5, application/*;q=0.6", "/feeds/world.rss", "application/rss+xml; charset=utf-8", `"rss0"`},
		"a reader takes XML alone":       {"application/xml", "/feeds/world.rss", "application/xml; charset=utf-8", `"rss0-xml"`},
		"a script takes anything":        {"*/*", "/feeds/world.rss", "application/rss+xml; charset=utf-8", `"rss0"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, address, "GET", tt.target, "Accept: "+tt.accept)
			if got.status != 200 || got.header.Get("Content-Type") != tt.contentType || got.header.Get("Etag") != tt.tag {
				t.Errorf("got %d %v", got.status, got.header)
			}
			other := strings.Replace(tt.tag, "-xml", "", 1)
			for _, tag := range []string{tt.tag, other, "W/" + tt.tag} {
				again := ask(t, address, "GET", tt.target, "Accept: "+tt.accept, "If-None-Match: "+tag)
				if again.status != 304 || again.header.Get("Etag") != tt.tag || again.header.Get("Vary") != got.header.Get("Vary") {
					t.Errorf("who has %s gets %d %v", tag, again.status, again.header)
				}
			}
		})
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
			for _, key := range []string{"Etag", "Vary", "Cache-Control", "Date", "Access-Control-Allow-Origin"} {
				if got.header.Get(key) == "" {
					t.Errorf("a 304 without %s", key)
				}
			}
			for _, key := range []string{"Content-Length", "Content-Type", "Content-Encoding", "Last-Modified", "Access-Control-Expose-Headers"} {
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

// TestTheTagTellsBuildsOfOneSecondApart asks with the validators of a build that another
// followed within its second.
func TestTheTagTellsBuildsOfOneSecondApart(t *testing.T) {
	o := newOutputs()
	address := startSite(t, o)
	was := ask(t, address, "GET", "/feeds/world.rss")
	doc := document(1)
	doc.Modified = modified
	o.world.Store(doc)
	got := ask(t, address, "GET", "/feeds/world.rss", "If-None-Match: "+was.header.Get("Etag"), "If-Modified-Since: "+was.header.Get("Last-Modified"))
	if got.status != 200 || got.header.Get("Etag") == was.header.Get("Etag") || got.header.Get("Last-Modified") != was.header.Get("Last-Modified") {
		t.Errorf("got %d %v", got.status, got.header)
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
			if got.status != tt.status || got.header.Get("Content-Encoding") != tt.coding || got.header.Get("Vary") != "Accept, Accept-Encoding" {
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

// TestBestCodingIsSentThatTheReaderWantsMost has every coding that real feeds have.
func TestBestCodingIsSentThatTheReaderWantsMost(t *testing.T) {
	o := newOutputs()
	doc := document(0)
	rep, err := publish.Represent("application/rss+xml; charset=utf-8", doc.RSS.Body)
	if err != nil {
		t.Fatal(err)
	}
	made := rep.Coded[0].Body
	var asked atomic.Bool
	rep.Coded[0].Body = func() []byte { // as where it takes long to make, on any machine
		body := made()
		if !asked.Swap(true) {
			return nil
		}
		return body
	}
	doc.RSS = rep
	o.world.Store(doc)
	address := startSite(t, o)
	if got := ask(t, address, "GET", "/feeds/world.rss", "Accept-Encoding: br"); got.status != 200 || got.header.Get("Content-Encoding") != "" {
		t.Errorf("the first who asks for brotli gets %d in %q", got.status, got.header.Get("Content-Encoding"))
	}
	for end := time.Now().Add(2 * time.Minute); ask(t, address, "GET", "/feeds/world.rss", "Accept-Encoding: br").header.Get("Content-Encoding") != "br"; {
		if time.Now().After(end) {
			t.Fatal("brotli is never made")
		}
	}
	for accept, want := range map[string]string{
		"gzip, deflate, br, zstd": "br", "gzip, deflate, zstd": "zstd", "gzip, deflate": "gzip", "*": "gzip", "zstd;q=0.5, gzip": "gzip",
		"br;q=0.1, identity;q=0.5": "", "identity;q=0, br": "br", "*;q=0.5, br;q=0": "gzip", "deflate": "", "br;q=0, zstd;q=0, gzip;q=0": "",
	} {
		got := ask(t, address, "GET", "/feeds/world.rss", "Accept-Encoding: "+accept)
		tag := strings.TrimSuffix(rep.ETag, `"`) + "-" + want
		if want == "" {
			tag = strings.TrimSuffix(rep.ETag, `"`)
		}
		if got.status != 200 || got.header.Get("Content-Encoding") != want || got.header.Get("Etag") != tag+`"` {
			t.Errorf("%s: %d %q %s, want %q", accept, got.status, got.header.Get("Content-Encoding"), got.header.Get("Etag"), want)
		}
		for _, c := range rep.Coded {
			if again := ask(t, address, "GET", "/feeds/world.rss", "Accept-Encoding: "+accept, "If-None-Match: "+c.ETag); again.status != 304 || again.header.Get("Etag") != tag+`"` {
				t.Errorf("%s with the tag of %s: %d %s", accept, c.Coding, again.status, again.header.Get("Etag"))
			}
		}
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
	doc.RSS.Coded = nil
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
