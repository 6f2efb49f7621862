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
	last   *made
}

// made is a build, with all that it was made from.
type made struct {
	doc     *Document
	entries []form
	infos   map[feed.SourceID]SourceInfo
	pub     feed.Publication
	drawn   []Warning // of entries that could not be drawn as asked for
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
	return &Builder{reader: r, out: o, site: site, memory: newMemory(room)}
}

// Build makes an output's document as of now, of which only the full minute
// counts. The infos say what the sources are called. prev is what is remembered
// of the output; what Build returns is to be remembered before the document is
// shown, and equals prev where nothing changed. The same articles, output, infos
// and site give the same bytes. An error leaves nothing changed.
func Build(ctx context.Context, r Reader, o Output, infos map[feed.SourceID]SourceInfo, site Site, prev feed.Publication, now time.Time) (*Document, feed.Publication, error) {
	return NewBuilder(r, o, site, 0).Build(ctx, infos, prev, now)
}

// Build is Build of the builder's output; see there.
func (b *Builder) Build(ctx context.Context, infos map[feed.SourceID]SourceInfo, prev feed.Publication, now time.Time) (*Document, feed.Publication, error) {
	entries, warnings, err := b.choose(ctx, infos, prev.Since, now)
	if err != nil {
		return nil, prev, fmt.Errorf("choose entries: %w", err)
	}
	m := &made{entries: formsOf(entries), infos: infos}
	if last := b.last; last != nil && m.entries != nil && last.pub == prev && slices.Equal(m.entries, last.entries) && reflect.DeepEqual(infos, last.infos) {
		warnings = append(warnings, last.drawn...)
		if slices.Equal(warnings, last.doc.Warnings) {
			return last.doc, prev, nil
		}
		doc := *last.doc
		doc.Warnings = warnings
		last.doc = &doc
		return last.doc, prev, nil
	}
	if entries, err = fillChosen(ctx, b.reader, entries); err != nil {
		return nil, prev, fmt.Errorf("choose entries: %w", err)
	}
	if err := b.draw(m, entries, prev, now); err != nil {
		return nil, prev, err
	}
	m.doc.Warnings = slices.Concat(warnings, m.drawn)
	b.last = m
	return m.doc, m.pub, nil
}

// choose decides which articles are the output's entries, and says which rules
// had no answer.
func (b *Builder) choose(ctx context.Context, infos map[feed.SourceID]SourceInfo, since, now time.Time) ([]chosen, []Warning, error) {
	c := newChooser(b.reader, b.out, infos, since, now, b.memory)
	c.memory.begin()
	entries, err := c.choose(ctx)
	if err != nil {
		return nil, nil, err
	}
	c.memory.end()
	return entries, c.warnings(), nil
}

// draw makes the document of the entries.
func (b *Builder) draw(m *made, entries []chosen, prev feed.Publication, now time.Time) (err error) {
	d := drawer{out: b.out, infos: m.infos, base: strings.TrimRight(b.site.BaseURL, "/")}
	m.doc = &Document{Name: b.out.Name, Dynamic: b.out.dynamic()}
	f := d.feed(b.site, prev.ID)
	for _, e := range entries {
		e = d.hidden(e)
		shown := d.entry(e)
		f.Entries = append(f.Entries, shown)
		m.doc.Entries = append(m.doc.Entries, newEntry(e, shown, m.infos[e.shown.Source].Hide))
	}
	m.drawn = d.warnings()
	f.Language = commonLanguage(f.Entries)
	if m.pub, err = date(prev, f, now); err != nil {
		return err
	}
	m.pub.Output = b.out.Name
	f.Updated, m.doc.Modified = m.pub.Modified, m.pub.Modified
	return m.doc.render(f)
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
// caught up.
func date(prev feed.Publication, f render.Feed, now time.Time) (feed.Publication, error) {
	sum, err := digest(f)
	if err != nil {
		return prev, err
	}
	pub := prev
	if sum == prev.Digest {
		return pub, nil
	}
	never := prev.Digest == [len(prev.Digest)]byte{}
	pub.Digest, pub.Modified = sum, now.UTC().Truncate(time.Second)
	if never && len(f.Entries) == 0 && !prev.Since.IsZero() {
		pub.Modified = prev.Since.UTC().Truncate(time.Second)
	}
	if pub.Modified.Before(prev.Modified) {
		pub.Modified = prev.Modified.UTC().Truncate(time.Second).Add(time.Second)
	}
	return pub, nil
}
