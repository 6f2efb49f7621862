package publish

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"sluice/feed"
	"sluice/feed/filter"
)

// An archive is closed when as many entries wait for it as a document has, which is
// when the first of them leaves that; but small ones would only be many.
const minArchive = 50

// scanSize is how many articles a build considers for the history, beyond what is new.
// A new rule has all considered again: some hundred milliseconds at a time.
var scanSize = 2000 // less in a test

// reconsider is how often all articles are considered again where time alone may admit
// one that no document has.
const reconsider = 24 * time.Hour

func (o Output) archiveSize() int { return max(o.Limit, minArchive) }

// historian keeps the history of an output: every article that is an entry by the
// output's rules is in the document or in an archive, whatever limit, window and
// per_source say. Which archive it is in is decided once. It is not for several
// goroutines.
type historian struct {
	reader Reader
	out    Output
	scan   *scan
	filed  map[uint64]bool // those entries of the last document that are in archives
	fresh  []uint64        // entries that came since a document was made, but for a backlog
	known  knownRules
}

// knownRules is a digest of rules as it was last made, and of what that may change: of
// very many sources it takes longer than all else of a build that changes nothing.
type knownRules struct {
	mended uint64
	infos  map[feed.SourceID]SourceInfo // nil: none was made
	sum    [32]byte
}

// scan is a walk over the articles that are not considered yet, one build after another.
type scan struct {
	from  *feed.History // what it began with
	rules [32]byte
	at    time.Time
	seen  uint64
	open  map[uint64]bool
	anew  map[uint64]bool // what archives have, where all are considered again; else nil
	done  bool
}

// standing is how a document stands to the archives.
type standing struct {
	history *feed.History // nil: none is kept
	older   int           // the archive before it; 0: none
	behind  bool          // not all is considered yet
	fresh   []uint64      // entries that came since a document was made, but for a backlog
}

// consider has the next articles considered, by a chooser of this build. Where that is
// all of them, the scan is done.
func (h *historian) consider(ctx context.Context, c *chooser, pub feed.Publication, now time.Time) error {
	if pub.History == nil {
		return nil
	}
	rules, err := h.rules(ctx, c.infos)
	if err != nil {
		return err
	}
	if h.scan == nil || h.scan.from != pub.History || h.scan.rules != rules {
		if h.scan, err = h.begin(ctx, pub, rules, now); err != nil {
			return err
		}
	}
	s := h.scan
	page, err := h.reader.After(ctx, s.seen, scanSize)
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	s.done = len(page) < scanSize
	if len(page) == 0 {
		return nil
	}
	last := page[len(page)-1].Seq
	entries, err := c.entriesAmong(ctx, page)
	if err != nil {
		return err
	}
	for _, a := range entries {
		if !s.anew[a.Seq] {
			s.open[a.Seq] = true
		}
		if s.anew == nil && !a.Backlog && len(h.fresh) < keptChanges {
			h.fresh = append(h.fresh, a.Seq)
		}
	}
	s.seen = last
	return nil
}

// begin starts a scan where the last one ended, or with the first article where other
// rules decide now.
func (h *historian) begin(ctx context.Context, pub feed.Publication, rules [32]byte, now time.Time) (*scan, error) {
	past := pub.History
	s := &scan{from: past, rules: rules, open: map[uint64]bool{}}
	aged := h.out.uses((*filter.Filter).UsesNow) && now.Sub(past.At) >= reconsider
	if past.Rules == rules && !aged {
		s.seen, s.at = past.Seen, past.At
		for _, seq := range past.Open {
			s.open[seq] = true
		}
		return s, nil
	}
	s.at, s.anew = now.UTC().Truncate(time.Minute), map[uint64]bool{}
	for n := range past.Closed {
		members, err := h.reader.Archive(ctx, pub.ID, n+1)
		if err != nil {
			return nil, fmt.Errorf("history: %w", err)
		}
		for _, seq := range members {
			s.anew[seq] = true
		}
	}
	return s, nil
}

