package cli

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/config"
)

type verifyCmd struct{}

// Run has the whole store read, and prints that it is sound, or a fault a line.
func (*verifyCmd) Run(ctx context.Context, r *run) error {
	ctx, stop := stoppable(ctx)
	defer stop()
	done, err := stored(ctx, r, func(d *control.Client) (control.Verified, error) {
		return d.Verify(ctx)
	}, func(cfg *config.Config, opt app.EngineOptions) (control.Verified, error) {
		return app.Verify(ctx, cfg, opt)
	})
	if err != nil {
		return err
	}
	return printVerified(r.env.Stdout, done)
}

// printVerified prints what is wrong with a store, which is then also the error.
func printVerified(w io.Writer, v control.Verified) error {
	if len(v.Faults) == 0 {
		_, err := fmt.Fprintf(w, "%s is sound: %s\n", safeText(v.Store), contents(v.Contents))
		return err
	}
	for _, fault := range v.Faults {
		if _, err := fmt.Fprintln(w, safeText(fault)); err != nil {
			return err
		}
	}
	least := ""
	if v.More {
		least = "at least "
	}
	return &exitError{exitIO, fmt.Errorf("%s is damaged: %s%s; restore a backup (sluice restore)", safeText(v.Store), least, count(len(v.Faults), "fault"))}
}

// contents is what is in a store, in a sentence.
func contents(c control.Contents) string {
	return fmt.Sprintf("%s, %s, %s", count(c.Articles, "article"), count(c.Sources, "source"), size(c.Bytes))
}

// size is a number of bytes for people.
func size(n int64) string {
	const unit = 1024
	if n < unit {
		return count(int(n), "byte")
	}
	v, names := float64(n)/unit, "KMGTPE"
	for v >= unit && len(names) > 1 {
		v, names = v/unit, names[1:]
	}
	if v < 10 {
		return fmt.Sprintf("%.1f %ciB", v, names[0])
	}
	return fmt.Sprintf("%.0f %ciB", v, names[0])
}

// stoppable is a context that an interrupt ends, so that work can clean up behind it; a
// second interrupt ends the process at once.
func stoppable(ctx context.Context) (context.Context, func()) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
