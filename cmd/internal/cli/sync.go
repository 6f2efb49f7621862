package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
)

type syncCmd struct {
	Sources []string `arg:"" optional:"" name:"source" help:"Names of sources. Default: all."`
	All     bool     `help:"Whatever schedule, freshness and back-off say; Retry-After, gone and disabled are still left alone."`
	Strict  bool     `help:"Exit 1 if any source failed."`
	JSON    bool     `help:"Print one JSON object."`
}

// Run polls once, in the daemon when there is one.
func (c *syncCmd) Run(ctx context.Context, r *run) error {
	// What is polled is stored whoever reads the result; that it cannot be
	// written is an error at the end, and no sudden death.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	sum, err := c.sync(ctx, r)
	r.console.clear()
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(r.env.Stdout, sum)
	} else {
		err = printSummary(r.env.Stdout, sum)
	}
	if err != nil {
		return err
	}
	return c.verdict(sum)
}

// sync has the daemon poll, and without one polls itself.
func (c *syncCmd) sync(ctx context.Context, r *run) (control.Summary, error) {
	req := control.SyncRequest{Sources: c.Sources, All: c.All}
	daemon, err := r.dial(ctx)
	if err == nil {
		return daemon.Sync(ctx, req, r.console.show)
	}
	if !errors.Is(err, control.ErrNoDaemon) {
		return control.Summary{}, err
	}
	cfg, err := r.load()
	if err != nil {
		return control.Summary{}, err
	}
	return app.Sync(ctx, cfg, r.log, app.EngineOptions{LockTimeout: r.globals.LockTimeout}, req, r.console.show)
}

// verdict is the exit status of a sync that could be made.
func (c *syncCmd) verdict(sum control.Summary) error {
	switch {
	case sum.Polled > 0 && sum.Failed == sum.Polled && !c.Strict:
		return &exitError{exitTryLater, fmt.Errorf("%s failed", allOf(sum.Polled))}
	case c.Strict && sum.Failed > 0:
		return &exitError{exitPartial, fmt.Errorf("%d of %s failed", sum.Failed, count(sum.Polled, "source"))}
	}
	return nil
}

func allOf(n int) string {
	if n == 1 {
		return "the only source that was due"
	}
	return fmt.Sprintf("all %d sources that were due", n)
}

// printSummary writes a line a source that was asked, and the sums.
func printSummary(w io.Writer, sum control.Summary) error {
	for _, s := range sum.Sources {
		line := fmt.Sprintf("%s: %s", s.Name, s.Outcome)
		switch {
		case s.Outcome == "not_due" || s.Outcome == "gone":
			continue
		case s.New+s.Updated > 0:
			line += fmt.Sprintf(", %d new, %d updated", s.New, s.Updated)
		}
		if s.Error != "" {
			line += ": " + safeText(s.Error)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s polled: %d changed, %d partial, %d not modified, %d failed; %s new, %d updated, %d duplicates\n",
		count(sum.Polled, "source"), sum.Changed, sum.Partial, sum.NotModified, sum.Failed,
		count(sum.New, "article"), sum.Updated, sum.Duplicates)
	return err
}
