package feed_test

import (
	"testing"

	"sluice/feed"
)

func TestTheSchemeThatBrowsersPutInFrontOfFeedsIsTakenOff(t *testing.T) {
	for address, want := range map[string]string{
		"feed://a.example/f": "//a.example/f", "feed:https://a.example/f": "https://a.example/f", "FEED://a.example/": "//a.example/",
		"feed:": "", "https://a.example/feed:x": "https://a.example/feed:x", "feed.example/": "feed.example/", "": "", "fe": "fe",
	} {
		if got, had := feed.TrimScheme(address); got != want || had != (got != address) {
			t.Errorf("%q: got %q, %v, want %q", address, got, had, want)
		}
	}
}
