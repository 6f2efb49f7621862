package fetch_test

import (
	"testing"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

func TestTheUserAgentSaysHowManySubscribersThereAre(t *testing.T) {
	people := 0
	p := fetchtest.New(t)
	address := p.Set("/", fetchtest.Reply{Body: document})
	c := newClient(t, fetch.Options{UserAgent: "sluice/1.0 (+https://feeds.example)", Subscribers: func() int { return people }})
	for _, tc := range []struct {
		people int
		want   string
	}{
		{0, "sluice/1.0 (+https://feeds.example)"},
		{1, "sluice/1.0 (+https://feeds.example; 1 subscriber)"},
		{2500, "sluice/1.0 (+https://feeds.example; 2500 subscribers)"},
		{-1, "sluice/1.0 (+https://feeds.example)"},
	} {
		people = tc.people
		mustFetch(t, c, fetch.Target{URL: address})
		if got := p.Last()["User-Agent"]; len(got) != 1 || got[0] != tc.want {
			t.Errorf("%d: %q", tc.people, got)
		}
	}
	people = 3
	mustFetch(t, newClient(t, fetch.Options{UserAgent: "mine", Subscribers: func() int { return people }}), fetch.Target{URL: address})
	if got := p.Last().Get("User-Agent"); got != "mine (3 subscribers)" {
		t.Errorf("%q", got)
	}
}
