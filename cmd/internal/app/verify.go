package app

import (
	"context"
	"errors"
	"fmt"
	"os"

	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/storage"
	"sluice/storage/bolt"
)

// verify reads a whole store.
func verify(ctx context.Context, store storage.Keeper, path config.Path) (control.Verified, error) {
	done := control.Verified{Contents: control.Contents{Store: path.String()}}
	err := store.Verify(ctx)
	if wrong, ok := errors.AsType[*storage.FaultsError](err); ok {
		for _, fault := range wrong.Faults {
			done.Faults = append(done.Faults, path.Hide(fault).Error())
		}
		done.More = wrong.More
		return done, nil
	}
	if err != nil {
		return done, path.Hide(err)
	}
	c, err := store.Contents(ctx)
	if err != nil {
		return done, path.Hide(err)
	}
	done.Contents = control.NewContents(path.String(), c)
	return done, nil
}

// Verify implements control.Daemon.
func (a *App) Verify(ctx context.Context) (control.Verified, error) {
	return verify(ctx, a.engine.Store, a.engine.Config().Storage.Path)
}

// Verify reads the whole store without a daemon. It makes none where there is none:
// that is storage.ErrEmpty.
func Verify(ctx context.Context, cfg *config.Config, opt EngineOptions) (control.Verified, error) {
	return onStore(ctx, cfg, opt, func(store *bolt.Store) (control.Verified, error) {
		return verify(ctx, store, cfg.Storage.Path)
	})
}

// onStore opens the store that the configuration names, which must be there, for a piece
// of work.
func onStore[T any](ctx context.Context, cfg *config.Config, opt EngineOptions, work func(*bolt.Store) (T, error)) (T, error) {
	var none T
	path := cfg.Storage.Path
	if _, err := os.Stat(path.Reveal()); errors.Is(err, os.ErrNotExist) {
		return none, fmt.Errorf("%w: there is none yet at %s", storage.ErrEmpty, path)
	}
	store, err := bolt.Open(ctx, path.Reveal(), bolt.Options{LockTimeout: opt.LockTimeout})
	if err != nil {
		return none, path.Hide(err)
	}
	done, err := work(store)
	return done, errors.Join(err, path.Hide(store.Close()))
}
