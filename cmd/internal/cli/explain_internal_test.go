package cli

import (
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/control"
	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

func TestAnExplanationIsReadAtAGlance(t *testing.T) {
	at := func(minute int) *time.Time {
		t := time.Date(2026, 11, 2, 8, minute, 0, 0, time.UTC)
		return &t
	}
	first := control.Article{ID: "https://a.example/1", Source: "a", URL: "https://a.example/1", Title: "One"}
	x := control.Explanation{
		Output: "all", ID: "tag:b", In: true, Reason: "entry 2 stands for it", Rule: "dedup: story", Source: "courier", Title: "Two\x1b[2J\nlines", URL: "https://b.example/2",
		FirstSeen: at(1), Date: at(0), Dated: true, Edits: 2, Edited: at(9), GUIDs: string(feed.GUIDsChange),
		Story: control.Story{ID: first.ID, Articles: []control.Article{
			first,
			{ID: "tag:b", Source: "courier", How: feed.HowNear, Rule: "body", Score: 0.934, Joined: first.ID, JoinedAt: at(1), Title: "Two"},
			{ID: "tag:c", Source: "c", How: feed.HowURL, Joined: "tag:b", JoinedAt: at(2)},
			{ID: "tag:d", Source: "d", How: feed.HowText, Joined: first.ID, JoinedAt: at(3), Late: true},
			{ID: "tag:e", Source: "e", How: feed.HowNear, JoinedAt: at(4), ByHand: true},
			{ID: "tag:f", Source: "f", How: feed.HowGUID, Joined: first.ID, JoinedAt: at(5)},
			{ID: "tag:g", Source: "g", How: feed.HowCanonical, Rule: "canonical", Joined: first.ID, JoinedAt: at(6)},
			{ID: "tag:h", Source: "h", How: "later", JoinedAt: at(7)},
			{ID: "tag:i", Source: "i", How: feed.HowNear, Joined: first.ID, JoinedAt: at(8), Late: true, Via: "tag:j"},
		}},
	}
	var b strings.Builder
	if err := printExplanation(&b, x); err != nil {
		t.Fatal(err)
	}
	want := `article     tag:b
title       Two [2J lines
address     https://b.example/2
source      courier
output      all: in
why         entry 2 stands for it
rule        dedup: story
first seen  2026-11-02T08:01:00Z, of a backlog: placed by its date, 2026-11-02T08:00:00Z
updated     2 times, last 2026-11-02T08:09:00Z
guids       of its source are not believed: items have others at each poll
story       of 9 articles, * this one:
  a        https://a.example/1  the first                                                               One
* courier  tag:b                nearly the same text (body, 0.93), 2026-11-02T08:01:00Z                 Two
  c        tag:c                same address as tag:b, 2026-11-02T08:02:00Z
  d        tag:d                same text, found late, 2026-11-02T08:03:00Z
  e        tag:e                joined by hand, 2026-11-02T08:04:00Z
  f        tag:f                same guid, 2026-11-02T08:05:00Z
  g        tag:g                names its address (canonical), 2026-11-02T08:06:00Z
  h        tag:h                later, 2026-11-02T08:07:00Z
  i        tag:i                nearly the same text, found late by way of tag:j, 2026-11-02T08:08:00Z
`
	var got strings.Builder
	for line := range strings.Lines(b.String()) {
		got.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	if d := cmp.Diff(got.String(), want); d != "" {
		t.Errorf("(got, want):\n%s", d)
	}
}
