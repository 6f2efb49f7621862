package publish

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"sluice/feed"
	"sluice/feed/filter"
	"sluice/feed/sanitize"
)

// pageSize is how many articles get their texts at once.
const pageSize = 64

// chooser decides which articles are an output's entries.
type chooser struct {
	reader Reader
	out    Output
	infos  map[feed.SourceID]SourceInfo
	now    time.Time // a full minute, so that all builds of a minute agree
	since  time.Time // when the output was first configured
	memory *memory

	groups map[uint64]*group // looked up, by each of their identities
	faults map[string]*fault // by rule
}

func newChooser(
	r Reader, o Output, infos map[feed.SourceID]SourceInfo, since, now time.Time, m *memory,
) *chooser {
	return &chooser{
		reader: r, out: o, infos: infos, now: now.UTC().Truncate(time.Minute), since: since, memory: m,
		groups: map[uint64]*group{}, faults: map[string]*fault{},
	}
}

// choose returns the output's entries, newest first, without texts.
func (c *chooser) choose(ctx context.Context) ([]chosen, error) {
	limit := c.out.Limit
	if n := c.out.PerSource * len(c.out.held); c.out.PerSource > 0 {
		limit = min(limit, n) // there can be no more: spare the rest of the walk
	}
	var entries []chosen
	if limit == 0 {
		return nil, nil
	}
	for t, err := range c.turns(ctx) {
		if err != nil {
			return nil, err
		}
		if t.place == 0 {
			continue
		}
		if entries = append(entries, t.chosen); len(entries) == limit {
			break
		}
	}
	return entries, nil
}

// turn is an article that would be an entry.
type turn struct {
	chosen
	place int // as an entry, from 1, whatever the limit; 0: its source has its share already
}

// turns yields the articles that are entries as far as there is room for them, newest
// first, without texts. An entry counts for the source that had it first, so that
// neither a copy nor what is preferred takes another entry away.
func (c *chooser) turns(ctx context.Context) iter.Seq2[turn, error] {
	return func(yield func(turn, error) bool) {
		count, place := map[feed.SourceID]int{}, 0
		for a, err := range c.inOrder(c.passing(ctx)) {
			if err != nil {
				yield(turn{}, err)
				return
			}
			if c.out.PerSource > 0 && count[a.Source] == c.out.PerSource {
				if !yield(turn{chosen: chosen{Stored: a}}, nil) {
					return
				}
				continue
			}
			e, first, err := c.entry(ctx, a)
			if err != nil {
				yield(turn{}, err)
				return
			}
			if !first {
				continue
			}
			count[a.Source]++
			place++
			if !yield(turn{e, place}, nil) {
				return
			}
		}
	}
}

// inOrder moves articles of a backlog below what the output showed when they came
// (feed.Stored): no such article comes before one that was first seen earlier.
func (c *chooser) inOrder(articles iter.Seq2[feed.Stored, error]) iter.Seq2[feed.Stored, error] {
	if c.out.Order != feed.OrderSeen {
		return articles
	}
	return func(yield func(feed.Stored, error) bool) {
		var held []feed.Stored // in the order in which they came
		var oldest time.Time   // first seen of all that was yielded
		for a, err := range articles {
			if err == nil && a.Backlog && (oldest.IsZero() || !oldest.Before(a.FirstSeen)) {
				held = append(held, a)
				continue
			}
			if !yield(a, err) || err != nil {
				return
			}
			if oldest.IsZero() || a.FirstSeen.Before(oldest) {
				oldest = a.FirstSeen
			}
			waiting := held[:0]
			for _, h := range held {
				if !oldest.Before(h.FirstSeen) {
					waiting = append(waiting, h)
				} else if !yield(h, nil) {
					return
				}
			}
			held = waiting
		}
		for _, h := range held {
			if !yield(h, nil) {
				return
			}
		}
	}
}

// passing yields the articles that the rules keep, newest first, without texts.
func (c *chooser) passing(ctx context.Context) iter.Seq2[feed.Stored, error] {
	return func(yield func(feed.Stored, error) bool) {
		for a, err := range c.candidates(ctx) {
			if err != nil {
				yield(feed.Stored{}, err)
				return
			}
			keep, err := c.keeps(ctx, a)
			if (keep || err != nil) && !yield(withoutTexts(a), err) || err != nil {
				return
			}
		}
	}
}

// candidates yields the articles of the output's sources within its window, with
// their texts where a rule sees them.
func (c *chooser) candidates(ctx context.Context) iter.Seq2[feed.Stored, error] {
	walk := c.reader.Walk(ctx, c.out.Sources, c.out.Order, c.oldest())
	if !c.out.uses((*filter.Filter).UsesText) {
		return walk
	}
	return func(yield func(feed.Stored, error) bool) {
		page := make([]feed.Stored, 0, pageSize)
		flush := func() bool {
			filled, err := c.withTexts(ctx, page)
			if err != nil {
				yield(feed.Stored{}, err)
				return false
			}
			for _, a := range filled {
				if !yield(a, nil) {
					return false
				}
			}
			page = page[:0]
			return true
		}
		for a, err := range walk {
			if err != nil {
				yield(feed.Stored{}, err)
				return
			}
			if page = append(page, a); len(page) == pageSize && !flush() {
				return
			}
		}
		flush()
	}
}

