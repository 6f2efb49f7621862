package web_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"sluice/cmd/internal/web"

	"github.com/google/go-cmp/cmp"
)

func TestOnlyReadersOfFeedsAreCounted(t *testing.T) {
	readers := &web.Readers{}
	h := web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{BaseURL: base, Readers: readers})
	for i, path := range []string{"/", "/feeds/world", "/feeds/none.atom", "/feeds/world.atom", "/feeds/world.rss", "/robots.txt"} {
		answerTo(h, requestFrom("192.0.2.1:1", http.MethodGet, path, fmt.Sprint("User-Agent: ", i), `If-None-Match: "1"`))
	}
	if n := readers.Count(time.Now().Add(24 * time.Hour)); n != 2 {
		t.Errorf("%d, want the two feeds", n)
	}
}

func TestAnswersAreCountedByOutput(t *testing.T) {
	doc := document(0)
	for name, tc := range map[string]struct {
		limit    int
		requests [][]string // method, path, headers
		want     web.OutputReaders
	}{
		"a whole feed":                  {0, [][]string{{"GET", "/feeds/world.rss", "Accept-Encoding: identity"}}, web.OutputReaders{Requests: 1, Bytes: uint64(len(doc.RSS.Body))}},
		"a whole feed that is not sent": {0, [][]string{{"HEAD", "/feeds/world.rss"}}, web.OutputReaders{Requests: 1}},
		"nothing new":                   {0, [][]string{{"GET", "/feeds/world.rss", "If-None-Match: " + doc.RSS.ETag}}, web.OutputReaders{Requests: 1, NotModified: 1}},
		"no coding that is wanted":      {0, [][]string{{"GET", "/feeds/world.rss", "Accept-Encoding: identity;q=0, *;q=0"}}, web.OutputReaders{Requests: 1}},
		"pages are not counted":         {0, [][]string{{"GET", "/feeds/world.rss", "If-None-Match: " + doc.RSS.ETag}, {"GET", "/feeds/world"}}, web.OutputReaders{Requests: 1, NotModified: 1}},
		"beyond the limit": {
			1,
			[][]string{{"GET", "/feeds/world.rss", "Accept-Encoding: identity"}, {"GET", "/feeds/world.rss"}, {"GET", "/feeds/world.rss", "If-None-Match: " + doc.RSS.ETag}},
			web.OutputReaders{Requests: 3, NotModified: 1, Refused: 1, Bytes: uint64(len(doc.RSS.Body))},
		},
	} {
		t.Run(name, func(t *testing.T) {
			readers := &web.Readers{}
			h := web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{BaseURL: base, Readers: readers, Limit: tc.limit})
			for _, r := range tc.requests {
				answerTo(h, requestFrom("192.0.2.1:1", r[0], r[1], r[2:]...))
			}
			if tc.want.Output = "world"; name == "with a token" {
				tc.want.Output = "club"
			}
			if diff := cmp.Diff([]web.OutputReaders{tc.want}, readers.Outputs(time.Now())); diff != "" {
				t.Error(diff)
			}
		})
	}
}
