package publish

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"sluice/feed"
	"sluice/feed/render"
)

// Builder makes the documents of one output, one after another. It remembers
// between builds what its rules answered, and the last document: where nothing
// changed, that is what the next build gives. It is not for several goroutines.
type Builder struct {
	reader Reader
	out    Output
	site   Site
	memory *memory
	past   *historian
	last   *made
	press  press
	begin  map[beginning]string // how the texts of the last document's entries begin
}

// made is a build, with all that it was made from.
type made struct {
	doc     *Document
	entries []form
	infos   map[feed.SourceID]SourceInfo
	pub     feed.Publication
	drawn   []Warning // of entries that could not be drawn as asked for
	at      standing
}

// form is an article as it was at a build.
type form struct {
	seq, form uint64
	as        role
	how       feed.How
}

// role is what an article is to an entry.
type role uint8

// The roles. What is first may be among the others, too.
const (
	asFirst role = iota
	asShown      // in place of the first
	asOther
)

// NewBuilder returns a builder that remembers the answers of rules for so many
// articles, each at some 50 bytes.
func NewBuilder(r Reader, o Output, site Site, room int) *Builder {
	return &Builder{reader: r, out: o, site: site, memory: newMemory(room), past: &historian{reader: r, out: o}}
}

// Build makes an output's document as of now, of which only the full minute
// counts. The infos say what the sources are called, and are not changed later. prev is what is remembered
// of the output; what Build returns is to be remembered before the document is
// shown, and equals prev where nothing changed. The same articles, output, infos
// and site give the same bytes. An error leaves nothing changed.
func Build(ctx context.Context, r Reader, o Output, infos map[feed.SourceID]SourceInfo, site Site, prev feed.Publication, now time.Time) (*Document, feed.Publication, error) {
	return NewBuilder(r, o, site, 0).Build(ctx, infos, prev, now)
}

// Build is Build of the builder's output; see there.
func (b *Builder) Build(ctx context.Context, infos map[feed.SourceID]SourceInfo, prev feed.Publication, now time.Time) (*Document, feed.Publication, error) {
	m := &made{infos: infos}
	entries, warnings, err := b.choose(ctx, m, prev, now)
	if err != nil {
		return nil, prev, fmt.Errorf("choose entries: %w", err)
	}
	if b.unchanged(m, prev) {
		warnings = append(warnings, b.last.drawn...)
		if !slices.Equal(warnings, b.last.doc.Warnings) {
			doc := *b.last.doc
			doc.Warnings = warnings
			b.last.doc = &doc
		}
		b.last.at, b.last.pub.History = m.at, m.at.history
		return b.last.doc, b.last.pub, nil
	}
	if entries, err = b.fill(ctx, entries); err != nil {
		return nil, prev, fmt.Errorf("choose entries: %w", err)
	}
	if err := b.draw(m, entries, prev, now); err != nil {
		return nil, prev, err
	}
	m.doc.Warnings = slices.Concat(warnings, m.drawn)
	b.last, b.past.fresh = m, nil
	return m.doc, m.pub, nil
}

// Behind reports whether the last build has not considered all articles for the history:
// the next ones go on with it.
func (b *Builder) Behind() bool { return b.last != nil && b.last.at.behind }

// unchanged reports whether all that a document is made of is as it was at the last build.
func (b *Builder) unchanged(m *made, prev feed.Publication) bool {
	last := b.last
	return last != nil && m.entries != nil && last.pub == prev && slices.Equal(m.entries, last.entries) &&
		last.at.links() == m.at.links() && reflect.DeepEqual(m.infos, last.infos)
}

// choose decides which articles are the output's entries and where the document stands to
// its archives, and says which rules had no answer.
func (b *Builder) choose(ctx context.Context, m *made, prev feed.Publication, now time.Time) ([]chosen, []Warning, error) {
	if b.out.Kind == feed.KindHealth { // without rules, stories and a history
		entries, err := events(ctx, b.reader, b.out, now)
		m.entries = formsOf(entries)
		return entries, nil, err
	}
	c := newChooser(b.reader, b.out, m.infos, prev.Since, now, b.memory)
	c.memory.begin()
	// Before the entries are chosen: what comes meanwhile must not seem to be none of them.
	if err := b.past.consider(ctx, c, prev, now); err != nil {
		return nil, nil, err
	}
	c.faults = map[string]*fault{} // those of entries are told
	entries, err := c.choose(ctx)
	if err != nil {
		return nil, nil, err
	}
	warnings := c.warnings()
	if m.at, err = b.past.file(ctx, c, prev, entries); err != nil {
		return nil, nil, err
	}
	c.memory.end()
	m.entries = formsOf(entries)
	return entries, warnings, nil
}

