package retention_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"sluice/storage/retention"

	"pgregory.net/rapid"
)

const (
	hour = time.Hour
	days = 24 * time.Hour
	year = 365 * days
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// looks are looks at a clock one after another: each goes on by a time, so often.
type looks []struct {
	by    time.Duration
	times int
}

func TestWhatTimeIsBelieved(t *testing.T) {
	for name, c := range map[string]struct {
		maxAge time.Duration // 0: a year
		looks  looks
		lag    time.Duration // by which what is believed is behind the clock
		slow   bool
	}{
		"the first look":                                    {looks: looks{{0, 1}}, slow: true},
		"a daemon that looks each hour":                     {looks: looks{{0, 1}, {hour, 100}}},
		"a timer each day":                                  {looks: looks{{0, 1}, {days, 30}}},
		"a timer each week":                                 {looks: looks{{0, 1}, {7 * days, 30}}},
		"a laptop that slept for three weeks":               {looks: looks{{0, 1}, {hour, 10}, {21 * days, 1}, {hour, 1}}},
		"the same where a month is kept":                    {maxAge: 30 * days, looks: looks{{0, 1}, {21 * days, 1}, {hour, 1}}, lag: 21*days + hour},
		"the same, awake for two days":                      {maxAge: 30 * days, looks: looks{{0, 1}, {21 * days, 1}, {hour, 48}}, slow: true},
		"a jump forward by a year":                          {looks: looks{{0, 1}, {hour, 10}, {year, 1}, {hour, 10}}, lag: year + 10*hour},
		"a jump forward by a year, mended within a day":     {looks: looks{{0, 1}, {hour, 10}, {year, 1}, {hour, 10}, {-year, 1}, {hour, 1}}},
		"a jump forward by a year that stays":               {looks: looks{{0, 1}, {hour, 10}, {year, 1}, {hour, 48}}, slow: true},
		"a jump forward by a year, and another":             {looks: looks{{0, 1}, {year, 1}, {hour, 10}, {year, 1}, {hour, 40}}, lag: 2*year + 50*hour},
		"a jump forward by a year, and back by a half":      {looks: looks{{0, 1}, {year, 1}, {hour, 40}, {-year / 2, 1}, {hour, 20}}, lag: year - year/2 + 60*hour},
		"a jump back by a year":                             {looks: looks{{0, 1}, {hour, 10}, {-year, 1}, {hour, 10}}},
		"a jump back by a year, mended":                     {looks: looks{{0, 1}, {hour, 10}, {-year, 1}, {hour, 10}, {year, 1}}, lag: year},
		"a jump back by a year, mended, and two days later": {looks: looks{{0, 1}, {hour, 10}, {-year, 1}, {hour, 10}, {year, 1}, {hour, 48}}, slow: true},
		"the first start after a year off":                  {looks: looks{{0, 1}, {hour, 10}, {year, 1}}, lag: year},
		"two days after the first start after a year off":   {looks: looks{{0, 1}, {hour, 10}, {year, 1}, {2 * days, 1}}, slow: true},
		"a timer each second month":                         {looks: looks{{0, 1}, {60 * days, 10}}, lag: 60 * days, slow: true},
		"a frozen clock":                                    {looks: looks{{0, 1}, {0, 1000}}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.maxAge == 0 {
				c.maxAge = year
			}
			now, clock := start, retention.Clock{}
			for _, l := range c.looks {
				for range l.times {
					if !clock.Known.IsZero() && clock.Held() == 0 {
						clock = clock.End(true) // nothing was old
					}
					now = now.Add(l.by)
					clock = clock.Look(now, c.maxAge)
				}
			}
			if lag := now.Sub(clock.Known); lag != c.lag {
				t.Errorf("what is believed is behind by %s, want %s", lag, c.lag)
			}
			if clock.Held() != c.lag {
				t.Errorf("held by %s, want %s", clock.Held(), c.lag)
			}
			if c.slow != clock.Slow {
				t.Errorf("slow is %v", clock.Slow)
			}
		})
	}
}

