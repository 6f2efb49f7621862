package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"sluice/feed/publish"
)

// keptBytes bounds the archives that are kept because they were asked for. A reader that
// fetches a history asks for each once; those that many come for stay.
const keptBytes = 32 << 20

// keptDeltas is how many lists of changes are kept: most readers come with one of the
// last builds.
const keptDeltas = 32

// archives keeps what was made of archives, and of what came since a build. They are made when they are asked for, one
// at a time, whatever many readers ask: hardly anybody comes for them.
type archives struct {
	making sync.Mutex
	mu     sync.Mutex
	kept   []keptArchive // asked for last, first
	deltas []keptDelta   // made last, first
}

// keptArchive is an archive of an output of one configuration.
type keptArchive struct {
	of      *output
	number  int
	made    *publish.Archived
	current *publish.Document // the output's when it was last looked at
	changes uint64            // those until then
}

// Archive implements web.Outputs.
func (o *outputs) Archive(ctx context.Context, name string, number int) (*publish.Document, error) {
	s := o.now.Load()
	out, ok := s.byName[name]
	if !ok {
		return nil, nil
	}
	if kept, fresh := o.archives.look(out, number, out.document(), o.changes.Load()); fresh {
		return kept.Document, nil
	}
	o.archives.making.Lock()
	defer o.archives.making.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err // the reader has left meanwhile
	}
	now, changes := out.shown.Load(), o.changes.Load()
	if now == nil {
		return nil, nil
	}
	kept, fresh := o.archives.look(out, number, now.doc, changes)
	if fresh {
		return kept.Document, nil
	}
	made, err := publish.Archive(ctx, reader{o.store, out.reads}, out.Output, now.infos, s.site, now.pub, now.doc, number, time.Now(), kept)
	if err != nil || made == nil {
		return nil, err
	}
	o.archives.keep(keptArchive{out, number, made, now.doc, changes})
	return made.Document, nil
}

// Delta implements web.Outputs.
func (o *outputs) Delta(ctx context.Context, name string, doc *publish.Document, build uint64) (*publish.Document, error) {
	s := o.now.Load()
	out, ok := s.byName[name]
	if !ok {
		return nil, nil
	}
	if made := o.archives.delta(doc, build); made != nil {
		return made, nil
	}
	o.archives.making.Lock()
	defer o.archives.making.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err // the reader has left meanwhile
	}
	if made := o.archives.delta(doc, build); made != nil {
		return made, nil
	}
	now := out.shown.Load()
	if now == nil || now.doc != doc {
		return nil, nil // another build is served by now: the whole of this one will do
	}
	made, err := publish.Delta(ctx, reader{o.store, out.reads}, out.Output, now.infos, s.site, now.pub, doc, build, time.Now())
	if err != nil {
		return nil, err
	}
	o.archives.keepDelta(keptDelta{out, doc, build, made})
	return made, nil
}

// keptDelta is what came to a document since a build.
type keptDelta struct {
	by    *output
	of    *publish.Document
	build uint64
	made  *publish.Document
}

// delta returns what was made of the changes since a build; nil: nothing was.
func (a *archives) delta(of *publish.Document, build uint64) *publish.Document {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, k := range a.deltas {
		if k.of == of && k.build == build {
			return k.made
		}
	}
	return nil
}

// keepDelta remembers the changes for the readers that come with the same build.
func (a *archives) keepDelta(k keptDelta) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deltas = slices.DeleteFunc(a.deltas, func(old keptDelta) bool { return old.by == k.by && old.of != k.of })
	a.deltas = slices.Insert(a.deltas, 0, k)
	if len(a.deltas) > keptDeltas {
		a.deltas[keptDeltas] = keptDelta{}
		a.deltas = a.deltas[:keptDeltas]
	}
}

// look returns what was made of an archive, nil if nothing was, and whether that is what
// would be made now. Where time alone can change it, it is as old as the document is.
func (a *archives) look(of *output, number int, current *publish.Document, changes uint64) (made *publish.Archived, fresh bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.kept, func(k keptArchive) bool { return k.of == of && k.number == number })
	if i < 0 {
		return nil, false
	}
	k := a.kept[i]
	copy(a.kept[1:i+1], a.kept[:i])
	a.kept[0] = k
	return k.made, k.current == current && k.changes == changes
}

// keep remembers an archive, and forgets those that nobody asked for longest.
func (a *archives) keep(k keptArchive) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept = slices.DeleteFunc(a.kept, func(old keptArchive) bool { return old.of == k.of && old.number == k.number })
	a.kept = slices.Insert(a.kept, 0, k)
	size := 0
	for i, k := range a.kept {
		if size += weight(k.made.Document); size > keptBytes && i > 0 {
			clear(a.kept[i:])
			a.kept = a.kept[:i]
			return
		}
	}
}

// weight is about how many bytes a document takes in memory with its codings.
func weight(doc *publish.Document) int {
	return 2 * (len(doc.RSS.Body) + len(doc.Atom.Body) + len(doc.JSON.Body))
}

// forget drops what was kept of outputs that are configured no more.
func (a *archives) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept, a.deltas = nil, nil
}
