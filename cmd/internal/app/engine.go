package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sluice/cmd/internal/control"
	"sluice/cmd/internal/metrics"
	"sluice/cmd/internal/systemd"
	"sluice/config"
	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/websub"
	"sluice/storage"
	"sluice/storage/bolt"
)

// Engine is the part of the program that needs no network port: the store and
// what polls into it.
type Engine struct {
	Store  *bolt.Store
	Runner *ingest.Runner
	Hubs   *websub.Subscriber
	pings  *pinger

	cfg    atomic.Pointer[config.Config]
	shown  atomic.Pointer[func(feed.SourceID) string] // addresses without secrets
	client atomic.Pointer[fetch.Client]

	subscribers func() int
	counts      counts
}

// EngineOptions are what a command decides beside the configuration.
type EngineOptions struct {
	LockTimeout time.Duration       // longest wait for the store's lock; 0: 5 s
	Observe     func(ingest.Report) // see ingest.Options
	Subscribers func() int          // see fetch.Options
	Counts      *metrics.Metrics    // of what happens; nil: nobody wants to know
	Manager     *systemd.Manager    // that started the daemon; nil: none did
}

// OpenEngine opens the store that the configuration names. Nothing is polled
// before SetPlan.
func OpenEngine(ctx context.Context, cfg *config.Config, log *slog.Logger, opt EngineOptions) (*Engine, error) {
	store, err := bolt.Open(ctx, cfg.Storage.Path.Reveal(), bolt.Options{LockTimeout: opt.LockTimeout, Watch: counts{opt.Counts}.watch})
	if err != nil {
		return nil, cfg.Storage.Path.Hide(err)
	}
	if version, _ := store.Migrated(); version > 0 {
		log.InfoContext(ctx, "store brought to the format of this version; as it was it is kept beside it, and yours to delete",
			"component", "store", "from", version, "kept", fmt.Sprintf("%s.v%d.bak", cfg.Storage.Path, version))
	}
	e := &Engine{Store: store, subscribers: opt.Subscribers, counts: counts{opt.Counts}}
	e.Runner = ingest.New(store, log.With("component", "ingest"), ingest.Options{
		Observe: opt.Observe,
		Lease:   func(id feed.SourceID) time.Time { return e.Hubs.Lease(id) },
	})
	if e.Hubs, err = e.subscriber(ctx, log.With("component", "websub")); err != nil {
		return nil, errors.Join(cfg.Storage.Path.Hide(err), store.Close())
	}
	if e.pings, err = newPinger(ctx, store, log.With("component", "pings")); err != nil {
		return nil, errors.Join(cfg.Storage.Path.Hide(err), store.Close())
	}
	e.pings.counts = e.counts
	e.use(cfg)
	return e, nil
}

// SetPlan has the sources of the configuration polled from now on.
func (e *Engine) SetPlan(ctx context.Context, cfg *config.Config) error {
	client, err := newClient(cfg, e.subscribers)
	if err != nil {
		return err
	}
	plan := newPlan(cfg, client)
	if err := e.Runner.SetPlan(ctx, plan); err != nil {
		client.Close()
		return err
	}
	if err := e.pings.use(ctx, cfg, client); err != nil {
		client.Close()
		return err
	}
	e.use(cfg)
	e.Hubs.Use(websub.Way{
		On: cfg.Ingest.WebSub, Base: cfg.Server.BaseURL + "/websub/",
		Poster: client, Target: hubTargets(plan.Sources), MaxPush: cfg.Ingest.MaxBody,
	})
	if old := e.client.Swap(client); old != nil {
		old.Close() // polls that run keep their connections; idle ones go
	}
	return nil
}

// Config returns the configuration in use.
func (e *Engine) Config() *config.Config { return e.cfg.Load() }

// use makes a configuration the one that Config and Address speak of.
func (e *Engine) use(cfg *config.Config) {
	shown := addresses(cfg)
	e.cfg.Store(cfg)
	e.shown.Store(&shown)
}

// addresses returns a function that tells where a source is polled, without secrets.
func addresses(cfg *config.Config) func(feed.SourceID) string {
	shown := sync.OnceValue(func() map[feed.SourceID]string { // most commands show none
		all := make(map[feed.SourceID]string, len(cfg.Sources))
		for i := range cfg.Sources {
			all[cfg.Sources[i].Name] = cfg.Sources[i].URL.Public()
		}
		return all
	})
	return func(id feed.SourceID) string { return shown()[id] }
}

// Address returns where a source is polled, without secrets.
func (e *Engine) Address(id feed.SourceID) string { return (*e.shown.Load())(id) }

