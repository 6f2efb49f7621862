// Package app builds the program from its parts, and starts, reloads and stops
// it. It holds no rule about feeds: what it decides is order.
//
// New acquires everything that can fail, each with a name on a list; Stop
// releases in reverse. A reload builds everything first and swaps last.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sluice/cmd/internal/control"
	"sluice/cmd/internal/systemd"
	"sluice/cmd/internal/web"
	"sluice/config"
	"sluice/feed/crash"
	"sluice/ingest"
	"sluice/storage"
)

// Version is the version of this build, set by the linker for releases.
var Version = "0.1.0-dev"

// A stop is bounded, whatever hangs: what runs has so long to end, and with that what is
// open to close.
const (
	stopTime  = 8 * time.Second
	closeTime = 9500 * time.Millisecond
	moment    = 50 * time.Millisecond // for what there is to close when the time is over
)

// A daemon whose store cannot go on has ended within five seconds: mournTime, in which a
// check that asks each second hears of it, and then brokenTime at most.
const (
	mournTime  = 2 * time.Second
	brokenTime = 2500 * time.Millisecond
)

// App is a running daemon.
type App struct {
	log    *slog.Logger
	load   func() (*config.Config, error)
	engine *Engine
	out    *outputs
	teller teller

	reloaded chan struct{} // a reload was done; see retain

	readers web.Readers // over all configurations
	counts  counts

	site    atomic.Pointer[site]
	endWork context.CancelFunc // ends what clients of the control socket asked for
	admin   http.Handler
	servers servers
	stops   []stop
	stopBy  time.Time  // when it must be over; zero: nothing stops yet
	reloads sync.Mutex // one reload at a time
	last    atomic.Pointer[LastReload]
	ready   error // why /readyz says no; nil when ready
	readyMu sync.Mutex
}

// site is the part of a configuration that answers to subscribers.
type site struct {
	handler http.Handler
	cert    *tls.Certificate // nil: no TLS
}

// stop is what New acquired, by name.
type stop struct {
	name string
	fn   func(ctx context.Context) error
}

// New opens the store, builds the outputs and opens the listeners. After an
// error nothing is left open. load reads the configuration again at a reload.
func New(ctx context.Context, cfg *config.Config, load func() (*config.Config, error), log *slog.Logger, opt EngineOptions) (*App, error) {
	a := &App{log: log, counts: counts{newMetrics()}, load: load, reloaded: make(chan struct{}, 1), ready: errors.New("starting"), teller: teller{to: opt.Manager, log: log}}
	a.teller.tell(ctx, "opening the store")
	if err := a.acquire(ctx, cfg, opt); err != nil {
		return nil, errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
	}
	return a, nil
}

func (a *App) acquire(ctx context.Context, cfg *config.Config, opt EngineOptions) error {
	a.warn(ctx, cfg)
	if err := a.haveFiles(ctx, cfg.Ingest.Workers); err != nil {
		return err
	}
	opt.Subscribers = func() int { return a.readers.Count(time.Now()) }
	opt.Counts = a.counts.Metrics
	opt.Observe = func(rep ingest.Report) {
		a.counts.Polled(rep)
		a.teller.recount.Store(true)
		a.out.observe(rep)
	}
	engine, err := OpenEngine(ctx, cfg, a.log, opt)
	if err != nil {
		return err
	}
	a.engine = engine
	a.push("store", func(context.Context) error { return engine.Close() })
	a.teller.tell(ctx, "making the outputs")
	a.out = newOutputs(engine.Store, engine.pings, a.log)
	a.out.counts = a.counts
	if err := a.out.replace(ctx, cfg, func() error { return engine.SetPlan(ctx, cfg) }); err != nil {
		return err
	}
	a.push("listeners", func(context.Context) error { return a.servers.close() })
	if err := a.listen(ctx, cfg, opt.Manager); err != nil {
		return err
	}
	started := LastReload{}.next(time.Now(), nil)
	a.last.Store(&started)
	return nil
}

func (a *App) push(name string, fn func(context.Context) error) {
	a.stops = append(a.stops, stop{name, fn})
}

