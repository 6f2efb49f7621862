package ingest

import (
	"errors"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
)

func TestAnAnswerIsTakenByThoseWhoWouldAskTheSame(t *testing.T) {
	at := time.Unix(1e9, 0)
	tagged := fetch.Target{URL: "u", ETag: `"1"`}
	for name, tc := range map[string]struct {
		sh   shared
		t    fetch.Target
		late time.Duration
		want bool
	}{
		"a document":                       {shared{target: tagged}, fetch.Target{URL: "u"}, 0, true},
		"a document, too late":             {shared{target: tagged}, fetch.Target{URL: "u"}, sharedFor, false},
		"a document, with another login":   {shared{target: tagged}, fetch.Target{URL: "u", Bearer: "t"}, 0, false},
		"a 304 to the same validators":     {shared{target: tagged, answer: fetch.Answer{NotModified: true}}, tagged, 0, true},
		"a 304 to others":                  {shared{target: tagged, answer: fetch.Answer{NotModified: true}}, fetch.Target{URL: "u"}, 0, false},
		"a part since the same validators": {shared{target: tagged, answer: fetch.Answer{Delta: true}}, tagged, 0, true},
		"a part since others":              {shared{target: tagged, answer: fetch.Answer{Delta: true}}, fetch.Target{URL: "u"}, 0, false},
		"a failure":                        {shared{target: tagged, answer: fetch.Answer{Status: 503}, err: errors.New("503")}, fetch.Target{URL: "u"}, 0, true},
	} {
		sh := tc.sh
		sh.at, sh.had = at, map[feed.SourceID]bool{"a": true}
		w := &twin{sources: 2, last: &sh}
		if _, again := w.take("a", tc.t, at); again {
			t.Errorf("%s: who had it had it again", name)
		}
		if _, got := w.take("b", tc.t, at.Add(tc.late)); got != tc.want {
			t.Errorf("%s: taken %v, want %v", name, got, tc.want)
		}
		if tc.want && w.last != nil {
			t.Errorf("%s: it is held though everybody had it", name)
		}
	}
}
