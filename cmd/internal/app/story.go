package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/feed"
	"sluice/storage"
	"sluice/storage/bolt"
)

// stories tells and mends what outputs show as one. The daemon has one over the outputs
// that it serves, a command without a daemon one over those that are configured.
type stories struct {
	store  storage.Store // sources have the names that the set has for them
	set    *outputSet
	states map[feed.SourceID]feed.SourceState // of all configured sources
}

// serving is stories over a store that has the set's sources.
func serving(ctx context.Context, store storage.Store, set *outputSet) (stories, error) {
	list, err := store.States(ctx)
	if err != nil {
		return stories{}, err
	}
	states := make(map[feed.SourceID]feed.SourceState, len(list))
	for _, st := range list {
		states[st.Source] = st
	}
	return stories{store: store, set: set, states: states}, nil
}

// looking is stories over a store that may have the sources of an earlier configuration.
func looking(ctx context.Context, store storage.Store, set *outputSet) (stories, error) {
	s, err := serving(ctx, store, set)
	if err != nil {
		return stories{}, err
	}
	known := s.states
	at := residentsOf(known)
	configs := set.infos.configs
	s.store, s.states = renames(store, configs, at), make(map[feed.SourceID]feed.SourceState, len(configs))
	for name, src := range configs {
		s.states[name] = stateOf(src.Feed(), known, at)
	}
	return s, nil
}

// split has an article leave what the output shows as one, and returns with it the
// sources whose outputs are stale by that.
func (s stories) split(ctx context.Context, req control.SplitRequest) (control.Parted, []feed.SourceID, error) {
	fail := func(err error) (control.Parted, []feed.SourceID, error) {
		return control.Parted{}, nil, fmt.Errorf("split: %w", err)
	}
	out, err := s.set.ofArticles(req.Output)
	if err != nil {
		return fail(err)
	}
	if out.Dedup == feed.DedupNone {
		return fail(fmt.Errorf("output %s shows each article by itself (dedup: none), so there is nothing to split", out.Name))
	}
	a, err := s.article(ctx, req.Article, func(a feed.Stored) bool { return out.reads[a.Source] })
	if err != nil {
		return fail(err)
	}
	if !out.reads[a.Source] {
		return fail(fmt.Errorf("output %s has %w %s: it does not read source %s", out.Name, feed.ErrNoArticle, s.set.show(a).ID, a.Source))
	}
	was, err := s.store.Split(ctx, a.ID, out.Dedup)
	if errors.Is(err, storage.ErrAlone) {
		return fail(s.alone(ctx, a, out))
	}
	if err != nil {
		return fail(s.set.unnamed(err, a))
	}
	parted, err := s.parted(ctx, a.ID, was)
	if err != nil {
		return fail(s.set.unnamed(err, a))
	}
	return parted, sourcesOf(was), nil
}

// alone says why an article cannot be split from anything.
func (s stories) alone(ctx context.Context, a feed.Stored, out *output) error {
	story, err := s.store.Story(ctx, a.Identity)
	if err != nil {
		return err
	}
	if len(story.Articles) > 1 {
		return fmt.Errorf("%s: %w in output %s, which shows those of its story apart (dedup: article)", s.set.show(a).ID, storage.ErrAlone, out.Name)
	}
	return fmt.Errorf("%s: %w", s.set.show(a).ID, storage.ErrAlone)
}

// parted says what became of a story that an article has left.
func (s stories) parted(ctx context.Context, id string, was feed.Story) (control.Parted, error) {
	a, err := s.store.ByID(ctx, id)
	if err != nil {
		return control.Parted{}, err
	}
	left, err := s.store.Story(ctx, a.Identity)
	if err != nil {
		return control.Parted{}, err
	}
	done := control.Parted{Article: control.NewArticle(s.set.show(a)), Left: control.NewStory(left, s.set.show)}
	for _, b := range was.Articles {
		if slices.ContainsFunc(left.Articles, func(l feed.Stored) bool { return l.Seq == b.Seq }) {
			continue
		}
		if b, err = s.store.ByID(ctx, b.ID); err != nil { // its identity may be another now
			return done, err
		}
		rest, err := s.store.Story(ctx, b.Identity)
		done.Rest = control.NewStory(rest, s.set.show)
		return done, err
	}
	return done, nil
}

