package schedule_test

import (
	"math"
	"testing"
	"time"

	"sluice/ingest/schedule"

	"pgregory.net/rapid"
)

const day = 24 * time.Hour

// tuesday is a Tuesday, half past ten in the morning, UTC.
var tuesday = time.Date(2026, time.March, 3, 10, 30, 0, 0, time.UTC)

var usual = schedule.Limits{Interval: time.Hour, Min: 15 * time.Minute, Max: day}

func TestWaitWithoutJitter(t *testing.T) {
	tests := map[string]struct {
		hints  schedule.Hints
		limits schedule.Limits
		want   time.Duration
		why    schedule.Reason
	}{
		"no hints: the interval":                        {want: time.Hour, why: "interval"},
		"no limits either: an hour":                     {limits: schedule.Limits{Min: 1}, want: time.Hour, why: "interval"},
		"the minimum is a floor for the interval":       {limits: schedule.Limits{Interval: time.Minute, Min: 15 * time.Minute}, want: 15 * time.Minute, why: "interval"},
		"an interval above the maximum stands":          {limits: schedule.Limits{Interval: 3 * day, Max: day}, want: 3 * day, why: "interval"},
		"freshness lengthens":                           {hints: schedule.Hints{Freshness: 3 * time.Hour}, want: 3 * time.Hour, why: "freshness"},
		"freshness never shortens":                      {hints: schedule.Hints{Freshness: time.Minute}, want: time.Hour, why: "interval"},
		"freshness of 30 days is capped":                {hints: schedule.Hints{Freshness: 30 * day}, want: day, why: "freshness"},
		"the cap is max_interval":                       {hints: schedule.Hints{Freshness: 30 * day}, limits: schedule.Limits{Interval: time.Hour, Max: 6 * time.Hour}, want: 6 * time.Hour, why: "freshness"},
		"the cap does not shorten the interval":         {hints: schedule.Hints{Freshness: 30 * day, Floor: 30 * day, Quiet: 90 * day}, limits: schedule.Limits{Interval: 2 * day, Max: day}, want: 2 * day, why: "interval"},
		"ttl lengthens":                                 {hints: schedule.Hints{Floor: 2 * time.Hour}, want: 2 * time.Hour, why: "ttl"},
		"ttl is capped":                                 {hints: schedule.Hints{Floor: 400 * day}, want: day, why: "ttl"},
		"the longest of the wishes decides":             {hints: schedule.Hints{Freshness: 2 * time.Hour, Floor: 3 * time.Hour}, want: 3 * time.Hour, why: "ttl"},
		"a hub pushes: a day":                           {hints: schedule.Hints{Pushed: 9 * day}, want: day, why: "pushed"},
		"a hub's lease is nearly over":                  {hints: schedule.Hints{Pushed: 3 * time.Hour}, want: 3 * time.Hour, why: "pushed"},
		"a hub's lease is over":                         {hints: schedule.Hints{Pushed: -time.Hour}, want: time.Hour, why: "interval"},
		"a hub does not shorten":                        {hints: schedule.Hints{Pushed: 9 * day}, limits: schedule.Limits{Interval: 3 * day, Max: day}, want: 3 * day, why: "interval"},
		"a hub does not stretch a back-off":             {hints: schedule.Hints{Pushed: 9 * day, Failures: 1}, want: time.Hour, why: "back-off"},
		"negative hints mean nothing":                   {hints: schedule.Hints{Freshness: -1, Floor: -day, RetryAfter: -day, Quiet: -day, Failures: -3}, want: time.Hour, why: "interval"},
		"13 quiet days change nothing":                  {hints: schedule.Hints{Quiet: 13 * day}, want: time.Hour, why: "interval"},
		"14 quiet days double":                          {hints: schedule.Hints{Quiet: 14 * day}, want: 2 * time.Hour, why: "quiet"},
		"60 quiet days quadruple":                       {hints: schedule.Hints{Quiet: 60 * day}, want: 4 * time.Hour, why: "quiet"},
		"quiet is capped":                               {hints: schedule.Hints{Quiet: 900 * day}, limits: schedule.Limits{Interval: 10 * time.Hour, Max: day}, want: day, why: "quiet"},
		"no validators by configuration: a day":         {hints: schedule.Hints{Unconditional: true}, want: day, why: "no validators"},
		"a day also where the cap is lower":             {hints: schedule.Hints{Unconditional: true}, limits: schedule.Limits{Interval: time.Hour, Max: 6 * time.Hour}, want: day, why: "no validators"},
		"a source without validators: four hours":       {hints: schedule.Hints{Unvalidated: true}, want: 4 * time.Hour, why: "no validators"},
		"a source without validators: twice":            {hints: schedule.Hints{Unvalidated: true}, limits: schedule.Limits{Interval: 5 * time.Hour}, want: 10 * time.Hour, why: "no validators"},
		"a source that said 429 before: twice":          {hints: schedule.Hints{Throttled: true}, want: 2 * time.Hour, why: "throttled"},
		"one failure costs an interval":                 {hints: schedule.Hints{Failures: 1}, want: time.Hour, why: "back-off"},
		"a second one doubles":                          {hints: schedule.Hints{Failures: 2}, want: 2 * time.Hour, why: "back-off"},
		"four failures: eight times":                    {hints: schedule.Hints{Failures: 4, Failure: schedule.FailureServer}, want: 8 * time.Hour, why: "back-off"},
		"network trouble backs off to a day":            {hints: schedule.Hints{Failures: 6}, want: day, why: "back-off"},
		"so does the server's, after a million":         {hints: schedule.Hints{Failures: 1_000_000, Failure: schedule.FailureServer}, want: day, why: "back-off"},
		"back-off is not bound by max_interval":         {hints: schedule.Hints{Failures: 5}, limits: schedule.Limits{Interval: time.Hour, Max: 2 * time.Hour}, want: 16 * time.Hour, why: "back-off"},
		"451 is asked weekly":                           {hints: schedule.Hints{Failures: 1, Failure: schedule.FailureLegal}, want: 7 * day, why: "back-off"},
		"404 backs off to a week":                       {hints: schedule.Hints{Failures: 50, Failure: schedule.FailureClient}, want: 7 * day, why: "back-off"},
		"back-off does not shorten a long interval":     {hints: schedule.Hints{Failures: 1}, limits: schedule.Limits{Interval: 3 * day}, want: 3 * day, why: "interval"},
		"back-off of a throttled source":                {hints: schedule.Hints{Failures: 1, Throttled: true}, want: 2 * time.Hour, why: "throttled"},
		"quiet counts from the doubled interval":        {hints: schedule.Hints{Quiet: 14 * day, Throttled: true}, want: 4 * time.Hour, why: "quiet"},
		"403 backs off from four hours":                 {hints: schedule.Hints{Failures: 1, Failure: schedule.FailureForbidden}, want: 4 * time.Hour, why: "back-off"},
		"401 again: eight":                              {hints: schedule.Hints{Failures: 2, Failure: schedule.FailureForbidden}, want: 8 * time.Hour, why: "back-off"},
		"429 without a time: four hours":                {hints: schedule.Hints{Failures: 1, Failure: schedule.FailureRateLimit}, want: 4 * time.Hour, why: "back-off"},
		"429 again: doubled":                            {hints: schedule.Hints{Failures: 3, Failure: schedule.FailureRateLimit}, want: 16 * time.Hour, why: "back-off"},
		"ttl holds through failures":                    {hints: schedule.Hints{Failures: 1, Floor: 5 * time.Hour}, want: 5 * time.Hour, why: "ttl"},
		"freshness had run out before a failure":        {hints: schedule.Hints{Failures: 1, Freshness: day}, want: time.Hour, why: "back-off"},
		"Retry-After lengthens":                         {hints: schedule.Hints{Failures: 1, Failure: schedule.FailureRateLimit, RetryAfter: 3 * time.Hour}, want: 3 * time.Hour, why: "retry-after"},
		"Retry-After takes the place of the back-off":   {hints: schedule.Hints{Failures: 9, Failure: schedule.FailureServer, RetryAfter: time.Minute}, want: time.Hour, why: "interval"},
		"Retry-After is not bound by max_interval":      {hints: schedule.Hints{Failures: 1, RetryAfter: 3 * day}, want: 3 * day, why: "retry-after"},
		"Retry-After is bound by seven days":            {hints: schedule.Hints{Failures: 1, RetryAfter: 365 * day}, want: 7 * day, why: "retry-after"},
		"the next hour is skipped":                      {hints: schedule.Hints{SkipHours: []int{11}}, want: 90 * time.Minute, why: "skip hours"},
		"several hours are skipped":                     {hints: schedule.Hints{SkipHours: []int{13, 11, 12}}, want: 210 * time.Minute, why: "skip hours"},
		"this hour may be skipped without effect":       {hints: schedule.Hints{SkipHours: []int{10}}, want: time.Hour, why: "interval"},
		"24 is midnight":                                {hints: schedule.Hints{Floor: 14 * time.Hour, SkipHours: []int{24}}, want: 14*time.Hour + 30*time.Minute, why: "skip hours"},
		"hours that do not exist mean nothing":          {hints: schedule.Hints{SkipHours: []int{-1, 25, 35}}, want: time.Hour, why: "interval"},
		"all hours mean none":                           {hints: schedule.Hints{SkipHours: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}}, want: time.Hour, why: "interval"},
		"all days mean none":                            {hints: schedule.Hints{SkipDays: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}, want: time.Hour, why: "interval"},
		"a day is skipped":                              {hints: schedule.Hints{Floor: 14 * time.Hour, SkipDays: []time.Weekday{time.Wednesday}}, want: day, why: "skip hours"},
		"today is skipped to midnight":                  {hints: schedule.Hints{SkipDays: []time.Weekday{time.Tuesday}}, want: 13*time.Hour + 30*time.Minute, why: "skip hours"},
		"skipping stops at max_interval":                {hints: schedule.Hints{SkipDays: []time.Weekday{time.Tuesday, time.Wednesday, time.Thursday}}, want: day, why: "skip hours"},
		"skipping stops at a lower max_interval":        {hints: schedule.Hints{SkipHours: []int{11, 12, 13, 14, 15}}, limits: schedule.Limits{Interval: time.Hour, Max: 2 * time.Hour}, want: 2 * time.Hour, why: "skip hours"},
		"a daily interval may be moved by hours":        {hints: schedule.Hints{SkipHours: []int{10, 11}}, limits: schedule.Limits{Interval: day, Max: day}, want: 25*time.Hour + 30*time.Minute, why: "skip hours"},
		"hours and days that leave nothing: hours hold": {hints: schedule.Hints{SkipHours: []int{11}, SkipDays: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}, want: 90 * time.Minute, why: "skip hours"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			limits := tt.limits
			if limits == (schedule.Limits{}) {
				limits = usual
			}
			at, why := schedule.Explain(tuesday, tt.hints, limits, 0)
			if got := at.Sub(tuesday); got != tt.want || why != tt.why {
				t.Errorf("got %v for %q, want %v for %q", got, why, tt.want, tt.why)
			}
			if next := schedule.Next(tuesday, tt.hints, limits, 0); !next.Equal(at) {
				t.Errorf("Next says %v, Explain %v", next, at)
			}
		})
	}
}

