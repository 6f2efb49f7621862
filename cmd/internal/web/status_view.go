package web

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"sluice/feed"
	"sluice/feed/fare"
)

// statusView is the page as its template shows it.
type statusView struct {
	Style   template.CSS
	Title   string
	Summary string
	At      *day
	Refusal *refusal
	Kinds   []kindLink
	Heading string // of what is listed
	Broken  []statusSource
	Rows    []statusSource
	Outputs []outputRow
	Newer   string // the page before, and that after
	Older   string
	Note    string
}

// refusal is a reload that changed nothing.
type refusal struct {
	At, Loaded *day
	Reasons    []string
}

// kindLink leads to the sources of a kind.
type kindLink struct {
	Kind    fare.Kind
	Name    string
	Count   string
	URL     string
	Current bool
}

// statusSource is a source as the page shows it.
type statusSource struct {
	Name, Title string
	Kind        fare.Kind
	Means       string // what the kind means, for who does not know
	Address     string
	Told        fare.Account
	Advice      []part // Told's, with what is to be typed apart
	Error       string
	Success     *day
	SuccessAgo  string
	Next        *day
	NextIn      string
	Why         string
	Interval    string
	Every       string // Interval, where that is why
	Articles    string
	Spark       spark
	Polls       string
	NotModified string // share of the polls that 304 answered
	Saved       string
	MovedTo     string
	GUIDs       string
	Warnings    []string
}

// part is a piece of a text: as it is read, or as it is typed.
type part struct {
	Text  string
	Typed bool
}

// outputRow is an output as the page shows it.
type outputRow struct {
	Listed
	Page        string // empty: it needs a token
	Changed     *day
	ChangedAgo  string
	Subscribers string
	Families    string
	Requests    string
	NotModified string
}

// newStatusView chooses and words what a page shows; ok is false where there is none of
// that number.
func newStatusView(s Status, want statusQuery) (v statusView, ok bool) {
	chosen, pages := s.choose(want)
	if want.page > pages {
		return v, false
	}
	o := s.overview()
	v = statusView{Title: statusTitle(s.BaseURL), Summary: o.Say(s.Now), At: newDay(s.Now), Kinds: kindLinks(o, want), Heading: "Sources"}
	if !s.Refused.IsZero() {
		v.Refusal = &refusal{At: newDay(s.Refused), Loaded: newDay(s.Loaded), Reasons: s.Reasons}
		o.Daemon.Reasons = nil // they have a place of their own
		v.Summary = o.Say(s.Now)
	}
	if want.kind != "" {
		v.Heading = "Sources: " + kindName(want.kind)
	}
	for _, st := range chosen {
		one := newStatusSource(st, s.Address(st.Source), s.Now)
		if one.Told != (fare.Account{}) {
			v.Broken = append(v.Broken, one)
		} else {
			v.Rows = append(v.Rows, one)
		}
	}
	if want.page == 1 && want.kind == "" {
		v.Outputs = outputRows(s)
	}
	if pages > 1 {
		v.Note = fmt.Sprintf("Page %d of %d", want.page, pages)
		if want.page > 1 {
			v.Newer = statusQuery{want.kind, want.page - 1}.address()
		}
		if want.page < pages {
			v.Older = statusQuery{want.kind, want.page + 1}.address()
		}
	}
	return v, true
}

// statusTitle tells the pages of several daemons apart in bookmarks.
func statusTitle(base string) string {
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		return "Status of " + u.Host
	}
	return "Status of sluice"
}

// kindLinks lead to all sources, and to those of each kind that there are.
func kindLinks(o fare.Overview, want statusQuery) []kindLink {
	total := 0
	links := make([]kindLink, 1, len(o.Kinds)+1)
	for _, kind := range fare.Kinds() {
		if n := o.Kinds[kind]; n > 0 {
			total += n
			links = append(links, kindLink{kind, kindName(kind), fare.Number(n), statusQuery{kind, 1}.address(), kind == want.kind})
		}
	}
	links[0] = kindLink{"", "All", fare.Number(total), statusQuery{page: 1}.address(), want.kind == ""}
	return links
}

