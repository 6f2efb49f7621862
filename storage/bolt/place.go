package bolt

import (
	"time"

	"sluice/feed/dedup"
)

const (
	// burst is how many new items of one poll are ordinary news, wherever they
	// would stand.
	burst = 10
	// silence is how long a source brings nothing before what comes is a backlog.
	silence = 14 * 24 * time.Hour
)

// places returns the positions under feed.OrderSeen of new items, oldest first,
// out of a document of so many. News stand at the time of their poll. A backlog
// (a new source, a come-back, a change of all guids) stands where its own dates
// put it; of more than burst items only the newest burst may stand above what
// every output could show by now.
func (m *merge) places(fresh []dedup.Item, of int) []time.Time {
	places := make([]time.Time, len(fresh))
	backlog := m.backlog(len(fresh), of)
	newest, any := m.t.newestPlace()
	for i, it := range fresh {
		places[i] = m.at
		if !backlog {
			continue
		}
		places[i] = earlier(m.at, micro(it.Article.Shown(m.at)))
		if any && len(fresh)-i > burst && !places[i].Before(newest) {
			places[i] = newest.Add(-time.Microsecond)
		}
	}
	return places
}

// backlog reports whether so many new items out of so many are no news.
func (m *merge) backlog(fresh, of int) bool {
	st := m.src.State
	switch {
	case st.FirstPoll.IsZero():
		return true
	case fresh <= burst:
		return false
	case st.LastNew.IsZero() || m.at.Sub(st.LastNew) > silence:
		return true
	}
	return fresh*5 >= of*4
}

// newestPlace is the highest position taken.
func (t *txn) newestPlace() (time.Time, bool) {
	k, _ := t.bucket(bSeen).Cursor().Last()
	if k == nil {
		return time.Time{}, false
	}
	return timeOf(k), true
}
