package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/systemd"
	"sluice/config"
	"sluice/feed/crash"
)

type serveCmd struct{}

// Run runs the daemon until a signal stops it.
func (*serveCmd) Run(ctx context.Context, r *run) error {
	r.room.shrink(daemonSlack)
	manager, err := systemd.Take() // before any file is opened
	if err != nil {
		return fmt.Errorf("service manager: %w", err)
	}
	// Who reads our log may end first, and must not take us along.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT, syscall.SIGUSR1)
	defer signal.Stop(signals)
	started := make(chan *app.App, 1)
	go func() {
		defer crash.End()
		r.room.rest(ctx)
	}()
	go func() {
		defer crash.End()
		r.handle(ctx, signals, stop, started)
	}()

	err = r.serve(ctx, manager, started)
	if errors.Is(err, context.Canceled) && errors.Is(context.Cause(ctx), errSignal) {
		return nil // it was asked to stop before it ran
	}
	return err
}

// errSignal says that a signal asked for the end.
var errSignal = fmt.Errorf("a signal asked to stop: %w", context.Canceled)

// serve runs the daemon, and hands it to whoever reloads it once it is there.
func (r *run) serve(ctx context.Context, manager *systemd.Manager, started chan<- *app.App) error {
	cfg, err := r.load()
	if err != nil {
		return err
	}
	reload := func() (*config.Config, error) { return config.Load(r.configPath()) }
	daemon, err := app.New(ctx, cfg, reload, r.log, app.EngineOptions{LockTimeout: r.globals.LockTimeout, Manager: manager})
	if err != nil {
		return err
	}
	started <- daemon
	return errors.Join(daemon.Run(ctx), daemon.Stop(context.WithoutCancel(ctx)))
}

// handle acts on signals: SIGHUP reloads, also one that came while the daemon was
// starting; SIGUSR1 has the log say more, or less again; the first SIGTERM or SIGINT stops, and the second ends the process at
// once.
func (r *run) handle(ctx context.Context, signals <-chan os.Signal, stop context.CancelCauseFunc, started <-chan *app.App) {
	var daemon *app.App
	early, stopping := false, false
	for {
		select {
		case daemon = <-started:
			if early {
				go reload(ctx, daemon)
			}
		case sig, open := <-signals:
			switch {
			case !open:
				return
			case sig == syscall.SIGUSR1:
				r.toggle(ctx)
			case sig == syscall.SIGHUP && daemon == nil:
				early = true
			case sig == syscall.SIGHUP:
				go reload(ctx, daemon) // beside the loop, so that a slow one delays no stop
			case stopping:
				r.env.Exit(exitPartial)
			default:
				stopping = true
				stop(errSignal)
			}
		}
	}
}

// reload has the daemon reload. It logs what changed or why it refused, and runs
// one at a time.
func reload(ctx context.Context, daemon *app.App) {
	defer crash.End()
	_, _ = daemon.Reload(ctx)
}
