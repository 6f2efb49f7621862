package storage

import "context"

// Gauge is what is asked of a store all the time, by whoever watches it. The answers
// are cheap: nothing is walked over, and Usage and Alive wait for no write, nor for whatever
// takes long beside it (a check, a copy).
type Gauge interface {
	// Usage says how large the store is.
	Usage(ctx context.Context) (Usage, error)

	// Alive returns nil while the store reads and takes writes. After a commit that
	// failed it is ErrFailed, for good. A write that waits says nothing: the disk may be
	// slow, or the store busy with itself.
	Alive(ctx context.Context) error

	// Failed waits until a commit has failed, whoever asked for it, and returns ErrFailed
	// then; nil where the context ends first.
	Failed(ctx context.Context) error
}

// Usage is how large a store is.
type Usage struct {
	Articles int
	Bytes    int64 // of the file, or of what a server keeps for it
	Free     int64 // of these, those that are used again before the file grows
}
