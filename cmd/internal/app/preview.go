package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/feed"
	"sluice/feed/filter"
	"sluice/feed/publish"
	"sluice/storage"
	"sluice/storage/bolt"
)

// side is an output as one of two configurations has it.
type side struct {
	out     publish.Output
	infos   map[feed.SourceID]publish.SourceInfo
	more    map[feed.SourceID][]*feed.Hider // what takes out further secrets of their articles
	store   storage.Store                   // by that configuration's names; nil: there is none yet
	served  *publish.Document               // nil: it is to be built
	unasked []feed.SourceID                 // of its sources, those that brought nothing so far as their states tell
}

// preview says what an output holds, and what the proposal, if there is one, would make
// of it. Where the output is served, what is served counts. A store that is nil is not
// there yet: then there are no articles.
func (s stories) preview(ctx context.Context, req control.PreviewRequest, now time.Time) (control.Previewed, error) {
	fail := func(err error) (control.Previewed, error) {
		return control.Previewed{}, fmt.Errorf("preview: %w", err)
	}
	said := control.Previewed{Preview: control.Preview{
		Output: req.Output, Entries: []control.PreviewEntry{}, Enter: []control.PreviewEntry{}, Leave: []control.PreviewEntry{},
	}}
	before, after, err := s.sides(req)
	if err != nil {
		return fail(err)
	}
	said.Had, said.Has = before != nil, after != nil
	held, warnings, err := before.entries(ctx, s.set.site.BaseURL, now)
	if err != nil {
		return fail(err)
	}
	said.Entries = append(said.Entries, previewEntries(held)...)
	last := before
	if req.With != nil {
		var would []publish.Entry
		if would, warnings, err = after.entries(ctx, s.set.site.BaseURL, now); err != nil {
			return fail(err)
		}
		compare(&said.Preview, held, would)
		last = after
		if after != nil && after.out.Name != req.Output {
			said.With = after.out.Name
		}
	}
	for _, w := range warnings {
		said.Warnings = append(said.Warnings, s.set.hide(w.String()))
	}
	if said.Unknown, err = last.unknown(ctx); err != nil {
		return fail(err)
	}
	return said, nil
}

// sides finds the output in the configuration in use and in the proposal, also where one
// of them has it under another name. nil stands for the one that has it not; that neither
// has it is an error.
func (s stories) sides(req control.PreviewRequest) (before, after *side, err error) {
	out, missing := s.set.find(req.Output)
	if req.With == nil {
		if missing != nil {
			return nil, nil, missing
		}
		return s.side(out), nil, nil
	}
	next := req.With.Output
	if out == nil && next != nil {
		for _, old := range next.Was {
			if was, ok := s.set.byName[old]; ok {
				out = was
				break
			}
		}
	}
	if out == nil && next == nil {
		return nil, nil, fmt.Errorf("%w, and the other configuration has none of that name either", missing)
	}
	if out != nil {
		before = s.side(out)
	}
	if next != nil {
		after, err = s.proposed(*req.With)
	}
	return before, after, err
}

// side is an output of the configuration in use.
func (s stories) side(out *output) *side {
	x := &side{out: out.Output, infos: s.infos(), store: s.store, served: out.document()}
	for _, id := range out.Sources {
		if s.states[id].LastSuccess.IsZero() {
			x.unasked = append(x.unasked, id)
		}
	}
	return x
}