// draw makes the document of the entries.
func (b *Builder) draw(m *made, entries []chosen, prev feed.Publication, now time.Time) error {
	d := drawer{out: b.out, infos: m.infos, base: strings.TrimRight(b.site.BaseURL, "/"), begin: b.begin}
	m.doc = &Document{Name: b.out.Name, Dynamic: b.out.dynamic(), Older: m.at.older, Hubs: b.out.Hubs}
	f := d.feed(b.site, prev.ID)
	f.Hubs = b.out.Hubs
	f.History = m.at.links().history(d)
	m.doc.stands = standsOf(entries)
	var sums []render.Sum
	m.doc.Entries, sums = d.entries(&f, entries)
	b.begin = d.begin
	m.drawn = d.warnings()
	m.pub = date(prev, f.Digest(sums), len(sums), now)
	m.pub.Output, m.pub.History = b.out.Name, m.at.history
	f.Updated, m.doc.Modified = m.pub.Modified, m.pub.Modified
	if err := b.press.print(m.doc, f, sums); err != nil {
		return err
	}
	if m.entries == nil {
		return nil // the store does not say what changed
	}
	if last := b.last; last != nil && last.doc.changes != nil {
		m.doc.changes = last.doc.changes.after(m.doc, m.changed(last), b.out.Limit+keptChanges)
	} else {
		m.doc.changes = (*changes)(nil).after(m.doc, nil, b.out.Limit+keptChanges)
	}
	return nil
}

// formsOf tells which articles, as they are now, the entries stand for, and by what;
// nil where the store does not say.
func formsOf(entries []chosen) []form {
	list := make([]form, 0, len(entries))
	for _, e := range entries {
		list = append(list, form{e.Seq, e.Form, asFirst, ""})
		if e.shown.Seq != e.Seq {
			list = append(list, form{e.shown.Seq, e.shown.Form, asShown, ""})
		}
		for _, o := range e.others {
			list = append(list, form{o.Seq, o.Form, asOther, o.how})
		}
	}
	if slices.ContainsFunc(list, func(f form) bool { return f.form == 0 }) {
		return nil
	}
	return list
}

// standsOf returns the numbers of the articles of which entries are made.
func standsOf(entries []chosen) []uint64 {
	seqs := make([]uint64, 0, len(entries))
	for _, e := range entries {
		seqs = append(seqs, e.Seq)
		if e.shown.Seq != e.Seq {
			seqs = append(seqs, e.shown.Seq)
		}
		for _, o := range e.others {
			seqs = append(seqs, o.Seq)
		}
	}
	return seqs
}

// fill gives the articles that entries show their texts. Events have theirs.
func (b *Builder) fill(ctx context.Context, entries []chosen) ([]chosen, error) {
	if b.out.Kind == feed.KindHealth {
		return entries, nil
	}
	return fillChosen(ctx, b.reader, entries)
}

// fillChosen gives the articles that entries show their texts. An entry whose article
// was removed meanwhile is left out.
func fillChosen(ctx context.Context, r Reader, entries []chosen) ([]chosen, error) {
	articles := make([]feed.Stored, len(entries))
	for i, e := range entries {
		articles[i] = e.shown
	}
	filled, err := fill(ctx, r, articles)
	if err != nil {
		return nil, err
	}
	list := make([]chosen, 0, len(filled))
	for _, e := range entries {
		if len(filled) > 0 && filled[0].Seq == e.shown.Seq {
			e.shown, filled = filled[0], filled[1:]
			list = append(list, e)
		}
	}
	return list, nil
}

// date says when the content was first published. It never falls, and stays when
// the content does. Changes within a second have one date. It is ahead of the clock
// only where that was set back, and rises by a second a change until the clock has
// caught up. The digest tells content from content; a change of what it is made from
// dates every output anew, once.
func date(prev feed.Publication, digest render.Sum, entries int, now time.Time) feed.Publication {
	pub := prev
	if digest == prev.Digest {
		return pub
	}
	never := prev.Digest == [len(prev.Digest)]byte{}
	pub.Digest, pub.Modified = digest, now.UTC().Truncate(time.Second)
	if never && entries == 0 && !prev.Since.IsZero() {
		pub.Modified = prev.Since.UTC().Truncate(time.Second)
	}
	if pub.Modified.Before(prev.Modified) {
		pub.Modified = prev.Modified.UTC().Truncate(time.Second).Add(time.Second)
	}
	return pub
}
