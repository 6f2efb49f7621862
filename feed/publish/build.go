package publish

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sluice/feed"
	"sluice/feed/filter"
	"sluice/feed/render"
)

// Build makes an output's document as of now, of which only the full minute
// counts. The infos say what the sources are called. prev is what is remembered
// of the output; what Build returns is to be remembered before the document is
// shown, and equals prev where nothing changed. The same articles, output, infos
// and site give the same bytes. An error leaves nothing changed.
func Build(ctx context.Context, r Reader, o Output, infos map[feed.SourceID]SourceInfo, site Site, prev feed.Publication, now time.Time) (*Document, feed.Publication, error) {
	c := chooser{
		reader: r, out: o, now: now.UTC().Truncate(time.Minute), tags: map[feed.SourceID][]string{},
		texts:  o.uses((*filter.Filter).UsesText),
		groups: map[uint64][]feed.Stored{}, faults: map[string]*fault{},
	}
	for id, info := range infos {
		c.tags[id] = info.Tags
	}
	entries, err := c.choose(ctx)
	if err != nil {
		return nil, prev, fmt.Errorf("choose entries: %w", err)
	}
	if entries, err = fillChosen(ctx, r, entries); err != nil {
		return nil, prev, fmt.Errorf("choose entries: %w", err)
	}
	d := drawer{out: o, infos: infos, base: strings.TrimRight(site.BaseURL, "/")}
	doc := &Document{Name: o.Name, Dynamic: o.dynamic(), Warnings: c.warnings()}
	f := d.feed(site)
	for _, e := range entries {
		shown := d.entry(e)
		f.Entries = append(f.Entries, shown)
		doc.Entries = append(doc.Entries, newEntry(e, shown))
	}
	doc.Warnings = append(doc.Warnings, d.warnings...)
	f.Language = commonLanguage(f.Entries)

	pub, err := date(prev, f, now)
	if err != nil {
		return nil, prev, err
	}
	pub.Output = o.Name
	f.Updated, doc.Modified = pub.Modified, pub.Modified
	if err := doc.render(f); err != nil {
		return nil, prev, err
	}
	return doc, pub, nil
}

// fillChosen gives the entries their texts.
func fillChosen(ctx context.Context, r Reader, entries []chosen) ([]chosen, error) {
	articles := make([]feed.Stored, len(entries))
	others := make(map[uint64][]feed.Stored, len(entries))
	for i, e := range entries {
		articles[i], others[e.Seq] = e.Stored, e.others
	}
	filled, err := fill(ctx, r, articles)
	if err != nil {
		return nil, err
	}
	entries = entries[:0]
	for _, a := range filled {
		entries = append(entries, chosen{a, others[a.Seq]})
	}
	return entries, nil
}

// date says when the content was first published. It rises with every change,
// also of a clock that was set back, and stays when the content does.
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
	if !prev.Modified.IsZero() && !pub.Modified.After(prev.Modified) {
		pub.Modified = prev.Modified.UTC().Truncate(time.Second).Add(time.Second)
	}
	return pub, nil
}
