package app

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"sluice/cmd/internal/control"
	"sluice/cmd/internal/web"
	"sluice/config"
	"sluice/feed"
)

// Status implements control.Daemon.
func (a *App) Status(ctx context.Context) (control.Status, error) {
	s, err := a.StatusPage(ctx)
	if err != nil {
		return control.Status{}, err
	}
	told := control.NewStatus(s.Sources, s.Address, s.Now)
	at, loaded := s.Now.UTC().Truncate(time.Second), s.Loaded.UTC().Truncate(time.Second)
	told.At = &at
	told.Store = &control.StoreStatus{Articles: s.Store.Articles, Bytes: s.Store.Bytes, Free: s.Store.Free}
	if !s.Backup.IsZero() {
		backup := s.Backup.UTC().Truncate(time.Second)
		told.Store.Backup = &backup
	}
	told.Configuration = &control.ConfigurationStatus{Loaded: &loaded}
	if !s.Refused.IsZero() {
		refused := s.Refused.UTC().Truncate(time.Second)
		told.Configuration.Refused, told.Configuration.Reasons = &refused, s.Reasons
	}
	for _, o := range s.Outputs {
		told.Outputs = append(told.Outputs, outputStatus(o))
	}
	return told, nil
}

func outputStatus(o web.StatusOutput) control.OutputStatus {
	one := control.OutputStatus{Name: o.Name, Entries: o.Entries, Requests: o.Readers.Requests, NotModified: o.Readers.NotModified}
	if !o.Modified.IsZero() {
		changed := o.Modified.UTC().Truncate(time.Second)
		one.Changed = &changed
	}
	if o.Readers.Counted {
		one.Subscribers = &o.Readers.Subscribers
	}
	for _, f := range o.Readers.Families {
		one.Families = append(one.Families, control.FamilySubscriber{Family: f.Family, Subscribers: f.Subscribers})
	}
	return one
}

// StatusPage is what the page for operators shows. One pass over the sources makes it,
// which holds up no poll and no reader.
func (a *App) StatusPage(ctx context.Context) (web.Status, error) {
	states, err := a.engine.Store.States(ctx)
	if err != nil {
		return web.Status{}, err
	}
	usage, err := a.engine.Store.Usage(ctx)
	if err != nil {
		return web.Status{}, err
	}
	backup, err := a.engine.Store.LastCopy(ctx)
	if err != nil {
		return web.Status{}, err
	}
	now, set, last := time.Now(), a.out.now.Load(), a.LastReload()
	s := web.Status{
		Now: now, Sources: states, Address: a.engine.Address, Store: usage, Backup: backup, BaseURL: set.site.BaseURL,
		Loaded: last.Done,
	}
	if !last.OK {
		s.Refused, s.Reasons = last.At, last.Reasons
	}
	set.infos.showable(states)
	readers := map[string]web.OutputReaders{}
	for _, r := range a.readers.Outputs(now) {
		readers[r.Output] = r
	}
	for _, o := range a.out.List() {
		s.Outputs = append(s.Outputs, web.StatusOutput{Listed: o, Readers: readers[o.Name]})
	}
	return s, nil
}

// showable takes out of states, in place, what may not be shown: a publisher may repeat
// what he was asked by in his title, in an error, and where he redirects to. A source is
// called what its operator calls it.
func (n *infos) showable(states []feed.SourceState) {
	for i := range states {
		st := &states[i]
		src, hide := n.configs[st.Source], n.hiders[st.Source]
		st.Error = hide.Text(st.Error)
		st.Info.Title, st.Info.Link = hide.Text(st.Info.Title), hide.Text(st.Info.Link)
		if src != nil && src.Title != "" {
			st.Info.Title = src.Title
		}
		if st.Kept != "" {
			st.Kept = hide.Text(feed.Redact(st.Kept))
		}
	}
}

// Status returns how the configuration's sources fare, without a daemon. It makes
// no store: where there is none yet, and for sources that it does not know yet,
// the answer is that they are new.
func Status(ctx context.Context, cfg *config.Config, log *slog.Logger, opt EngineOptions) (control.Status, error) {
	known, err := stored(ctx, cfg, log, opt)
	if err != nil {
		return control.Status{}, err
	}
	states := make([]feed.SourceState, 0, len(cfg.Sources))
	at := residentsOf(known)
	for _, s := range cfg.Sources {
		states = append(states, stateOf(s.Feed(), known, at))
	}
	slices.SortFunc(states, func(a, b feed.SourceState) int { return strings.Compare(string(a.Source), string(b.Source)) })
	newInfos(cfg).showable(states)
	return control.NewStatus(states, addresses(cfg), time.Now()), nil
}
