package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"sluice/feed/crash"
	"sluice/storage"

	"go.etcd.io/bbolt"
)

// maxGroup is from how many writes on a transaction takes no more, apart from those
// that come together: enough to hide the fsyncs, few enough that none waits long for
// the others.
const maxGroup = 64

// linger is how long a group waits for more while writes come in numbers, which
// the one before it or its own second write shows: a commit costs as much as
// hundreds of their writes.
const linger = 2 * time.Millisecond

// job is one write that waits for the writer.
type job struct {
	apply func(t *txn) error
	taken atomic.Bool // by the writer, or by a caller who gave up
	done  chan error
}

// update has the writer apply f in a transaction. When it returns nil, what f
// did is on disk. A context that ends before f has begun is an error and f never
// runs; afterwards it is not heard, because half a write is none.
//
// f may run more than once: what it changes outside of the transaction must not
// depend on an earlier run.
func (s *Store) update(ctx context.Context, f func(t *txn) error) error {
	j := newJob(f)
	if err := s.enqueue(ctx, []*job{j}); err != nil {
		return err
	}
	return j.wait(ctx)
}

func newJob(f func(t *txn) error) *job { return &job{apply: f, done: make(chan error, 1)} }

// enqueue gives the writer jobs, all or none.
func (s *Store) enqueue(ctx context.Context, jobs []*job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.queue <- jobs:
		return nil
	case <-s.stop:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait returns what came of a job that the writer has.
func (j *job) wait(ctx context.Context) error {
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		return <-j.done
	}
}

// write is the writer: it takes what waits, as one group, until the store is
// closed.
func (s *Store) write() {
	defer crash.End()
	defer close(s.stopped)
	busy := false
	for {
		select {
		case jobs := <-s.queue:
			group := s.gather(jobs, busy)
			busy = len(group) > 1
			s.commit(group)
		case f := <-s.alone:
			f()
		case <-s.asked:
		case <-s.stop:
			return
		}
	}
}

// gather adds to the first jobs those that wait behind them, and, in busy times,
// those that come a moment later: without that the first of the polls that the
// last commit let go would have a commit of its own each time.
func (s *Store) gather(jobs []*job, busy bool) []*job {
	group := wanted(make([]*job, 0, maxGroup), jobs)
	var late <-chan time.Time // nil: whoever is not here is not waited for
	for len(group) < maxGroup {
		select {
		case jobs = <-s.queue:
		default:
			if len(group) < 2 && !busy {
				return group
			}
			if late == nil {
				late = time.After(linger)
			}
			select {
			case jobs = <-s.queue:
			case <-late:
				return group
			}
		}
		group = wanted(group, jobs)
	}
	return group
}

// wanted adds to a group the jobs that no caller has given up.
func wanted(group, jobs []*job) []*job {
	for _, j := range jobs {
		if j.taken.CompareAndSwap(false, true) {
			group = append(group, j)
		}
	}
	return group
}

// commit applies the group in one transaction and answers its jobs. A job that
// fails is answered alone: the transaction is rolled back, which undoes
// whatever it did, and the others are applied again without it.
func (s *Store) commit(group []*job) {
	for len(group) > 0 {
		if failed := s.failed.Load(); failed != nil {
			answer(group, *failed)
			return
		}
		at, err := s.try(group)
		if at < 0 {
			answer(group, err)
			return
		}
		group[at].done <- err
		group = slices.Delete(group, at, at+1)
	}
}

func answer(group []*job, err error) {
	for _, j := range group {
		j.done <- err
	}
}

// try runs the group's transaction. When a job fails it returns the job's place
// in the group and its error, and nothing is changed. Otherwise the place is -1
// and the error, if any, is the commit's: then nobody knows what is on disk, so
// nothing may be written until the file is opened anew.
func (s *Store) try(group []*job) (at int, err error) {
	at = -1
	end := s.watch(true)
	defer func() { end(err) }()
	var t *txn
	err = guard(func() error {
		return s.db().Update(func(tx *bbolt.Tx) error {
			t = newTxn(tx)
			for i, j := range group {
				at = i
				if err := j.apply(t); err != nil {
					t.failed()
					return err
				}
			}
			at = -1
			return nil
		})
	})
	switch {
	case err == nil:
		s.claims.moved(t.moves)
		return -1, nil
	case errors.Is(err, errPanic):
		s.stuck.Store(true)
		return -1, s.fail(err)
	case at >= 0:
		return at, err
	}
	return -1, s.fail(err)
}

// fail makes the store refuse every later write. It returns what the first call of it made
// of its error: whoever finds the store to be of no more use, once is enough.
func (s *Store) fail(err error) error {
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		err = file.Err // which file is known, and its path may be nobody's business
	}
	todo := "see to the disk"
	if isFull(err) {
		todo = "make room"
	} else if errors.Is(err, storage.ErrDamaged) {
		todo = "restore a backup"
	}
	if told, ok := errors.AsType[advised](err); ok {
		err = told.damage
	}
	err = fmt.Errorf("%w: %w; nothing is written any more, %s and start again", storage.ErrFailed, err, todo)
	if s.failed.CompareAndSwap(nil, &err) {
		close(s.broken)
	}
	return *s.failed.Load()
}

// isFull reports whether an error is that there was no room. bbolt passes on only the
// words of some.
func isFull(err error) bool {
	return slices.ContainsFunc([]syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}, func(none syscall.Errno) bool {
		return errors.Is(err, none) || strings.Contains(err.Error(), none.Error())
	})
}

// view runs f in a read transaction.
func (s *Store) view(ctx context.Context, f func(t *txn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	end := s.watch(false)
	err := s.read(f)
	end(err)
	if isClosed(err) {
		return ErrClosed
	}
	return err
}

// read runs f in a read transaction of the file that is the store's when it begins.
func (s *Store) read(f func(t *txn) error) error {
	o := s.opened.Load()
	for !o.begin() { // another file took its place just now
		o = s.opened.Load()
	}
	defer o.end()
	size := int64(0)
	err := guard(func() error {
		return o.db.View(func(tx *bbolt.Tx) error {
			t := newTxn(tx)
			t.file, size = o.file, tx.Size()
			return f(t)
		})
	})
	if errors.Is(err, errPanic) {
		if cut := uncut(o.file, size); cut != nil {
			return s.fail(cut) // unlike a page that is spoiled, this is the end of all
		}
	}
	return err
}
