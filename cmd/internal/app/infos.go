package app

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"sluice/config"
	"sluice/feed"
	"sluice/feed/publish"
	"sluice/storage"
)

// infos is what the sources of a configuration are called and where they live. All
// outputs share it: of very many sources it takes long to make and much room. It is read
// from the states once, and then of sources alone of which a poll brought a document. A
// map that was given out never changes, and is another one only where what it says is:
// whoever is given the same map knows that nothing changed.
type infos struct {
	configs map[feed.SourceID]*config.Source
	hiders  map[feed.SourceID]*feed.Hider // of those that have secrets

	reading sync.Mutex
	known   map[feed.SourceID]publish.SourceInfo // guarded by reading; nil: nothing is

	mu    sync.Mutex
	all   bool                   // the store may know all of them better
	stale map[feed.SourceID]bool // or these
}

func newInfos(cfg *config.Config) *infos {
	n := &infos{
		configs: make(map[feed.SourceID]*config.Source, len(cfg.Sources)),
		hiders:  map[feed.SourceID]*feed.Hider{}, stale: map[feed.SourceID]bool{},
	}
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		n.configs[s.Name] = s
		if hide := s.Hider(); hide != nil {
			n.hiders[s.Name] = hide
		}
	}
	return n
}

// polled notes that a poll of a source brought a document, which may say otherwise what
// that is called. One that the configuration does not know may have another name by now.
func (n *infos) polled(source feed.SourceID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.configs[source] == nil {
		n.all = true
	} else {
		n.stale[source] = true
	}
}

// read returns what the sources are called now. The map is not to be changed.
func (n *infos) read(ctx context.Context, store storage.Sources) (map[feed.SourceID]publish.SourceInfo, error) {
	const many = 8 // from this part of all on, all are read: one after another costs less
	n.reading.Lock()
	defer n.reading.Unlock()
	n.mu.Lock()
	all, stale := n.all, n.stale
	n.all, n.stale = false, map[feed.SourceID]bool{}
	n.mu.Unlock()
	known, err := n.known, error(nil)
	switch {
	case all || known == nil || len(stale) > 1000 && len(stale) > len(known)/many:
		known, err = n.whole(ctx, store)
	case len(stale) > 0:
		known, err = n.renewed(ctx, store, slices.Collect(maps.Keys(stale)))
	}
	if err != nil {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.all = true
		return nil, err
	}
	n.known = known
	return known, nil
}

// whole is read anew of all sources.
func (n *infos) whole(ctx context.Context, store storage.Sources) (map[feed.SourceID]publish.SourceInfo, error) {
	next := make(map[feed.SourceID]publish.SourceInfo, len(n.configs))
	err := store.EachState(ctx, func(st *feed.SourceState) error {
		if src := n.configs[st.Source]; src != nil {
			next[src.Name] = n.info(src, st.Info)
		}
		return nil
	})
	return next, err
}

// renewed is what is known, with what the store says of these sources now.
func (n *infos) renewed(ctx context.Context, store storage.Sources, stale []feed.SourceID) (map[feed.SourceID]publish.SourceInfo, error) {
	states, err := store.StatesOf(ctx, stale)
	if err != nil {
		return nil, err
	}
	next, copied := n.known, false
	for i := range states {
		src := n.configs[states[i].Source]
		info := n.info(src, states[i].Info)
		if was, there := n.known[src.Name]; there && reflect.DeepEqual(was, info) {
			continue
		}
		if !copied {
			next, copied = maps.Clone(n.known), true
		}
		next[src.Name] = info
	}
	return next, nil
}

// info is what a source is called, in texts of its own: those of a state hold its record.
func (n *infos) info(src *config.Source, said feed.Info) publish.SourceInfo {
	said.Title, said.ID = strings.Clone(said.Title), strings.Clone(said.ID)
	said.Link, said.Language = strings.Clone(said.Link), strings.Clone(said.Language)
	return sourceInfo(src, said, n.hiders[src.Name])
}
