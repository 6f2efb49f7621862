package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluice/feed/fuzztest"
)

// listOfTags is If-None-Match as RFC 9110 has it (8.8.3, 13.1.2), but for empty members.
var listOfTags = regexp.MustCompile(`^[ \t]*(?:\*|(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"(?:[ \t]*,[ \t]*(?:W/)?"[\x21\x23-\x7e\x80-\xff]*")*)[ \t]*$`)

// FuzzWhatAReaderHasIsReadAsTheStandardLibraryDoes gives validators and A-IM as any
// stranger may write them. Where they are what RFC 9110 allows, net/http says the same of
// them; where they are not, a reader gets all rather than nothing.
func FuzzWhatAReaderHasIsReadAsTheStandardLibraryDoes(f *testing.F) {
	const tag = `"x"`
	modified := time.Date(2026, 11, 2, 8, 0, 0, 5e8, time.UTC)
	for _, tags := range []string{"", "*", tag, `W/"x"`, `"a", W/"b" ,"x"`, `"a" "x"`, `x`, `"x`, ` *, "x"`, `w/"x"`, ",", `"",`} {
		f.Add(tags, "Mon, 02 Nov 2026 08:00:00 GMT", "feed")
	}
	for _, since := range []string{"", "Mon, 02 Nov 2026 07:59:59 GMT", "Monday, 02-Nov-26 08:00:01 GMT", "Mon Nov  2 08:00:00 2026", "0", "Mon, 02 Nov 2026 08:00:00 +0000"} {
		f.Add("", since, "vcdiff;q=0.1, FEED;q=0.0, gzip")
	}
	f.Fuzz(func(t *testing.T, tags, since, manipulation string) {
		defer fuzztest.Within(t, len(tags)+len(since)+len(manipulation), fuzztest.Cost{Bytes: 4 << 20, Each: 4 << 10})()
		h := http.Header{}
		if tags != "" {
			h.Set("If-None-Match", tags)
		}
		h.Set("If-Modified-Since", since)
		ours := unchanged(h, modified, is(tag))
		theirs := httptest.NewRecorder()
		theirs.Header().Set("Etag", tag)
		http.ServeContent(theirs, &http.Request{Method: http.MethodGet, Header: h}, "", modified, strings.NewReader("all"))
		switch same := ours == (theirs.Code == http.StatusNotModified); {
		case !same && (tags == "" || listOfTags.MatchString(tags)):
			t.Errorf("%q since %q: unchanged is %v, and net/http says %d", tags, since, ours, theirs.Code)
		case ours && tags != "" && !strings.Contains(tags, tag) && strings.Trim(tags, " \t") != "*":
			t.Errorf("%q holds no tag of ours", tags)
		}
		apart, joined := http.Header{"A-Im": {manipulation, since}}, http.Header{"A-Im": {since + "," + manipulation}}
		if wantsDelta(apart) != wantsDelta(joined) {
			t.Errorf("A-IM %q is read otherwise than %q", apart["A-Im"], joined["A-Im"])
		}
		if wantsDelta(apart) && !strings.Contains(strings.ToLower(manipulation+since), "feed") {
			t.Errorf("A-IM %q asks for no feed", apart["A-Im"])
		}
	})
}