// oldest is the time before which an article is beyond the window; zero: there is none.
func (c *chooser) oldest() time.Time {
	if c.out.Window == 0 {
		return time.Time{}
	}
	return c.now.Add(-c.out.Window)
}

// withTexts returns the articles, those with their texts of which a rule that must
// be asked sees them. Of these, what was removed since it was read is left out.
func (c *chooser) withTexts(ctx context.Context, articles []feed.Stored) ([]feed.Stored, error) {
	var asked []feed.Stored
	for _, a := range articles {
		if c.needsTexts(a) {
			asked = append(asked, a)
		}
	}
	if len(asked) == 0 {
		return articles, nil
	}
	filled, err := fill(ctx, c.reader, asked)
	if err != nil {
		return nil, err
	}
	list := make([]feed.Stored, 0, len(articles))
	for _, a := range articles {
		switch {
		case len(filled) > 0 && filled[0].Seq == a.Seq:
			list, filled = append(list, filled[0]), filled[1:]
		case !c.needsTexts(a):
			list = append(list, a)
		}
	}
	return list, nil
}

// needsTexts reports whether a rule that sees texts must be asked for the article.
func (c *chooser) needsTexts(a feed.Stored) bool {
	for by, rule := range c.rules(a) {
		if keepsAll(rule) {
			continue
		}
		said := unasked
		if !rule.UsesNow() {
			said = c.memory.recall(a, asker(by))
		}
		if said == unasked && rule.UsesText() {
			return true
		}
		if said == dropped || said == failed {
			return false // the rules after it are not asked
		}
	}
	return false
}

// rules are those that are asked for the article, each where its asker says.
func (c *chooser) rules(a feed.Stored) [askers]*filter.Filter {
	return [askers]*filter.Filter{bySource: c.out.keeps[a.Source], byOutput: c.out.keep}
}

// keeps asks the rules. One without an answer for an article does not keep it; that is
// remembered and stops nothing.
func (c *chooser) keeps(ctx context.Context, a feed.Stored) (bool, error) {
	_, said, err := c.verdict(ctx, a)
	if err == nil {
		c.memory.refusals.note(a.Seq, said == kept)
	}
	return said == kept, err
}

// verdict asks the source's rule, then the output's, and returns the first answer that
// does not keep the article, and whose it is.
func (c *chooser) verdict(ctx context.Context, a feed.Stored) (asker, answer, error) {
	for by, rule := range c.rules(a) {
		if keepsAll(rule) {
			continue
		}
		if said, err := c.ask(ctx, asker(by), rule, a); err != nil || said != kept {
			return asker(by), said, err
		}
	}
	return askers, kept, nil
}

// ask returns a rule's answer, from memory where time does not change it. The only
// error is that of a context that ended, which answers for no rule.
func (c *chooser) ask(ctx context.Context, by asker, rule *filter.Filter, a feed.Stored) (answer, error) {
	name := by.key(a.Source)
	if !rule.UsesNow() {
		if said := c.memory.recall(a, by); said != unasked {
			if said == failed {
				c.note(name, a, nil)
			}
			c.memory.keep(a, by, said)
			return said, nil
		}
	}
	keep, err := rule.Match(ctx, filter.Input{
		Article: a, Source: a.Source, Tags: c.infos[a.Source].Tags, Now: c.now,
		Text: func() string { return sanitize.TextOf(a.Body()) },
	})
	if ctx.Err() != nil {
		return unasked, ctx.Err()
	}
	said := dropped
	switch {
	case err != nil:
		said = failed
		c.note(name, a, err)
	case keep:
		said = kept
	}
	if !rule.UsesNow() {
		c.memory.keep(a, by, said)
	}
	return said, nil
}

// fill returns the articles with their texts, cleaned by today's sanitiser. Those
// that were removed since they were read are left out. The slice given is used up.
func fill(ctx context.Context, r Reader, articles []feed.Stored) ([]feed.Stored, error) {
	filled := make([]feed.Stored, 0, len(articles))
	for page := range slices.Chunk(articles, pageSize) {
		err := r.Fill(ctx, page)
		if err == nil {
			filled = append(filled, page...)
			continue
		}
		if !errors.Is(err, feed.ErrNoArticle) {
			return nil, fmt.Errorf("texts: %w", err)
		}
		for i := range page {
			switch err := r.Fill(ctx, page[i:i+1]); {
			case err == nil:
				filled = append(filled, page[i])
			case !errors.Is(err, feed.ErrNoArticle):
				return nil, fmt.Errorf("texts of %s: %w", page[i].ID, err)
			}
		}
	}
	for i := range filled {
		reclean(&filled[i].Article)
	}
	return filled, nil
}

// reclean passes HTML that another version of the sanitiser let through again.
func reclean(a *feed.Article) {
	if a.Sanitizer == sanitize.Version {
		return
	}
	a.Summary, a.Content = sanitize.HTML(a.Summary), sanitize.HTML(a.Content)
	a.Sanitizer = sanitize.Version
}

func withoutTexts(a feed.Stored) feed.Stored {
	a.Summary, a.Content = "", ""
	return a
}
