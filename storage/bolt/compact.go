package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"sluice/feed/crash"
	"sluice/storage"

	"go.etcd.io/bbolt"
)

// The sizes of the steps of a compaction.
const (
	maxCopied  = 8 << 20  // bytes that are copied in one transaction
	maxUnsafe  = 64 << 20 // bytes after which the disk is waited for: the last wait is to be short
	copiedStep = 256      // keys after which it is asked whether to go on
)

// Compact writes the store anew without what is free in it; see storage.Keeper. The new
// file is made beside the store and read to its end, takes the lock, and only then the
// store's name, so that whoever waits for that finds one of the two locked at each
// moment: see Open, which looks again whether the file that it has locked still has the
// name. Reads that have begun end in the old file.
func (s *Store) Compact(ctx context.Context) (before, after int64, err error) {
	done := make(chan struct{})
	work := func() {
		defer close(done)
		before, after, err = s.compact(ctx)
	}
	select {
	case s.alone <- work:
		<-done
	case <-s.stop:
		err = ErrClosed
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return 0, 0, fmt.Errorf("compact store %s: %w", s.name, err)
	}
	return before, after, nil
}

// compact is Compact within the writer: nothing is written meanwhile.
func (s *Store) compact(ctx context.Context) (before, after int64, err error) {
	if failed := s.failed.Load(); failed != nil {
		return 0, 0, *failed
	}
	step := func() error {
		select {
		case <-s.stop:
			return ErrClosed
		default:
			return s.stepping(ctx)()
		}
	}
	info, err := s.file().Stat()
	if err != nil {
		return 0, 0, err
	}
	path, err := filepath.EvalSymlinks(s.path) // a link to the store stays one
	if err != nil {
		return 0, 0, err
	}
	temp, err := s.makeRoom(ctx, path, info)
	if err != nil {
		return 0, 0, err
	}
	defer func() {
		if gone := os.Remove(temp); gone != nil && !errors.Is(gone, fs.ErrNotExist) { // renamed
			err = errors.Join(err, gone)
		}
	}()
	if err := s.rewrite(temp, step); err != nil {
		return 0, 0, full(temp, err)
	}
	if err := s.same(ctx, temp, step); err != nil {
		return 0, 0, err
	}
	after, err = s.change(ctx, temp, path)
	return info.Size(), after, err
}

// makeRoom makes an empty file for the copy, with the mode and the owner of the store. It
// is refused where there is no room for all that is in use, and a bit more for the pages.
func (s *Store) makeRoom(ctx context.Context, path string, store os.FileInfo) (temp string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+tempSuffix+"*")
	if err != nil {
		return "", err
	}
	u, err := s.Usage(ctx)
	if spare, known := spareRoom(f); err == nil && known {
		used := u.Bytes - u.Free
		if need := used + used/8 + growth; spare < need {
			err = fmt.Errorf("%w: %d KiB are free beside it and the new file needs up to %d: %d KiB are missing", storage.ErrFull, spare>>10, need>>10, (need-spare)>>10+1)
		}
	}
	if err == nil {
		err = errors.Join(bequeath(f, path), f.Chmod(store.Mode().Perm()))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// full says of an error of writing that there was no room, where that is it.
func full(path string, err error) error {
	if isFull(err) {
		return fmt.Errorf("%w: %w; the store is as it was", storage.ErrFull, err)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, ErrClosed) || errors.Is(err, storage.ErrDamaged) {
		return err
	}
	return fmt.Errorf("%w; the store is as it was", &fs.PathError{Op: "write", Path: path, Err: err})
}

// rewrite copies all keys into the file and has them on disk.
func (s *Store) rewrite(temp string, step func() error) error {
	options := boltOptions(s.opt, 0)
	options.InitialMmapSize = 0
	options.NoSync, options.NoGrowSync = true, true // once, at the end
	to, err := bbolt.Open(temp, fileMode, options)
	if err != nil {
		return err
	}
	to.AllocSize = growth
	err = guard(func() error {
		return s.db().View(func(tx *bbolt.Tx) error {
			c := copying{to: to, step: step, nosync: s.opt.NoSync}
			return c.all(tx)
		})
	})
	if errors.Is(err, errPanic) {
		return err // bbolt's locks may be held; the file is of no use, and has no other name
	}
	if err == nil && !s.opt.NoSync {
		err = to.Sync()
	}
	return errors.Join(err, to.Close())
}

// copying is a store on its way into another file.
type copying struct {
	to     *bbolt.DB
	step   func() error
	nosync bool

	tx     *bbolt.Tx // the transaction that is open
	bytes  int       // in it
	unsafe int       // since the disk was waited for
}

// all copies the buckets, each with its sequence, in the order of their keys.
func (c *copying) all(from *bbolt.Tx) (err error) {
	if c.tx, err = c.to.Begin(true); err != nil {
		return err
	}
	err = from.ForEach(func(name []byte, b *bbolt.Bucket) error {
		to, err := c.tx.CreateBucket(name)
		if err == nil {
			err = to.SetSequence(b.Sequence())
		}
		if err != nil {
			return err
		}
		return c.bucket(name, b)
	})
	if err != nil {
		_ = c.tx.Rollback() // one that failed to commit is closed already
		return err
	}
	return c.tx.Commit()
}

func (c *copying) bucket(name []byte, from *bbolt.Bucket) error {
	to := c.tx.Bucket(name)
	to.FillPercent = copiedFill(string(name))
	cursor, n := from.Cursor(), 0
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		if n++; n%copiedStep == 0 {
			if err := c.step(); err != nil {
				return err
			}
		}
		if c.bytes > maxCopied {
			if err := c.commit(); err != nil {
				return err
			}
			to = c.tx.Bucket(name)
			to.FillPercent = copiedFill(string(name))
		}
		if err := to.Put(k, v); err != nil {
			return err
		}
		c.bytes += len(k) + len(v)
	}
	return nil
}

