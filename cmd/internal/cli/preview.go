package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/feed"
)

type previewCmd struct {
	Output string `arg:"" name:"output" help:"Name of the output."`
	With   string `placeholder:"FILE" help:"Another configuration: say what it would make of the output, compared with what is served now. It is read here; nothing is changed."`
	JSON   bool   `help:"Print one JSON object."`
}

// Run prints what the output holds, or what another configuration would change of that.
func (c *previewCmd) Run(ctx context.Context, r *run) error {
	req := control.PreviewRequest{Output: c.Output}
	var with *config.Config
	if c.With != "" {
		var err error
		if with, err = r.other(c.With, c.JSON); err != nil {
			return err
		}
		proposal := app.Propose(with, c.Output)
		req.With = &proposal
	}
	said, err := stored(ctx, r, func(d *control.Client) (control.Previewed, error) {
		return d.Preview(ctx, req)
	}, func(cfg *config.Config, opt app.EngineOptions) (control.Previewed, error) {
		return app.Preview(ctx, cfg, opt, req)
	})
	if err != nil {
		return err
	}
	if with != nil {
		app.HidePreview(&said.Preview, with)
	}
	c.remark(r, said)
	switch width := terminalWidth(r.env.Stdout); {
	case c.JSON:
		return printJSON(r.env.Stdout, said.Preview)
	case with != nil:
		return printDifference(r.env.Stdout, said, width)
	default:
		return printEntries(r.env.Stdout, "", said.Entries, width)
	}
}

// other reads another configuration. Its problems are a result, as those of check are.
func (r *run) other(path string, asJSON bool) (*config.Config, error) {
	cfg, err := config.Load(path)
	invalid, bad := errors.AsType[*config.Invalid](err)
	switch {
	case err == nil:
		for _, w := range cfg.Warnings {
			r.warn(w.String())
		}
		return cfg, nil
	case !bad:
		return nil, r.unreadable(err)
	case asJSON:
		err = printJSON(r.env.Stdout, problemList(invalid.Problems))
	default:
		err = printLines(r.env.Stdout, invalid.Problems)
	}
	for _, w := range invalid.Warnings {
		r.warn(w.String())
	}
	if err != nil {
		return nil, err
	}
	return nil, &exitError{code: exitConfig}
}

// remark tells what a list of entries cannot: why it is shorter than expected.
func (c *previewCmd) remark(r *run, said control.Previewed) {
	where := ""
	if c.With != "" {
		where = c.With + ": "
		switch {
		case !said.Has:
			r.warn(fmt.Sprintf("%sit has no output %s: its addresses would answer 410", where, c.Output))
		case !said.Had:
			r.warn(fmt.Sprintf("output %s is new: all its entries enter", c.Output))
		case said.With != "":
			r.warn(fmt.Sprintf("%soutput %s is called %s there", where, c.Output, said.With))
		}
	}
	if len(said.Unknown) > 0 {
		r.warn(fmt.Sprintf("%snothing is stored yet of %s: not polled so far, or in vain", where, nameSome(said.Unknown)))
	}
	for _, w := range said.Warnings {
		r.warn(where + safeText(w))
	}
}

// nameSome names sources, and of many the first.
func nameSome(sources []feed.SourceID) string {
	const most = 5
	var names []string
	for _, id := range sources[:min(len(sources), most)] {
		names = append(names, string(id))
	}
	if n := len(sources) - most; n > 0 {
		names = append(names, fmt.Sprintf("%d more", n))
	}
	noun := "source "
	if len(sources) > 1 {
		noun = "sources "
	}
	return noun + strings.Join(names, ", ")
}

// printDifference writes an entry a line, what enters behind +, what leaves behind -,
// what says something else behind ~ and what moves behind >; then the sums.
func printDifference(w io.Writer, said control.Previewed, width int) error {
	if err := printEntries(w, "+ ", said.Enter, width); err != nil {
		return err
	}
	if err := printEntries(w, "- ", said.Leave, width); err != nil {
		return err
	}
	changed := entryTable{lead: "~ "}
	for _, c := range said.Change {
		what := strings.Join(c.What, ", ")
		if c.Was != "" {
			what += fmt.Sprintf(", was %q", c.Was)
		}
		changed.add(c.PreviewEntry, "("+what+")")
	}
	moved := entryTable{lead: "> "}
	for _, m := range said.Move {
		moved.add(m.PreviewEntry, fmt.Sprintf("(from %d to %d)", m.From, m.To))
	}
	if err := cmp.Or(changed.print(w, width), moved.print(w, width)); err != nil {
		return err
	}
	stay := len(said.Entries) - len(said.Leave)
	if len(said.Enter)+len(said.Leave)+len(said.Change)+len(said.Move) == 0 {
		_, err := fmt.Fprintf(w, "nothing would change: %s\n", entries(stay))
		return err
	}
	_, err := fmt.Fprintf(w, "%s would enter, %d leave, %d stay: %d changed, %d moved\n",
		entries(len(said.Enter)), len(said.Leave), stay, len(said.Change), len(said.Move))
	return err
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

func printEntries(w io.Writer, lead string, list []control.PreviewEntry, width int) error {
	t := entryTable{lead: lead}
	for _, e := range list {
		t.add(e, "")
	}
	return t.print(w, width)
}

// entryTable is entries, a line each: date, source and title, and what is said of them.
type entryTable struct {
	lead  string
	lines [][4]string
}

func (t *entryTable) add(e control.PreviewEntry, note string) {
	date := "-"
	if e.Published != nil {
		date = e.Published.UTC().Format("2006-01-02 15:04")
	}
	t.lines = append(t.lines, [4]string{date, string(e.Source), safeText(strings.Join(strings.Fields(e.Title), " ")), safeText(note)})
}

// print writes the lines, cut to a width in columns; 0: as long as they are. A title
// gives way before what is said of it.
func (t *entryTable) print(w io.Writer, width int) error {
	const date = len("2006-01-02 15:04")
	source := 0
	for _, line := range t.lines {
		source = max(source, len(line[1]))
	}
	if width > 0 {
		source = min(source, max(width/4, 8))
	}
	for _, line := range t.lines {
		head := t.lead + pad(line[0], date) + "  " + pad(line[1], source) + "  "
		tail := line[2]
		if note := line[3]; note != "" {
			room := width - columns(head) - 2 - columns(note)
			if width > 0 && room >= 20 {
				tail = shorten(tail, room)
			}
			tail += "  " + note
		}
		text := head + tail
		if width > 0 {
			text = shorten(text, width)
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(text, " ")); err != nil {
			return err
		}
	}
	return nil
}
