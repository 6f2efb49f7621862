package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"sluice/cmd/internal/app"
	"sluice/config"
)

type serveCmd struct{}

// Run runs the daemon until a signal stops it.
func (*serveCmd) Run(ctx context.Context, r *run) error {
	cfg, err := r.load()
	if err != nil {
		return err
	}
	// Signals are ours before anything says that it is ready.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)

	reload := func() (*config.Config, error) { return config.Load(r.configPath()) }
	daemon, err := app.New(ctx, cfg, reload, r.log, app.EngineOptions{LockTimeout: r.globals.LockTimeout})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go handle(ctx, r.env, signals, cancel, daemon)
	err = daemon.Run(ctx)
	return errors.Join(err, daemon.Stop(context.WithoutCancel(ctx)))
}

// handle acts on signals: SIGHUP reloads, the first SIGTERM or SIGINT stops, and
// the second ends the process at once.
func handle(ctx context.Context, env Env, signals <-chan os.Signal, stop context.CancelFunc, daemon *app.App) {
	stopping := false
	for sig := range signals {
		switch {
		case sig == syscall.SIGHUP:
			// Beside the loop, so that a slow reload delays no stop; it logs what
			// changed or why it refused, and the daemon runs one at a time.
			go func() { _, _ = daemon.Reload(ctx) }()
		case stopping:
			env.Exit(exitPartial)
		default:
			stopping = true
			stop()
		}
	}
}
