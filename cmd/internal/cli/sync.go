package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
)

type syncCmd struct {
	Sources []string `arg:"" optional:"" name:"source" help:"Names of sources. Default: all."`
	All     bool     `help:"Whatever schedule, freshness and back-off say; Retry-After, gone and disabled are still left alone."`
	Out     string   `placeholder:"DIR" help:"Then write every output to DIR/NAME.rss, .atom, .json and .html."`
	Strict  bool     `help:"Exit 1 if any source failed."`
	JSON    bool     `help:"Print one JSON object."`
}

// Run polls once, in the daemon when there is one, and writes the outputs.
func (c *syncCmd) Run(ctx context.Context, r *run) error {
	// What is polled is stored whoever reads the result; that it cannot be
	// written is an error at the end, and no sudden death.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	files := &folder{dir: c.Out, now: time.Now()}
	done, err := c.sync(ctx, r, files)
	r.console.clear()
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(r.env.Stdout, done.Summary)
	} else {
		err = printSummary(r.env.Stdout, done.Summary)
	}
	if c.Out != "" {
		err = errors.Join(c.written(r, done, files), err)
	}
	if err != nil {
		return err
	}
	return c.verdict(done.Summary)
}

// sync has the daemon poll, and without one polls itself. The outputs are written
// whatever came of the sources: they show what there is.
func (c *syncCmd) sync(ctx context.Context, r *run, files *folder) (app.Synced, error) {
	req := control.SyncRequest{Sources: c.Sources, All: c.All}
	daemon, err := r.dial(ctx)
	if err == nil {
		var done app.Synced
		done.Summary, err = daemon.Sync(ctx, req, r.console.show)
		if err == nil && c.Out != "" {
			done.Exported, done.ExportErr = daemon.Export(ctx, files.put)
		}
		return done, err
	}
	if !errors.Is(err, control.ErrNoDaemon) {
		return app.Synced{}, err
	}
	r.room.widen()
	cfg, err := r.load()
	if err != nil {
		return app.Synced{}, err
	}
	var take control.TakeFile
	if c.Out != "" {
		take = files.put
	}
	return app.Sync(ctx, cfg, r.log, app.EngineOptions{LockTimeout: r.globals.LockTimeout}, req, r.console.show, take)
}

// written tells what became of the files.
func (c *syncCmd) written(r *run, done app.Synced, files *folder) error {
	if err := errors.Join(done.ExportErr, files.close()); err != nil {
		return fmt.Errorf("out: %w", err)
	}
	for _, name := range done.Private {
		left := ""
		if exists(filepath.Join(c.Out, name+".rss")) {
			left = "; what was written of it before is still there: remove it"
		}
		r.warn(fmt.Sprintf("output %s is not written: it takes a token, and whoever has a file is asked for none%s", name, left))
	}
	if !c.JSON {
		_, err := fmt.Fprintf(r.env.Stdout, "%s: %s written, %d unchanged\n", safeText(c.Out), count(files.changed, "file"), files.same)
		if err != nil {
			return err
		}
	}
	if n := len(done.Unbuilt); n > 0 {
		return fmt.Errorf("out: %s not built, so its files stay as they are: see the log", strings.Join(done.Unbuilt, ", "))
	}
	return nil
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
