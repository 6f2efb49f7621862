package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sluice/storage"
)

// Backup writes a copy of the store; see storage.Keeper. What is written is a file that
// Open opens. One transaction is open until w has taken it all: see Spool.
func (s *Store) Backup(ctx context.Context, w io.Writer) (storage.Contents, error) {
	c, err := s.copyTo(ctx, w)
	if err != nil {
		return c, fmt.Errorf("backup of store %s: %w", s.name, err)
	}
	return c, nil
}

func (s *Store) copyTo(ctx context.Context, w io.Writer) (c storage.Contents, err error) {
	err = s.view(ctx, func(t *txn) (err error) {
		if c, err = t.contents(); err != nil {
			return err
		}
		to := &heedful{ended: s.stepping(ctx), w: w}
		if _, err = t.tx.WriteTo(to); to.err != nil {
			return to.err // bbolt keeps the words alone
		}
		return openError(err)
	})
	return c, err
}

// When the last copy was made is kept as the sequence of bucket meta, in seconds since 1970.

// Copied remembers a copy; see storage.Keeper.
func (s *Store) Copied(ctx context.Context, at time.Time) error {
	err := s.update(ctx, func(t *txn) error {
		meta, second := t.bucket(bMeta), uint64(max(at.Unix(), 0))
		if second <= meta.Sequence() {
			return nil
		}
		t.wrote = true
		return meta.SetSequence(second)
	})
	if err != nil {
		return fmt.Errorf("last copy: %w", err)
	}
	return nil
}

// LastCopy returns when Copied says that the last copy was made; see storage.Keeper.
func (s *Store) LastCopy(ctx context.Context) (at time.Time, err error) {
	err = s.view(ctx, func(t *txn) error {
		if second := t.bucket(bMeta).Sequence(); second > 0 {
			at = time.Unix(int64(second), 0).UTC()
		}
		return nil
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("last copy: %w", err)
	}
	return at, nil
}

// heedful is a writer that takes no more when nobody wants it, and remembers why.
type heedful struct {
	ended func() error
	w     io.Writer
	err   error
}

// Write implements io.Writer.
func (h *heedful) Write(p []byte) (n int, err error) {
	if h.err == nil {
		h.err = h.ended()
	}
	if h.err != nil {
		return 0, h.err
	}
	n, h.err = h.w.Write(p)
	return n, h.err
}

// Spool is Backup into a file beside the store that has no name, for whoever is slower
// than the disk: while a transaction is open what others free is not used again, and
// the store would grow for as long as a client takes. The file is gone once it is
// closed, whatever ends the process; it is read from its beginning, and the caller's to
// close. So that it does not take the room that the store needs, it is refused where
// less than reserve would be left.
func (s *Store) Spool(ctx context.Context) (*os.File, storage.Contents, error) {
	s.spooling.Lock() // two at a time would each see the room for one
	defer s.spooling.Unlock()
	f, c, err := s.spool(ctx)
	if err != nil {
		return nil, c, fmt.Errorf("backup of store %s: %w", s.name, err)
	}
	return f, c, nil
}

func (s *Store) spool(ctx context.Context) (*os.File, storage.Contents, error) {
	c, err := s.Contents(ctx)
	if err != nil {
		return nil, c, err
	}
	// A name that the next Open sweeps, should we be killed before it is gone.
	f, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+tempSuffix+"*")
	if err != nil {
		return nil, c, err
	}
	err = os.Remove(f.Name())
	if spare, known := spareRoom(f); err == nil && known {
		err = roomFor(c.Bytes, spare)
	}
	if err == nil {
		c, err = s.copyTo(ctx, f)
	}
	if err != nil && isFull(err) {
		err = fmt.Errorf("%w: %w", storage.ErrFull, err)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, c, errors.Join(err, f.Close())
	}
	return f, c, nil
}

// reserve is how much room the store is left to grow into. After a commit that failed
// for want of room it takes no more until it is opened again.
const reserve = 64 << 20

// roomFor says whether a copy of so many bytes leaves enough of the room that there is.
func roomFor(size, spare int64) error {
	if spare-size >= reserve {
		return nil
	}
	return fmt.Errorf("%w: %d MiB are free beside it, and the copy and the store's growth need %d; make room, or copy it while the daemon is stopped, which needs none", storage.ErrFull, spare>>20, (size+reserve)>>20+1)
}
