package publish

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/feed"
	"sluice/feed/render"
)

// neighbours are the archives that a document links.
type neighbours struct {
	kept         bool // a history is
	archive      int  // its own number; 0: it is the document to subscribe to
	older, newer int
	complete     bool
}

// links says what the document to subscribe to links.
func (at standing) links() neighbours {
	return neighbours{kept: at.history != nil, older: at.older, complete: at.history != nil && at.older == 0 && !at.behind}
}

// history is what formats say of neighbours.
func (n neighbours) history(d drawer) render.History {
	to := func(number int) *render.Links {
		if number == 0 {
			return nil
		}
		l := d.links(archivePath(number))
		return &l
	}
	h := render.History{Archive: n.archive > 0, Complete: n.complete, Prev: to(n.older), Next: to(n.newer)}
	if h.Archive {
		current := d.links("")
		h.Current = &current
	}
	return h
}

func archivePath(number int) string { return "/archive/" + strconv.Itoa(number) }

// Archived is an archive of an output as it was made.
type Archived struct {
	Document *Document
	entries  []form
	infos    map[feed.SourceID]SourceInfo
	links    neighbours
	pub      feed.Publication
}

// Archive makes an archive of an output, given what is remembered of that and its present
// document: all entries of the archive that the rules still keep, newest first. The last
// archive may not be closed yet: it has what is in neither another nor the document. made
// is what came of it the last time, nil if nothing did; where nothing changed it is
// returned again. Without such an archive the result is nil. Equal archives have equal
// bytes; they have no date of their own, and none that changes.
func Archive(
	ctx context.Context, r Reader, o Output, infos map[feed.SourceID]SourceInfo, site Site, pub feed.Publication, current *Document, number int, now time.Time, made *Archived,
) (*Archived, error) {
	fail := func(err error) (*Archived, error) { return nil, fmt.Errorf("archive %d: %w", number, err) }
	if pub.History == nil || number < 1 {
		return nil, nil
	}
	links := neighbours{kept: true, archive: number, older: number - 1}
	if number < max(current.Older, pub.History.Closed) {
		links.newer = number + 1
	}
	members, err := membersOf(ctx, r, pub, current, number)
	if err != nil {
		return fail(err)
	}
	if members == nil {
		return nil, nil
	}
	c := newChooser(r, o, infos, pub.Since, now, newMemory(0))
	entries, err := c.among(ctx, members)
	if err != nil {
		return fail(err)
	}
	next := &Archived{entries: formsOf(entries), infos: infos, links: links, pub: pub}
	if made != nil && next.entries != nil && slices.Equal(next.entries, made.entries) && made.links == links &&
		made.pub.ID == pub.ID && made.Document.Open == (number > pub.History.Closed) && reflect.DeepEqual(infos, made.infos) {
		return made, nil
	}
	if entries, err = fillChosen(ctx, r, entries); err != nil {
		return fail(err)
	}
	if err := next.draw(o, site, entries); err != nil {
		return fail(err)
	}
	return next, nil
}

// membersOf returns the entries of an archive by their numbers; nil where there is none.
func membersOf(ctx context.Context, r Reader, pub feed.Publication, current *Document, number int) ([]uint64, error) {
	h := *pub.History
	if number <= h.Closed {
		return r.Archive(ctx, pub.ID, number)
	}
	if number != current.Older {
		return nil, nil
	}
	var shown []chosen
	for _, e := range current.Entries {
		shown = append(shown, chosen{Stored: e.Stored})
	}
	return outsideOf(h, shown, math.MaxInt), nil
}

// archiveOf returns the closed archive that an entry is in; 0: it is in none. The last ones
// are looked at first.
func archiveOf(ctx context.Context, r Reader, pub feed.Publication, seq uint64) (int, error) {
	if pub.History == nil {
		return 0, nil
	}
	for n := pub.History.Closed; n > 0; n-- {
		members, err := r.Archive(ctx, pub.ID, n)
		if err != nil {
			return 0, err
		}
		if _, ok := slices.BinarySearch(members, seq); ok {
			return n, nil
		}
	}
	return 0, nil
}

// among returns the entries of these numbers that there are, newest first, without texts.
func (c *chooser) among(ctx context.Context, members []uint64) ([]chosen, error) {
	articles, err := c.reader.Numbered(ctx, members)
	if err != nil {
		return nil, err
	}
	if articles, err = c.entriesAmong(ctx, articles); err != nil {
		return nil, err
	}
	order := c.out.Order
	slices.SortFunc(articles, func(a, b feed.Stored) int {
		return cmp.Or(order.Time(b).Compare(order.Time(a)), cmp.Compare(b.Seq, a.Seq))
	})
	var entries []chosen
	for _, a := range articles {
		e, first, err := c.entry(ctx, a)
		if err != nil {
			return nil, err
		}
		if first {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// draw makes the archive's document.
func (a *Archived) draw(o Output, site Site, entries []chosen) error {
	d := drawer{out: o, infos: a.infos, base: strings.TrimRight(site.BaseURL, "/")}
	a.Document = &Document{
		Name: o.Name, Archive: a.links.archive, Older: a.links.older, Newer: a.links.newer, Dynamic: o.dynamic(),
		Open: a.links.archive > a.pub.History.Closed,
	}
	f := d.feed(site, a.pub.ID)
	f.Links, f.TTL, f.History = d.links(archivePath(a.links.archive)), 0, a.links.history(d)
	a.Document.Entries, _ = d.entries(&f, entries)
	a.Document.Warnings = d.warnings()
	f.Updated = a.pub.Since.UTC().Truncate(time.Second)
	for _, e := range f.Entries {
		if e.Updated.After(f.Updated) {
			f.Updated = e.Updated.Truncate(time.Second)
		}
	}
	return a.Document.render(f)
}
