package health_test

import (
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest/health"
)

func TestTheUsualPauseIsTheLongestOfAYear(t *testing.T) {
	last := now.Truncate(day)
	pauses := func(pauses ...time.Duration) []time.Time {
		days := []time.Time{last}
		for _, p := range pauses {
			days = append(days, days[len(days)-1].Add(-p))
		}
		return days
	}
	seven := []time.Duration{day, day, 3 * day, day, day, 2 * day, day}
	many := func(n int, then ...time.Duration) []time.Time {
		all := make([]time.Duration, n)
		for i := range all {
			all[i] = day
		}
		return pauses(append(all, then...)...)
	}
	for name, tc := range map[string]struct {
		days  []time.Time
		want  time.Duration
		known bool
	}{
		"nothing is known":               {},
		"a day":                          {days: pauses()},
		"seven days are no rhythm":       {days: pauses(seven[:6]...), want: 3 * day},
		"eight are one":                  {days: pauses(seven...), want: 3 * day, known: true},
		"a pause of a year ago is none":  {days: pauses(append(seven, 366*day)...), want: 3 * day, known: true},
		"eight days in more than a year": {days: pauses(60*day, 60*day, 60*day, 60*day, 60*day, 60*day, 60*day), want: 60 * day},
		"enough are enough":              {days: many(health.MaxDays, 90*day), want: day, known: true},
	} {
		t.Run(name, func(t *testing.T) {
			if got, known := health.Usual(tc.days); got != tc.want || known != tc.known {
				t.Errorf("got %v, %v; want %v, %v", got, known, tc.want, tc.known)
			}
		})
	}
}

func TestARhythmIsLookedAtOnceForEachDayOfSilence(t *testing.T) {
	begin := ok(0, 20*day-time.Hour, feed.Told{})
	for name, tc := range map[string]struct {
		change func(before, after *feed.SourceState)
		want   bool
	}{
		"a day begins":              {func(_, _ *feed.SourceState) {}, true},
		"a day goes on":             {func(before, _ *feed.SourceState) { before.Quiet = 20 * day }, false},
		"it is quiet for some days": {func(before, after *feed.SourceState) { before.Quiet, after.Quiet = 5*day, 6*day }, false},
		"that was told":             {func(before, _ *feed.SourceState) { before.Told.Silent = now }, false},
		"it is broken":              {func(before, _ *feed.SourceState) { before.Told.Broke = now }, false},
		"it failed":                 {func(_, after *feed.SourceState) { after.Failures = 1 }, false},
		"nothing came after its first document": {
			func(_, after *feed.SourceState) { after.LastNew = after.FirstPoll }, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := begin, begin
			after.Quiet = 20 * day
			tc.change(&before, &after)
			if got := health.Silence(&before, &after); got != tc.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
