package app

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/storage/bolt"
)

// Engine is the part of the program that needs no network port: the store and
// what polls into it.
type Engine struct {
	Store  *bolt.Store
	Runner *ingest.Runner

	cfg    atomic.Pointer[config.Config]
	shown  atomic.Pointer[map[feed.SourceID]string] // addresses without secrets
	client atomic.Pointer[fetch.Client]
}

// EngineOptions are what a command decides beside the configuration.
type EngineOptions struct {
	LockTimeout time.Duration       // longest wait for the store's lock; 0: 5 s
	Observe     func(ingest.Report) // see ingest.Options
}

// OpenEngine opens the store that the configuration names. Nothing is polled
// before SetPlan.
func OpenEngine(ctx context.Context, cfg *config.Config, log *slog.Logger, opt EngineOptions) (*Engine, error) {
	store, err := bolt.Open(ctx, cfg.Storage.Path, bolt.Options{LockTimeout: opt.LockTimeout})
	if err != nil {
		return nil, err
	}
	e := &Engine{Store: store, Runner: ingest.New(store, log.With("component", "ingest"), ingest.Options{Observe: opt.Observe})}
	e.use(cfg)
	return e, nil
}

// SetPlan has the sources of the configuration polled from now on.
func (e *Engine) SetPlan(ctx context.Context, cfg *config.Config) error {
	client, err := newClient(cfg)
	if err != nil {
		return err
	}
	if err := e.Runner.SetPlan(ctx, newPlan(cfg, client)); err != nil {
		client.Close()
		return err
	}
	e.use(cfg)
	if old := e.client.Swap(client); old != nil {
		old.Close() // polls that run keep their connections; idle ones go
	}
	return nil
}

// Config returns the configuration in use.
func (e *Engine) Config() *config.Config { return e.cfg.Load() }

// use makes a configuration the one that Config and Address speak of.
func (e *Engine) use(cfg *config.Config) {
	shown := make(map[feed.SourceID]string, len(cfg.Sources))
	for _, s := range cfg.Sources {
		src := s.Feed()
		shown[src.Name] = feed.Redact(src.URL)
	}
	e.cfg.Store(cfg)
	e.shown.Store(&shown)
}

// Address returns where a source is polled, without secrets.
func (e *Engine) Address(id feed.SourceID) string { return (*e.shown.Load())[id] }

// Close closes the store, after the last write that was begun.
func (e *Engine) Close() error {
	if c := e.client.Load(); c != nil {
		c.Close()
	}
	return e.Store.Close()
}

// Sync polls once without a daemon.
func Sync(ctx context.Context, cfg *config.Config, log *slog.Logger, opt EngineOptions, req control.SyncRequest, progress func(done, total int)) (control.Summary, error) {
	e, err := OpenEngine(ctx, cfg, log, opt)
	if err != nil {
		return control.Summary{}, err
	}
	sum, err := e.sync(ctx, cfg, req, progress)
	return sum, errors.Join(err, e.Close())
}

func (e *Engine) sync(ctx context.Context, cfg *config.Config, req control.SyncRequest, progress func(done, total int)) (control.Summary, error) {
	if err := e.SetPlan(ctx, cfg); err != nil {
		return control.Summary{}, err
	}
	names := make([]feed.SourceID, len(req.Sources))
	for i, name := range req.Sources {
		names[i] = feed.SourceID(name)
	}
	reports, err := e.Runner.Sync(ctx, ingest.Request{Sources: names, All: req.All},
		func(done, total int, _ ingest.Report) { progress(done, total) })
	if err != nil {
		return control.Summary{}, err
	}
	return control.Summarise(reports), nil
}