// Close closes the store, after the last write that was begun.
func (e *Engine) Close() error {
	if c := e.client.Load(); c != nil {
		c.Close()
	}
	return e.Store.Close()
}

// Sync polls once without a daemon, and hands on the outputs as files where take is not
// nil. It makes a store when there is none, but not for a request that names an unknown
// source. The error is one of polling: then no file was handed on.
func Sync(
	ctx context.Context, cfg *config.Config, log *slog.Logger, opt EngineOptions, req control.SyncRequest,
	progress func(done, total int), take control.TakeFile,
) (Synced, error) {
	if name, ok := unconfigured(req.Sources, cfg); ok {
		return Synced{}, fmt.Errorf("%w %q", storage.ErrNoSource, name)
	}
	e, err := OpenEngine(ctx, cfg, log, opt)
	if err != nil {
		return Synced{}, err
	}
	var done Synced
	done.Summary, err = e.sync(ctx, cfg, req, progress)
	if err == nil {
		err = e.retain(ctx, cfg, log)
	}
	if err == nil && take != nil {
		done.Exported, done.ExportErr = e.export(ctx, cfg, log, take)
	}
	return done, errors.Join(err, e.Close())
}

// unconfigured returns the first of the names that no source of the configuration has.
func unconfigured(names []string, cfg *config.Config) (string, bool) {
	if len(names) == 0 {
		return "", false
	}
	there := make(map[string]bool, len(cfg.Sources))
	for i := range cfg.Sources {
		there[string(cfg.Sources[i].Name)] = true
	}
	for _, name := range names {
		if !there[name] {
			return name, true
		}
	}
	return "", false
}

func (e *Engine) sync(ctx context.Context, cfg *config.Config, req control.SyncRequest, progress func(done, total int)) (control.Summary, error) {
	if err := e.SetPlan(ctx, cfg); err != nil {
		return control.Summary{}, err
	}
	e.Hubs.Use(websub.Way{}) // nobody listens for what hubs have promised
	reports, err := e.Runner.Sync(ctx, req.Request(),
		func(done, total int, _ ingest.Report) { progress(done, total) })
	if err == nil {
		err = spoilt(reports)
	}
	if err != nil {
		return control.Summary{}, err
	}
	return control.Summarise(reports), nil
}

// stored returns what a store that is there says of its sources.
func stored(ctx context.Context, cfg *config.Config, log *slog.Logger, opt EngineOptions) (map[feed.SourceID]feed.SourceState, error) {
	known := map[feed.SourceID]feed.SourceState{}
	if _, err := os.Stat(cfg.Storage.Path.Reveal()); errors.Is(err, fs.ErrNotExist) {
		return known, nil
	}
	e, err := OpenEngine(ctx, cfg, log, opt)
	if err != nil {
		return nil, err
	}
	states, err := e.Store.States(ctx)
	for _, st := range states {
		known[st.Source] = st
	}
	return known, errors.Join(err, e.Close())
}

// stateOf returns the state of a configured source, which the store may know by
// an earlier name or not at all.
func stateOf(s feed.Source, known map[feed.SourceID]feed.SourceState, at residents) feed.SourceState {
	st := feed.SourceState{Status: feed.StatusNew}
	names := earlierNames(s, at)
	if !s.ByAddress {
		names = append([]feed.SourceID{s.Name}, names...)
	}
	for _, name := range names {
		if there, ok := known[name]; ok {
			st = there
			break
		}
	}
	st.Source = s.Name
	if s.Disabled {
		st.Status = feed.StatusDisabled
	}
	return st
}

// residents tells which sources the store knows at an address, by its fingerprint, in
// the order of their names.
type residents func(address uint64) []feed.SourceID

// residentsOf looks through states once, when it is first asked.
func residentsOf(known map[feed.SourceID]feed.SourceState) residents {
	all := sync.OnceValue(func() map[uint64][]feed.SourceID {
		at := make(map[uint64][]feed.SourceID, len(known))
		for _, name := range slices.Sorted(maps.Keys(known)) {
			at[known[name].Address] = append(at[known[name].Address], name)
		}
		return at
	})
	return func(address uint64) []feed.SourceID { return all()[address] }
}

// earlierNames are those by which the store may know a configured source; of one that
// is known by its address, whatever its list called it then.
func earlierNames(s feed.Source, at residents) []feed.SourceID {
	return earlierNamesAt(s, feed.Fingerprint(s.URL), at)
}

// earlierNamesAt is earlierNames of a source of whose address there is the fingerprint
// alone.
func earlierNamesAt(s feed.Source, address uint64, at residents) []feed.SourceID {
	if !s.ByAddress {
		return s.Was
	}
	return at(address)
}
