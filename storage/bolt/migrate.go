package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sluice/storage"

	"go.etcd.io/bbolt"
)

// step brings a store to the next version. It may be stopped before its end and begins anew
// then. What it does never changes once a release had it: whatever store there is goes
// through all that came after it.
type step struct {
	// ahead, if not nil, makes in transactions of its own what is too much for one. The store
	// stays what it is, for whoever reads it.
	ahead func(ctx context.Context, db *bbolt.DB) error
	do    func(tx *bbolt.Tx) error // in one transaction with noting it
}

// steps lead from each version to the next, beginning with the first. The version of
// today is one more than there are. A new one comes with a store of the version before
// it in testdata.
var steps = []step{{do: listRemoved}, {do: keepBlocks}, {ahead: makePacked, do: usePacked}}

// younger are the buckets that came while version 1 was today's. Stores of it may be
// without them.
var younger = bucketNames[bHubs:bBlocks]

// missing are the buckets that a store of a version may be without.
func missing(version int) []string {
	switch version {
	case 1:
		return bucketNames[bHubs:]
	case 2:
		return bucketNames[bBlocks:]
	}
	return nil
}

// dropped is the bucket in which stores of version 1 kept the order of due sources.
const dropped = "due"

// listRemoved leads to version 2, in which it is kept what sources list, what retention
// removed, and how many articles there are.
func listRemoved(tx *bbolt.Tx) error {
	for _, name := range younger {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	if tx.Bucket([]byte(dropped)) != nil { // whoever reads it must not believe what nobody keeps
		if err := tx.DeleteBucket([]byte(dropped)); err != nil {
			return err
		}
	}
	return countAll(tx)
}

// keepBlocks leads to version 3, in which texts of articles that came together are in blocks.
func keepBlocks(tx *bbolt.Tx) error {
	_, err := tx.CreateBucketIfNotExists([]byte(bucketNames[bBlocks]))
	return err
}

// migrate brings a store of an earlier version to that of today. A copy of what it was is
// made first, beside it, and returned by its name; none where it is itself a copy.
func (o *opened) migrate(ctx context.Context, path string, version int, opt Options) (kept string, err error) {
	if !opt.draft {
		kept = fmt.Sprintf("%s.v%d.bak", path, version)
		if err := o.keepAs(ctx, path, kept, opt); err != nil {
			return "", fmt.Errorf("schema %d is to become %d, and the copy of before cannot be made: %w", version, len(opt.steps)+1, err)
		}
	}
	for ; version <= len(opt.steps); version++ {
		err := o.take(ctx, opt.steps[version-1], version+1)
		if err != nil {
			return "", fmt.Errorf("from schema %d to %d: %w", version, version+1, err)
		}
	}
	return kept, nil
}

// take takes a step to a version.
func (o *opened) take(ctx context.Context, s step, to int) error {
	if s.ahead != nil {
		if err := s.ahead(ctx, o.db); err != nil {
			return err
		}
	}
	return o.db.Update(func(tx *bbolt.Tx) error {
		if err := s.do(tx); err != nil {
			return err
		}
		return putVersion(tx, to)
	})
}

// stepsRoom is which part of a store what steps make takes beside what they make it of, at most.
const stepsRoom = 4

// keepAs makes a copy of the store, whole or not at all, in place of one of before: of a
// start that was killed, or of a store that was put back since.
func (o *opened) keepAs(ctx context.Context, path, name string, opt Options) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+tempSuffix+"*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = o.db.View(func(tx *bbolt.Tx) error {
		if spare, known := spareRoom(f); known {
			size := tx.Size()
			if err := roomFor(size+size/stepsRoom, spare); err != nil {
				return err
			}
		}
		to := &heedful{ended: ctx.Err, w: f}
		if _, err := tx.WriteTo(to); to.err != nil {
			return to.err // bbolt keeps the words alone
		} else if err != nil {
			return openError(err)
		}
		return nil
	})
	if err != nil && isFull(err) {
		err = fmt.Errorf("%w: %w", storage.ErrFull, err)
	}
	if err == nil {
		err = bequeath(f, path)
	}
	if err == nil && !opt.NoSync {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil || opt.NoSync {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// Migrated says from which version a store was brought to that of today when it was
// opened, and where the copy of before is; 0: from none.
func (s *Store) Migrated() (version int, kept string) { return s.was, s.kept }
