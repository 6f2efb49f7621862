package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/feed"
	"sluice/feed/publish"
)

// maxExplained bounds the articles of one address that are explained: each costs what
// a build costs.
const maxExplained = 10

// explain says of the articles that are called so why they are in the output or not:
// first of those of its sources, in arrival order.
func (s stories) explain(ctx context.Context, req control.ExplainRequest, now time.Time) (control.Explained, error) {
	fail := func(err error) (control.Explained, error) {
		return control.Explained{}, fmt.Errorf("explain: %w", err)
	}
	out, err := s.set.ofArticles(req.Output)
	if err != nil {
		return fail(err)
	}
	all, err := s.articles(ctx, req.Article)
	if err != nil {
		return fail(err)
	}
	foreign := func(a feed.Stored) bool { return !out.reads[a.Source] }
	all = append(slices.DeleteFunc(slices.Clone(all), foreign), slices.DeleteFunc(slices.Clone(all), func(a feed.Stored) bool { return !foreign(a) })...)
	pub, err := s.publication(ctx, out, now)
	if err != nil {
		return fail(err)
	}
	done := control.Explained{More: max(len(all)-maxExplained, 0)}
	for _, a := range all[:len(all)-done.More] {
		x, err := s.one(ctx, out, pub, a.ID, now)
		if errors.Is(err, feed.ErrNoArticle) && len(all) > 1 {
			continue // it went meanwhile
		}
		if err != nil {
			return fail(s.set.unnamed(err, a))
		}
		done.Articles = append(done.Articles, x)
	}
	return done, nil
}

// one explains one article.
func (s stories) one(ctx context.Context, out *output, pub feed.Publication, id string, now time.Time) (control.Explanation, error) {
	a, err := s.store.ByID(ctx, id)
	if err != nil {
		return control.Explanation{}, err
	}
	said, err := publish.Explain(ctx, reader{Store: s.store}, out.Output, s.infos(), pub, now, a)
	if err != nil {
		return control.Explanation{}, err
	}
	x := control.NewExplanation(said.Article, s.states[a.Source].GUIDs)
	x.Output, x.In, x.Reason, x.Rule = said.Output, said.In, said.Reason, said.Rule
	x.Entry, x.Place = said.Entry, said.Place
	x.Story = control.NewStory(said.Story, func(a feed.Stored) feed.Stored { return a })
	return x, nil
}

// infos says what all sources are called, whatever output reads them: a story may have
// articles of others.
func (s stories) infos() map[feed.SourceID]publish.SourceInfo {
	infos := make(map[feed.SourceID]publish.SourceInfo, len(s.set.infos.configs))
	for name, src := range s.set.infos.configs {
		infos[name] = sourceInfo(src, s.states[name].Info, s.set.infos.hiders[name])
	}
	return infos
}

// publication is what the ledger has of an output, or would have if it were served now.
func (s stories) publication(ctx context.Context, out *output, now time.Time) (feed.Publication, error) {
	ledger, err := s.store.Publications(ctx)
	if err != nil {
		return feed.Publication{}, err
	}
	known, _ := publish.Register([]feed.Output{out.Output.Output}, ledger, s.set.site.BaseURL, now)
	return known[out.Name], nil
}

// Explain implements control.Daemon.
func (a *App) Explain(ctx context.Context, req control.ExplainRequest) (control.Explained, error) {
	s, err := a.out.stories(ctx)
	if err != nil {
		return control.Explained{}, err
	}
	return s.explain(ctx, req, time.Now())
}

// Explain says why an article is in an output or not without a daemon.
func Explain(ctx context.Context, cfg *config.Config, opt EngineOptions, req control.ExplainRequest) (control.Explained, error) {
	return withStories(ctx, cfg, opt, "explain", req.Output, func(s stories) (control.Explained, error) {
		return s.explain(ctx, req, time.Now())
	})
}
