package cli

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// folder writes files into a directory, each whole or not at all: a reader of the
// directory sees what was there before or what is there now. It makes directories that
// are missing, leaves alone what is as it should be, and removes nothing but what it did
// not get finished with.
type folder struct {
	dir string
	now time.Time

	changed, same int
	seen          map[string]bool // directories that were swept
	stale         map[string]bool // those in which names were changed
}

// Files on their way have these names, with a random part between.
const (
	draftPrefix = ".sluice-"
	draftSuffix = ".tmp"
	// draftAge is from when on a file on its way is taken for one that was left behind.
	draftAge = time.Hour
)

// put writes a file at a path below the directory. The error ends the process with the
// status of those that cannot be written.
func (f *folder) put(name string, body []byte) error {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return fmt.Errorf("%q leads out of the folder", name)
	}
	path := filepath.Join(f.dir, filepath.FromSlash(name))
	if err := f.write(path, body); err != nil {
		return unwritten(path, err)
	}
	return nil
}

// unwritten is the error of a file. Whatever kept it from being written, the disk, a
// permission or what is in its place, the status is one.
func unwritten(path string, err error) error {
	if link, ok := errors.AsType[*os.LinkError](err); ok {
		err = link.Err
	} else if file, ok := errors.AsType[*fs.PathError](err); ok {
		err = file.Err
	}
	return &exitError{exitIO, fmt.Errorf("%s cannot be written: %w", path, err)}
}

func (f *folder) write(path string, body []byte) error {
	dir := filepath.Dir(path)
	if err := f.enter(dir); err != nil {
		return err
	}
	same, err := holds(path, body)
	if err != nil {
		return err
	}
	if same {
		f.same++
		return nil
	}
	if err := replace(path, body); err != nil {
		return err
	}
	f.changed++
	f.stale[dir] = true
	return nil
}

// enter makes a directory, and takes away what was left behind there.
func (f *folder) enter(dir string) error {
	if f.seen[dir] {
		return nil
	}
	if f.seen == nil {
		f.seen, f.stale = map[string]bool{}, map[string]bool{}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := sweepDrafts(dir, f.now); err != nil {
		return err
	}
	f.seen[dir] = true
	return nil
}

// sweepDrafts removes the files on their way that were left behind in a directory.
func sweepDrafts(dir string, now time.Time) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), draftPrefix) || !strings.HasSuffix(e.Name(), draftSuffix) {
			continue
		}
		info, err := e.Info()
		if err != nil || now.Sub(info.ModTime()) < draftAge {
			continue // it went meanwhile, or somebody is writing it
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// holds reports whether a file has this content already.
func holds(path string, body []byte) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case info.IsDir():
		return false, errors.New("a folder is in its place")
	case !info.Mode().IsRegular() || info.Size() != int64(len(body)):
		return false, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return false, nil // what cannot be read can still be replaced
	}
	defer func() { _ = file.Close() }() // nothing was written
	buffer := make([]byte, 64<<10)
	for {
		n, err := file.Read(buffer)
		if !bytes.HasPrefix(body, buffer[:n]) {
			return false, nil
		}
		body = body[n:]
		if errors.Is(err, io.EOF) {
			return len(body) == 0, nil
		}
		if err != nil {
			return false, nil // as above
		}
	}
}

// draftBeside is a name for a file on its way to a path.
func draftBeside(path string) string {
	return filepath.Join(filepath.Dir(path), draftPrefix+rand.Text()+draftSuffix)
}

// replace puts a file in the place of what is there, once it is on disk.
func replace(path string, body []byte) (err error) {
	draft := draftBeside(path)
	file, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(draft)))
		}
	}()
	_, err = file.Write(body)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(draft, path)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// close returns when the names of all files are on disk, too.
func (f *folder) close() error {
	for _, dir := range slices.Sorted(maps.Keys(f.stale)) {
		if err := syncFolder(dir); err != nil {
			return unwritten(dir, err)
		}
	}
	f.stale = map[string]bool{}
	return nil
}

// syncFolder returns when the names in a directory are on disk.
func syncFolder(dir string) error {
	file, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
