package storage

import (
	"context"
	"errors"
	"io"
	"time"
)

// Keeper is what an operator asks of a store as a whole. It is no part of Store: where
// a server keeps the articles, its own tools do this.
type Keeper interface {
	// Verify reads everything and gives a *FaultsError with what cannot be as it was
	// written. Reads and writes go on meanwhile; the store is seen as it was when Verify
	// began.
	Verify(ctx context.Context) error

	// Contents says what is in the store.
	Contents(ctx context.Context) (Contents, error)

	// Backup writes a copy of the store, as it is at one moment, and says what is in
	// that. Reads and writes go on meanwhile, but what they free is not used again
	// before w has taken everything: it should be no slow one. After an error, which may
	// be that of w, what was written is no copy.
	Backup(ctx context.Context, w io.Writer) (Contents, error)

	// Copied remembers that there is a copy of the store, found sound, as it was at a time;
	// it counts to the second, and one that is older than what is remembered changes
	// nothing. LastCopy returns what is remembered; zero: there never was one. A copy knows
	// of those before it.
	Copied(ctx context.Context, at time.Time) error
	LastCopy(ctx context.Context) (time.Time, error)

	// Compact gives back to the disk what is free in the store, and says how many bytes
	// it had and has. Reads go on; writes wait for its end. It needs room for what is in
	// use, and is ErrFull without: then, and after each other error but ErrFailed, the
	// store is as it was.
	Compact(ctx context.Context) (before, after int64, err error)
}

// Contents is what is in a store at one moment.
type Contents struct {
	Articles int
	Sources  int       // of which anything is kept, those configured no more included
	Bytes    int64     // on disk, and of a copy
	Polled   time.Time // when a source was last polled; zero: never
}

// FaultsError says what is wrong with a store. It is ErrDamaged.
type FaultsError struct {
	Faults []error
	More   bool // there are others, which are not named
}

// Error implements error.
func (e *FaultsError) Error() string {
	return ErrDamaged.Error() + ": " + errors.Join(e.Faults...).Error()
}

// Unwrap returns ErrDamaged and the faults.
func (e *FaultsError) Unwrap() []error { return append([]error{ErrDamaged}, e.Faults...) }
