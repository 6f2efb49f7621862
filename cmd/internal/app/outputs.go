package app

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sluice/cmd/internal/web"
	"sluice/config"
	"sluice/feed"
	"sluice/feed/publish"
	"sluice/ingest"
	"sluice/storage"
)

// rest is the least time between two builds of an output while articles keep
// coming in: during a sweep of a thousand sources it is built about once a second.
const rest = time.Second

// answers is for how many articles all outputs together remember what their rules
// said: some 50 MB at most, and mostly far less.
const answers = 1 << 20

// outputs keeps the documents that are served. Readers take one pointer and see
// one build; builds happen on one goroutine at a time.
type outputs struct {
	store storage.Store
	log   *slog.Logger

	now   atomic.Pointer[outputSet] // what is served
	build sync.Mutex                // held while documents are built or the set is replaced
	wake  chan struct{}
}

// outputSet is the outputs of one configuration. Only documents, dirt, what
// builders remember and the ledger inside publications change after it is made.
type outputSet struct {
	site      publish.Site
	list      []*output
	byName    map[string]*output
	renamed   map[string]string
	withdrawn map[string]bool
	configs   map[feed.SourceID]config.Source
}

// output is one published feed.
type output struct {
	publish.Output
	reads   map[feed.SourceID]bool
	builder *publish.Builder // guarded by outputs.build, as are pub and told
	pub     feed.Publication
	told    []string // which troubles were logged last
	doc     atomic.Pointer[publish.Document]
	dirty   atomic.Bool
	owing   atomic.Bool // the last build failed
}

func newOutputs(store storage.Store, log *slog.Logger) *outputs {
	return &outputs{store: store, log: log.With("component", "publish"), wake: make(chan struct{}, 1)}
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
	next, err := newOutputSet(cfg, reader{o.store}, ledger)
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
	for _, out := range next.list {
		if err := o.rebuild(ctx, next, out, now); err != nil {
			return err
		}
	}
	o.now.Store(next)
	// Polls that ended meanwhile have marked the outputs of before.
	for _, out := range next.list {
		out.dirty.Store(true)
	}
	o.nudge()
	return nil
}

func newOutputSet(cfg *config.Config, r publish.Reader, ledger []feed.Publication) (*outputSet, error) {
	s := &outputSet{
		site:   publish.Site{BaseURL: cfg.Server.BaseURL, Generator: "sluice " + Version, MaxAge: maxAge(cfg)},
		byName: map[string]*output{}, renamed: map[string]string{}, withdrawn: map[string]bool{},
		configs: map[feed.SourceID]config.Source{},
	}
	for _, src := range cfg.Sources {
		s.configs[src.Feed().Name] = src
	}
	for _, p := range ledger {
		s.withdrawn[p.Output] = true
	}
	for _, oc := range cfg.Outputs {
		compiled, err := compile(oc, cfg)
		if err != nil {
			return nil, err
		}
		out := &output{
			Output: compiled, reads: map[feed.SourceID]bool{},
			builder: publish.NewBuilder(r, compiled, s.site, answers/len(cfg.Outputs)),
		}
		for _, id := range compiled.Sources {
			out.reads[id] = true
		}
		s.list = append(s.list, out)
		s.byName[out.Name] = out
		delete(s.withdrawn, out.Name)
		for _, old := range out.Was {
			s.renamed[old] = out.Name
		}
	}
	return s, nil
}

// begin looks the outputs up in the ledger and enters those that are new.
func (o *outputs) begin(ctx context.Context, s *outputSet, ledger []feed.Publication, now time.Time) error {
	var fresh []feed.Publication
	for _, out := range s.list {
		i := slices.IndexFunc(ledger, func(p feed.Publication) bool { return p.Output == out.Name })
		if i >= 0 {
			out.pub = ledger[i]
			continue
		}
		out.pub = feed.Publication{Output: out.Name, Since: now.UTC().Truncate(time.Second)}
		fresh = append(fresh, out.pub)
	}
	if len(fresh) == 0 {
		return nil
	}
	return o.store.Publish(ctx, fresh...)
}

// rebuild makes an output's document. One that cannot be made is logged and tried
// again at the next full minute; what was served before stays. The only errors
// are those that leave no store to go on with. The caller holds build.
func (o *outputs) rebuild(ctx context.Context, s *outputSet, out *output, now time.Time) error {
	out.dirty.Store(false)
	err := o.make(ctx, s, out, now)
	out.owing.Store(err != nil)
	if err == nil {
		return nil
	}
	if errors.Is(err, storage.ErrFailed) || ctx.Err() != nil {
		return fmt.Errorf("output %s: %w", out.Name, err)
	}
	o.log.ErrorContext(ctx, "output not built", "output", out.Name, "err", err)
	return nil
}

