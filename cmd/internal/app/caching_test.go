package app_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestSubscribersMayKeepAFeedForHalfTheShortestInterval compares what HTTP and RSS say
// of it, and sees that neither moves when something is polled.
func TestSubscribersMayKeepAFeedForHalfTheShortestInterval(t *testing.T) {
	tests := map[string]struct {
		intervals []string
		seconds   int
	}{
		"one source":                  {[]string{"1h"}, 1800},
		"the shortest of several":     {[]string{"3h", "20m", "1h"}, 600},
		"never less than 5 minutes":   {[]string{"2m"}, 300},
		"never more than an hour":     {[]string{"1d"}, 3600},
		"an hour without any sources": {nil, 3600},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, nil, "  - {name: all}\n")
			text := fmt.Sprintf("server: {listen: '127.0.0.1:0', admin: ''}\nstorage: {path: %q}\ningest: {min_interval: 1m, allow_private: [127.0.0.1]}\noutputs: [{name: all}]\nsources:\n", s.db)
			for i, interval := range tt.intervals {
				text += fmt.Sprintf("  - {name: s%d, url: \"%s/a\", interval: %s}\n", i, s.url, interval)
			}
			if tt.intervals == nil {
				text += "  []\n"
			}
			s.cfg = parseConfig(t, text)
			if _, err := s.app.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.stage.show("/a", rss(one))
			for range 2 {
				got := s.ask("/feeds/all.rss")
				want := fmt.Sprintf("public, max-age=%d, stale-while-revalidate=%[1]d, stale-if-error=86400", tt.seconds)
				if got.Header().Get("Cache-Control") != want || !strings.Contains(got.Body.String(), fmt.Sprintf("<ttl>%d</ttl>", tt.seconds/60)) {
					t.Errorf("Cache-Control %q in %.900s", got.Header().Get("Cache-Control"), got.Body)
				}
				s.poll()
			}
		})
	}
}
