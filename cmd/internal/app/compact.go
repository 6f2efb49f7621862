package app

import (
	"context"
	"time"

	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/storage/bolt"
)

// Compact implements control.Daemon.
func (a *App) Compact(ctx context.Context) (control.Compacted, error) {
	began, path := time.Now(), a.engine.Config().Storage.Path
	done, err := compact(ctx, a.engine.Store, path)
	if err == nil {
		a.log.InfoContext(ctx, "store compacted", "before", done.Before, "after", done.After, "took", time.Since(began).Round(time.Millisecond).String())
	}
	return done, err
}

// Compact makes the store smaller without a daemon. It makes none where there is none:
// that is storage.ErrEmpty.
func Compact(ctx context.Context, cfg *config.Config, opt EngineOptions) (control.Compacted, error) {
	return onStore(ctx, cfg, opt, func(store *bolt.Store) (control.Compacted, error) {
		return compact(ctx, store, cfg.Storage.Path)
	})
}

func compact(ctx context.Context, store *bolt.Store, path config.Path) (control.Compacted, error) {
	before, after, err := store.Compact(ctx)
	return control.Compacted{Store: path.String(), Before: before, After: after}, path.Hide(err)
}