// proposed is the output of a proposal. Sources are those of the configuration in use
// that a reload would make them, so their articles are theirs, and so are the secrets
// that are hidden in these.
func (s stories) proposed(with control.Proposal) (*side, error) {
	o := *with.Output
	x := &side{infos: map[feed.SourceID]publish.SourceInfo{}, more: map[feed.SourceID][]*feed.Hider{}, store: s.store}
	keeps, names := map[feed.SourceID]*filter.Filter{}, map[feed.SourceID]feed.SourceID{}
	taken := make(map[feed.SourceID]bool, len(with.Sources))
	for _, p := range with.Sources {
		taken[p.Name] = true
	}
	at := residentsOf(s.states)
	for _, p := range with.Sources {
		was := earlierNamesAt(feed.Source{Name: p.Name, Was: p.Was, ByAddress: p.ByAddress}, p.Address, at)
		known := slices.Clone(was)
		if !p.ByAddress {
			known = append([]feed.SourceID{p.Name}, was...)
		}
		for _, old := range was {
			if !taken[old] {
				names[old] = p.Name
			}
		}
		known = slices.DeleteFunc(known, func(id feed.SourceID) bool { _, there := s.states[id]; return !there })
		var state feed.SourceState
		var hide *feed.Hider
		for i, id := range known {
			if i == 0 {
				state, hide = s.states[id], s.set.infos.hiders[id]
			} else { // several become one
				x.more[p.Name] = append(x.more[p.Name], s.set.infos.hiders[id])
			}
		}
		if state.LastSuccess.IsZero() {
			x.unasked = append(x.unasked, p.Name)
		}
		x.infos[p.Name] = sourceInfo(&config.Source{Name: p.Name, Title: p.Title, Tags: p.Tags}, state.Info, hide)
		rule, err := compileRule(p.Keep)
		if err != nil {
			return nil, fmt.Errorf("source %s: keep: %w", p.Name, err)
		}
		keeps[p.Name] = rule
	}
	keep, err := compileRule(o.Keep)
	if err != nil {
		return nil, fmt.Errorf("output %s: keep: %w", o.Name, err)
	}
	if len(names) > 0 && x.store != nil {
		x.store = renamed{x.store, names}
	}
	x.out, err = publish.New(o.Output, keep, keeps)
	return x, err
}

// compileRule compiles a rule that was compiled before, by the command; nil keeps
// everything.
func compileRule(r control.Rule) (*filter.Filter, error) {
	if r.Text == "" {
		return nil, nil //nolint:nilnil // as publish.New takes it
	}
	f, err := filter.Compile(r.Text)
	switch {
	case err != nil && r.Shown != "":
		return nil, errors.New("the rule does not compile in the daemon, which is of another version; restart it")
	case err != nil:
		return nil, err
	case r.Shown != "":
		return f.ShownAs(r.Shown), nil
	}
	return f, nil
}

// entries are those that are served, or else those that a build would give.
func (x *side) entries(ctx context.Context, baseURL string, now time.Time) ([]publish.Entry, []publish.Warning, error) {
	switch {
	case x == nil || x.store == nil:
		return nil, nil, nil
	case x.served != nil:
		return x.served.Entries, x.served.Warnings, nil
	}
	ledger, err := x.store.Publications(ctx)
	if err != nil {
		return nil, nil, err
	}
	known, _ := publish.Register([]feed.Output{x.out.Output}, ledger, baseURL, now)
	list, warnings, err := publish.Preview(ctx, reader{Store: x.store}, x.out, x.infos, known[x.out.Name], now)
	for i := range list {
		for _, h := range x.more[list[i].Source] {
			e := &list[i]
			e.ID, e.Title, e.URL, e.Text = h.Text(e.ID), h.Text(e.Title), h.Text(e.URL), h.Text(e.Text)
		}
	}
	return list, warnings, err
}

// unknown are the sources of which nothing was ever stored. One that was configured
// before has articles without a state.
func (x *side) unknown(ctx context.Context) ([]feed.SourceID, error) {
	if x == nil || x.out.Kind == feed.KindHealth { // much can be told of one that brought nothing
		return nil, nil
	}
	if x.store == nil {
		return x.out.Sources, nil
	}
	var none []feed.SourceID
	for _, id := range x.unasked {
		there := false
		for _, err := range x.store.Newest(ctx, storage.Query{Sources: []feed.SourceID{id}, Order: feed.OrderSeen}) {
			if err != nil {
				return nil, err
			}
			there = true
			break
		}
		if !there {
			none = append(none, id)
		}
	}
	return none, nil
}

// compare says in words what would be different.
func compare(said *control.Preview, held, would []publish.Entry) {
	d := publish.Compare(held, would)
	said.Enter = append(said.Enter, previewEntries(d.Enter)...)
	said.Leave = append(said.Leave, previewEntries(d.Leave)...)
	for _, c := range d.Change {
		change := control.PreviewChange{PreviewEntry: previewEntry(c.After)}
		for _, part := range c.What {
			change.What = append(change.What, string(part))
		}
		if c.Before.Title != c.After.Title {
			change.Was = c.Before.Title
		}
		said.Change = append(said.Change, change)
	}
	for _, m := range d.Move {
		said.Move = append(said.Move, control.PreviewMove{PreviewEntry: previewEntry(m.Entry), From: m.From, To: m.To})
	}
}

