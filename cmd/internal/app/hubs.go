package app

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"sluice/feed"
	"sluice/ingest/websub"
)

// subscriber makes what keeps the subscriptions to hubs.
func (e *Engine) subscriber(ctx context.Context, log *slog.Logger) (*websub.Subscriber, error) {
	return websub.New(ctx, websub.Options{
		Store: e.Store, Wants: e.wants, Push: e.Runner.Push,
		Changed: func(ctx context.Context, source feed.SourceID) {
			if err := e.Runner.Unleased(ctx, source); err != nil {
				log.WarnContext(ctx, "next poll not chosen anew", "source", source, "err", err)
			}
		},
		Now: time.Now, Chance: rand.Float64, Log: log,
	})
}

// wants returns what the sources that are polled name for WebSub. A source that
// fails keeps its subscription: its hub may know more than its server tells.
func (e *Engine) wants(ctx context.Context) (map[feed.SourceID]websub.Want, error) {
	states, err := e.Store.States(ctx)
	if err != nil {
		return nil, err
	}
	wants := map[feed.SourceID]websub.Want{}
	for _, st := range states {
		ended := st.Status == feed.StatusGone || st.Status == feed.StatusDisabled
		if len(st.Hubs) > 0 && !ended {
			wants[st.Source] = websub.Want{Hubs: st.Hubs, Topic: st.Topic}
		}
	}
	return wants, nil
}
