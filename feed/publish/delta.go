package publish

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"sluice/feed"
)

// How many builds before the last one are known, and how many entries that changed since
// then beside those of a document. A reader that comes with an older tag gets all.
const (
	keptBuilds  = 500
	keptChanges = 1000
)

// changes tells what came to an output since earlier builds. It is not changed once a
// document has it.
type changes struct {
	build uint64            // that of the document
	of    map[string]uint64 // builds by a format and what its tags begin with
	order []string          // those beginnings, the last build's last
	since []change          // each entry once, those that changed last first
}

// change is the last build that changed an entry.
type change struct {
	seq   uint64
	build uint64
}

// after returns what is known after a build of which these entries are new, or are seen
// in another form. room is how many changes are kept.
func (c *changes) after(d *Document, changed []uint64, room int) *changes {
	next := &changes{of: map[string]uint64{}}
	if c != nil {
		next.build, next.of, next.order = c.build+1, maps.Clone(c.of), slices.Clone(c.order)
	}
	again := map[uint64]bool{}
	for _, seq := range changed {
		if !again[seq] {
			again[seq] = true
			next.since = append(next.since, change{seq, next.build})
		}
	}
	if c != nil {
		for _, old := range c.since {
			if !again[old.seq] {
				next.since = append(next.since, old)
			}
		}
	}
	for _, r := range []*Representation{&d.RSS, &d.Atom, &d.JSON} {
		mark := r.mark(r.ETag)
		if _, ok := next.of[mark]; !ok { // else a build became what one before it was
			next.order = append(next.order, mark)
		}
		next.of[mark] = next.build
	}
	// Builds before the last change that is forgotten are forgotten, too.
	oldest := uint64(0)
	if len(next.since) > room {
		oldest = next.since[room].build
		next.since = next.since[:room]
	}
	next.order = slices.DeleteFunc(next.order, func(mark string) bool {
		gone := next.of[mark] < oldest || next.of[mark]+keptBuilds < next.build
		if gone {
			delete(next.of, mark)
		}
		return gone
	})
	return next
}

// mark is what all tags of a content have in common, whatever its coding, and those of
// another format have not.
func (r *Representation) mark(tag string) string {
	mark, _, _ := strings.Cut(strings.Trim(tag, `"`), "-")
	return r.ContentType + " " + mark
}

// Since returns the build of which a representation of the document had this entity tag,
// in any coding, if it is known what came since then.
func (d *Document) Since(r *Representation, tag string) (build uint64, ok bool) {
	if d.changes == nil {
		return 0, false
	}
	build, ok = d.changes.of[r.mark(tag)]
	return build, ok
}

// changedSince returns the entries that changed after a build.
func (d *Document) changedSince(build uint64) []uint64 {
	var list []uint64
	for _, c := range d.changes.since {
		if c.build <= build {
			break
		}
		list = append(list, c.seq)
	}
	return list
}

// Delta makes a document of those entries of an output that are new, or seen in another
// form, since a build that Since told of: newest first, also those for which the document
// has no room (RFC 3229, with the instance manipulation "feed"). It is valid by itself, and
// else says what the document does. What has left the output is not told.
func Delta(
	ctx context.Context, r Reader, o Output, infos map[feed.SourceID]SourceInfo, site Site, pub feed.Publication, doc *Document, build uint64, now time.Time,
) (*Document, error) {
	fail := func(err error) (*Document, error) { return nil, fmt.Errorf("changes since build %d: %w", build, err) }
	entries, err := among(ctx, r, o, infos, pub, doc.changedSince(build), now)
	if err != nil {
		return fail(err)
	}
	d := drawer{out: o, infos: infos, base: strings.TrimRight(site.BaseURL, "/")}
	delta := &Document{Name: o.Name, Older: doc.Older, Modified: doc.Modified}
	f := d.feed(site, pub.ID)
	f.Hubs, delta.Hubs = o.Hubs, o.Hubs
	f.History = neighbours{older: doc.Older}.history(d)
	delta.Entries, _ = d.entries(&f, entries)
	f.Updated = doc.Modified
	if err := delta.render(f); err != nil {
		return fail(err)
	}
	return delta, nil
}

// among returns the entries of these numbers that there are, newest first and whole.
func among(
	ctx context.Context, r Reader, o Output, infos map[feed.SourceID]SourceInfo, pub feed.Publication, members []uint64, now time.Time,
) ([]chosen, error) {
	if o.Kind == feed.KindHealth {
		return eventsAmong(ctx, r, o, members, now)
	}
	entries, err := newChooser(r, o, infos, pub.Since, now, newMemory(0)).among(ctx, members)
	if err != nil {
		return nil, err
	}
	return fillChosen(ctx, r, entries)
}

// changed returns the entries of a build that are new, or seen in another form, since the
// one before it; also those that have come and have no room in the document.
func (m *made) changed(last *made) []uint64 {
	forms, shown := byEntry(last.entries), map[uint64]Entry{}
	for _, e := range last.doc.Entries {
		shown[e.Seq] = e
	}
	now := byEntry(m.entries)
	var list []uint64
	for _, e := range m.doc.Entries {
		was, there := shown[e.Seq]
		same := there && slices.Equal(forms[e.Seq], now[e.Seq]) && was.Title == e.Title && was.From == e.From &&
			slices.Equal(was.Others, e.Others) && reflect.DeepEqual(m.infos[e.Source], last.infos[e.Source])
		if !same {
			list = append(list, e.Seq)
		}
	}
	return append(list, m.at.fresh...)
}

// byEntry divides forms by the entries that they are of.
func byEntry(list []form) map[uint64][]form {
	entries := map[uint64][]form{}
	for i := 0; i < len(list); {
		end := i + 1
		for end < len(list) && list[end].as != asFirst {
			end++
		}
		entries[list[i].seq], i = list[i:end], end
	}
	return entries
}