func TestJitter(t *testing.T) {
	tests := map[string]struct {
		hints  schedule.Hints
		jitter float64
		want   time.Duration
	}{
		"half of it: a twentieth of the interval":   {schedule.Hints{}, 0.5, 63 * time.Minute},
		"it is a share of the interval, not of ttl": {schedule.Hints{Floor: 10 * time.Hour}, 0.5, 603 * time.Minute},
		"sources of one host part by an interval":   {schedule.Hints{Scatter: true}, 0.5, 90 * time.Minute},
		"full jitter on top of a back-off":          {schedule.Hints{Failures: 2}, 0.5, 3 * time.Hour},
		"on top of the first one, too":              {schedule.Hints{Failures: 1}, 0.5, 90 * time.Minute},
		"within the cap of the back-off":            {schedule.Hints{Failures: 5}, 0.5, 20 * time.Hour},
		"a wish above the back-off has the small":   {schedule.Hints{Failures: 1, Floor: 10 * time.Hour}, 0.5, 603 * time.Minute},
		"after a skipped hour not at the full hour": {schedule.Hints{SkipHours: []int{11}}, 0.5, 93 * time.Minute},
		"never into the next skipped hour":          {schedule.Hints{Floor: 88 * time.Minute, SkipHours: []int{12}}, 0.5, 89 * time.Minute},
		"a negative one counts as none":             {schedule.Hints{}, -3, time.Hour},
		"what is no number counts as none":          {schedule.Hints{}, math.NaN(), time.Hour},
		"one counts as just below":                  {schedule.Hints{}, 1, 66*time.Minute - 1},
		"infinity too":                              {schedule.Hints{}, math.Inf(1), 66*time.Minute - 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := schedule.Next(tuesday, tt.hints, usual, tt.jitter).Sub(tuesday); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSkippedHoursAreInUTC(t *testing.T) {
	zone := time.FixedZone("UTC+5", 5*3600)
	at := schedule.Next(tuesday.In(zone), schedule.Hints{SkipHours: []int{11}}, usual, 0)
	if want := tuesday.Add(90 * time.Minute); !at.Equal(want) {
		t.Errorf("got %v, want %v", at, want)
	}
}

func TestSpread(t *testing.T) {
	tests := map[string]struct {
		interval time.Duration
		jitter   float64
		want     time.Duration
	}{
		"the first is polled at once":      {time.Hour, 0, 0},
		"an hourly source within 10 min":   {time.Hour, 0.5, 5 * time.Minute},
		"a source of a minute within it":   {time.Minute, 0.5, 30 * time.Second},
		"without an interval in 10 min":    {0, 0.1, time.Minute},
		"never as late as the next poll":   {time.Minute, 1, time.Minute - 1},
		"a slip of the caller: not sooner": {time.Minute, -1, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := schedule.Spread(tuesday, tt.interval, tt.jitter).Sub(tuesday); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestOpenIsTheFirstHourThatIsNotSkipped(t *testing.T) {
	tests := map[string]struct {
		hours []int
		days  []time.Weekday
		want  time.Duration
	}{
		"nothing is skipped":         {nil, nil, 0},
		"another hour":               {[]int{11}, nil, 0},
		"this hour":                  {[]int{10, 12}, nil, 30 * time.Minute},
		"this hour and the next":     {[]int{10, 11}, nil, 90 * time.Minute},
		"today":                      {nil, []time.Weekday{time.Tuesday}, 13*time.Hour + 30*time.Minute},
		"all days, which means none": {nil, []time.Weekday{0, 1, 2, 3, 4, 5, 6}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := schedule.Open(tuesday, tt.hours, tt.days).Sub(tuesday); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func duration(upTo time.Duration) *rapid.Generator[time.Duration] {
	return rapid.OneOf(
		rapid.Map(rapid.Int64Range(0, int64(upTo)), func(n int64) time.Duration { return time.Duration(n) }),
		rapid.SampledFrom([]time.Duration{0, 1, time.Minute, time.Hour, day, upTo}),
	)
}

// drawHints draws all hints, in the ranges that callers can give and beyond.
func drawHints(t *rapid.T) schedule.Hints {
	return schedule.Hints{
		Freshness:     duration(math.MaxInt64).Draw(t, "freshness"),
		Floor:         duration(math.MaxInt64).Draw(t, "floor"),
		RetryAfter:    rapid.OneOf(rapid.Just(time.Duration(0)), duration(math.MaxInt64)).Draw(t, "retryAfter"),
		SkipHours:     rapid.SliceOfN(rapid.IntRange(-2, 26), 0, 30).Draw(t, "hours"),
		SkipDays:      rapid.SliceOfN(rapid.Map(rapid.IntRange(-1, 8), func(n int) time.Weekday { return time.Weekday(n) }), 0, 8).Draw(t, "days"),
		Failures:      rapid.OneOf(rapid.Just(0), rapid.IntRange(0, math.MaxInt)).Draw(t, "failures"),
		Failure:       schedule.Failure(rapid.IntRange(-1, 7).Draw(t, "kind")),
		Quiet:         duration(math.MaxInt64).Draw(t, "quiet"),
		Unconditional: rapid.Bool().Draw(t, "unconditional"),
		Unvalidated:   rapid.Bool().Draw(t, "unvalidated"),
		Throttled:     rapid.Bool().Draw(t, "throttled"),
	}
}

func drawLimits(t *rapid.T) schedule.Limits {
	return schedule.Limits{
		Interval: duration(400*day).Draw(t, "interval"),
		Min:      duration(day).Draw(t, "min"),
		Max:      duration(400*day).Draw(t, "max"),
	}
}

func drawNow(t *rapid.T) time.Time {
	return tuesday.Add(duration(400*day).Draw(t, "now")).Add(time.Duration(rapid.IntRange(0, 1e9).Draw(t, "nanos")))
}

func TestNextIsNeverEarlierThanAnyBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, l, now := drawHints(t), drawLimits(t), drawNow(t)
		wait := schedule.Next(now, h, l, rapid.Float64Range(0, 0.999).Draw(t, "jitter")).Sub(now)
		maximum := l.Max
		if maximum == 0 {
			maximum = day
		}
		least := map[string]time.Duration{
			"min": l.Min, "interval": l.Interval, "ttl": min(h.Floor, maximum), "retry-after": min(h.RetryAfter, 7*day),
		}
		if h.Failures == 0 {
			least["freshness"] = min(h.Freshness, maximum)
		}
		if h.Unconditional {
			least["no validators"] = day
		}
		for name, want := range least {
			if wait < want {
				t.Errorf("next poll after %v, but %s asks for %v", wait, name, want)
			}
		}
	})
}

func TestNextIsMonotoneInJitter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, l, now := drawHints(t), drawLimits(t), drawNow(t)
		a := rapid.Float64Range(0, 0.999).Draw(t, "a")
		b := rapid.Float64Range(a, 0.999).Draw(t, "b")
		if first, second := schedule.Next(now, h, l, a), schedule.Next(now, h, l, b); second.Before(first) {
			t.Errorf("jitter %v gives %v, jitter %v gives %v", a, first, b, second)
		}
	})
}

func TestWishesNeverGoBeyondTheirCap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, l, now := drawHints(t), drawLimits(t), drawNow(t)
		h.Failures, h.RetryAfter, h.Unconditional, h.Throttled = 0, 0, false, false
		l.Interval, l.Max = max(l.Interval, 1), max(l.Max, 1)
		interval := max(l.Interval, l.Min)
		most := l.Max
		if interval >= l.Max { // then the wait is not the publisher's wish
			most = interval + day
		}
		if wait := schedule.Next(now, h, l, rapid.Float64Range(0, 0.999).Draw(t, "jitter")).Sub(now); wait > most+interval/10 {
			t.Errorf("next poll after %v, want at most %v and a tenth of %v", wait, most, interval)
		}
	})
}