func kindName(k fare.Kind) string {
	switch k {
	case fare.GUIDs:
		return "Odd guids"
	case fare.OK:
		return "OK"
	}
	return strings.ToUpper(string(k[:1])) + string(k[1:])
}

func newStatusSource(st *feed.SourceState, address string, now time.Time) statusSource {
	told := fare.Tell(st, now)
	one := statusSource{
		Name: string(st.Source), Kind: fare.KindOf(st), Address: address, Told: told, Advice: parts(told.Advice), Error: st.Error,
		Success: newDay(st.LastSuccess), Interval: fare.Interval(st.Interval), Articles: fare.Number(st.Articles),
		Spark: newSpark(fare.Days(st, now)), Polls: fare.Polls(st), NotModified: fare.Share(st.Past.NotModified, st.Past.Polls),
		NextIn: fare.Next(st, now), Why: fare.Why(st, now), GUIDs: fare.GUIDFault(st.GUIDs), Warnings: fare.Warnings(st), MovedTo: st.Kept,
	}
	one.Means = one.Kind.Means()
	if t := st.Info.Title; t != one.Name {
		one.Title = cut(t, 120)
	}
	if one.Success != nil {
		one.SuccessAgo = fare.Ago(st.LastSuccess, now)
	}
	if one.NextIn != "never" {
		one.Next = newDay(st.NextPoll)
	}
	if st.Past.Saved > 0 {
		one.Saved = fare.Size(st.Past.Saved)
	}
	if st.Interval == 0 {
		one.Interval = ""
	} else if st.Reason == "interval" {
		one.Every = "every " + one.Interval
	}
	if from, err := url.Parse(address); one.MovedTo != "" && (err != nil || strings.Contains(from.Host, feed.Hidden)) {
		one.MovedTo = feed.Hidden // what is secret in a host may be in the other, too
	}
	return one
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// parts takes a text apart at its quotation marks, between which stands what is typed.
func parts(text string) (all []part) {
	for i, piece := range strings.Split(text, `"`) {
		if piece != "" {
			all = append(all, part{piece, i%2 == 1})
		}
	}
	return all
}

func outputRows(s Status) []outputRow {
	rows := make([]outputRow, len(s.Outputs))
	for i, o := range s.Outputs {
		r := &rows[i]
		*r = outputRow{Listed: o.Listed, Changed: newDay(o.Modified), Requests: fare.Number(int(min(o.Readers.Requests, 1<<62)))}
		if !o.Private {
			r.Page = strings.TrimRight(s.BaseURL, "/") + "/feeds/" + o.Name
		}
		if r.Changed != nil {
			r.ChangedAgo = fare.Ago(o.Modified, s.Now)
		}
		r.NotModified = fare.Share(o.Readers.NotModified, o.Readers.Requests)
		if !o.Readers.Counted {
			r.Subscribers = "not counted yet"
			continue
		}
		r.Subscribers = fare.Count(o.Readers.Subscribers, "subscriber", "subscribers")
		for j, f := range o.Readers.Families {
			if j > 0 {
				r.Families += ", "
			}
			r.Families += f.Family + " " + fare.Number(f.Subscribers)
		}
	}
	return rows
}

// spark is a drawing of how many articles came on each day, with the same in words.
type spark struct {
	Path   string // of the bars; empty: none came
	Says   string
	PerDay string
	Known  bool
}

// The drawing's measures: those of its viewBox.
const (
	sparkStep   = 4
	sparkHeight = 24
)

func newSpark(days []int) spark {
	s := spark{Says: fare.News(days), Known: len(days) > 0}
	if !s.Known {
		return s
	}
	most := 0
	for _, n := range days {
		most = max(most, n)
	}
	s.PerDay = fare.PerDay(days)
	var path strings.Builder
	for i, n := range days {
		if n > 0 {
			x := sparkStep*(feed.NewsDays-len(days)+i) + sparkStep/2
			_, _ = fmt.Fprintf(&path, "M%d %dv-%d", x, sparkHeight, max(n*(sparkHeight-1)/most, 2)) // cannot fail
		}
	}
	s.Path = path.String()
	return s
}
