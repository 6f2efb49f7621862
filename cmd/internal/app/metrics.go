package app

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"time"

	"sluice/cmd/internal/metrics"
	"sluice/cmd/internal/web"
	"sluice/feed"
	"sluice/ingest/websub"
	"sluice/storage"
)

// The results of telling hubs, as they are counted.
const (
	pingOK      = "ok"
	pingFailed  = "failed"
	pingGivenUp = "given_up"
)

// Commit names the commit that the program was built from; "-dirty" behind it: with changes.
func Commit() string {
	commit, dirty := "unknown", ""
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return commit
	}
	for _, s := range build.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	return commit + dirty
}

func newMetrics() *metrics.Metrics {
	return metrics.New(metrics.Options{
		Version: Version, Commit: Commit(), Handlers: web.Kinds(), Deliveries: websub.Results(),
		Pings: []string{pingOK, pingFailed, pingGivenUp}, TurnedAway: web.TurnedAway(),
	})
}

// counts counts what happens, where a daemon wants to know.
type counts struct {
	*metrics.Metrics // nil: nobody does
}

// watch is bolt's Watch.
func (c counts) watch(write bool) func(error) {
	if c.Metrics == nil {
		return func(error) {}
	}
	op, began := metrics.OpRead, time.Now()
	if write {
		op = metrics.OpWrite
	}
	return func(err error) {
		c.Transaction(op, time.Since(began), errors.Is(err, storage.ErrDamaged) || errors.Is(err, storage.ErrFailed))
	}
}

func (c counts) delivered(result string) {
	if c.Metrics != nil {
		c.Delivered(result)
	}
}

func (c counts) pinged(result string) {
	if c.Metrics != nil {
		c.Pinged(result)
	}
}

func (c counts) built(out *output, began time.Time, err error) {
	if c.Metrics != nil {
		c.Built(time.Since(began), err == nil)
		c.Filtered(out.Name, out.builder.Refused())
	}
}

// configured forgets the outputs of before that are configured no more.
func (c counts) configured(before, now *outputSet) {
	if c.Metrics == nil || before == nil {
		return
	}
	for name := range before.byName {
		if now.byName[name] == nil {
			c.Unconfigured(name)
		}
	}
}

func (c counts) answered(s web.Served) {
	if c.Metrics != nil {
		c.Answered(s.Kind, s.Status, s.Bytes, s.Took)
	}
}

func (c counts) turned(why web.Turned) {
	if c.Metrics != nil {
		c.Turned(string(why))
	}
}

// WriteMetrics writes what /metrics answers. Nothing waits for w but other scrapes.
func (a *App) WriteMetrics(ctx context.Context, w io.Writer) error {
	snap := a.snapshot(ctx)
	if err := ctx.Err(); err != nil {
		return err // what was read last says nothing of the store
	}
	return a.counts.Write(w, snap)
}

// snapshot is what is so now. What the store does not tell is left out: that it does not
// is what operators want to see then.
func (a *App) snapshot(ctx context.Context) *metrics.Snapshot {
	now, store, last := time.Now(), a.engine.Store, a.LastReload()
	snap := &metrics.Snapshot{
		At: now, Ready: a.readiness() == nil,
		Reload: metrics.Reload{OK: last.OK, Done: last.Done},
		Load:   a.engine.Runner.Load(),
		Store:  metrics.Store{Up: store.Alive(ctx) == nil},
	}
	census := metrics.NewCensus(now)
	err := store.EachState(ctx, func(st *feed.SourceState) error {
		census.Add(st)
		return nil
	})
	if err == nil {
		snap.Sources = census
	} else if ctx.Err() == nil {
		a.log.WarnContext(ctx, "metrics without sources", "err", err)
	}
	if usage, err := store.Usage(ctx); err == nil {
		snap.Store.Usage = &usage
	}
	if snap.Store.Backup, err = store.LastCopy(ctx); err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "metrics without the last backup", "err", err)
	}
	snap.Outputs, snap.Connections = a.outputsNow(now), a.connectionsNow(now)
	return snap
}

// connectionsNow tells how many connections the listeners have.
func (a *App) connectionsNow(now time.Time) []metrics.Connections {
	var all []metrics.Connections
	for _, as := range []role{forReaders, forOperators, forCommands} {
		c := metrics.Connections{Listener: string(as)}
		for _, s := range a.servers.of(as) {
			open, busy := s.conns.look(now)
			c.Idle, c.Busy = c.Idle+open-busy, c.Busy+busy
			if as != forCommands {
				c.Max += connections()
			}
		}
		all = append(all, c)
	}
	return all
}

// outputsNow tells how the configured outputs are, and who reads them.
func (a *App) outputsNow(now time.Time) []metrics.Output {
	read := map[string]web.OutputReaders{}
	for _, r := range a.readers.Outputs(now) {
		read[r.Output] = r
	}
	var all []metrics.Output
	for _, out := range a.out.now.Load().list {
		r := read[out.Name]
		o := metrics.Output{Name: out.Name, Requests: r.Requests, NotModified: r.NotModified, Bytes: r.Bytes}
		if doc := out.document(); doc != nil {
			o.Built, o.Entries, o.Changed = true, len(doc.Entries), doc.Modified
		}
		if r.Counted {
			o.Subscribers = map[string]int{}
			for _, f := range r.Families {
				o.Subscribers[f.Family] = f.Subscribers
			}
		}
		all = append(all, o)
	}
	return all
}

// total adds up what is counted by source.
func total(by map[feed.SourceID]int) (n int) {
	for _, some := range by {
		n += some
	}
	return n
}
