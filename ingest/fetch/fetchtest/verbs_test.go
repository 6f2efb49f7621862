package fetchtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sluice/ingest/fetch/fetchtest"
)

func TestVerbsSayWhatTheirNamesSay(t *testing.T) {
	p := fetchtest.New(t)
	for name, tc := range map[string]struct {
		reply  fetchtest.Reply
		status int
		header map[string]string
		body   string
	}{
		"a document":  {fetchtest.Document("one", `"1"`, "then"), 200, map[string]string{"Etag": `"1"`, "Last-Modified": "then"}, "one"},
		"fresh":       {fetchtest.Document("one", "", "").Fresh(time.Hour), 200, map[string]string{"Cache-Control": "max-age=3600"}, "one"},
		"a failure":   {fetchtest.Fails(451), 451, nil, "Legal"},
		"busy":        {fetchtest.Busy(503, "9"), 503, map[string]string{"Retry-After": "9"}, ""},
		"a part":      {fetchtest.Part("two", `"2"`), 226, map[string]string{"Im": "feed", "Etag": `"2"`}, "two"},
		"a challenge": {fetchtest.Challenge("8f-FRA"), 403, map[string]string{"Cf-Mitigated": "challenge", "Cf-Ray": "8f-FRA"}, "Just a moment"},
		"a portal":    {fetchtest.Portal(), 200, map[string]string{"Content-Type": "text/html"}, "Room number"},
	} {
		status, h, body := get(t, p.Set("/", tc.reply), http.Header{})
		if status != tc.status || !strings.Contains(string(body), tc.body) {
			t.Errorf("%s: %d %q", name, status, body)
		}
		for field, want := range tc.header {
			if got := h.Get(field); got != want {
				t.Errorf("%s: %s is %q", name, field, got)
			}
		}
	}
}

func TestAReplyWithAHeaderLeavesTheReplyItWasMadeFrom(t *testing.T) {
	first := fetchtest.Fails(500).With("X-Key", "1")
	if second := first.With("X-Key", "2"); first.Header.Get("X-Key") != "1" || second.Header.Get("X-Key") != "2" {
		t.Errorf("%v, %v", first.Header, second.Header)
	}
}

func TestTimesAreWrittenInTheThreeFormsOfHTTP(t *testing.T) {
	at := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC) // the specification's own example
	want := [3]string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}
	if got := fetchtest.Formatted(at); got != want {
		t.Errorf("%q", got)
	}
}
