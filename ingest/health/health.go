// Package health decides what whoever runs sluice is told of a source: that it
// broke, fell silent, moved or came back.
//
// It owns what is worth telling, and when: late enough that it matters, once, and
// not so often that nobody reads it any more. It is asked at each poll with what was
// known before and after; it reads no clock, keeps nothing, and finds no words.
package health

import (
	"cmp"
	"time"

	"sluice/feed"
)

const (
	day  = 24 * time.Hour
	week = 7 * day

	// A failure that may pass is told after a day: servers are mended, moved and flooded
	// within hours, and nobody can do anything about it meanwhile. It takes three polls,
	// so that a source that is polled daily is not condemned for two bad moments.
	passingTime, passingPolls = day, 3
	// What seldom heals by itself is told as soon as it is sure: a site that is being
	// rolled out or hides behind a wall for browsers refuses everybody for an hour or two.
	lastingTime, lastingPolls = 6 * time.Hour, 2
	// distant is how far off the next poll of such a source may be: nobody would know
	// better before, so it is told now.
	distant = 3 * day
	// againTime is the least time between two times that a source is told to have broken.
	// One that comes and goes makes a pair of entries a day, whatever it does.
	againTime = day

	// A source is silent when it brings nothing new for twice as long as it ever did, and
	// a week at least: over holidays and long weekends hardly anybody writes.
	silentTimes, silentTime = 2, week
)

// Failure is what a failed poll says of the next ones.
type Failure int

// The kinds of failure.
const (
	Passing Failure = iota // no answer, a broken one, a server's own trouble, a limit
	Lasting                // refused, not found, a certificate, no feed: somebody must do something
)

// Poll is a poll with what came of it.
type Poll struct {
	At            time.Time
	Before, After *feed.SourceState // After is decided but for Told
	New           int               // articles that came
	Failure       Failure           // means nothing where After has no failure
	Said          string            // what may be published of the failure; empty: After.Error
	// Days is on which days, as Usual wants them, the source had something new. Nil where
	// Silence did not ask for it.
	Days []time.Time

	Name      feed.SourceID
	Address   func() string // where the source is polled as configured, without secrets; asked for news alone
	To        string        // After.Kept, without secrets
	Authority string        // in whose name ids are made; see feed.Tag
}

// Judge returns what is told of the source from this poll on, and the events that are
// news. What was told already is not news, also where that was before a restart.
func Judge(p Poll) (feed.Told, []feed.Event) {
	j := judgement{Poll: p, told: p.Before.Told}
	answered := !p.After.LastSuccess.Equal(p.Before.LastSuccess)
	switch {
	case p.After.Status == feed.StatusGone:
		j.ended()
	case p.After.Failures > 0:
		j.failing()
	case answered && !j.told.Broke.IsZero():
		j.back()
	}
	switch {
	case p.New > 0:
		j.news()
	case answered:
		j.silence()
	}
	j.moved()
	return j.told, j.events
}

// judgement is what is told of one poll.
type judgement struct {
	Poll
	told   feed.Told
	events []feed.Event
}

// tell adds an event. A source has none of a kind twice in a second.
func (j *judgement) tell(e feed.Event) {
	e.At = micro(j.At)
	e.Source, e.Address, e.Site = j.Name, j.Address(), j.After.Info.Link
	what := string(e.Kind) + "/" + e.At.Format("20060102T150405Z")
	e.ID = feed.Tag(j.Authority, e.At.Year(), string(j.Name)+"/"+what)
	j.events = append(j.events, e)
}

// ended tells that the publisher ended the feed: at once, because nobody asks again.
func (j *judgement) ended() {
	since := j.After.FailingSince
	if since.IsZero() { // the document said so
		since = j.At
	}
	if j.told.Ended && (j.tired() || !j.anew()) {
		return
	}
	j.broke(since)
	j.events[len(j.events)-1].Ended = true
	j.told.Ended = true
}

// failing tells that the source fails, once that is more than a hiccup.
func (j *judgement) failing() {
	st := j.After
	long, polls := passingTime, passingPolls
	if j.Failure == Lasting {
		long, polls = lastingTime, lastingPolls
	}
	sure := st.Failures >= polls && j.At.Sub(st.FailingSince) >= long ||
		j.Failure == Lasting && st.NextPoll.Sub(j.At) >= distant
	known := !j.told.Broke.IsZero() && !j.anew()
	if sure && !known && !j.tired() {
		j.broke(st.FailingSince)
	}
}

// anew reports whether failures are counted from another poll than when they were told,
// and none succeeded between: an operator has given the source another address or
// enabled it, and wants to know whether that helped.
func (j *judgement) anew() bool {
	return !j.After.FailingSince.IsZero() && !micro(j.After.FailingSince).Equal(j.told.Broke)
}

// tired reports whether the source was told to have broken a moment ago.
func (j *judgement) tired() bool { return !j.told.Last.IsZero() && j.At.Sub(j.told.Last) < againTime }

func (j *judgement) broke(since time.Time) {
	j.tell(feed.Event{
		Kind: feed.EventBroke, Since: since, Success: j.After.LastSuccess,
		Failures: j.After.Failures, Error: cmp.Or(j.Said, j.After.Error),
	})
	j.told.Broke, j.told.Last = micro(since), j.At
}

// micro is a time as stores keep it, so that it can be compared with one that was kept.
func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// back tells that a source answers again that was told to have broken.
func (j *judgement) back() {
	j.tell(feed.Event{Kind: feed.EventBack, Was: feed.EventBroke, Since: j.told.Broke, Success: j.Before.LastSuccess, New: j.New})
	j.told.Broke, j.told.Ended = time.Time{}, false
}

// news tells that a source has something new again. One that broke meanwhile is back
// already, and that it also was silent before is no news beside it.
func (j *judgement) news() {
	if !j.told.Silent.IsZero() && len(j.events) == 0 {
		j.tell(feed.Event{Kind: feed.EventBack, Was: feed.EventSilent, Since: j.told.Silent, New: j.New})
	}
	j.told.Silent = time.Time{}
}

// silence tells, once, that the source brings nothing new for longer than it ever did.
func (j *judgement) silence() {
	usual, known := Usual(j.Days)
	if !known || !j.told.Silent.IsZero() || j.After.Quiet < max(silentTimes*usual, silentTime) {
		return
	}
	j.tell(feed.Event{Kind: feed.EventSilent, Since: j.After.LastNew, Success: j.After.LastSuccess, Usual: usual})
	j.told.Silent = j.After.LastNew
}

// moved tells that the source is polled at another address from now on.
func (j *judgement) moved() {
	to := j.After.Kept
	if to == "" || feed.Fingerprint(to) == j.told.Moved {
		return
	}
	since := j.Before.MoveSince
	if since.IsZero() { // it moved before anybody was told of such things
		since = j.At
	}
	j.tell(feed.Event{Kind: feed.EventMoved, Since: since, To: j.To, Success: j.After.LastSuccess})
	j.told.Moved = feed.Fingerprint(to)
}