// join makes the stories of two articles one, and returns with it the sources whose
// outputs are stale by that.
func (s stories) join(ctx context.Context, req control.JoinRequest, at time.Time) (control.Story, []feed.SourceID, error) {
	fail := func(err error) (control.Story, []feed.SourceID, error) {
		return control.Story{}, nil, fmt.Errorf("join: %w", err)
	}
	var two [2]feed.Stored
	for i, words := range req.Articles {
		a, err := s.article(ctx, words, nil)
		if err != nil {
			return fail(err)
		}
		two[i] = a
	}
	story, err := s.store.Join(ctx, two[0].ID, two[1].ID, at)
	if errors.Is(err, storage.ErrJoined) {
		return fail(fmt.Errorf("%s and %s: %w", s.set.show(two[0]).ID, s.set.show(two[1]).ID, storage.ErrJoined))
	}
	if err != nil {
		return fail(s.set.unnamed(err, two[:]...))
	}
	return control.NewStory(story, s.set.show), sourcesOf(story), nil
}

// sourcesOf are the sources that carry a story.
func sourcesOf(story feed.Story) []feed.SourceID {
	var list []feed.SourceID
	for _, a := range story.Articles {
		list = append(list, a.Source)
	}
	return list
}

// Split implements control.Daemon.
func (a *App) Split(ctx context.Context, req control.SplitRequest) (control.Parted, error) {
	s, err := a.out.stories(ctx)
	if err != nil {
		return control.Parted{}, err
	}
	parted, stale, err := s.split(ctx, req)
	if err != nil {
		return control.Parted{}, err
	}
	a.log.InfoContext(ctx, "story split", "output", req.Output, "article", parted.Article.ID, "left", len(parted.Left.Articles), "rest", len(parted.Rest.Articles))
	return parted, a.out.refresh(ctx, stale)
}

// Join implements control.Daemon.
func (a *App) Join(ctx context.Context, req control.JoinRequest) (control.Story, error) {
	s, err := a.out.stories(ctx)
	if err != nil {
		return control.Story{}, err
	}
	story, stale, err := s.join(ctx, req, time.Now())
	if err != nil {
		return control.Story{}, err
	}
	a.log.InfoContext(ctx, "stories joined", "story", story.ID, "articles", len(story.Articles))
	return story, a.out.refresh(ctx, stale)
}

// Split parts a story without a daemon.
func Split(ctx context.Context, cfg *config.Config, opt EngineOptions, req control.SplitRequest) (control.Parted, error) {
	return withStories(ctx, cfg, opt, "split", req.Output, func(s stories) (control.Parted, error) {
		parted, _, err := s.split(ctx, req)
		return parted, err
	})
}

// Join makes two stories one without a daemon.
func Join(ctx context.Context, cfg *config.Config, opt EngineOptions, req control.JoinRequest) (control.Story, error) {
	return withStories(ctx, cfg, opt, "join", "", func(s stories) (control.Story, error) {
		story, _, err := s.join(ctx, req, time.Now())
		return story, err
	})
}

// withStories opens the store that the configuration names for a piece of work. It
// makes none where there is none: then no article is there. An output that is not
// configured is told before; an empty name is of none.
func withStories[T any](ctx context.Context, cfg *config.Config, opt EngineOptions, command, output string, work func(stories) (T, error)) (T, error) {
	var none T
	path := cfg.Storage.Path
	set, err := newOutputSet(cfg, nil, nil)
	if err == nil && output != "" {
		_, err = set.ofArticles(output)
	}
	if err == nil {
		if _, missing := os.Stat(path.Reveal()); errors.Is(missing, fs.ErrNotExist) {
			err = fmt.Errorf("%w: there is no store yet at %s", feed.ErrNoArticle, path)
		}
	}
	if err != nil {
		return none, fmt.Errorf("%s: %w", command, err)
	}
	store, err := bolt.Open(ctx, path.Reveal(), bolt.Options{LockTimeout: opt.LockTimeout})
	if err != nil {
		return none, path.Hide(err)
	}
	s, err := looking(ctx, store, set)
	if err != nil {
		return none, errors.Join(err, store.Close())
	}
	done, err := work(s)
	return done, errors.Join(err, store.Close())
}
