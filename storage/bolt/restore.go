package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"sluice/storage"
)

// Examine reads a whole copy of a store, which errors call by the name, and says what
// is in it; see Open and Verify for what may be wrong with it. Nobody else may have the
// file open.
func Examine(ctx context.Context, path, name string) (storage.Contents, error) {
	if _, err := os.Stat(path); err != nil {
		return storage.Contents{}, err // Open would make one
	}
	s, err := openAs(ctx, path, name, Options{draft: true})
	if err != nil {
		return storage.Contents{}, err
	}
	var c storage.Contents
	if err = s.Verify(ctx); err == nil {
		c, err = s.Contents(ctx)
	}
	return c, errors.Join(err, s.Close())
}

// OpenCopy opens a copy for Restore; the caller closes it. One that is itself a store in
// use is storage.ErrLocked: it changes while it is read.
func OpenCopy(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() && isHeld(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)) {
		err = fmt.Errorf("%s: %w%s", path, storage.ErrLocked, holder(path))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// isHeld reports whether an error of flock says that another has the lock. A file system
// without locks has no store in use.
func isHeld(err error) bool { return errors.Is(err, syscall.EWOULDBLOCK) }

// Restore makes a copy, which Backup wrote, the store at path. It is read to its end and
// verified before anything changes, and then takes its place at once: whatever ends the
// process, the store is the one of before or the copy, and both are whole. Its mode is
// 0600; made by root, it belongs to whom the one of before did, else its folder.
//
// A store that is there gets the name keep, which must be free; without a name for it
// Restore is refused with fs.ErrExist. It need not be sound, but nobody may have it open:
// storage.ErrLocked, after the time that opt.LockTimeout gives. What the copy may be
// refused for is said of the name: storage.ErrEmpty, ErrNewer, ErrDamaged.
func Restore(ctx context.Context, path, keep string, from io.Reader, name string, opt Options) (storage.Contents, error) {
	held, err := hold(ctx, path, opt)
	if err != nil {
		return storage.Contents{}, fmt.Errorf("store %s: %w", path, err)
	}
	var c storage.Contents
	if held != nil && keep == "" {
		err = fmt.Errorf("store %s: %w", path, fs.ErrExist)
	} else {
		c, err = restore(ctx, path, keep, held != nil, from, name)
	}
	if held != nil {
		err = errors.Join(err, held.Close())
	}
	return c, err
}

func restore(ctx context.Context, path, keep string, there bool, from io.Reader, name string) (c storage.Contents, err error) {
	temp, err := draft(ctx, path, from)
	if temp != "" {
		defer func() {
			if gone := os.Remove(temp); gone != nil && !errors.Is(gone, fs.ErrNotExist) { // renamed
				err = errors.Join(err, gone)
			}
		}()
	}
	if err != nil {
		return c, fmt.Errorf("restore of store %s: %w", path, err)
	}
	if c, err = Examine(ctx, temp, name); err != nil {
		return c, err
	}
	if there {
		err = exchange(temp, path, keep)
	} else {
		err = settleAt(temp, path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return c, fmt.Errorf("restore of store %s: %w", path, err)
	}
	return c, nil
}

// draft has a copy on disk beside its place. The name is one that the next Open sweeps.
func draft(ctx context.Context, path string, from io.Reader) (temp string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+tempSuffix+"*") // mode 0600
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("its folder is not there; make it: %w", fs.ErrNotExist)
	}
	if err != nil {
		return "", err
	}
	if err = bequeath(f, path); err != nil {
		return f.Name(), errors.Join(err, f.Close())
	}
	_, err = io.Copy(&heedful{ended: ctx.Err, w: f}, from)
	if err == nil {
		err = f.Sync()
	}
	return f.Name(), errors.Join(err, f.Close())
}

// bequeath gives a file to whom the store at path belongs, or its folder where there is
// none, when root made it: a daemon that is somebody else could not open it.
func bequeath(f *os.File, path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		info, err = os.Stat(filepath.Dir(path))
	}
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		return f.Chown(int(owner.Uid), int(owner.Gid))
	}
	return nil
}

// hold locks the store at path without reading it, as whoever opens it would; nil where
// there is none.
func hold(ctx context.Context, path string, opt Options) (*os.File, error) {
	if opt.LockTimeout <= 0 {
		opt.LockTimeout = defaultLockTimeout
	}
	wait, cancel := context.WithTimeout(ctx, opt.LockTimeout)
	defer cancel()
	for {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, nil
		case err != nil:
			return nil, err
		}
		info, err := f.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("not a regular file")
		}
		if err == nil {
			err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		}
		if err == nil && sameFile(path, f) {
			return f, nil
		}
		if err = errors.Join(err, f.Close()); err != nil && !isHeld(err) {
			return nil, err
		}
		select {
		case <-wait.Done():
			if ctx.Err() != nil { // it ends wait, too
				return nil, ctx.Err()
			}
			return nil, fmt.Errorf("%w%s", storage.ErrLocked, holder(path))
		case <-time.After(lockPause):
		}
	}
}

// exchange gives a store another name, which must be free, and its own to the file temp.
// At each moment one of the two has it, where the file system has links.
func exchange(temp, path, keep string) error {
	err := os.Link(path, keep)
	if err == nil || errors.Is(err, fs.ErrExist) {
		if err != nil {
			return err
		}
		return os.Rename(temp, path)
	}
	if _, err := os.Lstat(keep); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", keep, fs.ErrExist)
	}
	if err := os.Rename(path, keep); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Rename(keep, path))
	}
	return nil
}

// settleAt gives a file the name of a store, unless one has come to be there.
func settleAt(temp, path string) error {
	err := os.Link(temp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	return os.Rename(temp, path)
}
