// Package bolt keeps everything in one BoltDB file: the store of today.
//
// It owns the buckets, the keys and the way in which writes are grouped. What an
// article is, what is the same and what changed is decided by feed and
// feed/dedup; how a value looks is storage/record's affair.
//
// One goroutine writes. Whatever waits when it is free shares a transaction and
// its two fsyncs, so many polls at once cost little more than one. Reads copy
// what they return and hold no transaction while their caller works.
//
// The list of free pages is written at each commit, although leaving it out
// would make commits of a store with very many free pages cheaper: without it
// bbolt walks the whole file at open, in a goroutine of its own, where a damaged
// page ends the process instead of giving an error.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"sluice/storage"
	"sluice/storage/record"

	"go.etcd.io/bbolt"
)

// Store is a storage.Store in a BoltDB file. It is made by Open.
type Store struct {
	opened  atomic.Pointer[opened] // another one after a compaction
	retired retired
	opt     Options
	path    string
	name    string // of the path in errors
	was     int    // see Migrated
	kept    string
	texts   *record.Texts
	claims  *claims

	sketches sketches // the writer's alone
	spooling sync.Mutex

	watch func(write bool) (end func(error)) // see Options

	queue   chan []*job   // jobs that come together stay together
	alone   chan func()   // what the writer does between two transactions
	asked   chan struct{} // taken from by the writer between two transactions; see Pulse
	steps   atomic.Uint64 // of whatever takes long; see Pulse
	stop    chan struct{} // closed when no new write is taken
	stopped chan struct{} // closed when the writer is done
	close   sync.Once
	failed  atomic.Pointer[error] // set for ever by the first failed commit
	broken  chan struct{}         // closed then
	stuck   atomic.Bool           // a panic may have left bbolt's locks held
}

var _ storage.Store = (*Store)(nil)

// opened is the store's file.
type opened struct {
	db   *bbolt.DB
	file *os.File // db's own, to free the lock when db cannot be closed any more

	mu    sync.Mutex
	reads int           // that run
	idle  chan struct{} // closed when the last has ended; nil: others may begin
}

// begin notes that a read begins, unless the file is the store's no more.
func (o *opened) begin() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.idle != nil {
		return false
	}
	o.reads++
	return true
}

func (o *opened) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.reads--; o.reads == 0 && o.idle != nil {
		close(o.idle)
	}
}

// retire closes the file when the last read in it has ended. bbolt would wait for that,
// too, and have reads that end before it wait with it.
func (o *opened) retire() error {
	o.mu.Lock()
	o.idle = make(chan struct{})
	if o.reads == 0 {
		close(o.idle)
	}
	o.mu.Unlock()
	<-o.idle
	return o.db.Close()
}

func (s *Store) db() *bbolt.DB  { return s.opened.Load().db }
func (s *Store) file() *os.File { return s.opened.Load().file }

// Options are fixed while the store is open. The zero value works.
type Options struct {
	LockTimeout time.Duration // how long to wait for another process; 0: 5 s
	NoSync      bool          // no fsync: for tests, whose stores may be lost
	// Watch, if not nil, is called when a transaction begins, to write or to read, and what
	// it returns when that has ended, with its error. Writes that wait share one.
	Watch func(write bool) (end func(error))
	// InitialMmap is the address space, in bytes, in which the file can grow
	// without waiting for readers; 0: 8 GiB, and at least twice the file.
	InitialMmap int

	draft bool   // it is no store but a copy: it need not be kept as it was
	steps []step // nil: those that there are
}

const (
	defaultLockTimeout = 5 * time.Second
	lockPause          = 50 * time.Millisecond // between two tries
)

// Open opens the store at path, or makes it when there is nothing. A file that
// is there and too short is left as it is and gives storage.ErrEmpty; one that
// another process has open gives storage.ErrLocked, with the holder's process
// id where the system tells it; a newer one storage.ErrNewer; one whose pages
// cannot be read storage.ErrDamaged. An older one is brought to the version of today,
// after a copy of it was made beside it: see Store.Migrated.
func Open(ctx context.Context, path string, opt Options) (*Store, error) {
	return openAs(ctx, path, path, opt)
}