// rules is a digest of all that decides which articles are entries.
func (h *historian) rules(ctx context.Context, infos map[feed.SourceID]SourceInfo) (sum [32]byte, err error) {
	mended, err := h.reader.Mended(ctx)
	if err != nil {
		return sum, fmt.Errorf("history: %w", err)
	}
	tagged := h.out.uses(func(f *filter.Filter) bool { return !f.Always() })
	if k := &h.known; k.infos != nil && k.mended == mended && (!tagged || sameMap(k.infos, infos)) {
		return k.sum, nil
	}
	hash := sha256.New()
	enc := json.NewEncoder(hash) // strings and numbers always encode, and a digest is always written
	_ = enc.Encode([]any{h.out.Dedup, mended, ruleText(h.out.keep)})
	for _, id := range slices.Sorted(slices.Values(h.out.Sources)) {
		said := []any{id, ruleText(h.out.keeps[id])}
		if tagged {
			said = append(said, infos[id].Tags)
		}
		_ = enc.Encode(said)
	}
	copy(sum[:], hash.Sum(nil))
	h.known = knownRules{mended, infos, sum}
	return sum, nil
}

// sameMap reports whether both are one and the same map, which nobody changes.
func sameMap(a, b map[feed.SourceID]SourceInfo) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}

func ruleText(f *filter.Filter) string {
	if keepsAll(f) {
		return ""
	}
	return f.Rule()
}

// file divides what waits into archives, given the entries of the document, and says
// where that stands then.
func (h *historian) file(ctx context.Context, c *chooser, pub feed.Publication, entries []chosen) (standing, error) {
	past := pub.History
	if past == nil {
		return standing{}, nil
	}
	s := h.scan
	if !s.done {
		return standing{history: past, older: past.Closed + len(outsideOf(*past, entries, 1)), behind: true}, nil
	}
	if err := h.enter(ctx, pub, entries); err != nil {
		return standing{}, err
	}
	waiting, err := h.waiting(ctx, c, entries)
	if err != nil {
		return standing{}, err
	}
	closing, rest := divide(waiting, h.out.archiveSize())
	next := feed.History{Seen: s.seen, Rules: s.rules, At: s.at, Closed: past.Closed + len(closing), Closing: closing}
	at := standing{history: past, older: next.Closed, fresh: slices.Clone(h.fresh)}
	for _, w := range rest {
		next.Open = append(next.Open, w.seq)
		if !w.shown {
			at.older = next.Closed + 1
		}
	}
	slices.Sort(next.Open)
	if !sameHistory(*past, next) {
		at.history = &next
		h.scan = nil // the next build begins one there, and until then it would be kept: it may have all articles
	}
	return at, nil
}

// outsideOf returns at most n of the entries that wait for an archive and are not in the
// document.
func outsideOf(h feed.History, entries []chosen, n int) []uint64 {
	shown := make(map[uint64]bool, len(entries))
	for _, e := range entries {
		shown[e.Seq] = true
	}
	var list []uint64
	for _, seq := range h.Open {
		if !shown[seq] && len(list) < n {
			list = append(list, seq)
		}
	}
	return list
}

// sameHistory reports whether the next history need not be remembered: how far was
// looked is worth that only when it would take long to look again.
func sameHistory(past, next feed.History) bool {
	return past.Rules == next.Rules && past.At.Equal(next.At) && past.Closed == next.Closed &&
		slices.Equal(past.Open, next.Open) && next.Seen-past.Seen < uint64(scanSize)
}

