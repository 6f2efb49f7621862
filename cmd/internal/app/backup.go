package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/storage"
	"sluice/storage/bolt"
)

// Backup implements control.Daemon. The copy is first made beside the store, so that it
// costs the store nothing how fast a client takes it.
func (a *App) Backup(ctx context.Context, req control.BackupRequest, w io.Writer) (control.Contents, error) {
	path := a.engine.Config().Storage.Path
	if err := another(path, req.File); err != nil {
		return control.Contents{}, err
	}
	spool, c, err := a.engine.Store.Spool(ctx)
	if err != nil {
		return control.Contents{}, path.Hide(err)
	}
	_, err = io.CopyBuffer(w, struct{ io.Reader }{spool}, make([]byte, 256<<10))
	if err = errors.Join(err, spool.Close()); err != nil {
		return control.Contents{}, fmt.Errorf("backup of store %s: %w", path, err)
	}
	a.log.InfoContext(ctx, "store copied", "articles", c.Articles, "bytes", c.Bytes)
	return control.NewContents(path.String(), c), nil
}

// Backup writes a copy of the store without a daemon. Where there is no store that is
// storage.ErrEmpty.
func Backup(ctx context.Context, cfg *config.Config, opt EngineOptions, req control.BackupRequest, w io.Writer) (control.Contents, error) {
	path := cfg.Storage.Path
	if err := another(path, req.File); err != nil {
		return control.Contents{}, err
	}
	return onStore(ctx, cfg, opt, func(store *bolt.Store) (control.Contents, error) {
		c, err := store.Backup(ctx, w)
		return control.NewContents(path.String(), c), path.Hide(err)
	})
}

// Copied implements control.Daemon.
func (a *App) Copied(ctx context.Context, done control.CopiedRequest) (struct{}, error) {
	return struct{}{}, a.engine.Config().Storage.Path.Hide(a.engine.Store.Copied(ctx, done.At))
}

// Copied remembers a copy without a daemon; see App.Copied.
func Copied(ctx context.Context, cfg *config.Config, opt EngineOptions, done control.CopiedRequest) error {
	_, err := onStore(ctx, cfg, opt, func(store *bolt.Store) (struct{}, error) {
		return struct{}{}, cfg.Storage.Path.Hide(store.Copied(ctx, done.At))
	})
	return err
}

// another says that a file is not the store itself, under whatever name, nor one that
// anybody else has open: a copy in its place would be a store that nobody writes to. An
// empty name is no file.
func another(path config.Path, file string) error {
	there, err := os.Stat(file)
	switch store, missing := os.Stat(path.Reveal()); {
	case err == nil && missing == nil && os.SameFile(store, there):
		return errors.New("backup: the file is the store itself; name another")
	case err == nil && there.Mode().IsRegular():
		return unused(file)
	}
	return nil
}

// unused says that nobody has a file open as a store. Who cannot read it does not.
func unused(file string) error {
	f, err := bolt.OpenCopy(file)
	if errors.Is(err, storage.ErrLocked) {
		return fmt.Errorf("backup: the file is another store: %w; name another file", err)
	}
	if f != nil {
		return f.Close()
	}
	return nil
}

// Examine says what is in a copy of a store, which errors call by the name, after a look
// at all of it: storage.ErrDamaged where it is not sound. Nobody else may use the file
// meanwhile.
func Examine(ctx context.Context, path, name string) (control.Contents, error) {
	c, err := bolt.Examine(ctx, path, name)
	return control.NewContents(name, c), err
}
