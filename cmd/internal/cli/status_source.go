package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"sluice/cmd/internal/control"
	"sluice/feed"
	"sluice/feed/fare"
)

// printSource writes all that is known of a source: what is the matter in sentences, then
// the rest, a line each.
func printSource(w io.Writer, s *control.SourceStatus, now time.Time) error {
	var text strings.Builder
	kind := fare.Kind(s.State)
	if s.Trouble != "" {
		kind = fare.Kind(s.Trouble)
	}
	fmt.Fprintf(&text, "%s: %s: %s\n", s.Name, kind, kind.Means())
	var told control.PlainWords
	if s.Plain != nil {
		told = *s.Plain
	}
	for _, sentence := range []string{told.Matter, told.Means, told.Does, told.Advice} {
		if sentence != "" {
			fmt.Fprintf(&text, "%s\n", safeText(sentence))
		}
	}
	text.WriteString("\n")
	tw := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			_, _ = fmt.Fprintf(tw, "%s\t%s\n", name, safeText(value)) // Flush says what went wrong
		}
	}
	line("address", s.URL)
	line("moved to", s.MovedTo)
	line("error", s.Error)
	line("last success", sinceNow(s.LastSuccess, now))
	line("next poll", told.Next)
	if s.Interval > 0 {
		line("interval", fare.Interval(time.Duration(s.Interval*float64(time.Second))))
	}
	line("articles", fare.Number(s.Articles))
	if s.News != nil {
		line("new", fare.News(s.News.Days))
	}
	line("polls", fare.Polls(past(s.Polls)))
	if s.GUIDs != "" {
		line("guids", "not believed: "+fare.GUIDFault(feed.GUIDFault(s.GUIDs)))
	}
	line("repaired", strings.Join(told.Warnings, "; "))
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// sinceNow is a time in full, and as seen from now.
func sinceNow(t *time.Time, now time.Time) string {
	if t == nil {
		return "never"
	}
	return fare.InFull(*t) + ", " + fare.Ago(*t, now)
}

// past is what was counted, as its state has it.
func past(p *control.PollCounts) *feed.SourceState {
	var st feed.SourceState
	if p == nil {
		return &st
	}
	since, err := time.Parse(time.DateOnly, p.Since)
	if err != nil { // of a daemon of another version
		since = time.Time{}
	}
	st.Past = feed.Past{Since: feed.DayOf(since), Polls: p.Total, NotModified: p.NotModified, Failures: p.Failed, Saved: p.SavedBytes}
	return &st
}
