package fetch

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sluice/feed/fuzztest"
)

func TestFreshness(t *testing.T) {
	now := time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		header string // one a line
		want   time.Duration
	}{
		"nothing said":                          {"", 0},
		"max-age":                               {"Cache-Control: public, max-age=600", 10 * time.Minute},
		"in capitals, with blanks":              {"Cache-Control:  MAX-AGE = 600 ", 10 * time.Minute},
		"quoted":                                {`Cache-Control: max-age="600"`, 10 * time.Minute},
		"the first of two counts":               {"Cache-Control: max-age=600, max-age=60", 10 * time.Minute},
		"the first of two lines counts":         {"Cache-Control: max-age=600\nCache-Control: max-age=60", 10 * time.Minute},
		"on a second line":                      {"Cache-Control: public\nCache-Control: max-age=60", time.Minute},
		"within quotes it is no directive":      {`Cache-Control: ext="a, max-age=60, b", max-age=600`, 10 * time.Minute},
		"an escaped quote":                      {`Cache-Control: ext="\", max-age=60", max-age=600`, 10 * time.Minute},
		"a quote that does not end":             {`Cache-Control: ext=", max-age=600`, 0},
		"beyond all numbers":                    {"Cache-Control: max-age=99999999999999999999999", maxSeconds * time.Second},
		"negative":                              {"Cache-Control: max-age=-5", 0},
		"no number":                             {"Cache-Control: max-age=soon", 0},
		"a number with a sign":                  {"Cache-Control: max-age=+600", 0},
		"less Age":                              {"Cache-Control: max-age=600\nAge: 540", time.Minute},
		"used up":                               {"Cache-Control: max-age=600\nAge: 6000", 0},
		"an Age that is none":                   {"Cache-Control: max-age=600\nAge: old", 10 * time.Minute},
		"shared caches are others":              {"Cache-Control: s-maxage=600, private", 0},
		"no-cache":                              {"Cache-Control: no-cache, max-age=600", 0},
		"no-store after it":                     {"Cache-Control: max-age=600, no-store", 0},
		"must-revalidate changes nothing":       {"Cache-Control: max-age=600, must-revalidate", 10 * time.Minute},
		"max-age wins over Expires":             {"Cache-Control: max-age=60\nExpires: Sun, 01 Feb 2026 14:00:00 GMT", time.Minute},
		"a broken max-age leaves it to Expires": {"Cache-Control: max-age=x\nExpires: Sun, 01 Feb 2026 14:00:00 GMT", 2 * time.Hour},
		"Expires by our clock":                  {"Expires: Sun, 01 Feb 2026 14:00:00 GMT", 2 * time.Hour},
		"Expires by the server's":               {"Expires: Sun, 01 Feb 2026 14:00:00 GMT\nDate: Sun, 01 Feb 2026 13:00:00 GMT", time.Hour},
		"Expires in RFC 850":                    {"Expires: Sunday, 01-Feb-26 14:00:00 GMT", 2 * time.Hour},
		"Expires in asctime":                    {"Expires: Sun Feb  1 14:00:00 2026", 2 * time.Hour},
		"Expires: 0":                            {"Expires: 0", 0},
		"Expires in the past":                   {"Expires: Sun, 01 Feb 2026 11:00:00 GMT", 0},
		"Expires at the end of time":            {"Expires: Fri, 31 Dec 9999 23:59:59 GMT", maxSeconds * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			if got := freshness(parseHeader(tc.header), now); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func parseHeader(lines string) http.Header {
	h := http.Header{}
	for line := range strings.SplitSeq(lines, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			h.Add(name, value)
		}
	}
	return h
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                               0,
		"120":                            2 * time.Minute,
		" 120 ":                          2 * time.Minute,
		"0":                              0,
		"-1":                             0,
		"1.5":                            0,
		"soon":                           0,
		"604801":                         7 * 24 * time.Hour,
		"99999999999999999999":           7 * 24 * time.Hour,
		"Sun, 01 Feb 2026 13:00:00 GMT":  time.Hour,
		"Sunday, 01-Feb-26 13:00:00 GMT": time.Hour,
		"Sun Feb  1 13:00:00 2026":       time.Hour,
		"Sun, 01 Feb 2026 11:00:00 GMT":  0,
		"Fri, 31 Dec 9999 23:59:59 GMT":  7 * 24 * time.Hour,
		"2026-02-01T13:00:00Z":           0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
	// Our clock is an hour ahead of the server's.
	h := http.Header{"Retry-After": {"Sun, 01 Feb 2026 11:30:00 GMT"}, "Date": {"Sun, 01 Feb 2026 11:00:00 GMT"}}
	if got := retryAfter(h, now); got != 30*time.Minute {
		t.Errorf("by the server's clock: got %v, want 30 minutes", got)
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add("max-age=60", "5", "Sun, 01 Feb 2026 14:00:00 GMT", "120", "gzip")
	f.Add(`ext="a\",b", max-age="9999999999999"`, "-1", "0", "Sun Feb  1 13:00:00 2026", "br, zstd")
	f.Add(`"`, "", "", "99999999999999999999", ",")
	now := time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, cache, age, expires, retry, coding string) {
		defer fuzztest.Within(t, len(cache)+len(age)+len(expires)+len(retry)+len(coding), fuzztest.Cost{Bytes: 1 << 20, Each: 1 << 10})()
		h := http.Header{"Cache-Control": {cache}, "Age": {age}, "Expires": {expires}, "Content-Encoding": {coding}}
		if d := freshness(h, now); d < 0 || d > maxSeconds*time.Second {
			t.Errorf("freshness %v", d)
		}
		h.Set("Retry-After", retry)
		if d := retryAfter(h, now); d < 0 || d > maxRetryAfter {
			t.Errorf("retry after %v", d)
		}
		if c, err := contentCoding(h); (c == "") != (err != nil) {
			t.Errorf("coding %q, error %v", c, err)
		}
		if r, ok := parseRule(cache); ok && r.name == "" && !r.prefix.IsValid() {
			t.Errorf("rule %q covers nothing", cache)
		}
	})
}
