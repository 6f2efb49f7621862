package fare

import (
	"strings"
	"time"

	"sluice/feed"
)

// Overview is what is said of all sources, and of the daemon, in a sentence.
type Overview struct {
	Kinds  map[Kind]int // how many sources are of each
	Next   time.Time    // the earliest next poll; zero: none is planned, or one is due
	Due    bool         // a poll is due now
	Daemon *Daemon      // nil: none is running
}

// Daemon is what is said of a daemon.
type Daemon struct {
	Outputs     int
	Bytes, Free int64     // of the store
	Copied      time.Time // when it was last backed up; zero: never
	Loaded      time.Time
	Refused     time.Time // when a later configuration was; zero: none was
	Reasons     []string
}

// Say puts it into a sentence, as seen from now.
func (o Overview) Say(now time.Time) string {
	parts := []string{o.sources()}
	if d := o.Daemon; d != nil {
		parts = append(parts, Count(d.Outputs, "output", "outputs"))
	}
	switch {
	case o.Due:
		parts = append(parts, "polls are due now")
	case !o.Next.IsZero():
		parts = append(parts, "next poll "+Until(o.Next, now))
	}
	if d := o.Daemon; d != nil {
		copied := "never backed up"
		if !d.Copied.IsZero() {
			copied = "backed up " + Ago(d.Copied, now)
		}
		parts = append(parts, "store "+Size(uint64(max(d.Bytes, 0)))+", "+Size(uint64(max(d.Free, 0)))+" of it free, "+copied,
			"configuration loaded "+clock(d.Loaded, now))
		if !d.Refused.IsZero() {
			parts[len(parts)-1] += ", the last reload, " + clock(d.Refused, now) + ", was refused"
			if len(d.Reasons) > 0 {
				parts[len(parts)-1] += ": " + strings.Join(d.Reasons, "; ")
			}
		}
	}
	return strings.Join(parts, "; ")
}

// sources counts those of which something is to be said.
func (o Overview) sources() string {
	total, words := 0, make([]string, 0, len(o.Kinds))
	for _, kind := range Kinds() {
		n := o.Kinds[kind]
		total += n
		if n == 0 || kind == OK {
			continue
		}
		word := string(kind)
		if kind == GUIDs {
			word = "with guids that are not believed"
		}
		words = append(words, Number(n)+" "+word)
	}
	text := Count(total, "source", "sources")
	switch {
	case len(words) > 0:
		text += ": " + strings.Join(words, ", ")
		if n := o.Kinds[OK]; n > 0 {
			text += ", " + Number(n) + " ok"
		}
	case total > 0:
		text += ", all well"
	}
	return text
}

// clock is a time of today by the clock alone.
func clock(t, now time.Time) string {
	switch {
	case t.IsZero():
		return "never"
	case t.UTC().Format(time.DateOnly) == now.UTC().Format(time.DateOnly):
		return t.UTC().Format("15:04 UTC")
	}
	return Moment(t, now)
}

// Plan takes a source into account for when the next poll is.
func (o *Overview) Plan(st *feed.SourceState, now time.Time) {
	switch {
	case st.Status == feed.StatusGone || st.Status == feed.StatusDisabled:
	case !st.NextPoll.After(now):
		o.Due = true
	case o.Next.IsZero() || st.NextPoll.Before(o.Next):
		o.Next = st.NextPoll
	}
}
