package ingest

import (
	"cmp"
	"errors"
	"net/url"
	"strings"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
)

// A permanent redirect (301, 308) may be kept at once (RFC 9110, section 15.4.2),
// but networks with a login page and servers with a slip send them, too. So it is
// kept after polls in a row, over a time, that gave the same feed there.
const (
	movePolls = 3
	moveTime  = 24 * time.Hour
	// lostFor is for how long a kept address may be missing until the configured one
	// is asked again.
	lostFor = 7 * 24 * time.Hour
)

// target is what is asked of a source: the configured address, or the one that is
// kept in its place. Login and headers were given for the origin of the first, and
// go to no other.
func target(s *Source, st feed.SourceState) fetch.Target {
	t := s.Target
	t.AcceptAny = st.AcceptAny
	if !s.IgnoreValidators {
		t.ETag, t.LastModified, t.Origin = st.ETag, st.LastModified, st.Origin
	}
	if st.Kept == "" {
		return t
	}
	from, err := url.Parse(t.URL)
	to, bad := url.Parse(st.Kept)
	if err != nil || bad != nil {
		return t
	}
	t.URL, t.Name = st.Kept, cmp.Or(t.Name, from.Host) // errors name what operators wrote
	if !fetch.SameOrigin(from, to) {
		t.Header, t.Username, t.Password, t.Bearer = nil, "", "", ""
	} else if from.User != nil && t.Username == "" && t.Password == "" {
		t.Username = from.User.Username()
		t.Password, _ = from.User.Password()
	}
	return t
}

// moved returns the state of a source after an answer that led to the address to
// by permanent redirects alone; nil: to none. The new address is believed when its
// first document was the one before or had articles of the source in it, unless
// there were none, and so must be each that follows. A document without any item
// shows nothing, and neither does a part of one.
func moved(st feed.SourceState, res result, known, fresh int, first bool, at time.Time) feed.SourceState {
	to := res.answer.Moved
	if to == nil || to.Scheme != "https" && (to.Scheme != "http" || strings.HasPrefix(st.Kept, "https:")) {
		return unmoved(st)
	}
	same := res.outcome == NotModified
	if res.outcome == Partial || res.answer.Delta || !same && known+fresh == 0 {
		return st
	}
	shared := same || known > 0
	switch {
	case st.MoveTo != to.String():
		st.MoveTo, st.MoveCount, st.MoveSince = to.String(), 0, at
		if shared || first {
			st.MoveCount = 1
		}
	case !shared:
		st.MoveCount = 0
	case st.MoveCount > 0: // what began as another feed stays one
		st.MoveCount++
	}
	if st.MoveCount >= movePolls && at.Sub(st.MoveSince) >= moveTime {
		kept := st.MoveTo
		st = unmoved(st)
		st.Kept = kept
	}
	return st
}

// unmoved forgets what was noted of a redirect that is not confirmed.
func unmoved(st feed.SourceState) feed.SourceState {
	st.MoveTo, st.MoveCount, st.MoveSince = "", 0, time.Time{}
	return st
}

// missing is the part of the state that a failure sets where a kept address is
// asked. The configured one is asked again, after an interval, when the other has
// been missing for long; until then even a 410 is not the source's last word.
func missing(st feed.SourceState, err error, at time.Time) feed.SourceState {
	if st.Kept == "" {
		return st
	}
	st.Status = feed.StatusFailing
	if !lost(err) || at.Sub(st.FailingSince) < lostFor {
		return st
	}
	st.Kept, st.Failures = "", 1
	st.ETag, st.LastModified, st.Origin, st.Body = "", "", 0, 0 // they were the other address's
	st.Same, st.SameSince = 0, time.Time{}
	return st
}

// lost reports whether a failure says that there is nothing at an address.
func lost(err error) bool {
	if status, ok := errors.AsType[*fetch.StatusError](err); ok {
		return status.Code == 404 || status.Gone()
	}
	return errors.Is(err, fetch.ErrNoHost)
}

// settled says in a log what became of a source's address.
func settled(before, after *feed.SourceState) string {
	switch {
	case before.Kept == after.Kept && before.Failures > 0 && after.Failures == 0:
		return "it answers again"
	case before.Kept == after.Kept:
		return ""
	case after.Kept == "":
		return "its configured address is asked again"
	}
	return "it moved for good, and its new address is asked from now on; see sluice status, and set url"
}

const (
	portalHosts = 3         // fewer hosts that lead to one are a coincidence
	portalShare = 0.3       // more than this part of those asked
	portalTime  = time.Hour // within this time
)

// witness knows of each host that was asked when that was, and to which other host
// it moved for good, if to any. Where many move to one at a time, it is likelier
// that something between us and them answers: a network that wants a login.
type witness map[string]sighting

type sighting struct {
	at time.Time
	to string // empty: stayed, or failed
}

// see notes an answer, or none.
func (w witness) see(host string, to *url.URL, at time.Time) {
	s := sighting{at: at}
	if to != nil && to.Hostname() != host {
		s.to = to.Hostname()
	}
	w[host] = s
}

// portal reports whether many of the hosts asked lately moved to one that is not
// itself among those that answer.
func (w witness) portal(at time.Time) bool {
	asked, led := 0, map[string]int{}
	for host, s := range w {
		if at.Sub(s.at) > portalTime {
			delete(w, host)
			continue
		}
		asked++
		if s.to != "" {
			led[s.to]++
		}
	}
	for to, n := range led {
		if own, ok := w[to]; ok && own.to == "" {
			continue
		}
		if n >= portalHosts && float64(n) > portalShare*float64(asked) {
			return true
		}
	}
	return false
}

// witness notes where an answer came from, and reports whether permanent redirects
// are not to be believed for the time being.
func (r *Runner) witness(asked string, res *result, at time.Time) bool {
	u := res.answer.Final // which is what was asked where no redirect was followed
	if u == nil || res.answer.Redirects > 0 {
		var err error
		if u, err = url.Parse(asked); err != nil {
			return false
		}
	}
	if u.Hostname() == "" {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen.see(strings.ToLower(u.Hostname()), res.answer.Moved, at)
	return res.answer.Moved != nil && r.seen.portal(at)
}
