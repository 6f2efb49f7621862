package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/feed"
	"sluice/feed/fare"
	"sluice/storage"
)

type statusCmd struct {
	Source string `arg:"" name:"source" optional:"" help:"Say more of this source alone, in plain words."`
	JSON   bool   `help:"Print one JSON object." xor:"form"`
	Ready  bool   `help:"Say only whether a daemon runs and serves; the store is not opened. Exit 69 without one, 75 where it is not ready." xor:"form"`
}

// Run shows the sources as the daemon, or else the store, knows them.
func (c *statusCmd) Run(ctx context.Context, r *run) error {
	if c.Ready {
		return r.ready(ctx)
	}
	status, err := r.status(ctx)
	if err != nil {
		return err
	}
	if c.Source != "" {
		one := slices.IndexFunc(status.Sources, func(s control.SourceStatus) bool { return s.Name == c.Source })
		if one < 0 {
			return fmt.Errorf("%w %q", storage.ErrNoSource, c.Source)
		}
		status.Sources = status.Sources[one : one+1]
		if !c.JSON {
			return printSource(r.env.Stdout, &status.Sources[0], time.Now())
		}
	}
	if c.JSON {
		return printJSON(r.env.Stdout, status)
	}
	return printStatus(r.env.Stdout, status, time.Now())
}

// status asks the daemon, and without one opens the store.
func (r *run) status(ctx context.Context) (control.Status, error) {
	daemon, err := r.dial(ctx)
	if err == nil {
		return daemon.Status(ctx)
	}
	if !errors.Is(err, control.ErrNoDaemon) {
		return control.Status{}, err
	}
	cfg, err := r.load()
	if err != nil {
		return control.Status{}, err
	}
	return app.Status(ctx, cfg, r.log, app.EngineOptions{LockTimeout: r.globals.LockTimeout})
}

// ready asks the daemon and nobody else: for whoever watches it, a store that can be
// read is no sign that anything is served.
func (r *run) ready(ctx context.Context) error {
	daemon, err := r.dial(ctx)
	if err == nil {
		err = daemon.Ready(ctx)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(r.env.Stdout, "ready")
	return err
}

// printStatus writes the table, the worst first, and what is said of all in a sentence.
// Errors come last: they are the widest.
func printStatus(w io.Writer, status control.Status, now time.Time) error {
	status.Sources = slices.Clone(status.Sources)
	slices.SortFunc(status.Sources, func(a, b control.SourceStatus) int { return a.Worst(&b) })
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, err := fmt.Fprintln(tw, "SOURCE\tSTATE\tLAST SUCCESS\tNEXT POLL\tFAILURES\tARTICLES\tERROR")
	for _, s := range status.Sources {
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%d\t%d\t%s\n", s.Name, s.State,
			relative(s.LastSuccess, now, "never"), nextPoll(s, now), s.Failures, s.Articles, safeText(s.Error))
	}
	return errors.Join(err, tw.Flush(), printMoved(w, status), printGUIDs(w, status), printWarnings(w, status), printOverview(w, status, now))
}

// printMoved writes which sources are asked elsewhere than the configuration says,
// if any are.
func printMoved(w io.Writer, status control.Status) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	head := "\nSOURCE\tMOVED FOR GOOD: SET ITS URL\n"
	for _, s := range status.Sources {
		if s.MovedTo == "" {
			continue
		}
		if _, err := fmt.Fprintf(tw, "%s%s\tasked at %s\n", head, s.Name, safeText(s.MovedTo)); err != nil {
			return err
		}
		head = ""
	}
	return tw.Flush()
}

// printGUIDs writes which sources' guids are not believed, and why, if any are not.
func printGUIDs(w io.Writer, status control.Status) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	head := "\nSOURCE\tGUIDS NOT BELIEVED, UNLESS IDENTITY SAYS SO\n"
	for _, s := range status.Sources {
		if s.GUIDs == "" {
			continue
		}
		if _, err := fmt.Fprintf(tw, "%s%s\t%s\n", head, s.Name, safeText(fare.GUIDFault(feed.GUIDFault(s.GUIDs)))); err != nil {
			return err
		}
		head = ""
	}
	return tw.Flush()
}

// printWarnings writes another table of what was repaired in the last documents,
// if anything was.
func printWarnings(w io.Writer, status control.Status) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	head := "\nSOURCE\tREPAIRED IN ITS LAST DOCUMENT\n"
	for _, s := range status.Sources {
		if len(s.Warnings) == 0 {
			continue
		}
		kinds := make([]string, 0, len(s.Warnings))
		for _, kind := range slices.Sorted(maps.Keys(s.Warnings)) {
			kinds = append(kinds, fmt.Sprintf("%s %d", safeText(kind), s.Warnings[kind]))
		}
		if _, err := fmt.Fprintf(tw, "%s%s\t%s\n", head, s.Name, strings.Join(kinds, ", ")); err != nil {
			return err
		}
		head = ""
	}
	return tw.Flush()
}

// printOverview writes what is said of all sources in a sentence.
func printOverview(w io.Writer, status control.Status, now time.Time) error {
	o := status.Overview(now)
	text := "\n" + safeText(o.Say(now)) + ".\n"
	if o.Kinds[fare.Gone]+o.Kinds[fare.Failing]+o.Kinds[fare.Silent] > 0 {
		text += "What to do about one of them: sluice status SOURCE\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

// nextPoll says when the next poll is, and why not sooner where the interval is not
// the reason.
func nextPoll(s control.SourceStatus, now time.Time) string {
	next := relative(s.NextPoll, now, nextWord(s))
	if s.Why != "" && s.Why != "interval" {
		next += ", " + safeText(s.Why)
	}
	return next
}

// nextWord says why there is no time of a next poll.
func nextWord(s control.SourceStatus) string {
	if s.State == "gone" || s.State == "disabled" {
		return "-"
	}
	return "now"
}

// relative is a time as seen from now, for people: "3m ago", "in 2h".
func relative(t *time.Time, now time.Time, none string) string {
	if t == nil {
		return none
	}
	d := t.Sub(now)
	switch {
	case d > 0:
		return "in " + short(d)
	case d > -time.Second:
		return "now"
	}
	return short(-d) + " ago"
}

// short is a duration in its largest fitting unit.
func short(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}

// safeText keeps what a stranger's text could do to a terminal or a table out of it:
// control characters, ends of lines, and all that turns the direction of writing. Marks
// that join letters stay: Persian, Hindi and pictures of families need them.
func safeText(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.In(c, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
