package feed_test

import (
	"testing"
	"time"

	"sluice/feed"
)

// TestRelationsAreAsGoodAsTheWeakestJoin has 2 and 3 join 1, 4 and 5 join 3, and 6
// join 5.
func TestRelationsAreAsGoodAsTheWeakestJoin(t *testing.T) {
	noon := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	join := func(to uint64, how feed.How, hour int) feed.Joined {
		return feed.Joined{To: to, How: how, At: noon.Add(time.Duration(hour) * time.Hour)}
	}
	s := feed.Story{Root: 1, Joins: map[uint64]feed.Joined{
		2: join(1, feed.HowText, 1), 3: join(1, feed.HowNear, 9), 4: join(3, feed.HowCanonical, 2), 5: join(3, feed.HowText, 3), 6: join(5, feed.HowText, 4),
	}}
	tests := map[string]struct {
		one, two uint64
		how      feed.How
		hour     int
	}{
		"a copy of the root":          {1, 2, feed.HowText, 1},
		"two copies of the root":      {2, 3, feed.HowNear, 9},
		"a copy of a copy":            {1, 4, feed.HowNear, 9},
		"one and what it joined":      {4, 3, feed.HowCanonical, 2},
		"two that joined one":         {4, 5, feed.HowText, 3},
		"of equal ones the last":      {3, 6, feed.HowText, 4},
		"along the whole tree":        {2, 6, feed.HowNear, 9},
		"one alone":                   {6, 6, "", 0},
		"what is not of the story":    {7, 1, "", 0},
		"what is older than its root": {1, 0, "", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, pair := range [][2]uint64{{tt.one, tt.two}, {tt.two, tt.one}} {
				j, ok := s.Between(pair[0], pair[1])
				if ok != (tt.how != "") || j.How != tt.how || ok && !j.At.Equal(noon.Add(time.Duration(tt.hour)*time.Hour)) {
					t.Errorf("between %v: %+v, %v", pair, j, ok)
				}
				if got := s.Relation(feed.Stored{Identity: pair[0]}, feed.Stored{Identity: pair[1]}); got != tt.how {
					t.Errorf("the relation of %v is %q", pair, got)
				}
			}
		})
	}
	first, copied := feed.Stored{Identity: 2}, feed.Stored{Identity: 2, How: feed.HowGUID}
	if got := s.Relation(first, copied) + s.Relation(copied, first); got != "guidguid" {
		t.Errorf("within an identity: %q", got)
	}
}
