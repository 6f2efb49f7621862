package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/storage"
)

type restoreCmd struct {
	File  string `arg:"" name:"file" help:"What backup wrote; -: standard input."`
	Force bool   `help:"Also in place of a store that is there. That is kept beside it, under a name with the time."`
}

// Run puts a copy in the place of the store, after a look at all of it. That is not done
// under a daemon: what it serves and when it polls is of the store that it opened.
func (c *restoreCmd) Run(ctx context.Context, r *run) error {
	ctx, stop := stoppable(ctx)
	defer stop()
	_, err := r.dial(ctx)
	switch {
	case err == nil:
		return fmt.Errorf("restore: %w by the daemon; stop it first", storage.ErrLocked)
	case !errors.Is(err, control.ErrNoDaemon):
		return err
	}
	done, err := c.restore(ctx, r)
	if err != nil {
		return err
	}
	return printRestored(r.env.Stdout, done)
}

func (c *restoreCmd) restore(ctx context.Context, r *run) (done app.Restored, err error) {
	cfg, err := r.load()
	if err != nil {
		return done, err
	}
	req := app.RestoreRequest{Name: c.File, From: r.env.Stdin, Force: c.Force, Now: time.Now()}
	if c.File == "-" {
		req.Name = "on standard input"
	} else {
		file, err := app.OpenCopy(cfg, c.File)
		if errors.Is(err, fs.ErrNotExist) {
			return done, &exitError{exitNoInput, err}
		}
		if err != nil {
			return done, err
		}
		defer func() { _ = file.Close() }() // nothing was written
		req.From = file
	}
	return app.Restore(ctx, cfg, app.EngineOptions{LockTimeout: r.globals.LockTimeout}, req)
}

// printRestored says what is stored now, from when it is, and where what was there went.
func printRestored(w io.Writer, done app.Restored) error {
	polled := "never polled"
	if done.Polled != nil {
		polled = "last polled " + done.Polled.Format(time.RFC3339)
	}
	if _, err := fmt.Fprintf(w, "%s is restored: %s, %s\n", safeText(done.Store), contents(done.Contents), polled); err != nil {
		return err
	}
	if done.Kept == "" {
		return nil
	}
	_, err := fmt.Fprintf(w, "%s is what was there before\n", safeText(done.Kept))
	return err
}
