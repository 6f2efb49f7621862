package app

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"sluice/cmd/internal/systemd"
	"sluice/feed/crash"
)

// pulse is what must not hang. It is asked, and returns nil when it has answered.
type pulse struct {
	what string
	ask  func(context.Context) error
}

// watchdog shows the service manager that the daemon lives, for as long as all that
// must not hang answers. The manager ends a process that shows nothing for the limit.
type watchdog struct {
	limit  time.Duration
	pulses []pulse
	alive  func(context.Context) // shows it
	log    *slog.Logger
}

// run asks, three times within the limit, until the context ends.
func (w *watchdog) run(ctx context.Context) {
	every := w.limit / 3
	tick := time.NewTicker(every)
	defer tick.Stop()
	asked := make([]chan error, len(w.pulses))
	shown, silent := time.Now(), false
	for {
		troubles := w.round(ctx, every, asked)
		if ctx.Err() != nil {
			return
		}
		since := time.Since(shown).Round(time.Millisecond).String()
		switch {
		case len(troubles) == 0:
			if silent {
				w.log.InfoContext(ctx, "what hung answers again", "after", since)
			}
			shown, silent = time.Now(), false
			w.alive(ctx)
		case !silent:
			silent = true
			w.log.ErrorContext(ctx, "the daemon hangs, and the service manager will end it", "what", strings.Join(troubles, "; "),
				"for", since, "limit", w.limit.String())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round asks everything once and returns what has not answered well in time. What has
// not answered at all is in asked, and not asked again before it has: no more than one
// question of each hangs with it.
func (w *watchdog) round(ctx context.Context, most time.Duration, asked []chan error) (troubles []string) {
	round, done := context.WithTimeout(ctx, most)
	defer done()
	question, end := context.WithTimeout(round, most*3/4) // so that what it ends by comes in time
	defer end()
	for i, p := range w.pulses {
		if asked[i] == nil {
			answer := make(chan error, 1)
			asked[i] = answer
			go func() {
				defer crash.End()
				answer <- p.ask(question)
			}()
		}
	}
	for i, p := range w.pulses {
		select {
		case err := <-asked[i]:
			asked[i] = nil
			if err != nil {
				troubles = append(troubles, p.what+": "+err.Error())
			}
		case <-round.Done():
			troubles = append(troubles, p.what+": no answer")
		}
	}
	return troubles
}

// watch runs the watchdog that the service manager wants, until the context ends.
func (a *App) watch(ctx context.Context) {
	limit := a.teller.to.Watchdog()
	if limit <= 0 {
		return
	}
	store := a.engine.Store
	w := watchdog{limit: limit, log: a.log, pulses: []pulse{
		{"polling", func(ctx context.Context) error {
			before := store.Steps()
			err := a.engine.Runner.Pulse(ctx)
			if store.Steps() != before {
				return nil // it may be waiting for that
			}
			return err
		}},
		{"store", func(ctx context.Context) error { return a.engine.Config().Storage.Path.Hide(store.Pulse(ctx)) }},
	}}
	w.alive = func(ctx context.Context) { a.teller.tell(ctx, "", systemd.Alive) }
	w.run(ctx)
}