// openAs is Open of a store that errors call by another name than its path.
func openAs(ctx context.Context, path, name string, opt Options) (*Store, error) {
	if opt.LockTimeout <= 0 {
		opt.LockTimeout = defaultLockTimeout
	}
	if opt.steps == nil {
		opt.steps = steps
	}
	if opt.Watch == nil {
		opt.Watch = func(bool) func(error) { return func(error) {} }
	}
	if err := ensure(path, opt); err != nil {
		return nil, fmt.Errorf("store %s: %w", name, err)
	}
	texts, err := record.NewTexts()
	if err != nil {
		return nil, err
	}
	s := &Store{
		opt:     opt,
		path:    path,
		name:    name,
		texts:   texts,
		claims:  newClaims(),
		watch:   opt.Watch,
		queue:   make(chan []*job),
		alone:   make(chan func()),
		asked:   make(chan struct{}),
		broken:  make(chan struct{}),
		stop:    make(chan struct{}),
		stopped: make(chan struct{}),
	}
	if err := s.open(ctx, opt); err != nil {
		return nil, errors.Join(fmt.Errorf("store %s: %w", name, err), texts.Close())
	}
	go s.write()
	return s, nil
}

// open locks, maps and checks the file.
func (s *Store) open(ctx context.Context, opt Options) error {
	o := &opened{}
	version := 0
	err := guard(func() error { return o.lock(ctx, s.path, opt) })
	if err == nil {
		err = guard(func() error {
			return o.db.View(func(tx *bbolt.Tx) (err error) {
				version, err = selfCheck(tx, o.file, len(opt.steps)+1)
				return err
			})
		})
	}
	if err == nil && version <= len(opt.steps) {
		s.was = version
		err = guard(func() (err error) {
			s.kept, err = o.migrate(ctx, s.path, version, opt)
			return err
		})
	}
	if err != nil {
		return errors.Join(err, o.giveUp(err))
	}
	s.opened.Store(o)
	sweep(s.path)
	return nil
}

// giveUp closes a file that cannot be used. After a panic bbolt's locks may be held, and
// its Close would wait for ever: closing the file is what frees it for others.
func (o *opened) giveUp(why error) error {
	if o.db != nil && !errors.Is(why, errPanic) {
		return o.db.Close()
	}
	if o.file != nil {
		_ = o.file.Close() // closed already when bbolt gave up by itself
	}
	return nil
}

// lock opens the file, trying again while another process has it.
func (o *opened) lock(ctx context.Context, path string, opt Options) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	options := boltOptions(opt, info.Size())
	options.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		// Never made here: ensure does that, whole or not at all.
		f, err := os.OpenFile(name, flag&^os.O_CREATE, mode)
		o.file = f
		return f, err
	}
	wait, cancel := context.WithTimeout(ctx, opt.LockTimeout)
	defer cancel()
	for {
		db, err := bbolt.Open(path, fileMode, options)
		switch {
		case err == nil && sameFile(path, o.file):
			o.db = db
			db.AllocSize = growth
			return nil
		case err == nil:
			// Whoever had the lock put another file in this one's place.
			if err := db.Close(); err != nil {
				return err
			}
		case isMemory(err) && options.InitialMmapSize > 0:
			options.InitialMmapSize = 0 // address space is bounded here: grow as needed
			continue
		case !isTimeout(err):
			return openError(err)
		}
		select {
		case <-wait.Done():
			if ctx.Err() != nil { // it ends wait, too
				return ctx.Err()
			}
			return fmt.Errorf("%w%s", storage.ErrLocked, holder(path))
		case <-time.After(lockPause):
		}
	}
}

func sameFile(path string, f *os.File) bool {
	named, err := os.Stat(path)
	if err != nil {
		return false
	}
	open, err := f.Stat()
	return err == nil && os.SameFile(named, open)
}

// The bounds of the address space that is mapped ahead; a 32-bit system has
// none to give.
const (
	defaultMmap = 1 << (28 + 5*(bits.UintSize/64))
	maxMmap     = 1 << (30 + 12*(bits.UintSize/64))
)

// growth is by how many bytes the file grows at once.
const growth = 1 << 20

// boltOptions are bbolt's options for a file of the given size.
func boltOptions(opt Options, size int64) *bbolt.Options {
	space := opt.InitialMmap
	if space <= 0 {
		space = defaultMmap
	}
	return &bbolt.Options{
		Timeout:      time.Millisecond, // one try; lock waits itself, to hear the context
		FreelistType: bbolt.FreelistMapType,
		// A writer that must grow the map waits for all readers, and new readers
		// for it. Mapped space that is not used costs nothing.
		InitialMmapSize: max(space, int(min(2*size, maxMmap))),
		PageSize:        pageSize,
		NoSync:          opt.NoSync,
		NoGrowSync:      opt.NoSync,
	}
}

// Close ends the store after the writes that have begun. What waits and what
// comes later gets an error.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		close(s.stop)
		<-s.stopped
		if s.stuck.Load() {
			err = s.file().Close()
		} else {
			err = s.db().Close()
			if s.failed.Load() != nil {
				forget(s.path)
			}
		}
		err = errors.Join(err, s.retired.end(), s.texts.Close())
	})
	if err != nil {
		return fmt.Errorf("store %s: close: %w", s.name, err)
	}
	return nil
}
