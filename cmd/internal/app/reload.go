package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"sluice/cmd/internal/control"
	"sluice/cmd/internal/systemd"
	"sluice/config"
)

// Reload implements control.Daemon. All that can be refused is built before
// anything that runs is touched.
func (a *App) Reload(ctx context.Context) (control.Reloaded, error) {
	a.reloads.Lock()
	defer a.reloads.Unlock()
	a.tellReload(ctx)
	defer func() {
		a.teller.recount.Store(true)
		a.tellState(context.WithoutCancel(ctx), systemd.Ready)
	}()
	done, err := a.reload(ctx)
	if err != nil && ctx.Err() != nil {
		return control.Reloaded{}, err // the daemon stops, and what it failed by is that
	}
	last := a.LastReload().next(time.Now(), err)
	a.last.Store(&last)
	if err != nil {
		a.log.ErrorContext(ctx, "reload refused", "err", err, "reasons", last.Reasons)
		return control.Reloaded{}, &control.RefusedError{Reasons: last.Reasons}
	}
	a.log.InfoContext(ctx, "reloaded", "changes", done.Changes)
	return done, nil
}

// tellReload says that a reload has begun. Whoever says so must say that it has ended.
func (a *App) tellReload(ctx context.Context) {
	begun, err := systemd.Reloading()
	if err != nil {
		a.log.WarnContext(ctx, "the service manager is not told of a reload", "err", err)
		return
	}
	a.teller.tell(ctx, "reading the configuration", begun)
}

// LastReload says whether the file that the daemon was last told to read is what it
// runs by.
type LastReload struct {
	At      time.Time // when a reload was last done or refused; of the start before the first
	OK      bool      // it was done
	Done    time.Time // when the configuration in use was taken: by a start or a reload
	Reasons []string  // why it was refused, a line each, without secrets; none when it was done
}

// next is what follows from a reload that ended with err.
func (l LastReload) next(now time.Time, err error) LastReload {
	if err != nil {
		return LastReload{At: now, Done: l.Done, Reasons: reasons(err)}
	}
	return LastReload{At: now, OK: true, Done: now}
}

// LastReload returns how the last reload ended. It never waits, also for one that runs.
// The reasons are not to be changed.
func (a *App) LastReload() LastReload {
	if last := a.last.Load(); last != nil {
		return *last
	}
	return LastReload{}
}

func (a *App) reload(ctx context.Context) (control.Reloaded, error) {
	next, err := a.load()
	if err != nil {
		return control.Reloaded{}, err
	}
	was := a.engine.Config()
	if held := heldOpen(was, next); len(held) > 0 {
		return control.Reloaded{}, &control.RefusedError{Reasons: held}
	}
	front, err := a.newSite(next)
	if err != nil {
		return control.Reloaded{}, err
	}
	opened, gone, err := a.change(ctx, next)
	if err != nil {
		return control.Reloaded{}, err
	}
	if err := a.out.replace(ctx, next, func() error { return a.engine.SetPlan(ctx, next) }); err != nil {
		for _, s := range opened {
			err = errors.Join(err, s.close())
		}
		return control.Reloaded{}, err
	}
	a.site.Store(front)
	select {
	case a.reloaded <- struct{}{}:
	default: // one that was not heard yet says the same
	}
	if err := a.servers.swap(opened, gone); err != nil {
		a.log.WarnContext(ctx, "a listener was not closed", "err", err)
	}
	for _, s := range opened {
		a.log.InfoContext(ctx, "listening", append(s.where(), "for", string(s.role))...)
	}
	a.warn(ctx, next)
	done := control.Reloaded{Changes: config.Diff(was, next)}
	for _, w := range next.Warnings {
		done.Warnings = append(done.Warnings, w.String())
	}
	done.Warnings = append(done.Warnings, a.idle(was, next)...)
	return done, nil
}

// idle says which addresses were changed to no effect.
func (a *App) idle(was, next *config.Config) (lines []string) {
	for _, key := range []struct {
		name string
		of   role
		same bool
	}{
		{"server.listen", forReaders, slices.Equal(was.Server.Listen, next.Server.Listen)},
		{"server.admin", forOperators, was.Server.Admin == next.Server.Admin},
	} {
		if there := a.servers.of(key.of); !key.same && len(there) > 0 && there[0].addr == "" {
			lines = append(lines, key.name+": has no effect while the service manager holds "+there[0].ln.Addr().String())
		}
	}
	return lines
}

// heldOpen names the keys whose change a reload cannot follow, because what they
// speak of is open, each with what to do.
func heldOpen(was, next *config.Config) []string {
	var held []string
	moved := !was.Storage.Path.Equal(next.Storage.Path)
	for _, key := range []struct {
		name string
		same bool
	}{
		{"server.control", was.Server.Control.Equal(next.Server.Control) || moved}, // its default follows the store
		{"server.tls", (was.Server.TLS.Cert.Reveal() == "") == (next.Server.TLS.Cert.Reveal() == "")},
		{"storage.path", !moved},
	} {
		if !key.same {
			held = append(held, key.name+": cannot change while the daemon runs; restart it")
		}
	}
	return held
}

// warn logs what a configuration allows and probably does not mean.
func (a *App) warn(ctx context.Context, cfg *config.Config) {
	for _, w := range cfg.Warnings {
		a.log.WarnContext(ctx, "configuration", "problem", w.String())
	}
}

// reasons is why a reload was refused, a line each.
func reasons(err error) []string {
	if refused, ok := errors.AsType[*control.RefusedError](err); ok {
		return refused.Reasons
	}
	if invalid, ok := errors.AsType[*config.Invalid](err); ok {
		var lines []string
		for _, p := range invalid.Problems {
			lines = append(lines, p.String())
		}
		return lines
	}
	return strings.Split(err.Error(), "\n") // several that were joined
}
