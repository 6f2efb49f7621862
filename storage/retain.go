package storage

import (
	"context"
	"maps"
	"time"

	"sluice/feed"
)

// Retainer removes what is kept no longer.
type Retainer interface {
	// Retain removes the articles that are older than wanted, or more than wanted of a
	// source, but for those that their source listed when it was last read, and those
	// that are shown. The articles of a story go from its last to its first, so that
	// none ever stands for an entry that was another's: one stays as long as any stays
	// that came after it.
	//
	// What went leaves its id and its marks: the id is given to no other article, and an
	// item of its source that has the marks is not new. Of another source it is, and is of
	// a backlog: it stands where what went did. Marks and ids stay for MaxAge and
	// retention.Beyond more after the article went and after it was last listed. A source
	// that is configured no more, and of which nothing is left by then, goes as well.
	//
	// Ages count by the time that the store has seen pass, see package retention, and what
	// is too old is looked for once a day. All is done in transactions of a few articles,
	// and writes of others come in between. Running it again, also after a kill, changes
	// nothing that need not be. What is returned with an error was removed, too.
	Retain(ctx context.Context, r Retention) (Retained, error)
}

// Retention says what is kept. MaxAge is positive.
type Retention struct {
	At           time.Time     // now
	MaxAge       time.Duration // since an article was first seen
	MaxPerSource int           // 0: no limit
	// Shown calls remove with the numbers of the articles that outputs show, and has none
	// shown beside them before remove returns; it returns what remove does. Nil: none are.
	Shown func(ctx context.Context, remove func(shown map[uint64]bool) error) error
	// Between, if not nil, is called between two transactions and may take its time. Its
	// error ends the run.
	Between func(ctx context.Context) error
}

// Retained says what a run removed.
type Retained struct {
	Old       map[feed.SourceID]int // articles that were too old
	Surplus   map[feed.SourceID]int // articles that were too many of a source
	Forgotten int                   // articles that went before, whose marks went now
	Sources   []feed.SourceID       // of which nothing is left
	Held      time.Duration         // by how much the clock is ahead of the time that is believed
	Later     bool                  // there are more that are too old, which go on another day
}

// Articles is how many articles went.
func (r Retained) Articles() int {
	n := 0
	for _, went := range []map[feed.SourceID]int{r.Old, r.Surplus} {
		for count := range maps.Values(went) {
			n += count
		}
	}
	return n
}