// enter notes entries of the document that no scan has found: time alone has admitted
// them.
func (h *historian) enter(ctx context.Context, pub feed.Publication, entries []chosen) error {
	filed, unknown := map[uint64]bool{}, map[uint64]bool{}
	for _, e := range entries {
		switch {
		case h.scan.open[e.Seq] || e.Seq > h.scan.seen: // what came since is for the next build
		case h.filed[e.Seq] || h.scan.anew[e.Seq]:
			filed[e.Seq] = true
		default:
			unknown[e.Seq] = true
		}
	}
	for n := pub.History.Closed; n > 0 && len(unknown) > 0; n-- { // the last ones have most of them
		members, err := h.reader.Archive(ctx, pub.ID, n)
		if err != nil {
			return fmt.Errorf("history: %w", err)
		}
		for _, seq := range members {
			if unknown[seq] {
				delete(unknown, seq)
				filed[seq] = true
			}
		}
	}
	maps.Copy(h.scan.open, unknown)
	h.filed = filed
	return nil
}

// waiting returns the entries that are in no archive. Those that are none any more are
// forgotten. After a first sweep that is all that there is: of most articles no more is kept
// than their numbers and dates.
func (h *historian) waiting(ctx context.Context, c *chooser, entries []chosen) ([]waiting, error) {
	list := make([]waiting, 0, len(h.scan.open))
	shown := make(map[uint64]bool, len(entries))
	for _, e := range entries {
		if h.scan.open[e.Seq] {
			shown[e.Seq] = true
			list = append(list, waiting{e.Seq, h.out.Order.Time(e.Stored), true})
		}
	}
	outside := make([]uint64, 0, len(h.scan.open)-len(shown))
	for seq := range h.scan.open {
		if !shown[seq] {
			outside = append(outside, seq)
		}
	}
	slices.Sort(outside)
	for page := range slices.Chunk(outside, scanSize) {
		articles, err := h.reader.Numbered(ctx, page)
		if err != nil {
			return nil, fmt.Errorf("history: %w", err)
		}
		if articles, err = c.entriesAmong(ctx, articles); err != nil {
			return nil, err
		}
		c.forget()
		for _, seq := range page {
			if len(articles) == 0 || articles[0].Seq != seq { // both are in order
				delete(h.scan.open, seq)
				continue
			}
			list = append(list, waiting{seq, h.out.Order.Time(articles[0]), false})
			articles = articles[1:]
		}
	}
	return list, nil
}

// waiting is an entry that is in no archive.
type waiting struct {
	seq   uint64
	at    time.Time
	shown bool // by the document
}

// divide takes archives of the size out of the list for as long as an entry waits that
// the document does not show: so none is ever in neither. Those that it does not show go
// first, then the oldest.
func divide(list []waiting, size int) (archives [][]uint64, rest []waiting) {
	slices.SortFunc(list, func(a, b waiting) int {
		switch {
		case a.shown != b.shown && b.shown:
			return -1
		case a.shown != b.shown:
			return 1
		default:
			return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.seq, b.seq))
		}
	})
	for len(list) >= size && !list[0].shown {
		members := make([]uint64, 0, size)
		for _, w := range list[:size] {
			members = append(members, w.seq)
		}
		slices.Sort(members)
		archives, list = append(archives, members), list[size:]
	}
	return archives, list
}

// entriesAmong returns those of the articles that would be entries, if there were room
// for all, without texts.
func (c *chooser) entriesAmong(ctx context.Context, articles []feed.Stored) ([]feed.Stored, error) {
	own := make([]feed.Stored, 0, len(articles))
	for _, a := range articles {
		if c.out.held[a.Source] {
			own = append(own, a)
		}
	}
	own, err := c.withTexts(ctx, own)
	if err != nil {
		return nil, err
	}
	var entries []feed.Stored
	for _, a := range own {
		keep, err := c.keeps(ctx, a)
		if err != nil {
			return nil, err
		}
		if !keep {
			continue
		}
		a = withoutTexts(a)
		g, err := c.group(ctx, a)
		if err != nil {
			return nil, err
		}
		if g.first[c.branch(g.story, a)].Seq == a.Seq {
			entries = append(entries, a)
		}
	}
	return entries, nil
}
