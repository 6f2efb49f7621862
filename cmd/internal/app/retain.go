package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"sluice/config"
	"sluice/feed"
	"sluice/feed/publish"
	"sluice/storage"
)

const (
	// retainFirst is how long after a start or a reload retention waits: documents that
	// readers wait for go first.
	retainFirst = 20 * time.Second
	// retainUnbuilt is how long it waits where an output is not built: what that shows is
	// not known.
	retainUnbuilt = time.Minute
	// retainEvery is the time between two runs. One that finds nothing costs next to nothing.
	retainEvery = time.Hour
	// retainRest is what polls get between two of its transactions.
	retainRest = 20 * time.Millisecond
)

// errUnbuilt says that it is not known what an output shows.
var errUnbuilt = errors.New("an output is not built yet")

// retain removes what is kept no longer until the context ends. The only errors are
// those that leave no store to go on with.
func (a *App) retain(ctx context.Context) error {
	wait := time.NewTimer(retainFirst)
	defer wait.Stop()
	held := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.reloaded: // what is kept may be another now
			wait.Reset(retainFirst)
			continue
		case <-wait.C:
		}
		var err error
		next := retainEvery
		if held, err = a.retainOnce(ctx, held); errors.Is(err, errUnbuilt) {
			next = retainUnbuilt
		} else if err != nil {
			return err
		}
		wait.Reset(next)
	}
}

// retainOnce removes what is kept no longer. told says that it was logged that the clock is
// ahead, and held whether it is. An error that the next run may not have is logged.
func (a *App) retainOnce(ctx context.Context, told bool) (held bool, err error) {
	r := a.engine.retention(a.engine.Config(), a.out.showing())
	r.Between = rested
	done, err := a.engine.Store.Retain(ctx, r)
	if len(done.Old)+len(done.Surplus) > 0 {
		a.out.removed(done)
		a.counts.Removed(total(done.Old), total(done.Surplus))
	}
	held = tellRetained(ctx, a.log, done, told)
	if err == nil || errors.Is(err, errUnbuilt) || errors.Is(err, storage.ErrFailed) {
		return held, err
	}
	if ctx.Err() == nil { // else it ended because the daemon does
		a.log.ErrorContext(ctx, "retention ended early, tried again in an hour", "err", a.engine.Config().Storage.Path.Hide(err))
	}
	return held, nil
}

// rested lets polls store what they brought.
func rested(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(retainRest):
		return nil
	}
}

// retention is what a configuration keeps, as of now.
func (e *Engine) retention(cfg *config.Config, shown func(context.Context, func(map[uint64]bool) error) error) storage.Retention {
	return storage.Retention{At: time.Now(), MaxAge: cfg.Storage.MaxAge, MaxPerSource: cfg.Storage.MaxPerSource, Shown: shown}
}

// tellRetained logs what a run removed, in one line, and once that the clock is ahead.
func tellRetained(ctx context.Context, log *slog.Logger, r storage.Retained, told bool) (held bool) {
	log = log.With("component", "retention")
	if n := r.Articles(); n > 0 {
		sources := map[feed.SourceID]bool{}
		old, surplus := 0, 0
		for id, count := range r.Old {
			sources[id], old = true, old+count
		}
		for id, count := range r.Surplus {
			sources[id], surplus = true, surplus+count
		}
		args := []any{"articles", n, "sources", len(sources), "old", old, "surplus", surplus}
		if r.Later {
			args = append(args, "more", "tomorrow: much became old at once")
		}
		log.InfoContext(ctx, "articles removed", args...)
	}
	if len(r.Sources) > 0 {
		log.InfoContext(ctx, "sources forgotten, of which nothing was left", "sources", r.Sources)
	}
	held = r.Held > 0
	if held && !told {
		log.WarnContext(ctx, "the clock has jumped ahead: nothing is removed for its age before it has gone on for two days", "by", r.Held.Round(time.Second))
	}
	return held
}

// showing returns what tells retention which articles are shown: nothing is built while
// it removes others.
func (o *outputs) showing() func(context.Context, func(map[uint64]bool) error) error {
	var docs []*publish.Document // of which shown was made
	var shown map[uint64]bool
	return func(_ context.Context, remove func(map[uint64]bool) error) error {
		o.build.Lock()
		defer o.build.Unlock()
		var now []*publish.Document
		for _, out := range o.now.Load().list {
			if out.Kind == feed.KindArticles {
				now = append(now, out.document())
			}
		}
		if shown == nil || !slices.Equal(docs, now) {
			all, err := articlesOf(now)
			if err != nil {
				return err
			}
			docs, shown = now, all
		}
		return remove(shown)
	}
}

// articlesOf are the articles that documents show.
func articlesOf(docs []*publish.Document) (map[uint64]bool, error) {
	all := map[uint64]bool{}
	for _, doc := range docs {
		if doc == nil {
			return nil, errUnbuilt
		}
		seqs, known := doc.Articles()
		if !known {
			return nil, fmt.Errorf("%w: %s", errUnbuilt, doc.Name)
		}
		for _, seq := range seqs {
			all[seq] = true
		}
	}
	return all, nil
}

// removed marks what retention made stale: no document, but the archives behind it.
func (o *outputs) removed(r storage.Retained) {
	o.changes.Add(1)
	for _, out := range o.now.Load().list {
		for _, went := range []map[feed.SourceID]int{r.Old, r.Surplus} {
			for id := range went {
				if out.reads[id] {
					out.dirty.Store(true)
				}
			}
		}
	}
	o.nudge()
}

// retain removes what is kept no longer, without a daemon. That it could not is logged,
// and an error only where the store cannot go on.
func (e *Engine) retain(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	var shown map[uint64]bool
	done, err := e.Store.Retain(ctx, e.retention(cfg, func(ctx context.Context, remove func(map[uint64]bool) error) (err error) {
		if shown == nil { // nobody builds anything beside us
			if shown, err = e.shows(ctx, cfg); err != nil {
				return err
			}
		}
		return remove(shown)
	}))
	tellRetained(ctx, log, done, false)
	if err != nil && !errors.Is(err, storage.ErrFailed) && ctx.Err() == nil {
		log.ErrorContext(ctx, "retention ended early, tried again with the next sync", "err", cfg.Storage.Path.Hide(err))
		return nil
	}
	return err
}

// shows returns the articles that the outputs of a configuration show, or would. Nothing
// is remembered as published.
func (e *Engine) shows(ctx context.Context, cfg *config.Config) (map[uint64]bool, error) {
	ledger, err := e.Store.Publications(ctx)
	if err != nil {
		return nil, err
	}
	set, err := newOutputSet(cfg, e.Store, ledger)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	var docs []*publish.Document
	for _, out := range set.list {
		if out.Kind != feed.KindArticles {
			continue
		}
		known, _ := publish.Register([]feed.Output{out.Output.Output}, ledger, set.site.BaseURL, now)
		pub := known[out.Name]
		pub.History = nil // archives take no part in what is shown
		infos, err := set.infos.read(ctx, e.Store)
		if err != nil {
			return nil, err
		}
		doc, _, err := out.builder.Build(ctx, infos, pub, now)
		if err != nil {
			return nil, fmt.Errorf("output %s: %w", out.Name, err)
		}
		docs = append(docs, doc)
	}
	return articlesOf(docs)
}
