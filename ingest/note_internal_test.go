package ingest

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sluice/feed/repeat"
	"sluice/storage"
)

// TestWhatIsLoggedOfPollsThatFail has polls of one source ten minutes apart, a letter each:
// d, i, w, e for the level that each is logged at, a dash for none in between.
func TestWhatIsLoggedOfPollsThatFail(t *testing.T) {
	down := Report{Outcome: Failed, Status: 502, Err: errors.New("answered 502")}
	reset := Report{Outcome: Failed, Err: errors.New("read tcp 127.0.0.1:%d->192.0.2.1:443: reset")}
	cut := Report{Outcome: Partial, Status: 200, Err: errors.New("line %d: the document ends early")}
	news := cut
	news.Merged = storage.Merged{New: 1}
	moved := down
	moved.Note = "it moved"
	for name, tc := range map[string]struct {
		polls []Report
		want  string
	}{
		"polls that bring nothing":            {many(3, Report{Outcome: NotModified}), "ddd"},
		"polls that bring something":          {many(2, Report{Outcome: Changed}), "ii"},
		"one failure":                         {many(1, down), "w"},
		"the same failure now and then":       {many(20, down), "wdddddwddwdddddwdddw"},
		"the same but for numbers":            {many(3, reset), "wdd"},
		"another failure at once":             {append(many(3, down), many(2, reset)...), "wddwd"},
		"after an answer as for the first":    {append(many(2, down), Report{Outcome: NotModified, Note: "it answers again"}, down), "wdiw"},
		"after an answer without news":        {append(many(2, down), Report{Outcome: NotModified}, down), "wddw"},
		"documents that are cut":              {many(3, cut), "wdd"},
		"what came of one that is cut":        {append(many(2, cut), news), "wdi"},
		"what else changed":                   {append(many(2, down), moved), "wdi"},
		"a stop of ours":                      {append(many(1, down), Report{Outcome: Failed, Err: errStopped}, down), "wdd"},
		"a store that failed, each time":      {many(2, Report{Outcome: Failed, Fatal: true, Err: errors.New("disk")}), "ee"},
		"trouble of our own network, as told": {many(2, Report{Outcome: Failed, Err: errors.New("network is unreachable")}), "wd"},
	} {
		t.Run(name, func(t *testing.T) {
			var trouble repeat.Trouble
			got, at := "", time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
			for i, rep := range tc.polls {
				rep.At = at
				if rep.Err != nil && strings.Contains(rep.Err.Error(), "%d") {
					rep.Err = fmt.Errorf(rep.Err.Error(), 1000+i)
				}
				var level slog.Level
				level, trouble = line(&rep, trouble)
				got += strings.ToLower(level.String()[:1])
				at = at.Add(10 * time.Minute)
			}
			if got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

func many(n int, rep Report) (all []Report) {
	for range n {
		all = append(all, rep)
	}
	return all
}
