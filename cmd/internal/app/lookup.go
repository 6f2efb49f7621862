package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sluice/cmd/internal/control"
	"sluice/feed"
)

// article returns the one article that is called so. Where several are, it is the one
// that is preferred, if that is one alone; a nil function prefers none.
func (s stories) article(ctx context.Context, words string, prefer func(feed.Stored) bool) (feed.Stored, error) {
	all, err := s.articles(ctx, words)
	if err != nil {
		return feed.Stored{}, err
	}
	if len(all) == 1 {
		return all[0], nil
	}
	if prefer != nil {
		if some := slices.DeleteFunc(slices.Clone(all), func(a feed.Stored) bool { return !prefer(a) }); len(some) == 1 {
			return some[0], nil
		}
	}
	many := &control.ManyError{Address: s.set.hide(words)}
	for _, a := range all {
		many.Articles = append(many.Articles, control.NewArticle(s.set.show(a)))
	}
	return feed.Stored{}, many
}

// articles returns those that are called so: the one of this id, else those at this
// address or of this guid, else the one whose id is shown so because it has a secret
// in it. There is at least one, without an error.
func (s stories) articles(ctx context.Context, words string) ([]feed.Stored, error) {
	a, err := s.store.ByID(ctx, words)
	if err == nil {
		return []feed.Stored{a}, nil
	}
	if !errors.Is(err, feed.ErrNoArticle) {
		return nil, err
	}
	gone, removed := errors.AsType[*feed.RemovedError](err)
	all, err := s.store.ByURL(ctx, words)
	if at, was := errors.AsType[*feed.RemovedError](err); was {
		gone, removed, err = at, true, nil
	}
	if err == nil && len(all) == 0 {
		all, err = s.byShownID(ctx, words)
	}
	if err == nil && len(all) == 0 {
		err = noArticle(s.set.hide(words), gone, removed)
	}
	return all, err
}

// noArticle is the error for an article that is not there, called so, and may have been.
func noArticle(words string, gone *feed.RemovedError, removed bool) error {
	if removed {
		return fmt.Errorf("%w: %s", gone, words)
	}
	return fmt.Errorf("%w: %s", feed.ErrNoArticle, words)
}

// byShownID looks through all articles for those whose id subscribers see so.
func (s stories) byShownID(ctx context.Context, id string) (found []feed.Stored, err error) {
	if !strings.Contains(id, feed.Hidden) && !strings.HasPrefix(id, feed.HiddenIDs) {
		return nil, nil
	}
	const page = 1000
	for after := uint64(0); ; {
		list, err := s.store.After(ctx, after, page)
		if err != nil || len(list) == 0 {
			return found, err
		}
		for _, a := range list {
			if s.set.show(a).ID == id {
				found = append(found, a)
			}
		}
		after = list[len(list)-1].Seq
	}
}

// show returns an article without its source's secrets, as outputs show it.
func (s *outputSet) show(a feed.Stored) feed.Stored { return s.infos.hiders[a.Source].Stored(a) }

// hide returns a text without the secrets of any source.
func (s *outputSet) hide(text string) string {
	for _, h := range s.infos.hiders {
		text = h.Text(text)
	}
	return text
}

// unnamed is an error of the store, which names articles by their ids, without the
// secrets in these.
func (s *outputSet) unnamed(err error, of ...feed.Stored) error {
	text := err.Error()
	for _, a := range of {
		text = strings.ReplaceAll(text, a.ID, s.show(a).ID)
	}
	if text == err.Error() {
		return err
	}
	return &quietError{text: text, err: err}
}

// quietError is an error in other words.
type quietError struct {
	text string
	err  error
}

// Error implements error.
func (e *quietError) Error() string { return e.text }

// Unwrap returns the error that has the secrets.
func (e *quietError) Unwrap() error { return e.err }

// ofArticles returns the output of that name as find does, or an error that says that
// it has no articles.
func (s *outputSet) ofArticles(name string) (*output, error) {
	out, err := s.find(name)
	if err == nil && out.Kind != feed.KindArticles {
		err = fmt.Errorf("output %s %w: it tells what befell its sources (kind: %s)", name, control.ErrHoldsNone, out.Kind)
	}
	return out, err
}

// find returns the output of that name, or an error that names those that there are.
func (s *outputSet) find(name string) (*output, error) {
	const most = 8 // names in an error
	if out, ok := s.byName[name]; ok {
		return out, nil
	}
	if now, ok := s.renamed[name]; ok {
		return nil, fmt.Errorf("%w %q: it is called %s now", control.ErrNoOutput, name, now)
	}
	var names []string
	for _, out := range s.list {
		names = append(names, out.Name)
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("%w %q: none is configured", control.ErrNoOutput, name)
	case len(names) > most:
		names = append(names[:most], "…")
	}
	return nil, fmt.Errorf("%w %q: there are %s", control.ErrNoOutput, name, strings.Join(names, ", "))
}