// copiedFill is how full pages are left: keys that come into the middle of full ones
// would split each.
func copiedFill(name string) float64 {
	for i, known := range bucketNames {
		if known == name && fill[i] > 0 {
			return fill[i]
		}
	}
	return 0.9
}

// commit begins another transaction.
func (c *copying) commit() (err error) {
	if err := c.tx.Commit(); err != nil {
		return err
	}
	if c.unsafe += c.bytes; c.unsafe > maxUnsafe && !c.nosync {
		if err := c.to.Sync(); err != nil {
			return err
		}
		c.unsafe = 0
	}
	if err := c.step(); err != nil {
		return err
	}
	c.bytes = 0
	c.tx, err = c.to.Begin(true)
	return err
}

// same reads the copy to its end, and sees that it has what the store has.
func (s *Store) same(ctx context.Context, temp string, step func() error) error {
	opt := Options{LockTimeout: s.opt.LockTimeout, NoSync: s.opt.NoSync, InitialMmap: 1}
	made, err := openAs(ctx, temp, s.name, opt)
	if err != nil {
		return err
	}
	err = made.verify(ctx, step)
	if err == nil {
		var is, was storage.Contents
		if is, err = made.Contents(ctx); err == nil {
			was, err = s.Contents(ctx)
		}
		if is.Bytes = was.Bytes; err == nil && is != was {
			err = damaged("the copy has %d articles of %d sources, the store %d of %d", is.Articles, is.Sources, was.Articles, was.Sources)
		}
	}
	return errors.Join(err, made.Close())
}

// change gives the copy the store's name, and has all that begins later use it. Nothing
// can be written before the folder is on disk: it would be lost if the old file came back.
func (s *Store) change(ctx context.Context, temp, path string) (size int64, err error) {
	made := &opened{}
	if err := guard(func() error { return made.lock(ctx, temp, s.opt) }); err != nil {
		return 0, errors.Join(err, made.giveUp(err))
	}
	info, err := made.file.Stat()
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return 0, errors.Join(err, made.giveUp(err))
	}
	s.retired.add(s.opened.Swap(made))
	if !s.opt.NoSync {
		if err := syncFolder(filepath.Dir(path)); err != nil {
			return 0, s.fail(err)
		}
	}
	return info.Size(), nil
}

// retired are files that were the store's, until the last read in them has ended.
type retired struct {
	work sync.WaitGroup
	mu   sync.Mutex
	errs []error
}

// add closes a file as soon as nobody reads it.
func (r *retired) add(o *opened) {
	r.work.Go(func() {
		defer crash.End()
		if err := o.retire(); err != nil {
			r.mu.Lock()
			r.errs = append(r.errs, err)
			r.mu.Unlock()
		}
	})
}

// end waits for all of them and returns what went wrong.
func (r *retired) end() error {
	r.work.Wait()
	return errors.Join(r.errs...)
}
