package ingest

import (
	"testing"
	"time"

	"sluice/feed"
)

func TestAFeedThatIsRefusedAloneDoesNotRestItsHostAgain(t *testing.T) {
	at := func(minute int) time.Time { return time.Unix(1e9, 0).Add(time.Duration(minute) * time.Minute) }
	for name, tc := range map[string]struct {
		answered map[feed.SourceID]int // minute
		want     bool
	}{
		"nobody was":                      {nil, false},
		"another was":                     {map[feed.SourceID]int{"b": 11}, true},
		"another was, but before":         {map[feed.SourceID]int{"b": 9}, false},
		"only itself was":                 {map[feed.SourceID]int{"a": 11}, false},
		"itself was, and another before":  {map[feed.SourceID]int{"a": 12, "b": 11}, true},
		"itself was, and another earlier": {map[feed.SourceID]int{"a": 12, "b": 9}, false},
	} {
		h := hosts{}
		for source, minute := range tc.answered {
			h.succeed("h", source, at(minute))
		}
		if got := h.othersSince("h", "a", at(10)); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
