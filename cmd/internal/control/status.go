package control

import (
	"net/url"
	"strings"
	"time"

	"sluice/feed"
	"sluice/feed/fare"
)

// Status is what "status --json" prints. All but the sources is known of a daemon alone.
type Status struct {
	Sources []SourceStatus `json:"sources"`
	At      *time.Time     `json:"at,omitempty"`
	Outputs []OutputStatus `json:"outputs,omitempty"`
	Store   *StoreStatus   `json:"store,omitempty"`
	// Configuration says what the daemon runs by.
	Configuration *ConfigurationStatus `json:"configuration,omitempty"`
}

// SourceStatus is one source of a Status. What is at its end is left out where there is
// nothing to say.
type SourceStatus struct {
	Name        string     `json:"name"`
	URL         string     `json:"url"`                // without secrets
	MovedTo     string     `json:"moved_to,omitempty"` // host that is asked instead, after permanent redirects
	State       string     `json:"state"`
	LastAttempt *time.Time `json:"last_attempt"`
	LastSuccess *time.Time `json:"last_success"`
	NextPoll    *time.Time `json:"next_poll"`     // null when none is planned
	Why         string     `json:"why,omitempty"` // the rule that chose NextPoll
	Failures    int        `json:"failures"`
	Error       string     `json:"error"`
	Articles    int        `json:"articles"`
	// GUIDs says why the source's guids are not believed: shared, change or reused.
	GUIDs string `json:"guids,omitempty"`
	// Warnings counts by kind what was repaired in the last document.
	Warnings map[string]int `json:"warnings,omitempty"`

	// Trouble is the worst of what deserves a look: gone, failing, silent, moved, guids or
	// repaired.
	Trouble      string      `json:"trouble,omitempty"`
	Fault        string      `json:"fault,omitempty"`       // the kind of the last failure
	HTTPStatus   int         `json:"http_status,omitempty"` // of one that was answered
	FailingSince *time.Time  `json:"failing_since,omitempty"`
	SilentSince  *time.Time  `json:"silent_since,omitempty"`
	Interval     float64     `json:"interval_seconds,omitempty"` // as configured when NextPoll was chosen
	Polls        *PollCounts `json:"polls,omitempty"`
	News         *NewsCounts `json:"news,omitempty"`
	Plain        *PlainWords `json:"plain,omitempty"`
}

// PollCounts are running totals of a source's polls.
type PollCounts struct {
	Since         string `json:"since"` // a date, in UTC
	Total         uint64 `json:"total"`
	NotModified   uint64 `json:"not_modified"` // answered 304
	Failed        uint64 `json:"failed"`
	DocumentBytes uint64 `json:"document_bytes"` // of the last whole document's transfer
	SavedBytes    uint64 `json:"saved_bytes"`    // that 304s saved, by an estimate
}

// NewsCounts is how many articles a source brought a day.
type NewsCounts struct {
	Until string `json:"until"` // the last of the days, a date in UTC
	Days  []int  `json:"days"`  // new articles of each day, the oldest first
}

