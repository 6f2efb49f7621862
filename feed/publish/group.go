package publish

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"sluice/feed"
)

// chosen is an entry. It has the id, the place and the dates of its first article,
// and shows the title and the texts of one of those that it stands for.
type chosen struct {
	feed.Stored             // the first
	shown       feed.Stored // the same where the output prefers no other
	updated     time.Time
	others      []other // all but the one shown, in arrival order
}

// other is an article that an entry names.
type other struct {
	feed.Stored
	how feed.How // by what it is known to be one with the article shown
}

// group is the articles of an identity or a story that the output's sources carry and
// its rules keep.
type group struct {
	story feed.Story // as stored: with those that the output has not
	held  []member   // in arrival order
	first map[uint64]feed.Stored
}

// member is an article of a group, without texts.
type member struct {
	feed.Stored
	branch uint64 // those of one branch are one entry
}

// entry returns what an article is as an entry. first is false where it is none: an
// article that came before it stands for both. A copy that came later and stands
// higher would else take its place, and subscribers would see the same item come back
// as new. That holds also where the first is beyond the window.
func (c *chooser) entry(ctx context.Context, a feed.Stored) (e chosen, first bool, err error) {
	g, err := c.group(ctx, a)
	if err != nil {
		return chosen{}, false, err
	}
	branch := c.branch(g.story, a)
	if g.first[branch].Seq != a.Seq {
		return chosen{}, false, nil
	}
	e = chosen{Stored: a, shown: c.preferred(g.held, a, branch)}
	e.updated = c.updated(g.held, e, branch)
	for _, m := range g.held {
		if m.Seq != e.shown.Seq {
			e.others = append(e.others, other{m.Stored, g.story.Relation(e.shown, m.Stored)})
		}
	}
	return e, true, nil
}

// branch tells which articles of a story are one entry.
func (c *chooser) branch(s feed.Story, a feed.Stored) uint64 { return s.Branch(a.Identity, c.since) }

// group returns the group of an article that the output holds.
func (c *chooser) group(ctx context.Context, a feed.Stored) (*group, error) {
	if g, known := c.groups[a.Identity]; known {
		return g, nil
	}
	story, err := c.story(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("articles like %s: %w", a.ID, err)
	}
	held, err := c.holds(ctx, a, story.Articles)
	if err != nil {
		return nil, err
	}
	g := &group{story: story, first: map[uint64]feed.Stored{}}
	for _, b := range held {
		m := member{b, c.branch(story, b)}
		g.held = append(g.held, m)
		if _, known := g.first[m.branch]; !known {
			g.first[m.branch] = b
		}
	}
	if len(story.Articles) < 2 {
		return g, nil // an article alone is asked for once only
	}
	c.groups[a.Identity], c.groups[story.Root] = g, g
	for identity := range maps.Keys(story.Joins) {
		c.groups[identity] = g
	}
	return g, nil
}

// keptGroups is how many identities a chooser keeps groups of while it goes through articles
// that are many.
const keptGroups = 4096

// forget forgets the groups that were looked up where they have become many.
func (c *chooser) forget() {
	if len(c.groups) > keptGroups {
		clear(c.groups)
	}
}

// story looks up the articles that the output takes for one.
func (c *chooser) story(ctx context.Context, a feed.Stored) (feed.Story, error) {
	switch c.out.Dedup {
	case feed.DedupNone:
		return feed.Story{Root: a.Identity}, nil
	case feed.DedupArticle:
		all, err := c.reader.Identity(ctx, a.Identity)
		return feed.Story{Root: a.Identity, Articles: all}, err
	default:
		return c.reader.Story(ctx, a.Identity)
	}
}

// holds returns those of the articles that the output's sources carry and its rules
// keep, in arrival order. Article a is known to be one of them.
func (c *chooser) holds(ctx context.Context, a feed.Stored, all []feed.Stored) ([]feed.Stored, error) {
	held := []feed.Stored{a}
	all = slices.DeleteFunc(slices.Clone(all), func(b feed.Stored) bool { return b.Seq == a.Seq || !c.out.held[b.Source] })
	all, err := c.withTexts(ctx, all)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		keep, err := c.keeps(ctx, b)
		if err != nil {
			return nil, err
		}
		if keep {
			held = append(held, withoutTexts(b))
		}
	}
	slices.SortFunc(held, func(x, y feed.Stored) int { return cmp.Compare(x.Seq, y.Seq) })
	return held, nil
}

// preferred is the article of a branch whose source stands first in the output's
// prefer, of one source the first; where none does, the branch's first.
func (c *chooser) preferred(held []member, first feed.Stored, branch uint64) feed.Stored {
	best, at := first, len(c.out.Prefer)
	for _, m := range held {
		if rank := slices.Index(c.out.Prefer, m.Source); m.branch == branch && rank >= 0 && rank < at {
			best, at = m.Stored, rank
		}
	}
	return best
}

// updated is the date of an entry's last real change: of its first article, or of the
// one shown. That it is shown is none. What was shown before that came counts as well,
// as far as it is known, since the date would else fall.
func (c *chooser) updated(held []member, e chosen, branch uint64) time.Time {
	date := e.Changed
	for _, m := range held {
		if m.branch != branch || m.Revision == 0 || m.Seq > e.shown.Seq || !slices.Contains(c.out.Prefer, m.Source) {
			continue
		}
		changed := m.Changed
		if m.Seq != e.shown.Seq && changed.After(e.shown.FirstSeen) {
			if m.Revision == 1 {
				continue // it was shown no more
			}
			changed = e.shown.FirstSeen // what changed before may have been shown
		}
		if changed.After(date) {
			date = changed
		}
	}
	return date
}
