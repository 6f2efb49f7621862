package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sluice/storage"

	"go.etcd.io/bbolt"
)

const (
	fileMode = 0o600 // feeds may be private, and states hold addresses' validators
	// pageSize is twice that of bbolt: texts that come alone compress to a kilobyte or
	// two, and a page of 4 KiB would stay empty by a fifth behind them.
	pageSize = 8192
	// minSize is what the smallest store has: two meta pages, the free list and a
	// root, of pages as small as bbolt makes any.
	minSize = 4 * 4096
)

// tempSuffix follows the store's name in files that become a store by rename.
const tempSuffix = ".tmp."

// ensure makes the store if there is nothing at path. It appears whole or not at
// all: a crash leaves a file of another name.
func ensure(path string, opt Options) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return create(path, opt)
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("not a regular file")
	case info.Size() < minSize:
		return fmt.Errorf("%w: %d bytes; restore a backup (sluice restore), or remove the file to begin anew", storage.ErrEmpty, info.Size())
	}
	return nil
}

// create makes the store, for whom its folder belongs to where root does it: a command of
// an operator must not leave what the daemon cannot open.
func create(path string, opt Options) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+tempSuffix+"*") // mode 0600
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("its folder is not there; make it: %w", fs.ErrNotExist)
	case err != nil:
		return err
	}
	temp := f.Name()
	defer func() {
		// Gone after a rename; a second name of the store after a link.
		if gone := os.Remove(temp); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}()
	if err := errors.Join(bequeath(f, path), f.Close()); err != nil {
		return err
	}
	if err := initialise(temp, opt); err != nil {
		return err
	}
	if err := place(temp, path); err != nil {
		return err
	}
	if opt.NoSync {
		return nil
	}
	return syncFolder(dir)
}

// initialise makes an empty store in a file of its own and has it on disk.
func initialise(path string, opt Options) error {
	options := boltOptions(opt, 0)
	options.InitialMmapSize = 0
	db, err := bbolt.Open(path, fileMode, options)
	if err != nil {
		return err
	}
	err = db.Update(makeSchema)
	if err == nil && !opt.NoSync {
		err = db.Sync()
	}
	return errors.Join(err, db.Close())
}

// place gives the finished file its name, unless another process was quicker: a
// link never replaces a file. File systems without links get a rename.
func place(temp, path string) error {
	err := os.Link(temp, path)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return nil // the other store is opened, and its lock decides
	}
	if _, statErr := os.Stat(path); statErr == nil {
		return nil
	}
	return os.Rename(temp, path)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// sweep removes what earlier processes left half made. It runs under the lock.
// What cannot be removed does no harm.
func sweep(path string) {
	if real, err := filepath.EvalSymlinks(path); err == nil && real != filepath.Clean(path) {
		sweep(real) // beside which compactions write
	}
	left, err := filepath.Glob(globQuote(path) + tempSuffix + "*")
	if err != nil {
		return // not reached: the pattern is well formed
	}
	for _, name := range left {
		if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() {
			_ = os.Remove(name)
		}
	}
}

// globQuote makes a path a pattern that matches it alone.
func globQuote(path string) string {
	var b []byte
	for i := range len(path) {
		switch c := path[i]; c {
		case '*', '?', '[', '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}
