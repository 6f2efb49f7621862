package publish_test

import (
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"
)

func TestHubsAreToldOfOtherContentAlone(t *testing.T) {
	never, one, two := feed.Publication{}, feed.Publication{Digest: [32]byte{1}}, feed.Publication{Digest: [32]byte{2}}
	later := one
	later.History = &feed.History{Closed: 1}
	for name, tt := range map[string]struct {
		before, after feed.Publication
		entries       int
		want          bool
	}{
		"other entries":                     {one, two, 3, true},
		"the last entry has gone":           {one, two, 0, true},
		"the first entries":                 {never, one, 1, true},
		"a new output without entries":      {never, one, 0, false},
		"the same":                          {one, one, 3, false},
		"the same, and more is put by":      {one, later, 3, false},
		"nothing yet, and nothing happened": {never, never, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := publish.News(tt.before, tt.after, tt.entries); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAHubThatIsNotToldIsToldLaterOrGivenUp(t *testing.T) {
	for name, tt := range map[string]struct {
		failures int
		age      time.Duration // since there is something to tell
		why      publish.Refusal
		wait     time.Duration // 0: given up
	}{
		"no answer":                          {0, 0, publish.Refusal{}, time.Minute},
		"again none":                         {1, time.Minute, publish.Refusal{}, 2 * time.Minute},
		"the sixth time":                     {5, 31 * time.Minute, publish.Refusal{Status: 500}, 32 * time.Minute},
		"the seventh":                        {6, 63 * time.Minute, publish.Refusal{Status: 503}, time.Hour},
		"the hundredth":                      {99, time.Hour, publish.Refusal{}, time.Hour},
		"it says when":                       {0, 0, publish.Refusal{Status: 429, Wait: 3 * time.Hour}, 3 * time.Hour},
		"it says sooner":                     {3, 0, publish.Refusal{Status: 503, Wait: time.Second}, 8 * time.Minute},
		"too many, without a time":           {0, 0, publish.Refusal{Status: 429}, time.Minute},
		"it took too long":                   {0, 0, publish.Refusal{Status: 408}, time.Minute},
		"within the day":                     {9, 23 * time.Hour, publish.Refusal{Status: 500}, time.Hour},
		"beyond the day":                     {9, 23*time.Hour + time.Second, publish.Refusal{Status: 500}, 0},
		"it asks for more than the day":      {0, 0, publish.Refusal{Status: 503, Wait: 25 * time.Hour}, 0},
		"it refuses":                         {0, 0, publish.Refusal{Status: 403}, 0},
		"it is no hub":                       {0, 0, publish.Refusal{Status: 404}, 0},
		"it has gone":                        {0, 0, publish.Refusal{Status: 410}, 0},
		"it leads elsewhere by another verb": {0, 0, publish.Refusal{Status: 302}, 0},
		"its address may never be asked":     {0, 0, publish.Refusal{Hopeless: true}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := feed.Ping{Output: "all", Hub: 7, Digest: [32]byte{1}, Since: start, Failures: tt.failures}
			now := start.Add(tt.age)
			next, again := publish.Retry(p, tt.why, now)
			if again != (tt.wait > 0) || again && (next.Next != now.Add(tt.wait) || next.Failures != tt.failures+1 || next.Since != start) {
				t.Errorf("got %+v, %v, want it in %v", next, again, tt.wait)
			}
		})
	}
}

func TestMoreToTellIsNoReasonToAskAHubInTroubleSooner(t *testing.T) {
	was := feed.Ping{Output: "all", Hub: 7, Digest: [32]byte{1}, Since: start, Next: start.Add(time.Hour), Failures: 6}
	now := was.Next.Add(-time.Minute)
	got := publish.Owe(was, [32]byte{2}, now)
	want := was
	want.Digest, want.Since = [32]byte{2}, now
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAClockThatWasSetBackKeepsNoHubWaiting(t *testing.T) {
	for name, tt := range map[string]struct{ next, want time.Duration }{
		"at once": {0, 0}, "within the day": {24 * time.Hour, 24 * time.Hour}, "in a year": {365 * 24 * time.Hour, 0}, "long ago": {-time.Hour, -time.Hour},
	} {
		if got := publish.Due(feed.Ping{Next: start.Add(tt.next)}, start); !got.Equal(start.Add(tt.want)) {
			t.Errorf("%s: due at %v", name, got)
		}
	}
}
