package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sluice/config"
)

type checkCmd struct {
	JSON   bool `help:"Print one JSON object."`
	Strict bool `help:"Count warnings as problems: what matches nothing, and secrets that everybody on this machine can read."`
}

// Run prints every problem of the configuration, and beside them its warnings, which are
// problems where it is to be strict.
func (c *checkCmd) Run(_ context.Context, r *run) error {
	cfg, err := config.Load(r.configPath())
	invalid, bad := errors.AsType[*config.Invalid](err)
	if err != nil && !bad {
		return r.unreadable(err)
	}
	if !bad {
		invalid = &config.Invalid{Warnings: cfg.Warnings}
	}
	if c.Strict {
		bad = bad || len(invalid.Warnings) > 0
		invalid.Problems, invalid.Warnings = append(invalid.Problems, invalid.Warnings...), nil
	}
	if c.JSON {
		err = printJSON(r.env.Stdout, problemList(invalid.Problems))
	} else {
		err = printLines(r.env.Stdout, invalid.Problems)
	}
	if err != nil {
		return err
	}
	for _, w := range invalid.Warnings {
		r.warn(w.String())
	}
	switch {
	case bad:
		return &exitError{code: exitConfig}
	case c.JSON:
		return nil
	}
	_, err = fmt.Fprintf(r.env.Stdout, "%s: %s, %s\n", r.configPath(),
		count(len(cfg.Sources), "source"), count(len(cfg.Outputs), "output"))
	return err
}

// warn tells of what is probably not meant. A warning is no result.
func (r *run) warn(line string) {
	_, _ = fmt.Fprintf(r.console, "%ssluice: warning: %s\n", r.env.priority("<4>"), visible([]byte(line))) // nobody is left to tell
}

// printLines prints values a line each.
func printLines[T any](w io.Writer, lines []T) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

// problemList is what "check --json" prints.
func problemList(problems []config.Problem) any {
	type problem struct {
		File    string `json:"file"`
		Line    int    `json:"line"`
		Column  int    `json:"column"`
		Path    string `json:"path"`
		Message string `json:"message"`
	}
	list := struct {
		Problems []problem `json:"problems"`
	}{Problems: []problem{}}
	for _, p := range problems {
		list.Problems = append(list.Problems, problem(p))
	}
	return list
}

// printJSON writes a value as one line. What strangers wrote in it is escaped where a
// terminal would act on it, and reads the same for a program.
func printJSON(w io.Writer, v any) error {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(visible(line.Bytes()))
	return err
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
