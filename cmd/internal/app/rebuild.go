package app

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"sluice/feed"
	"sluice/feed/publish"
	"sluice/feed/repeat"
	"sluice/ingest"
	"sluice/storage"
)

// rest is the least time between two builds of an output while articles keep
// coming in: during a sweep of a thousand sources it is built about once a second.
const rest = time.Second

// rebuild makes an output's document. One that cannot be made is logged and tried
// again at the next full minute; what was served before stays. The only errors
// are those that leave no store to go on with. The caller holds build.
func (o *outputs) rebuild(ctx context.Context, s *outputSet, out *output, now time.Time) error {
	out.dirty.Store(false)
	err := o.make(ctx, s, out, now)
	out.owing.Store(err != nil)
	if err == nil {
		out.unbuilt = repeat.Trouble{}
		return nil
	}
	if errors.Is(err, storage.ErrFailed) || ctx.Err() != nil {
		return fmt.Errorf("output %s: %w", out.Name, err)
	}
	var tell bool
	if out.unbuilt, tell = out.unbuilt.Again(repeat.Kind(err.Error()), now); tell {
		o.log.ErrorContext(ctx, "output not built", "output", out.Name, "err", err, "times", out.unbuilt.Times, "since", out.unbuilt.Since.UTC())
	}
	return nil
}

// make makes an output's document and remembers what is published before it is
// shown, so that a restart in between gives the same dates.
func (o *outputs) make(ctx context.Context, s *outputSet, out *output, now time.Time) error {
	infos, err := s.infos.read(ctx, o.store)
	if err != nil {
		return err
	}
	began := time.Now()
	doc, pub, err := out.builder.Build(ctx, infos, out.pub, now)
	o.counts.built(out, began, err)
	if err != nil {
		return err
	}
	if publish.News(out.pub, pub, len(doc.Entries)) {
		// Before it is remembered as published: a stop in between must not lose it.
		if err := o.pings.owe(ctx, out.Name, pub.Digest, now); err != nil {
			return err
		}
	}
	if pub != out.pub {
		if err := o.store.Publish(ctx, pub); err != nil {
			return err
		}
		out.pub = pub
	}
	out.shown.Store(&shown{doc, pub, infos})
	if out.builder.Behind() {
		out.dirty.Store(true)
		o.nudge()
	}
	o.tell(ctx, out, doc.Warnings)
	o.weigh(ctx, out, doc)
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

// largeDocument is the size from which a document is a burden to many readers: they
// load it whole at each change.
const largeDocument = 512 << 10

// weigh logs that an output's documents have become large, once until they have not.
func (o *outputs) weigh(ctx context.Context, out *output, doc *publish.Document) {
	size := max(len(doc.RSS.Body), len(doc.Atom.Body), len(doc.JSON.Body))
	large := size > largeDocument
	if large && !out.large {
		o.log.WarnContext(ctx, "document is large, readers load it at each change: lower limit, or set content to summary",
			"output", out.Name, "entries", len(doc.Entries), "bytes", size)
	}
	out.large = large
}

// observe marks what a poll made stale.
func (o *outputs) observe(rep ingest.Report) {
	changed := rep.Outcome == ingest.Changed || rep.Outcome == ingest.Partial
	told := rep.Merged.Told > 0
	if changed {
		o.changes.Add(1)
	}
	s := o.now.Load()
	if s == nil || !changed && !told {
		return
	}
	if changed {
		s.infos.polled(rep.Source)
	}
	known := s.infos.configs[rep.Source] != nil // a poll may end under another name than it began with
	for _, out := range s.list {
		health := out.Kind == feed.KindHealth
		// What joins two stories of an output may be of a source that it does not read.
		joined := !health && out.Dedup == feed.DedupStory && rep.Merged.Duplicates > 0
		if (changed || health) && (out.reads[rep.Source] || !known || joined) {
			out.dirty.Store(true)
		}
	}
	o.nudge()
}

// stories is what tells and mends the stories that are served.
func (o *outputs) stories(ctx context.Context) (stories, error) {
	return serving(ctx, o.store, o.now.Load())
}

// refresh rebuilds the outputs that read any of the sources and returns when that is
// served.
func (o *outputs) refresh(ctx context.Context, sources []feed.SourceID) error {
	o.changes.Add(1)
	for _, out := range o.now.Load().list {
		if slices.ContainsFunc(sources, func(id feed.SourceID) bool { return out.reads[id] }) {
			out.dirty.Store(true)
		}
	}
	return o.settle(ctx)
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
	var minute time.Time // the last one that was seen
	for {
		now := time.Now()
		next := time.NewTimer(now.Truncate(time.Minute).Add(time.Minute).Sub(now))
		select {
		case <-ctx.Done():
			next.Stop()
			bounded, done := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
			defer done()
			o.keep(bounded, true)
			return nil
		case <-next.C:
		case <-o.wake:
		}
		next.Stop()
		// By the clock and not by the timer: a minute may begin while outputs are
		// built, and the clock may be set.
		if now := time.Now().Truncate(time.Minute); !now.Equal(minute) {
			minute = now
			o.tick()
		}
		if err := o.settle(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		o.keep(ctx, false)
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
		if doc := out.document(); doc != nil && doc.Dynamic || out.owing.Load() {
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
			o.pings.shown(out.Name)
		}
	}
	return errors.Join(errs...)
}

// reader gives publish the store in the words that it asks with.
type reader struct {
	storage.Store
	among map[feed.SourceID]bool // the sources of the output that is read for; nil: not known
}

// Walk implements publish.Reader.
func (r reader) Walk(ctx context.Context, sources []feed.SourceID, order feed.Order, since time.Time) iter.Seq2[feed.Stored, error] {
	q := storage.Query{Sources: sources, Order: order, Since: since}
	if len(sources) == len(r.among) { // else it is not walked for the output as it is
		q.Among = r.among
	}
	return r.Newest(ctx, q)
}
