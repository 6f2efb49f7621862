package app

import (
	"strings"
	"testing"
	"time"
)

func TestHowTheDaemonIsInWords(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 30, 0, 0, time.UTC)
	in := now.Add
	fine := LastReload{OK: true}
	for name, c := range map[string]struct {
		fig  figures
		want string
	}{
		"some fail": {
			figures{sources: 312, failing: 4, outputs: 3, next: in(12 * time.Second), last: fine},
			"312 sources, 4 failing; next poll in 12 s; 3 outputs",
		},
		"one of each": {
			figures{sources: 1, outputs: 1, next: in(1500 * time.Millisecond), last: fine},
			"1 source; next poll in 2 s; 1 output",
		},
		"overdue, one ended": {
			figures{sources: 2, gone: 1, outputs: 0, next: in(-time.Hour), last: fine},
			"2 sources, 1 gone; polling; 0 outputs",
		},
		"none is planned": {
			figures{outputs: 1, idle: true, last: fine},
			"0 sources; no poll is planned; 1 output",
		},
		"minutes": {
			figures{sources: 2, outputs: 1, next: in(10 * time.Minute), last: fine},
			"2 sources; next poll in 10 min; 1 output",
		},
		"hours": {
			figures{sources: 2, outputs: 1, next: in(7*time.Hour + 20*time.Minute), last: fine},
			"2 sources; next poll in 7 h; 1 output",
		},
		"a refused reload": {
			figures{sources: 2, outputs: 1, next: in(time.Minute), last: LastReload{At: now, Reasons: []string{"c.yaml:3:1: wrong", "more", "still more"}}},
			"2 sources; next poll in 60 s; 1 output; reload refused at 12:30 UTC: c.yaml:3:1: wrong (and 2 more)",
		},
	} {
		if got := c.fig.text(now); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestALongReasonIsCutBetweenLetters(t *testing.T) {
	for extra := range 4 {
		got := refusal(LastReload{Reasons: []string{strings.Repeat("a", extra) + strings.Repeat("ä€", maxReason)}})
		if !strings.HasSuffix(got, "…") || strings.ToValidUTF8(got, "?") != got || len(got) > maxReason+50 {
			t.Errorf("got %q", got)
		}
	}
}