func previewEntry(e publish.Entry) control.PreviewEntry {
	return control.NewPreviewEntry(e.ID, e.Title, e.URL, e.Source, e.Date)
}

func previewEntries(list []publish.Entry) []control.PreviewEntry {
	var entries []control.PreviewEntry
	for _, e := range list {
		entries = append(entries, previewEntry(e))
	}
	return entries
}

// Propose is what of a configuration decides about the entries of an output: of the one
// of that name, or else of the one that was called so.
func Propose(cfg *config.Config, output string) control.Proposal {
	i := slices.IndexFunc(cfg.Outputs, func(o config.Output) bool { return o.Name == output })
	if i < 0 {
		i = slices.IndexFunc(cfg.Outputs, func(o config.Output) bool { return slices.Contains(o.Was, output) })
	}
	if i < 0 {
		return control.Proposal{}
	}
	o := cfg.Outputs[i]
	p := control.Proposal{Output: &control.ProposedOutput{Output: o.Feed(), Keep: ruleOf(o.Keep)}}
	reads := make(map[feed.SourceID]bool, len(o.Sources))
	for _, id := range o.Sources {
		reads[id] = true
	}
	for _, src := range cfg.Sources {
		if s := src.Feed(); reads[s.Name] {
			p.Sources = append(p.Sources, control.ProposedSource{
				Name: s.Name, Was: s.Was, ByAddress: s.ByAddress, Address: feed.Fingerprint(s.URL),
				Title: s.Title, Tags: s.Tags, Keep: ruleOf(src.Keep),
			})
		}
	}
	return p
}

func ruleOf(f *filter.Filter) control.Rule {
	var r control.Rule
	if f.Always() {
		return r
	}
	r.Text = f.Rule()
	if f.Public() != r.Text {
		r.Shown = f.Public()
	}
	return r
}

// HidePreview takes the secrets of a configuration out of a preview whose sources have
// that configuration's names.
func HidePreview(p *control.Preview, cfg *config.Config) {
	hiders := make(map[feed.SourceID]*feed.Hider, len(cfg.Sources))
	for _, src := range cfg.Sources {
		hiders[src.Name] = src.Hider()
	}
	hide := func(e *control.PreviewEntry) {
		h := hiders[e.Source]
		e.ID, e.Title, e.URL = h.Text(e.ID), h.Text(e.Title), h.Text(e.URL)
	}
	for _, list := range [][]control.PreviewEntry{p.Entries, p.Enter, p.Leave} {
		for i := range list {
			hide(&list[i])
		}
	}
	for i := range p.Change {
		c := &p.Change[i]
		hide(&c.PreviewEntry)
		c.Was = hiders[c.Source].Text(c.Was)
	}
	for i := range p.Move {
		hide(&p.Move[i].PreviewEntry)
	}
}

// Preview implements control.Daemon.
func (a *App) Preview(ctx context.Context, req control.PreviewRequest) (control.Previewed, error) {
	if err := a.out.settle(ctx); err != nil { // what was polled a moment ago is no difference
		return control.Previewed{}, err
	}
	s, err := a.out.stories(ctx)
	if err != nil {
		return control.Previewed{}, err
	}
	return s.preview(ctx, req, time.Now())
}

// Preview says without a daemon what an output holds. It makes no store.
func Preview(ctx context.Context, cfg *config.Config, opt EngineOptions, req control.PreviewRequest) (control.Previewed, error) {
	set, err := newOutputSet(cfg, nil, nil)
	if err != nil {
		return control.Previewed{}, fmt.Errorf("preview: %w", err)
	}
	path := cfg.Storage.Path
	if _, missing := os.Stat(path.Reveal()); errors.Is(missing, fs.ErrNotExist) {
		return stories{set: set}.preview(ctx, req, time.Now())
	}
	store, err := bolt.Open(ctx, path.Reveal(), bolt.Options{LockTimeout: opt.LockTimeout})
	if err != nil {
		return control.Previewed{}, path.Hide(err)
	}
	s, err := looking(ctx, store, set)
	if err != nil {
		return control.Previewed{}, errors.Join(err, store.Close())
	}
	said, err := s.preview(ctx, req, time.Now())
	return said, errors.Join(err, store.Close())
}
