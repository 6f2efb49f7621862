package app

import (
	"context"

	"sluice/config"
	"sluice/ingest/discover"
)

// Discover finds the feeds of a page. It asks as the configuration says: with its
// User-Agent, its limits, and no private address that it does not allow.
func Discover(ctx context.Context, cfg *config.Config, address string) (discover.Result, error) {
	client, err := newClient(cfg, nil)
	if err != nil {
		return discover.Result{}, err
	}
	defer client.Close()
	return discover.Find(ctx, client, address)
}
