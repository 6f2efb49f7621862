package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"sluice/config"
)

type checkCmd struct {
	JSON bool `help:"Print one JSON object."`
}

// Run prints every problem of the configuration.
func (c *checkCmd) Run(_ context.Context, r *run) error {
	cfg, err := config.Load(r.configPath())
	invalid, bad := errors.AsType[*config.Invalid](err)
	if err != nil && !bad {
		return fmt.Errorf("configuration: %w", err)
	}
	problems := []config.Problem{}
	if bad {
		problems = invalid.Problems
	}
	if c.JSON {
		if err := printJSON(r.env.Stdout, problemList(problems)); err != nil {
			return err
		}
	} else {
		for _, p := range problems {
			if _, err := fmt.Fprintln(r.env.Stdout, p); err != nil {
				return err
			}
		}
	}
	if bad {
		return &exitError{code: exitConfig}
	}
	for _, w := range cfg.Warnings {
		_, _ = fmt.Fprintf(r.env.Stderr, "sluice: warning: %s\n", w) // a warning is no result
	}
	if c.JSON {
		return nil
	}
	_, err = fmt.Fprintf(r.env.Stdout, "%s: %s, %s\n", r.configPath(),
		count(len(cfg.Sources), "source"), count(len(cfg.Outputs), "output"))
	return err
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

func printJSON(w interface{ Write([]byte) (int, error) }, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