// Whatever a clock does, what is believed is never ahead of it, and where the clock goes
// on evenly it is believed within four days.
func TestWhatIsBelievedIsNeverAhead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now, clock := start, retention.Clock{}
		for range rapid.IntRange(0, 20).Draw(t, "looks") {
			now = now.Add(time.Duration(rapid.Int64Range(-int64(2*year), int64(2*year)).Draw(t, "by")))
			before := clock
			if clock = clock.Look(now, year); clock.Known.After(now) {
				t.Fatalf("%+v is ahead of %s", clock, now)
			}
			if on := clock.Known.Sub(before.Known); !before.Known.IsZero() && before.Ahead.IsZero() && on > 31*days {
				t.Fatalf("%s were believed at once", on)
			}
		}
		for range 98 {
			now = now.Add(hour)
			clock = clock.Look(now, year)
		}
		if !clock.Known.Equal(now) {
			t.Fatalf("after four days %+v, now %s", clock, now)
		}
	})
}

func TestWhatIsOldAfterAJumpGoesAPartADay(t *testing.T) {
	clock := retention.Clock{}.Look(start, year).End(true)
	if got := clock.Room(1_000_000); got >= 0 {
		t.Fatalf("without a jump there is room for %d", got)
	}
	now := start.Add(year)
	clock = clock.Look(now, year).Look(now.Add(2*days), year)
	if got := clock.Room(50_000); got != 5000 {
		t.Errorf("room for %d of 50,000", got)
	}
	clock = clock.Spend(4000)
	if got := clock.Room(46_000); got != 600 {
		t.Errorf("room for %d of 46,000 after 4,000", got)
	}
	clock = clock.Spend(600).End(false)
	if got := clock.Room(45_400); got != 0 {
		t.Errorf("room for %d at the end of the day", got)
	}
	clock = clock.Look(now.Add(3*days), year)
	if got := clock.Room(45_400); got != 4540 {
		t.Errorf("room for %d of 45,400 on the next day", got)
	}
	clock = clock.Spend(12).End(true)
	if got := clock.Room(45_388); got >= 0 {
		t.Errorf("after all that was old went: room for %d", got)
	}
	small := retention.Clock{}.Look(start, year)
	if got := small.Room(20); got != 1000 {
		t.Errorf("of a small store: room for %d", got)
	}
}

func TestMarksAreOfUseForLongAfterTheirArticle(t *testing.T) {
	clock := retention.Clock{Known: start}
	for name, c := range map[string]struct {
		ago, maxAge time.Duration
		want        bool
	}{
		"a day":                         {days, year, false},
		"a year and three months":       {year + 90*days, year, false},
		"a day more":                    {year + 91*days, year, true},
		"for ever":                      {100 * year, math.MaxInt64, false},
		"of the future":                 {-year, year, false},
		"a quarter, of what is kept so": {90 * days, days, false},
	} {
		if got := clock.Expired(start.Add(-c.ago), c.maxAge); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhichArticlesAreOld(t *testing.T) {
	for name, c := range map[string]struct {
		seen []time.Duration // how long ago each was first seen
		want []uint64        // by number, from 1
	}{
		"none there is":           {},
		"none is":                 {seen: []time.Duration{9 * days, 3 * days, 0}},
		"those of before":         {seen: []time.Duration{30 * days, 20 * days, 11 * days, 9 * days}, want: []uint64{1, 2, 3}},
		"all":                     {seen: []time.Duration{30 * days, 20 * days, 11 * days}, want: []uint64{1, 2, 3}},
		"a clock without battery": {seen: []time.Duration{5 * days, 50 * year, 50 * year, 3 * days}},
		"such a clock at first":   {seen: []time.Duration{50 * year, 50 * year, 3 * days}},
		"such a clock among old":  {seen: []time.Duration{30 * days, 50 * year, 20 * days, 50 * year, 3 * days}, want: []uint64{1, 2, 3}},
		"such a clock at last":    {seen: []time.Duration{30 * days, 50 * year}, want: []uint64{1}},
		"a clock that was ahead":  {seen: []time.Duration{30 * days, -year, 20 * days, 3 * days}, want: []uint64{1, 2, 3}},
		"it was ahead all along":  {seen: []time.Duration{-year, -year}},
		"hours out of order":      {seen: []time.Duration{11*days + 3*hour, 11*days + 9*hour, 9 * days}, want: []uint64{1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			ages := retention.Ages{Before: start.Add(-10 * days), Now: start}
			var got []uint64
			for i, ago := range c.seen {
				old, done := ages.Of(uint64(i+1), start.Add(-ago))
				if got = append(got, old...); done {
					break
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}
