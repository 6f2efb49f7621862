package cli

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"syscall"

	"sluice/cmd/internal/app"
	"sluice/config"
	"sluice/ingest/discover"
)

type discoverCmd struct {
	URL string `arg:"" name:"url" help:"A page or a feed."`
}

// Run finds the feeds of a page and prints source blocks, each behind a comment that
// says what it is. Names are free in the configuration, where there is one.
func (c *discoverCmd) Run(ctx context.Context, r *run) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	cfg, err := r.loadOrDefault()
	if err != nil {
		return err
	}
	found, err := app.Discover(ctx, cfg, c.URL)
	switch {
	case errors.Is(err, discover.ErrAddress):
		return &exitError{exitUsage, fmt.Errorf("discover: %w", err)}
	case err != nil:
		return &exitError{exitTryLater, fmt.Errorf("discover: %w", err)}
	case len(found.Feeds) == 0 && len(found.Resting) > 0:
		return &exitError{exitTryLater, fmt.Errorf("discover: no feed found yet, as %s asks to wait; tried %s",
			strings.Join(found.Resting, ", "), strings.Join(found.Tried, ", "))}
	case len(found.Feeds) == 0:
		return fmt.Errorf("discover: no feed found; tried %s", strings.Join(found.Tried, ", "))
	}
	taken, known := config.NamesOf(cfg), addressesOf(cfg)
	var blocks []config.Block
	for _, f := range found.Feeds {
		b := config.Block{Name: taken.New(f.Title, f.URL), URL: f.URL, Comment: safeText(f.Line())}
		if name, again := known[f.URL]; again {
			b.Comment += "; configured already, as " + name
		}
		blocks = append(blocks, b)
	}
	return config.WriteBlocks(r.env.Stdout, blocks)
}

// loadOrDefault reads the configuration, or has the defaults where there is no
// file. A file with problems is told of: its limits would not hold.
func (r *run) loadOrDefault() (*config.Config, error) {
	if r.globals.Config == "" && !exists(r.configPath()) {
		return config.Default(), nil
	}
	return r.load()
}

// addressesOf are the sources' names by their addresses.
func addressesOf(cfg *config.Config) map[string]string {
	known := map[string]string{}
	for _, s := range cfg.Sources {
		known[s.URL.Reveal()] = string(s.Name)
	}
	return known
}
