package control_test

import (
	"testing"
	"time"

	"sluice/cmd/internal/control"
	"sluice/feed"
)

func TestAStatusNamesTheHostThatASourceMovedToAndNoSecret(t *testing.T) {
	for name, tc := range map[string]struct{ kept, configured, want string }{
		"not moved":                     {"", "https://old.example/feed", ""},
		"moved":                         {"https://new.example:8443/feed/t0ken?x=t0ken", "https://old.example/***", "new.example:8443"},
		"the host of either is secret":  {"https://t0ken.new.example/", "https://***.old.example/", "***"},
		"what was kept is no address":   {"https://new.example:port/", "https://old.example/", "***"},
		"the whole address is secret":   {"https://new.example/", "***", "***"},
		"the configured one is secret ": {"https://new.example/", "://***", "***"},
	} {
		t.Run(name, func(t *testing.T) {
			states := []feed.SourceState{{Source: "a", Kept: tc.kept}}
			got := control.NewStatus(states, func(feed.SourceID) string { return tc.configured }, time.Now()).Sources[0].MovedTo
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAStatusSaysWhyTheNextPollIsWhenItIs(t *testing.T) {
	for status, want := range map[feed.Status]string{feed.StatusFailing: "back-off", feed.StatusGone: "", feed.StatusDisabled: ""} {
		states := []feed.SourceState{{Source: "a", Status: status, NextPoll: time.Now(), Reason: "back-off"}}
		if got := control.NewStatus(states, func(feed.SourceID) string { return "" }, time.Now()).Sources[0].Why; got != want {
			t.Errorf("%s: %q, want %q", status, got, want)
		}
	}
}
