package fetch_test

import (
	"errors"
	"net/http"
	"testing"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

func TestPartsOfAFeedAreAskedForOnlyWithATag(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	address := p.Set("/", fetchtest.Reply{Body: document})
	for name, tc := range map[string]struct {
		target fetch.Target
		want   string
	}{
		"nothing is known":              {fetch.Target{URL: address}, ""},
		"a date is":                     {fetch.Target{URL: address, LastModified: "then"}, ""},
		"a tag is":                      {fetch.Target{URL: address, ETag: `"1"`}, "feed"},
		"a header of the source is not": {fetch.Target{URL: address, Header: http.Header{"A-Im": {"vcdiff"}}}, ""},
	} {
		mustFetch(t, c, tc.target)
		if got := p.Last().Get("A-IM"); got != tc.want {
			t.Errorf("%s: A-IM %q, want %q", name, got, tc.want)
		}
	}
}

func TestA226IsAPartOnlyWhereItWasAskedForAndSaysSo(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	for name, tc := range map[string]struct {
		im    []string
		etag  string
		delta bool
	}{
		"a feed":                 {[]string{"feed"}, `"1"`, true},
		"in capitals":            {[]string{" FEED "}, `"1"`, true},
		"without a word":         {nil, `"1"`, false},
		"another kind":           {[]string{"vcdiff"}, `"1"`, false},
		"a feed, compressed":     {[]string{"feed, gzip"}, `"1"`, false},
		"two kinds on two lines": {[]string{"feed", "gzip"}, `"1"`, false},
		"though nobody asked":    {[]string{"feed"}, "", false},
	} {
		address := p.Set("/", fetchtest.Reply{Status: http.StatusIMUsed, Body: document, Header: http.Header{"Im": tc.im, "Etag": {`"2"`}}})
		ans, err := c.Fetch(t.Context(), fetch.Target{URL: address, ETag: tc.etag})
		if !tc.delta {
			if status, ok := errors.AsType[*fetch.StatusError](err); !ok || status.Code != 226 || ans.Delta || ans.Body != nil {
				t.Errorf("%s: %+v, %v", name, ans, err)
			}
			continue
		}
		if err != nil || !ans.Delta || string(ans.Body) != document || ans.ETag != `"2"` {
			t.Errorf("%s: %+v, %v", name, ans, err)
		}
	}
}
