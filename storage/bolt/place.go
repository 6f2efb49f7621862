package bolt

import "time"

const (
	// burst is how many new items of one poll are ordinary news, wherever they
	// would stand.
	burst = 10
	// silence is how long a source brings nothing before what comes is a backlog.
	silence = 14 * 24 * time.Hour
)

// position is where an article stands under feed.OrderSeen; see feed.Stored.
type position struct {
	at      time.Time
	backlog bool
}

// places returns the positions of new items, oldest first, out of a document of
// so many. News stand at the time of their poll. A backlog (a new source, a
// come-back, a change of all guids) stands where its own dates put it; of more
// than burst items only the newest burst may stand above what outputs showed.
func (m *merge) places(fresh []fresh, of int) []position {
	places := make([]position, len(fresh))
	backlog := m.backlog(len(fresh), of)
	shown := m.t.bucket(bHeads).Sequence() > 0
	if m.behind = backlog; backlog {
		m.merged.Backlog = len(fresh)
	}
	for i, it := range fresh {
		places[i].at = m.at
		if backlog {
			places[i].at = earlier(m.at, micro(it.Article.Shown(m.at)))
			places[i].backlog = shown && len(fresh)-i > burst
		}
	}
	return places
}

// backlog reports whether so many new items out of so many are no news.
func (m *merge) backlog(fresh, of int) bool {
	st := m.src.State
	switch {
	case st.FirstPoll.IsZero(), st.LastNew.IsZero(), m.at.Sub(st.LastNew) > silence:
		return true
	case fresh <= burst:
		return false
	}
	return fresh*5 >= of*4
}
