package ingest

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"

	"github.com/google/go-cmp/cmp"
)

func TestALoginGoesToAKeptAddressOnlyAtItsOwnOrigin(t *testing.T) {
	header := http.Header{"X-Key": {"k"}}
	for name, tc := range map[string]struct {
		url, kept string
		want      fetch.Target
	}{
		"nothing kept":      {"https://me:pw@a.example/x", "", fetch.Target{URL: "https://me:pw@a.example/x", Header: header}},
		"the same origin":   {"https://me:pw@A.example/x", "https://a.example/y", fetch.Target{URL: "https://a.example/y", Name: "A.example", Header: header, Username: "me", Password: "pw"}},
		"another host":      {"https://me:pw@a.example/x", "https://b.example/x", fetch.Target{URL: "https://b.example/x", Name: "a.example"}},
		"another port":      {"https://a.example/x", "https://a.example:8443/x", fetch.Target{URL: "https://a.example:8443/x", Name: "a.example"}},
		"another scheme":    {"http://a.example/x", "https://a.example/x", fetch.Target{URL: "https://a.example/x", Name: "a.example"}},
		"the port in words": {"https://a.example:443/x", "https://a.example/y", fetch.Target{URL: "https://a.example/y", Name: "a.example:443", Header: header}},
	} {
		t.Run(name, func(t *testing.T) {
			s := Source{Target: fetch.Target{URL: tc.url, Header: header}}
			if d := cmp.Diff(tc.want, target(&s, feed.SourceState{Kept: tc.kept})); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			s.Target.Bearer, s.Target.Username, s.Target.Password = "b", "u", "p"
			own := tc.want.Header != nil
			if got := target(&s, feed.SourceState{Kept: tc.kept}); (got.Bearer == "b") != own || (got.Username == "u") != own || (got.Password == "p") != own {
				t.Errorf("own origin %v: %+v", own, got)
			}
		})
	}
}

func TestWhatIsNotedOfARedirect(t *testing.T) {
	at := time.Date(2026, time.March, 3, 10, 0, 0, 0, time.UTC)
	const here, there = "https://new.example/", "https://other.example/"
	noted := feed.SourceState{MoveTo: here, MoveCount: 2, MoveSince: at.Add(-day)}
	foreign := feed.SourceState{MoveTo: here, MoveSince: at.Add(-day)}
	for name, tc := range map[string]struct {
		st           feed.SourceState
		to           string
		outcome      Outcome
		delta        bool
		known, fresh int
		first        bool
		want         feed.SourceState
	}{
		"the first with something known":    {to: here, outcome: Changed, known: 1, fresh: 9, want: feed.SourceState{MoveTo: here, MoveCount: 1, MoveSince: at}},
		"the first with nothing known":      {to: here, outcome: Changed, fresh: 9, want: feed.SourceState{MoveTo: here, MoveSince: at}},
		"the very first of a new source":    {to: here, outcome: Changed, fresh: 9, first: true, want: feed.SourceState{MoveTo: here, MoveCount: 1, MoveSince: at}},
		"an empty document shows nothing":   {to: here, outcome: Changed},
		"the third, after a day":            {st: noted, to: here, outcome: NotModified, want: feed.SourceState{Kept: here}},
		"a part neither counts nor resets":  {st: noted, to: here, outcome: Partial, known: 3, want: noted},
		"a delta neither counts nor resets": {st: noted, to: here, outcome: Changed, delta: true, fresh: 1, want: noted},
		"nothing known any more":            {st: noted, to: here, outcome: Changed, fresh: 3, want: feed.SourceState{MoveTo: here, MoveSince: noted.MoveSince}},
		"another feed stays another":        {st: foreign, to: here, outcome: Changed, known: 5, want: foreign},
		"also when it does not change":      {st: foreign, to: here, outcome: NotModified, want: foreign},
		"it leads elsewhere":                {st: noted, to: there, outcome: Changed, known: 1, want: feed.SourceState{MoveTo: there, MoveCount: 1, MoveSince: at}},
		"it leads nowhere":                  {st: noted, outcome: NotModified},
		"a kept address moves on":           {st: feed.SourceState{Kept: there, MoveTo: here, MoveCount: 2, MoveSince: at.Add(-day)}, to: here, outcome: NotModified, want: feed.SourceState{Kept: here}},
		"never from https to http":          {st: feed.SourceState{Kept: there}, to: "http://new.example/", outcome: NotModified, want: feed.SourceState{Kept: there}},
		"never to another scheme":           {to: "ftp://new.example/", outcome: NotModified},
		"three polls in less than a day":    {st: feed.SourceState{MoveTo: here, MoveCount: 5, MoveSince: at.Add(1 - day)}, to: here, outcome: NotModified, want: feed.SourceState{MoveTo: here, MoveCount: 6, MoveSince: at.Add(1 - day)}},
		"two polls in more than a day":      {st: feed.SourceState{MoveTo: here, MoveCount: 1, MoveSince: at.Add(-2 * day)}, to: here, outcome: NotModified, want: feed.SourceState{MoveTo: here, MoveCount: 2, MoveSince: at.Add(-2 * day)}},
	} {
		t.Run(name, func(t *testing.T) {
			res := result{outcome: tc.outcome, answer: fetch.Answer{Delta: tc.delta}}
			if tc.to != "" {
				res.answer.Moved, _ = url.Parse(tc.to)
			}
			if d := cmp.Diff(tc.want, moved(tc.st, res, tc.known, tc.fresh, tc.first, at)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestManyHostsThatMoveToOneAtATimeAreAPortal(t *testing.T) {
	at := time.Date(2026, time.March, 3, 10, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		stay, move int
		to         string // each elsewhere when empty
		ago        time.Duration
		want       bool
	}{
		"four of ten":                    {6, 4, "portal.example", 0, true},
		"three of ten":                   {7, 3, "portal.example", 0, false},
		"three of three":                 {0, 3, "portal.example", 0, true},
		"two of two: a coincidence":      {0, 2, "portal.example", 0, false},
		"all, each to its own":           {0, 10, "", 0, false},
		"to one that is a source's host": {6, 4, "stay0.example", 0, false},
		"more than an hour ago":          {6, 4, "portal.example", time.Hour + 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := witness{}
			for i := range tc.stay {
				w.see(fmt.Sprintf("stay%d.example", i), nil, at.Add(-tc.ago))
			}
			for i := range tc.move {
				to := tc.to
				if to == "" {
					to = fmt.Sprintf("own%d.example", i)
				}
				w.see(fmt.Sprintf("move%d.example", i), &url.URL{Host: to}, at.Add(-tc.ago))
			}
			if got := w.portal(at); got != tc.want {
				t.Errorf("portal: %v, want %v", got, tc.want)
			}
		})
	}
}

func TestAnUpgradeOfTheSameHostIsNoMoveToAnother(t *testing.T) {
	w := witness{}
	w.see("a.example", &url.URL{Scheme: "https", Host: "a.example"}, time.Now())
	if w["a.example"].to != "" {
		t.Errorf("seen as a move to %q", w["a.example"].to)
	}
}
