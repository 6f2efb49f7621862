package cli

import (
	"context"
	"fmt"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/config"
)

type compactCmd struct{}

// Run has the store written anew without what is free in it, and prints what it took and
// takes. An interrupt leaves it as it was.
func (*compactCmd) Run(ctx context.Context, r *run) error {
	ctx, stop := stoppable(ctx)
	defer stop()
	done, err := stored(ctx, r, func(d *control.Client) (control.Compacted, error) {
		return d.Compact(ctx)
	}, func(cfg *config.Config, opt app.EngineOptions) (control.Compacted, error) {
		return app.Compact(ctx, cfg, opt)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.env.Stdout, "%s: %s → %s\n", safeText(done.Store), size(done.Before), size(done.After))
	return err
}
