package feed_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"sluice/feed"

	"pgregory.net/rapid"
)

func TestADayIsThatOfUTC(t *testing.T) {
	for at, want := range map[string]feed.Day{
		"1970-01-01T00:00:00Z": 0, "1969-12-31T23:59:59Z": -1, "1970-01-02T01:00:00+02:00": 0, "2026-11-27T23:59:59.999Z": 20784,
	} {
		parsed, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			t.Fatal(err)
		}
		got := feed.DayOf(parsed)
		if got != want {
			t.Errorf("%s is day %d, want %d", at, got, want)
		}
		if begins := got.Time(); begins.After(parsed) || parsed.Sub(begins) >= 24*time.Hour {
			t.Errorf("%s: its day begins at %v", at, begins)
		}
	}
	if got := feed.DayOf(time.Time{}); got.Time() != (time.Time{}) {
		t.Errorf("the zero time's day begins at %v", got.Time())
	}
	if got := feed.DayOf(time.Unix(math.MaxInt64, 0)); got != math.MaxInt32 {
		t.Errorf("the last day is %d", got)
	}
}

func TestNewsCountOnTheirDays(t *testing.T) {
	var n feed.News
	n = n.Add(100, 100, 2)
	n = n.Add(100, 71, 1)
	n = n.Add(100, 70, 5)  // too long ago
	n = n.Add(100, 101, 5) // to come
	n = n.Add(100, 100, 0)
	n = n.Add(101, 100, 3)
	want := [feed.NewsDays]int{0: 0, 28: 5}
	if got := n.Until(101); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := n.Until(100); got[0] != 1 || got[29] != 5 {
		t.Errorf("the day before: %v", got)
	}
	if got := n.Add(101, 101, math.MaxInt).Add(101, 101, math.MaxInt).Until(101)[29]; got != math.MaxInt32 {
		t.Errorf("more than there can be count %d", got)
	}
}

func TestNewsOutliveAClockThatWasWrongForAWhile(t *testing.T) {
	for name, jump := range map[string]feed.Day{"a year ahead": 365, "a year back": -365} {
		t.Run(name, func(t *testing.T) {
			var n feed.News
			for day := feed.Day(1000); day < 1030; day++ {
				n = n.Add(day, day, 4)
			}
			n = n.Add(1030+jump, 1030+jump, 9)
			n = n.Add(1030+jump, 1030+jump, 9)
			lost := 0
			for _, articles := range n.Until(1029) {
				if articles == 0 {
					lost++
				}
			}
			if lost != 1 {
				t.Errorf("%d days are lost, want one for the one that was wrong: %v", lost, n)
			}
			for day := feed.Day(1030); day < 1060; day++ {
				n = n.Add(day, day, 2)
			}
			if len(n) != feed.NewsDays || n[0].Day != 1030 || n[29].Day != 1059 {
				t.Errorf("once it is right again the days are %v", n)
			}
		})
	}
}

// The model is a map from days to numbers, of which the days that are farthest from the
// last today are taken until few enough are left.
func TestNewsAreThoseOfASimpleModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := map[feed.Day]int{}
		var n feed.News
		today, steady, first := feed.Day(20_000), true, feed.Day(20_000)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				today += feed.Day(rapid.SampledFrom([]int32{365, -365, 40, -1}).Draw(t, "jump"))
				steady = false
			case 1, 2, 3, 4:
				today += feed.Day(rapid.Int32Range(0, 3).Draw(t, "later"))
			}
			day := today - feed.Day(rapid.SampledFrom([]int32{0, 0, 0, 1, 7, 29, 30, -1, 400}).Draw(t, "ago"))
			came := rapid.IntRange(0, 5).Draw(t, "came")
			before := slices.Clone(n)
			after := n.Add(today, day, came)
			if !slices.Equal(before, n) {
				t.Fatalf("what was there changed from %v to %v", before, n)
			}
			n = after
			if came > 0 && day <= today && day > today-feed.NewsDays {
				model[day] += came
			}
			for len(model) > feed.NewsDays {
				delete(model, farthest(model, today))
			}
			checkNews(t, n, model)
		}
		if steady {
			var want [feed.NewsDays]int
			for i := range want {
				if d := today - feed.NewsDays + 1 + feed.Day(i); d >= first-feed.NewsDays {
					want[i] = model[d]
				}
			}
			if got := n.Until(today); got != want {
				t.Fatalf("until %d got %v, want %v", today, got, want)
			}
		}
	})
}

func farthest(model map[feed.Day]int, today feed.Day) feed.Day {
	var far feed.Day
	most := feed.Day(-1)
	for day := range model {
		away := max(today-day, day-today)
		if away > most || away == most && day < far {
			far, most = day, away
		}
	}
	return far
}

func checkNews(t *rapid.T, n feed.News, model map[feed.Day]int) {
	t.Helper()
	if len(n) != len(model) {
		t.Fatalf("%d days, want %d: %v", len(n), len(model), n)
	}
	for i, d := range n {
		if d.New != model[d.Day] || i > 0 && n[i-1].Day >= d.Day {
			t.Fatalf("day %d has %d, want %d, in %v", d.Day, d.New, model[d.Day], n)
		}
	}
}
