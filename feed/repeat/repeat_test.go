package repeat_test

import (
	"fmt"
	"testing"
	"time"

	"sluice/feed/repeat"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

func TestTroubleIsToldAtOnceAndThenNowAndThen(t *testing.T) {
	again, flood := repeat.Trouble.Again, repeat.Trouble.Flood
	for name, tc := range map[string]struct {
		decide func(repeat.Trouble, string, time.Time) (repeat.Trouble, bool)
		step   time.Duration
		what   string // a letter each time
		want   string // times and untold, where it was told
	}{
		"once":                                 {again, 0, "a", "1/1 "},
		"each tenth time":                      {again, time.Minute, "aaaaaaaaaaaaaaaaaaaaa", "1/1 10/9 20/10 "},
		"after an hour":                        {again, 25 * time.Minute, "aaaaaaa", "1/1 4/3 7/3 "},
		"each time that is an hour after":      {again, time.Hour, "aaa", "1/1 2/1 3/1 "},
		"another one at once":                  {again, time.Minute, "aabba", "1/1 1/1 1/1 "},
		"a clock that is set back":             {again, -time.Minute, "aaa", "1/1 2/1 3/1 "},
		"a flood the first and the tenth time": {flood, time.Second, "aaaaaaaaaaaaaaaaaaaaa", "1/1 10/9 "},
		"a flood that goes on for an hour":     {flood, 6 * time.Minute, "aaaaaaaaaaaaaaaaaaaaaaaaa", "1/1 10/9 20/10 "},
		"a flood after an hour without":        {flood, 2 * time.Hour, "aa", "1/1 2/1 "},
	} {
		t.Run(name, func(t *testing.T) {
			var trouble repeat.Trouble
			got, now := "", start
			for _, what := range tc.what {
				var tell bool
				if trouble, tell = tc.decide(trouble, string(what), now); tell {
					got += fmt.Sprintf("%d/%d ", trouble.Times, trouble.Untold)
				}
				now = now.Add(tc.step)
			}
			if got != tc.want {
				t.Errorf("told %q, want %q", got, tc.want)
			}
		})
	}
}

// TestAllTroubleIsToldAndNoFloodIs holds what the callers rely on.
func TestAllTroubleIsToldAndNoFloodIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var trouble repeat.Trouble
		now, last, told, lines := start, start, 0, 0
		times := rapid.IntRange(1, 3000).Draw(t, "times")
		step := time.Duration(rapid.Int64Range(0, int64(10*time.Minute)).Draw(t, "step"))
		for range times {
			var tell bool
			if trouble, tell = trouble.Flood("a", now); tell {
				told += trouble.Untold
				lines++
				last = now
			}
			if silent := now.Sub(last); silent >= time.Hour+step {
				t.Fatalf("silent for %v", silent)
			}
			now = now.Add(step)
		}
		if hours := int(now.Sub(start)/time.Hour) + 1; lines > 5*hours {
			t.Errorf("%d lines in %d hours", lines, hours)
		}
		if trouble.Times != times {
			t.Errorf("%d times, want %d", trouble.Times, times)
		}
		if told > times {
			t.Errorf("%d told of %d", told, times)
		}
	})
}

func TestErrorsOfAKindDifferInTheirNumbersAlone(t *testing.T) {
	one, two := "read tcp 127.0.0.1:41234->192.0.2.1:443: connection reset", "read tcp 127.0.0.1:51000->192.0.2.1:443: connection reset"
	if repeat.Kind(one) != repeat.Kind(two) || repeat.Kind(one) == repeat.Kind("no such host") {
		t.Errorf("%q, %q", repeat.Kind(one), repeat.Kind(two))
	}
}
