package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"

	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/storage"
	"sluice/storage/bolt"
)

// RestoreRequest asks for a copy to become the store.
type RestoreRequest struct {
	Name  string    // of the copy, for errors
	From  io.Reader // what Backup wrote
	Force bool      // also in place of a store that is there
	Now   time.Time // of which the store of before has its name
}

// Restored is what came of a restore.
type Restored struct {
	control.Contents

	Kept string // path of the store of before, as it may be shown; empty: there was none
}

// Restore makes a copy the store that the configuration names. It is for when nobody has
// that open; see bolt.Restore for what is refused. What is there without Force is
// fs.ErrExist, and told before the copy is read.
func Restore(ctx context.Context, cfg *config.Config, opt EngineOptions, req RestoreRequest) (Restored, error) {
	path := cfg.Storage.Path
	keep, done := "", Restored{}
	if req.Force {
		suffix := freeSuffix(path.Reveal(), req.Now)
		keep = path.Reveal() + suffix
		if _, err := os.Lstat(path.Reveal()); err == nil {
			done.Kept = path.String() + suffix
		}
	}
	c, err := bolt.Restore(ctx, path.Reveal(), keep, req.From, req.Name, bolt.Options{LockTimeout: opt.LockTimeout})
	if errors.Is(err, fs.ErrExist) && !req.Force {
		return done, fmt.Errorf("restore: %w at %s; with --force the copy takes its place, and it is kept beside it", errThere, path)
	}
	if err != nil {
		return done, path.Hide(err)
	}
	done.Contents = control.NewContents(path.String(), c)
	return done, nil
}

// freeSuffix makes a name that is free of a path: with the time, and a number where
// something has that name already.
func freeSuffix(path string, now time.Time) string {
	stamp := now.UTC().Format(".20060102T150405Z")
	suffix := stamp
	for n := 2; ; n++ {
		if _, err := os.Lstat(path + suffix); err != nil {
			return suffix
		}
		suffix = stamp + "-" + strconv.Itoa(n)
	}
}

var errThere = errors.New("a store is there already")

// OpenCopy opens a copy for a restore; the caller closes it. It is not to be the store
// itself, nor another that is in use: see bolt.OpenCopy.
func OpenCopy(cfg *config.Config, name string) (*os.File, error) {
	f, err := bolt.OpenCopy(name)
	if errors.Is(err, storage.ErrLocked) {
		return nil, fmt.Errorf("restore: %w, and changes meanwhile; restore what sluice backup makes of it", err)
	}
	if err != nil {
		return nil, err
	}
	there, err := f.Stat()
	store, missing := os.Stat(cfg.Storage.Path.Reveal())
	if err == nil && missing == nil && os.SameFile(store, there) {
		err = errors.New("restore: the file is the store itself; name a copy")
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
