package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/storage"
)

type backupCmd struct {
	File string `arg:"" name:"file" help:"The file to write, in place of one that is there; -: standard output."`
}

// Run writes a copy of the store: to a file, whole or not at all, after a look at all
// of it; to standard output as it comes.
func (c *backupCmd) Run(ctx context.Context, r *run) error {
	began := time.Now()
	if c.File == "-" {
		if isTerminal(plain(r.env.Stdout)) {
			return &exitError{exitUsage, errors.New("backup: a terminal is no place for a store; name a file")}
		}
		done, err := c.copy(ctx, r, control.BackupRequest{}, r.env.Stdout)
		if err != nil {
			return err
		}
		if err := c.tell(r.env.Stderr, "standard output", done, began); err != nil {
			return err
		}
		return c.remember(ctx, r, began)
	}
	ctx, stop := stoppable(ctx) // to clean up; a pipe has nothing to clean, and may hold us
	defer stop()
	done, err := c.write(ctx, r)
	if err != nil {
		return err
	}
	if err := c.tell(r.env.Stdout, c.File, done, began); err != nil {
		return err
	}
	return c.remember(ctx, r, began)
}

// remember has the store know of the copy, for those who watch how old the last one is. The
// copy is whole without that.
func (c *backupCmd) remember(ctx context.Context, r *run, began time.Time) error {
	at := control.CopiedRequest{At: began}
	_, err := stored(ctx, r, func(d *control.Client) (struct{}, error) {
		return struct{}{}, d.Copied(ctx, at)
	}, func(cfg *config.Config, opt app.EngineOptions) (struct{}, error) {
		return struct{}{}, app.Copied(ctx, cfg, opt, at)
	})
	if err != nil {
		_, err = fmt.Fprintf(r.env.Stderr, "sluice: the backup is whole, but its store does not know of it: %v\n", err)
	}
	return err
}

// tell says what was copied.
func (c *backupCmd) tell(w io.Writer, to string, done control.Contents, began time.Time) error {
	_, err := fmt.Fprintf(w, "%s: %s, in %.1f s\n", safeText(to), contents(done), time.Since(began).Seconds())
	return err
}

// copy has the daemon make the copy, and without one makes it itself.
func (c *backupCmd) copy(ctx context.Context, r *run, req control.BackupRequest, w io.Writer) (control.Contents, error) {
	return stored(ctx, r, func(d *control.Client) (control.Contents, error) {
		return d.Backup(ctx, req, w)
	}, func(cfg *config.Config, opt app.EngineOptions) (control.Contents, error) {
		return app.Backup(ctx, cfg, opt, req, w)
	})
}

// write makes the copy beside its place, brings it to the disk, looks at all of it, and
// only then gives it its name.
func (c *backupCmd) write(ctx context.Context, r *run) (done control.Contents, err error) {
	path, err := destination(c.File)
	if err != nil {
		return done, unwritten(c.File, err)
	}
	if err := sweepDrafts(filepath.Dir(path), time.Now()); err != nil {
		return done, unwritten(c.File, err)
	}
	draft := draftBeside(path)
	file, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return done, unwritten(c.File, err)
	}
	defer func() { err = errors.Join(err, ignoreMissing(os.Remove(draft))) }() // renamed, or of no use
	done, err = c.copy(ctx, r, control.BackupRequest{File: path}, destined{file, c.File})
	if err == nil {
		err = hard(c.File, file.Sync())
	}
	if err = errors.Join(err, hard(c.File, file.Close())); err != nil {
		return done, err
	}
	if done, err = app.Examine(ctx, draft, c.File); err != nil {
		if errors.Is(err, storage.ErrDamaged) {
			err = fmt.Errorf("backup: the copy is not kept, because the store itself is damaged, or its disk: see sluice verify: %w", err)
		}
		return done, err
	}
	if err := os.Rename(draft, path); err != nil {
		return done, unwritten(c.File, err)
	}
	return done, hard(c.File, syncFolder(filepath.Dir(path)))
}

// destination is the absolute path of a file that is to be replaced: what a symbolic
// link names, not the link. What is there and is no file stays.
func destination(name string) (string, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return "", errors.New("a folder is in its place")
	case err == nil && !info.Mode().IsRegular():
		return "", errors.New("it is no regular file; - is standard output")
	}
	return path, nil
}

// destined is a file whose errors name it as the operator did.
type destined struct {
	file *os.File
	name string
}

// Write implements io.Writer.
func (n destined) Write(p []byte) (int, error) {
	written, err := n.file.Write(p)
	return written, hard(n.name, err)
}

// hard is the error of a file that cannot be written, where there is one.
func hard(name string, err error) error {
	if err == nil {
		return nil
	}
	return unwritten(name, err)
}

// plain is standard output itself.
func plain(w io.Writer) io.Writer {
	if s, ok := w.(*sticky); ok {
		return s.w
	}
	return w
}
