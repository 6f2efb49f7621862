package feed_test

import (
	"testing"

	"sluice/feed"
)

func TestATagNamesItsAuthorityAndYear(t *testing.T) {
	for authority, want := range map[string]string{
		"feeds.example": "tag:feeds.example,2026:a/1",
		"[::1]":         "tag:--1,2026:a/1",
	} {
		if got := feed.Tag(authority, 2026, "a/1"); got != want {
			t.Errorf("%s: %s, want %s", authority, got, want)
		}
	}
}
