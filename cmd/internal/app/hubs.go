package app

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/websub"
)

// subscriber makes what keeps the subscriptions to hubs.
func (e *Engine) subscriber(ctx context.Context, log *slog.Logger) (*websub.Subscriber, error) {
	return websub.New(ctx, websub.Options{
		Store: e.Store, Wants: e.wants, Push: e.Runner.Push,
		Changed: func(ctx context.Context, sources []feed.SourceID) {
			if err := e.Runner.Unleased(ctx, sources...); err != nil {
				log.WarnContext(ctx, "next polls not chosen anew; they come within a day", "sources", len(sources), "first", sources[0], "err", err)
			}
		},
		Observe: e.counts.delivered, Now: time.Now, Chance: rand.Float64, Log: log,
	})
}

// hubTargets tells how the hubs of sources are asked: by the same way, with the same
// trust in addresses and certificates, as the sources that name them. Login and
// headers are the publisher's alone. Where even a source's host is secret its hub,
// which may have the same, is not named.
func hubTargets(sources []ingest.Source) func(feed.SourceID) (fetch.Target, bool) {
	all := make(map[feed.SourceID]*ingest.Source, len(sources)) // few of them have a hub
	for i := range sources {
		all[sources[i].Name] = &sources[i]
	}
	return func(id feed.SourceID) (fetch.Target, bool) {
		s := all[id]
		if s == nil {
			return fetch.Target{}, false
		}
		t := fetch.Target{
			Proxy: s.Target.Proxy, AllowPrivate: s.Target.AllowPrivate,
			HTTP1: s.Target.HTTP1, InsecureTLS: s.Target.InsecureTLS,
		}
		if s.Target.Name != "" {
			t.Name = "its hub"
		}
		return t, true
	}
}

// wants returns what the sources that are polled name for WebSub. A source that
// fails keeps its subscription: its hub may know more than its server tells.
func (e *Engine) wants(ctx context.Context) (map[feed.SourceID]websub.Want, error) {
	wants := map[feed.SourceID]websub.Want{}
	err := e.Store.EachState(ctx, func(st *feed.SourceState) error {
		ended := st.Status == feed.StatusGone || st.Status == feed.StatusDisabled
		if len(st.Hubs) > 0 && !ended {
			wants[st.Source] = websub.Want{Hubs: st.Hubs, Topic: st.Topic}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wants, nil
}
