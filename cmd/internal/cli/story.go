package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/config"
)

type splitCmd struct {
	Output  string `arg:"" name:"output" help:"Name of the output that shows as one what is not: by its dedup the article leaves its story, or its identity."`
	Article string `arg:"" name:"article" help:"Id of the article, or an address that no other has."`
}

// Run has an article leave what the output shows as one.
func (c *splitCmd) Run(ctx context.Context, r *run) error {
	req := control.SplitRequest{Output: c.Output, Article: c.Article}
	done, err := stored(ctx, r, func(d *control.Client) (control.Parted, error) {
		return d.Split(ctx, req)
	}, func(cfg *config.Config, opt app.EngineOptions) (control.Parted, error) {
		return app.Split(ctx, cfg, opt, req)
	})
	if err != nil {
		return r.listMany(err)
	}
	return printParted(r.env.Stdout, done)
}

type joinCmd struct {
	Article string `arg:"" name:"article" help:"Id of an article, or an address that no other has."`
	Other   string `arg:"" name:"other" help:"The same of another article."`
}

// Run makes the stories of two articles one.
func (c *joinCmd) Run(ctx context.Context, r *run) error {
	req := control.JoinRequest{Articles: [2]string{c.Article, c.Other}}
	story, err := stored(ctx, r, func(d *control.Client) (control.Story, error) {
		return d.Join(ctx, req)
	}, func(cfg *config.Config, opt app.EngineOptions) (control.Story, error) {
		return app.Join(ctx, cfg, opt, req)
	})
	if err != nil {
		return r.listMany(err)
	}
	return printStory(r.env.Stdout, story)
}

// stored has the daemon do a piece of work on the store, and without one does it
// itself, by the configuration.
func stored[T any](ctx context.Context, r *run, ask func(*control.Client) (T, error), do func(*config.Config, app.EngineOptions) (T, error)) (T, error) {
	var none T
	daemon, err := r.dial(ctx)
	if err == nil {
		return ask(daemon)
	}
	if !errors.Is(err, control.ErrNoDaemon) {
		return none, err
	}
	cfg, err := r.load()
	if err != nil {
		return none, err
	}
	return do(cfg, app.EngineOptions{LockTimeout: r.globals.LockTimeout})
}

// listMany prints the articles of an address that several have, for one to be chosen;
// the error stays what it is.
func (r *run) listMany(err error) error {
	many, ok := errors.AsType[*control.ManyError](err)
	if !ok {
		return err
	}
	tw := tabwriter.NewWriter(r.env.Stdout, 0, 0, 2, ' ', 0)
	for _, a := range many.Articles {
		if _, err := fmt.Fprintf(tw, "%s\t%s\t%s\n", a.Source, safeText(a.ID), safeText(a.Title)); err != nil {
			return err
		}
	}
	return errors.Join(tw.Flush(), &exitError{exitUsage, err})
}

// printParted says which article left, and who stands for it and for those that it
// left: the first that was stored.
func printParted(w io.Writer, p control.Parted) error {
	line := named(p.Article) + " left, and stands for " + standsFor(p.Left)
	if first := p.Left.Articles; len(first) > 0 && first[0].ID != p.Article.ID {
		line = fmt.Sprintf("%s left with %s, which stands for %s", named(p.Article), named(first[0]), standsFor(p.Left))
	}
	if _, err := fmt.Fprintln(w, line); err != nil {
		return err
	}
	if len(p.Rest.Articles) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "%s stayed, and stands for %s\n", named(p.Rest.Articles[0]), standsFor(p.Rest))
	return err
}

// named is an article in a sentence.
func named(a control.Article) string {
	if a.Title == "" {
		return fmt.Sprintf("%s: %s", a.Source, safeText(a.ID))
	}
	return fmt.Sprintf("%s: %s %q", a.Source, safeText(a.ID), safeText(a.Title))
}

// standsFor says how many articles the first of a story speaks for.
func standsFor(s control.Story) string {
	if n := len(s.Articles) - 1; n > 0 {
		return fmt.Sprintf("itself and %d more", n)
	}
	return "itself"
}
