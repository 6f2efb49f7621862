package app

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"sluice/cmd/internal/web"
	"sluice/config"
	"sluice/feed"
	"sluice/feed/publish"
	"sluice/feed/repeat"
	"sluice/storage"
)

// answers is for how many articles all outputs together remember what their rules
// said: some 50 MB at most, and mostly far less.
const answers = 1 << 20

// outputs keeps the documents that are served. Readers take one pointer and see
// one build; builds happen on one goroutine at a time.
type outputs struct {
	store  storage.Store
	pings  *pinger
	log    *slog.Logger
	counts counts

	changes  atomic.Uint64 // counts what may have changed an article
	archives archives

	now   atomic.Pointer[outputSet] // what is served
	build sync.Mutex                // held while documents are built or the set is replaced
	wake  chan struct{}

	unkept repeat.Trouble // with keeping documents, as it was logged; under build
}

// outputSet is the outputs of one configuration. Only documents, dirt, what
// builders remember and the ledger inside publications change after it is made.
type outputSet struct {
	site      publish.Site
	list      []*output
	byName    map[string]*output
	renamed   map[string]string
	withdrawn map[string]bool
	infos     *infos
}

// output is one published feed.
type output struct {
	publish.Output
	reads   map[feed.SourceID]bool
	tokens  []web.Token      // see web.Output
	builder *publish.Builder // guarded by outputs.build, as are the next five
	pub     feed.Publication
	told    []string       // which troubles were logged last
	unbuilt repeat.Trouble // as it was logged
	large   bool           // its size was logged
	kept    kept
	shown   atomic.Pointer[shown]
	dirty   atomic.Bool
	owing   atomic.Bool // the last build failed
}

// shown is a document that is served, with what is remembered of it and what its sources
// were called.
type shown struct {
	doc   *publish.Document
	pub   feed.Publication
	infos map[feed.SourceID]publish.SourceInfo
}

// document is what is served; nil before the first build.
func (o *output) document() *publish.Document {
	if s := o.shown.Load(); s != nil {
		return s.doc
	}
	return nil
}

func newOutputs(store storage.Store, pings *pinger, log *slog.Logger) *outputs {
	return &outputs{store: store, pings: pings, log: log.With("component", "publish"), wake: make(chan struct{}, 1)}
}

// replace puts the outputs of a configuration into use. Between, it calls apply,
// which has the sources polled that they read; after an error of apply, or before
// it, nothing has changed. What is served is what it was until all is built, and
// nothing else is built meanwhile: the old outputs would lose what the new sources
// have.
func (o *outputs) replace(ctx context.Context, cfg *config.Config, apply func() error) error {
	o.build.Lock()
	defer o.build.Unlock()
	ledger, err := o.store.Publications(ctx)
	if err != nil {
		return err
	}
	next, err := newOutputSet(cfg, o.store, ledger)
	if err != nil {
		return err
	}
	if err := apply(); err != nil {
		return err
	}
	now := time.Now()
	if err := o.begin(ctx, next, ledger, now); err != nil {
		return err
	}
	starting := o.now.Load() == nil
	for _, out := range next.list {
		if starting {
			restored, err := o.restore(ctx, next, out)
			if err != nil {
				return err
			}
			if restored {
				continue // it is built as soon as it is served
			}
		}
		if err := o.rebuild(ctx, next, out, now); err != nil {
			return err
		}
	}
	o.counts.configured(o.now.Swap(next), next)
	o.archives.forget()
	// Polls that ended meanwhile have marked the outputs of before.
	for _, out := range next.list {
		o.pings.shown(out.Name)
		out.dirty.Store(true)
	}
	o.nudge()
	return nil
}

// newOutputSet makes the outputs of a configuration; without a store they build nothing.
func newOutputSet(cfg *config.Config, store storage.Store, ledger []feed.Publication) (*outputSet, error) {
	s := &outputSet{
		site:   publish.Site{BaseURL: cfg.Server.BaseURL, Generator: "sluice", MaxAge: maxAge(cfg)},
		byName: map[string]*output{}, renamed: map[string]string{}, withdrawn: map[string]bool{},
		infos: newInfos(cfg),
	}
	for _, p := range ledger {
		s.withdrawn[p.Output] = true
	}
	keeps := rulesOf(cfg)
	for _, oc := range cfg.Outputs {
		compiled, err := publish.New(oc.Feed(), oc.Keep, keeps)
		if err != nil {
			return nil, err
		}
		out := &output{Output: compiled, reads: make(map[feed.SourceID]bool, len(compiled.Sources)), tokens: tokens(oc)}
		for _, id := range compiled.Sources {
			out.reads[id] = true
		}
		out.builder = publish.NewBuilder(reader{store, out.reads}, compiled, s.site, answers/len(cfg.Outputs))
		s.list = append(s.list, out)
		s.byName[out.Name] = out
		delete(s.withdrawn, out.Name)
		for _, old := range out.Was {
			s.renamed[old] = out.Name
		}
	}
	return s, nil
}

// begin looks the outputs up in the ledger and enters what is new there.
func (o *outputs) begin(ctx context.Context, s *outputSet, ledger []feed.Publication, now time.Time) error {
	var all []feed.Output
	for _, out := range s.list {
		all = append(all, out.Output.Output)
	}
	known, changed := publish.Register(all, ledger, s.site.BaseURL, now)
	for _, out := range s.list {
		switch out.pub = known[out.Name]; {
		case out.Kind == feed.KindHealth:
			out.pub.History = nil // events have no archives: they go after a year
		case out.pub.History == nil:
			out.pub.History = &feed.History{}
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return o.store.Publish(ctx, changed...)
}

// Output implements web.Outputs.
func (o *outputs) Output(name string) (web.Output, bool) {
	out, ok := o.now.Load().byName[name]
	if !ok {
		return web.Output{}, false
	}
	return web.Output{Document: out.document(), Tokens: out.tokens}, true
}

// Renamed implements web.Outputs.
func (o *outputs) Renamed(old string) (string, bool) {
	name, ok := o.now.Load().renamed[old]
	return name, ok
}

// Withdrawn implements web.Outputs.
func (o *outputs) Withdrawn(name string) bool { return o.now.Load().withdrawn[name] }

// List implements web.Outputs.
func (o *outputs) List() []web.Listed {
	var list []web.Listed
	for _, out := range o.now.Load().list {
		item := web.Listed{Name: out.Name, Title: out.Title, Description: out.Description, Sources: len(out.Sources), Private: len(out.tokens) > 0}
		if doc := out.document(); doc != nil {
			item.Entries, item.Modified = len(doc.Entries), doc.Modified
		}
		list = append(list, item)
	}
	return list
}
