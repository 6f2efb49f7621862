package bolt

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"sluice/storage"
	"sluice/storage/record"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// errPanic marks damage that was found by a panic: bbolt may hold its locks.
var errPanic = errors.New("unreadable page")

// ErrClosed is what a closed store answers.
var ErrClosed = errors.New("store is closed")

// guard runs what touches the mapped file. bbolt panics on a page that cannot be
// what it wrote, and a file that was cut under the map faults; both become
// storage.ErrDamaged here instead of ending the process. It holds for the
// calling goroutine alone, so nothing inside may start another.
//
// All damage leaves through here, and is told what helps.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			what := fmt.Sprintf(": %v", p) // what bbolt expected, and found
			if _, isFault := p.(runtime.Error); isFault {
				what = "" // where a page led the program, which says nothing to anybody
			}
			err = fmt.Errorf("%w: %w%s", storage.ErrDamaged, errPanic, what)
		}
		if _, isTold := errors.AsType[advised](err); !isTold && errors.Is(err, storage.ErrDamaged) {
			err = advised{err}
		}
	}()
	return f()
}

// advised is damage with what is to be done about it.
type advised struct{ damage error }

// Error implements error.
func (a advised) Error() string { return a.damage.Error() + "; restore a backup" }

// Unwrap returns the damage.
func (a advised) Unwrap() error { return a.damage }

// damaged says what in the store cannot be what was written.
func damaged(what string, args ...any) error {
	return fmt.Errorf("%w: %s", storage.ErrDamaged, fmt.Sprintf(what, args...))
}

// broken is the error for a value that does not decode.
func broken(what string, err error) error {
	if errors.Is(err, record.ErrInvalid) {
		return fmt.Errorf("%w: %s: %w", storage.ErrDamaged, what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// unwritten says of a bucket what bbolt says of a key that it cannot put there or take
// away. An entry that claims to be a bucket is damage: none of ours holds another.
func unwritten(n bucket, err error) error {
	if errors.Is(err, bbolterrors.ErrIncompatibleValue) {
		return damaged("bucket %s: %v", bucketNames[n], err)
	}
	return fmt.Errorf("bucket %s: %w", bucketNames[n], err)
}

// openError translates what bbolt says of a file that it cannot use.
func openError(err error) error {
	for _, d := range []error{
		bbolterrors.ErrInvalid, bbolterrors.ErrChecksum, bbolterrors.ErrVersionMismatch, io.ErrUnexpectedEOF, io.EOF,
	} {
		if errors.Is(err, d) {
			return fmt.Errorf("%w: %w", storage.ErrDamaged, err)
		}
	}
	if err != nil && strings.HasPrefix(err.Error(), tooSmall) {
		return fmt.Errorf("%w: its pages are said to be larger than it is", storage.ErrDamaged)
	}
	return err
}

// tooSmall is what bbolt says, without an error of its own, where a damaged first page
// names a page size that leaves no room for two: smaller files never come that far.
const tooSmall = "file size too small"

func isTimeout(err error) bool { return errors.Is(err, bbolterrors.ErrTimeout) }

func isClosed(err error) bool { return errors.Is(err, bbolterrors.ErrDatabaseNotOpen) }

func isMemory(err error) bool { return errors.Is(err, syscall.ENOMEM) }

// uncut is the error of a file that is shorter than the pages in use are; nil: it is not.
func uncut(file *os.File, size int64) error {
	info, err := file.Stat()
	if err == nil && size > info.Size() {
		err = damaged("%d of %d bytes are missing", size-info.Size(), size)
	}
	return err
}

// selfCheck looks at what every start depends on: the schema, whose version it returns,
// and the first and last page of each bucket. Verify looks at everything.
func selfCheck(tx *bbolt.Tx, file *os.File, known int) (version int, err error) {
	if err := uncut(file, tx.Size()); err != nil {
		return 0, err
	}
	if err := checkInline(tx, file); err != nil {
		return 0, err
	}
	if version, err = schemaOf(tx, known); err != nil {
		return version, err
	}
	for _, name := range bucketNames {
		b := tx.Bucket([]byte(name))
		if b == nil && slices.Contains(missing(version), name) {
			continue // a step makes it
		}
		if b == nil {
			return version, damaged("no bucket %q", name)
		}
		c := b.Cursor()
		c.First()
		c.Last()
	}
	return version, nil
}
