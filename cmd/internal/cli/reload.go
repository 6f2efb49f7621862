package cli

import (
	"context"
	"errors"
	"fmt"

	"sluice/cmd/internal/control"
)

type reloadCmd struct{}

// Run asks the daemon to reload and prints what changed, or why it refused. What
// is wrong with the file is the daemon's to say; here is read only where it is.
func (*reloadCmd) Run(ctx context.Context, r *run) error {
	daemon, err := r.dial(ctx)
	if errors.Is(err, control.ErrNoDaemon) {
		return fmt.Errorf("reload: %w; if storage.path or server.control changed, restart it", err)
	}
	if err != nil {
		return err
	}
	done, err := daemon.Reload(ctx)
	if refused, ok := errors.AsType[*control.RefusedError](err); ok {
		return errors.Join(printLines(r.env.Stdout, refused.Reasons), &exitError{exitConfig, err})
	}
	if err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	for _, w := range done.Warnings {
		r.warn(w)
	}
	if len(done.Changes) == 0 {
		done.Changes = []string{"nothing changed"}
	}
	return printLines(r.env.Stdout, done.Changes)
}