// make makes an output's document and remembers what is published before it is
// shown, so that a restart in between gives the same dates.
func (o *outputs) make(ctx context.Context, s *outputSet, out *output, now time.Time) error {
	infos, err := o.infos(ctx, s, out)
	if err != nil {
		return err
	}
	doc, pub, err := out.builder.Build(ctx, infos, out.pub, now)
	if err != nil {
		return err
	}
	if pub != out.pub {
		if err := o.store.Publish(ctx, pub); err != nil {
			return err
		}
		out.pub = pub
	}
	out.doc.Store(doc)
	o.tell(ctx, out, doc.Warnings)
	return nil
}

// tell logs what failed for some articles, in one line and only where it is not
// what was told before. That more articles are concerned is no news.
func (o *outputs) tell(ctx context.Context, out *output, warnings []publish.Warning) {
	var troubles, lines []string
	for _, w := range warnings {
		troubles = append(troubles, w.Of+w.Err.Error())
		lines = append(lines, w.String())
	}
	if len(lines) > 0 && !slices.Equal(troubles, out.told) {
		o.log.WarnContext(ctx, "some articles have no answer", "output", out.Name, "problems", lines)
	}
	out.told = troubles
}

// infos says what the output's sources are called and where they live.
func (o *outputs) infos(ctx context.Context, s *outputSet, out *output) (map[feed.SourceID]publish.SourceInfo, error) {
	states, err := o.store.States(ctx)
	if err != nil {
		return nil, err
	}
	infos := make(map[feed.SourceID]publish.SourceInfo, len(out.reads))
	for _, st := range states {
		if out.reads[st.Source] {
			infos[st.Source] = sourceInfo(s.configs[st.Source], st.Info)
		}
	}
	return infos, nil
}

// observe marks what a poll made stale.
func (o *outputs) observe(rep ingest.Report) {
	if rep.Outcome != ingest.Changed && rep.Outcome != ingest.Partial {
		return
	}
	s := o.now.Load()
	if s == nil {
		return
	}
	_, known := s.configs[rep.Source] // a poll may end under another name than it began with
	for _, out := range s.list {
		if out.reads[rep.Source] || !known {
			out.dirty.Store(true)
		}
	}
	o.nudge()
}

// nudge has run look for what is stale.
func (o *outputs) nudge() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// run rebuilds what polls and the clock make stale until the context ends.
func (o *outputs) run(ctx context.Context) error {
	for {
		now := time.Now()
		minute := time.NewTimer(now.Truncate(time.Minute).Add(time.Minute).Sub(now))
		select {
		case <-ctx.Done():
			minute.Stop()
			return nil
		case <-minute.C:
			o.tick()
		case <-o.wake:
		}
		minute.Stop()
		if err := o.settle(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
}

// tick marks the outputs that are decided anew at each full minute, and those
// that could not be built.
func (o *outputs) tick() {
	for _, out := range o.now.Load().list {
		if doc := out.doc.Load(); doc != nil && doc.Dynamic || out.owing.Load() {
			out.dirty.Store(true)
		}
	}
}

// settle rebuilds what is stale and returns when that is served.
func (o *outputs) settle(ctx context.Context) error {
	o.build.Lock()
	defer o.build.Unlock()
	s := o.now.Load()
	var errs []error
	for _, out := range s.list {
		if out.dirty.Load() {
			errs = append(errs, o.rebuild(ctx, s, out, time.Now()))
		}
	}
	return errors.Join(errs...)
}

// reader gives publish the store in the words that it asks with.
type reader struct{ storage.Store }

// Walk implements publish.Reader.
func (r reader) Walk(ctx context.Context, sources []feed.SourceID, order feed.Order, since time.Time) iter.Seq2[feed.Stored, error] {
	return r.Newest(ctx, storage.Query{Sources: sources, Order: order, Since: since})
}

// Document implements web.Outputs.
func (o *outputs) Document(name string) (*publish.Document, bool) {
	out, ok := o.now.Load().byName[name]
	if !ok {
		return nil, false
	}
	return out.doc.Load(), true
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
		item := web.Listed{Name: out.Name, Title: out.Title, Description: out.Description, Sources: len(out.Sources)}
		if doc := out.doc.Load(); doc != nil {
			item.Entries, item.Modified = len(doc.Entries), doc.Modified
		}
		list = append(list, item)
	}
	return list
}