// Run serves and polls until the context ends, then drains and stops what it
// started. What New acquired is released by Stop. Where the store cannot go on, it ends
// with that error, after a moment in which readers are served and /readyz says why.
func (a *App) Run(asked context.Context) error {
	ctx, cancel := context.WithCancelCause(asked)
	defer cancel(nil)
	var work sync.WaitGroup
	start := func(name string, f func() error) {
		work.Go(func() {
			defer crash.End()
			if err := f(); err != nil {
				cancel(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	a.servers.begin(
		func(s *server) { start("serve "+s.ln.Addr().String(), s.serve) },
		func(s *server) {
			work.Go(func() {
				defer crash.End()
				s.leave(context.WithoutCancel(ctx))
			})
		},
	)
	start("store", func() error { return a.engine.Store.Failed(ctx) })
	start("outputs", func() error { return a.out.run(ctx) })
	start("hubs", func() error { return a.engine.Hubs.Run(ctx) })
	start("pings", func() error { return a.engine.pings.run(ctx) })
	start("retention", func() error { return a.retain(ctx) })
	start("polling", func() error { return a.engine.Runner.Run(ctx) })
	a.setReady(nil)
	a.teller.recount.Store(true)
	a.tellState(ctx, systemd.Ready)
	if a.teller.to.Listens() {
		work.Go(func() {
			defer crash.End()
			a.tellOn(ctx)
		})
		work.Go(func() {
			defer crash.End()
			a.watch(ctx)
		})
	}
	<-ctx.Done()

	why, limit := errors.New("stopping"), stopTime
	a.stopBy = time.Now().Add(closeTime)
	if err := context.Cause(ctx); errors.Is(err, storage.ErrFailed) || errors.Is(err, storage.ErrDamaged) {
		why, limit = a.engine.Config().Storage.Path.Hide(err), brokenTime
		a.stopBy = time.Now().Add(mournTime + brokenTime)
		a.mourn(asked, why)
	}
	a.teller.stop(ctx)
	a.setReady(why)
	a.log.InfoContext(ctx, "stopping")
	a.endWork()
	bounded, done := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer done()
	a.servers.end(bounded, &work)
	finished := make(chan struct{})
	go func() { work.Wait(); close(finished) }()
	select {
	case <-finished:
	case <-bounded.Done():
		return errors.Join(failure(ctx), fmt.Errorf("stop what runs: %w", errLate))
	}
	return failure(ctx)
}

// failure is why a context ended; nil where somebody asked for that.
func failure(ctx context.Context) error {
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// mourn has whoever watches learn why the daemon ends, while readers still get what was
// published: that takes no store. A context that ends, ends it.
func (a *App) mourn(ctx context.Context, why error) {
	a.setReady(why)
	a.teller.tell(ctx, why.Error())
	a.log.WarnContext(ctx, "the store cannot go on: what is published is served for a moment, then the daemon ends")
	select {
	case <-ctx.Done():
	case <-time.After(mournTime):
	}
}

// Stop releases, last first, what New acquired. What does not end in time is left to
// the end of the process: the store is sound whenever that comes.
func (a *App) Stop(ctx context.Context) error {
	if a.stopBy.IsZero() {
		a.stopBy = time.Now().Add(closeTime)
	}
	ctx, done := context.WithDeadline(ctx, a.stopBy)
	defer done()
	var errs []error
	for _, step := range slices.Backward(a.stops) {
		ended := make(chan error, 1)
		go func() {
			defer crash.End()
			ended <- step.fn(ctx)
		}()
		var err error
		select {
		case err = <-ended:
		case <-ctx.Done():
			select {
			case err = <-ended:
			case <-time.After(moment):
				err = errLate
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", step.name, err))
		}
	}
	a.stops = nil
	return errors.Join(errs...)
}

var errLate = errors.New("it did not end in time")

// Sync implements control.Daemon.
func (a *App) Sync(ctx context.Context, req ingest.Request, progress func(int, int, ingest.Report)) ([]ingest.Report, error) {
	reports, err := a.engine.Runner.Sync(ctx, req, progress)
	if err == nil {
		err = spoilt(reports)
	}
	if err != nil {
		return nil, err
	}
	return reports, a.out.settle(ctx)
}

// spoilt is the error of a round that could store nothing because the store is damaged:
// then no publisher is to blame.
func spoilt(reports []ingest.Report) (err error) {
	for i := range reports {
		switch rep := &reports[i]; {
		case rep.Outcome.Succeeded():
			return nil
		case errors.Is(rep.Err, storage.ErrDamaged):
			err = fmt.Errorf("nothing can be stored: %w", rep.Err)
		}
	}
	return err
}

// Public returns the handler of the public listeners. Each request is answered
// by one configuration from its beginning to its end.
func (a *App) Public() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.site.Load().handler.ServeHTTP(w, r)
	})
}

// Store returns the store, which is open until Stop.
func (a *App) Store() storage.Store { return a.engine.Store }

func (a *App) setReady(err error) {
	a.readyMu.Lock()
	defer a.readyMu.Unlock()
	a.ready = err
}

func (a *App) readiness() error {
	a.readyMu.Lock()
	defer a.readyMu.Unlock()
	return a.ready
}

var (
	_ control.Daemon = (*App)(nil)
	_ web.Outputs    = (*outputs)(nil)
)
