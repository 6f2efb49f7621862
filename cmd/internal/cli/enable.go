package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sluice/cmd/internal/control"
)

type enableCmd struct {
	Source string `arg:"" name:"source" help:"Name of the source."`
}

// Run has the daemon forget that a source is gone or failing, and ask it now.
// The request is conditional, and what Retry-After asked for is kept.
func (c *enableCmd) Run(ctx context.Context, r *run) error {
	daemon, err := r.dial(ctx)
	if errors.Is(err, control.ErrNoDaemon) {
		return fmt.Errorf("enable: %w; start it first", err)
	}
	if err != nil {
		return err
	}
	sum, err := daemon.Enable(ctx, c.Source)
	if err != nil {
		return fmt.Errorf("enable: %w", err)
	}
	if len(sum.Sources) != 1 {
		return fmt.Errorf("enable: the daemon told of %d sources; restart it", len(sum.Sources))
	}
	one := sum.Sources[0]
	switch {
	case one.Outcome == "not_due" && one.NextPoll == nil:
		return fmt.Errorf("%s is disabled in the configuration; remove disabled there and reload", c.Source)
	case one.Outcome == "not_due":
		_, err = fmt.Fprintf(r.env.Stdout, "%s: enabled; its publisher asks to wait until %s\n", one.Name, one.NextPoll.Format(time.RFC3339))
		return err
	case one.Outcome == "failed":
		return &exitError{exitTryLater, fmt.Errorf("%s: enabled, and failed again: %s", one.Name, safeText(one.Error))}
	}
	return printSummary(r.env.Stdout, sum)
}
