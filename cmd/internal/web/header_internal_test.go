package web

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLastModifiedFollowsTheContent(t *testing.T) {
	c := &constant{}
	for _, at := range []time.Time{noon, noon, noon.Add(time.Second), noon} {
		if got := c.lastModified(at.In(time.FixedZone("", 3600))); len(got) != 1 || got[0] != at.Format(http.TimeFormat) {
			t.Errorf("at %s: %q", at, got)
		}
	}
}

func TestAConstantIsMadeOncePerPlaceHoweverManyAsk(t *testing.T) {
	var c constants
	var work sync.WaitGroup
	places := []place{{name: "a", ext: "rss"}, {name: "a", ext: "atom"}, {name: "b", ext: "rss"}}
	got := make([][]*constant, len(places))
	for i, at := range places {
		got[i] = make([]*constant, 20)
		for n := range got[i] {
			work.Go(func() {
				got[i][n] = c.of(at.path(), nil, func() *constant { return &constant{links: []string{at.path()}} })
			})
		}
	}
	work.Wait()
	for i, at := range places {
		for _, g := range got[i] {
			if g != got[i][0] || g.links[0] != at.path() {
				t.Errorf("%s: %v", at.path(), g.links)
			}
		}
	}
}

func TestAConstantFollowsTheHubs(t *testing.T) {
	s := &site{base: "https://feeds.example.org"}
	at := place{name: "a", ext: "rss"}
	for _, hubs := range [][]string{nil, {"https://hub.example/"}, {"https://hub.example/", "https://other.example/"}, nil} {
		links := s.constantOf(s.feeds.find("a.rss"), at, "a.rss", hubs).links[0]
		if n := strings.Count(links, `rel="hub"`); n != len(hubs) {
			t.Errorf("hubs %q: %s", hubs, links)
		}
	}
}

// TestOneAnswerDoesNotChangeAnother has a caller append to the headers that it is given,
// as code may that only knows http.Header.
func TestOneAnswerDoesNotChangeAnother(t *testing.T) {
	v := values{make([]string, 0, 4)}
	first, second := v.of("first"), v.of("second")
	h := http.Header{"First": first, "Second": second, "Vary": variesByAccept}
	h.Add("First", "x")
	h.Add("Second", "y")
	if first[0] != "first" || second[0] != "second" || len(second) != 1 {
		t.Errorf("%q, %q", first, second)
	}
	h.Add("Vary", "z")
	if len(variesByAccept) != 1 || variesByAccept[0] != "Accept, Accept-Encoding" {
		t.Errorf("%q", variesByAccept)
	}
}