func TestRefusalsNeverGoBeyondTheirCap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, l, now := drawHints(t), drawLimits(t), drawNow(t)
		l.Interval, l.Min, l.Max = min(max(l.Interval, 1), day), 0, day
		h.SkipHours, h.SkipDays = nil, nil
		most := 7 * day
		if h.RetryAfter == 0 && h.Failures > 0 && h.Failure <= schedule.FailureServer {
			most = max(day, 2*l.Interval) // twice the interval: it was throttled before
		}
		if wait := schedule.Next(now, h, l, rapid.Float64Range(0, 0.999).Draw(t, "jitter")).Sub(now); wait > most+l.Interval/10 {
			t.Errorf("next poll after %v, want at most %v and a tenth of %v", wait, most, l.Interval)
		}
	})
}

func TestNoPollFallsIntoASkippedHourThatCanBeAvoided(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, now := drawHints(t), drawNow(t)
		h.SkipDays = nil
		h.Freshness, h.Floor, h.Quiet, h.RetryAfter, h.Unconditional = 0, 0, 0, 0, false
		h.Failures, h.Unvalidated, h.Throttled = 0, false, false
		closed := map[int]bool{}
		for _, hour := range h.SkipHours {
			if hour >= 0 && hour <= 24 {
				closed[hour%24] = true
			}
		}
		if len(closed) > 20 {
			return // all, or so many that the cap comes first
		}
		at := schedule.Next(now, h, usual, rapid.Float64Range(0, 0.999).Draw(t, "jitter"))
		if closed[at.UTC().Hour()] {
			t.Errorf("polled at %v although %v are skipped", at.UTC(), h.SkipHours)
		}
	})
}