// PlainWords say the same in sentences for people. They are worded otherwise from version
// to version.
type PlainWords struct {
	Matter   string   `json:"matter,omitempty"`
	Means    string   `json:"means,omitempty"`
	Does     string   `json:"does,omitempty"`
	Advice   string   `json:"advice,omitempty"`
	Next     string   `json:"next,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// OutputStatus is how an output fares. Readers are counted since the daemon started.
type OutputStatus struct {
	Name        string             `json:"name"`
	Entries     int                `json:"entries"`
	Changed     *time.Time         `json:"changed"` // null: never
	Requests    uint64             `json:"requests"`
	NotModified uint64             `json:"not_modified"`          // answered 304
	Subscribers *int               `json:"subscribers,omitempty"` // of the last whole day
	Families    []FamilySubscriber `json:"families,omitempty"`
}

// FamilySubscriber is how many subscribers use a program or service.
type FamilySubscriber struct {
	Family      string `json:"family"`
	Subscribers int    `json:"subscribers"`
}

// StoreStatus is how large the store is.
type StoreStatus struct {
	Articles int   `json:"articles"`
	Bytes    int64 `json:"bytes"`
	Free     int64 `json:"free_bytes"` // of these, used again before the file grows
	// Backup is when the last copy was made; null: none ever was.
	Backup *time.Time `json:"last_backup"`
}

// ConfigurationStatus says what the daemon runs by, and how the last reload ended.
type ConfigurationStatus struct {
	Loaded  *time.Time `json:"loaded"`            // when the one in use was taken
	Refused *time.Time `json:"refused,omitempty"` // when a later one was
	Reasons []string   `json:"reasons,omitempty"`
}

// NewStatus puts states into words, as seen from now. The states have no secrets; address
// returns where a source is polled, without any.
func NewStatus(states []feed.SourceState, address func(feed.SourceID) string, now time.Time) Status {
	s := Status{Sources: make([]SourceStatus, 0, len(states))}
	for i := range states {
		s.Sources = append(s.Sources, newSourceStatus(&states[i], address(states[i].Source), now))
	}
	return s
}

func newSourceStatus(st *feed.SourceState, address string, now time.Time) SourceStatus {
	one := SourceStatus{
		Name: string(st.Source), URL: address, State: string(st.Status),
		LastAttempt: when(st.LastAttempt), LastSuccess: when(st.LastSuccess),
		Failures: st.Failures, Error: st.Error, Articles: st.Articles,
		Warnings: st.Warnings, MovedTo: movedTo(st.Kept, address), GUIDs: string(st.GUIDs),
		Fault: string(st.Fault), HTTPStatus: st.Code, FailingSince: when(st.FailingSince), SilentSince: when(st.Told.Silent),
		Interval: st.Interval.Seconds(),
	}
	planned := st.Status != feed.StatusGone && st.Status != feed.StatusDisabled
	if planned {
		one.NextPoll, one.Why = when(st.NextPoll), st.Reason
	}
	switch kind := fare.KindOf(st); kind {
	case fare.New, fare.OK, fare.Disabled:
	default:
		one.Trouble = string(kind)
	}
	if p := &st.Past; p.Polls > 0 {
		one.Polls = &PollCounts{
			Since: p.Since.Time().Format(time.DateOnly), Total: p.Polls, NotModified: p.NotModified, Failed: p.Failures,
			DocumentBytes: p.Size, SavedBytes: p.Saved,
		}
		one.News = &NewsCounts{Until: feed.DayOf(now).Time().Format(time.DateOnly), Days: fare.Days(st, now)}
	}
	told := fare.Tell(st, now)
	words := PlainWords{Matter: told.Matter, Means: told.Means, Does: told.Does, Advice: told.Advice, Warnings: fare.Warnings(st)}
	if planned && !st.LastAttempt.IsZero() {
		words.Next = fare.NextAndWhy(st, now)
	}
	if words.Next != "" || words.Matter != "" || len(words.Warnings) > 0 {
		one.Plain = &words
	}
	return one
}

// movedTo is the host of a kept address, as it may be shown beside the configured
// one: where that hides its host, the other may well have the same in it.
func movedTo(kept, configured string) string {
	to, err := url.Parse(kept)
	from, bad := url.Parse(configured)
	switch {
	case kept == "":
		return ""
	case err != nil || bad != nil || from.Host == "" || strings.Contains(from.Host, feed.Hidden):
		return feed.Hidden
	}
	return to.Host
}

// Worst orders sources by trouble, as fare.Worst does.
func (s *SourceStatus) Worst(other *SourceStatus) int {
	a, b := s.sorted(), other.sorted()
	return fare.Worst(&a, &b)
}

// sorted is as much of the source's state as decides about its place.
func (s *SourceStatus) sorted() feed.SourceState {
	st := feed.SourceState{Source: feed.SourceID(s.Name), Status: feed.Status(s.State), Articles: s.Articles}
	st.FailingSince, st.Told.Silent = timeOf(s.FailingSince), timeOf(s.SilentSince)
	st.Kept, st.GUIDs, st.Warnings, st.Error = s.MovedTo, feed.GUIDFault(s.GUIDs), s.Warnings, s.Error
	return st
}

// Overview is what is said of it in a sentence.
func (s *Status) Overview(now time.Time) fare.Overview {
	o := fare.Overview{Kinds: map[fare.Kind]int{}}
	for i := range s.Sources {
		st := s.Sources[i].sorted()
		st.NextPoll = timeOf(s.Sources[i].NextPoll)
		o.Kinds[fare.KindOf(&st)]++
		o.Plan(&st, now)
	}
	if s.Store == nil || s.Configuration == nil {
		return o
	}
	o.Daemon = &fare.Daemon{
		Outputs: len(s.Outputs), Bytes: s.Store.Bytes, Free: s.Store.Free, Copied: timeOf(s.Store.Backup),
		Loaded: timeOf(s.Configuration.Loaded), Refused: timeOf(s.Configuration.Refused), Reasons: s.Configuration.Reasons,
	}
	return o
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
