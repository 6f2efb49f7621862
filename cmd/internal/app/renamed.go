package app

import (
	"context"
	"iter"
	"slices"
	"time"

	"sluice/config"
	"sluice/feed"
	"sluice/storage"
)

// renamed reads a store by the names that the configuration has for its sources now.
// The store knows them by their earlier ones until something is polled or served by
// that configuration, and a command that only looks must not move them.
type renamed struct {
	storage.Store
	names map[feed.SourceID]feed.SourceID // by earlier name
}

// renames returns a store as a configuration sees it, given whom the store knows where.
func renames(store storage.Store, cfgs map[feed.SourceID]*config.Source, at residents) storage.Store {
	names := map[feed.SourceID]feed.SourceID{}
	for _, src := range cfgs {
		for _, old := range earlierNames(src.Feed(), at) {
			if _, taken := cfgs[old]; !taken {
				names[old] = src.Name
			}
		}
	}
	if len(names) == 0 {
		return store
	}
	return renamed{store, names}
}

// one and all give articles their sources' names.
func (r renamed) one(a feed.Stored) feed.Stored {
	if name, ok := r.names[a.Source]; ok {
		a.Source = name
	}
	return a
}

func (r renamed) all(list []feed.Stored, err error) ([]feed.Stored, error) {
	for i := range list {
		list[i] = r.one(list[i])
	}
	return list, err
}

func (r renamed) story(s feed.Story, err error) (feed.Story, error) {
	s.Articles, err = r.all(s.Articles, err)
	return s, err
}

// Newest implements storage.Articles.
func (r renamed) Newest(ctx context.Context, q storage.Query) iter.Seq2[feed.Stored, error] {
	q.Sources, q.Among = r.withEarlier(q.Sources), nil
	return func(yield func(feed.Stored, error) bool) {
		for a, err := range r.Store.Newest(ctx, q) {
			if !yield(r.one(a), err) {
				return
			}
		}
	}
}

// Events implements storage.Events.
func (r renamed) Events(ctx context.Context, sources []feed.SourceID, since time.Time, n int) ([]feed.Event, error) {
	all, err := r.Store.Events(ctx, r.withEarlier(sources), since, n)
	for i := range all {
		if name, ok := r.names[all[i].Source]; ok {
			all[i].Source = name
		}
	}
	return all, err
}

// withEarlier adds to sources the names by which the store may know them.
func (r renamed) withEarlier(sources []feed.SourceID) []feed.SourceID {
	all := slices.Clone(sources)
	asked := make(map[feed.SourceID]bool, len(sources))
	for _, name := range sources {
		asked[name] = true
	}
	for old, name := range r.names {
		if asked[name] {
			all = append(all, old)
		}
	}
	return all
}

// After implements storage.Articles.
func (r renamed) After(ctx context.Context, seq uint64, n int) ([]feed.Stored, error) {
	return r.all(r.Store.After(ctx, seq, n))
}

// Numbered implements storage.Articles.
func (r renamed) Numbered(ctx context.Context, seqs []uint64) ([]feed.Stored, error) {
	return r.all(r.Store.Numbered(ctx, seqs))
}

// Identity implements storage.Articles.
func (r renamed) Identity(ctx context.Context, identity uint64) ([]feed.Stored, error) {
	return r.all(r.Store.Identity(ctx, identity))
}

// ByID implements storage.Articles.
func (r renamed) ByID(ctx context.Context, id string) (feed.Stored, error) {
	a, err := r.Store.ByID(ctx, id)
	return r.one(a), err
}

// ByURL implements storage.Articles.
func (r renamed) ByURL(ctx context.Context, url string) ([]feed.Stored, error) {
	return r.all(r.Store.ByURL(ctx, url))
}

// Story implements storage.Stories.
func (r renamed) Story(ctx context.Context, identity uint64) (feed.Story, error) {
	return r.story(r.Store.Story(ctx, identity))
}

// Split implements storage.Stories.
func (r renamed) Split(ctx context.Context, id string, by feed.Dedup) (feed.Story, error) {
	return r.story(r.Store.Split(ctx, id, by))
}

// Join implements storage.Stories.
func (r renamed) Join(ctx context.Context, a, b string, at time.Time) (feed.Story, error) {
	return r.story(r.Store.Join(ctx, a, b, at))
}
