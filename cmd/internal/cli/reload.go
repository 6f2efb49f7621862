package cli

import (
	"context"
	"errors"
	"fmt"

	"sluice/cmd/internal/control"
	"sluice/config"
)

type reloadCmd struct{}

// Run asks the daemon to reload and prints what changed, or why it refused. A
// file with problems is refused here already: it cannot even be relied on to say
// where the daemon is.
func (*reloadCmd) Run(ctx context.Context, r *run) error {
	cfg, err := config.Load(r.configPath())
	if invalid, ok := errors.AsType[*config.Invalid](err); ok {
		return r.printProblems(invalid)
	}
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	daemon, err := control.Dial(ctx, cfg.Server.Control, r.globals.LockTimeout)
	if err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	changes, err := daemon.Reload(ctx)
	if refused, ok := errors.AsType[*control.RefusedError](err); ok {
		for _, reason := range refused.Reasons {
			if _, err := fmt.Fprintln(r.env.Stdout, reason); err != nil {
				return err
			}
		}
		return &exitError{exitConfig, err}
	}
	if err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	if len(changes) == 0 {
		changes = []string{"nothing changed"}
	}
	for _, line := range changes {
		if _, err := fmt.Fprintln(r.env.Stdout, line); err != nil {
			return err
		}
	}
	return nil
}

// printProblems prints why a configuration is refused, a line each.
func (r *run) printProblems(invalid *config.Invalid) error {
	for _, p := range invalid.Problems {
		if _, err := fmt.Fprintln(r.env.Stdout, p); err != nil {
			return err
		}
	}
	return &exitError{exitConfig, errors.New("reload refused: the configuration has problems; the daemon keeps the one that it has")}
}
