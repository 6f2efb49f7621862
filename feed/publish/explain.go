package publish

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluice/feed"
)

// Explanation says why an article is in an output, out of it, or merged in it. Nothing
// of it holds a secret of a source that it was made with.
type Explanation struct {
	Output  string
	Article feed.Stored // without texts

	// In says that a subscriber can see the article: it is an entry of the document, or
	// an entry names it.
	In     bool
	Reason string // one line for people
	// Rule is the key that decided, with its value or expression: "from", "keep: …", "keep
	// of source NAME: …", "window: …", "limit: …", "per_source: …" or "dedup: …". Empty
	// where nothing but the order had a say.
	Rule string

	// Entry is the id of the entry that stands for the article, also where that is not in
	// the document; empty where none does.
	Entry string
	// Place is where that entry stands in the document, from 1; 0: it is not there.
	Place int

	// Story is the story of the article, as stored: also those of its articles that the
	// output has not. Under DedupArticle it is what subscribers are shown as one, and
	// more. Articles have no texts.
	Story feed.Story
	// Hows says of each of Story.Articles, in their order, by what it came to be of the
	// story: empty for the first.
	Hows []feed.How
}

// beyond is how many entries behind the last one of the document are counted to say
// where an article would stand.
const beyond = 1000

// Explain says what a build as of now makes of an article, which is given with its
// texts. It decides as Build does, and asks for all anew: it costs what a first build
// costs. The infos are those of Build; where they name the other sources of the
// article's story, too, also their secrets are hidden.
func Explain(
	ctx context.Context, r Reader, o Output, infos map[feed.SourceID]SourceInfo, pub feed.Publication, now time.Time, a feed.Stored,
) (Explanation, error) {
	e := explainer{
		chooser: newChooser(r, o, infos, pub.Since, now, newMemory(0)),
		drawer:  drawer{out: o, infos: infos}, asked: a, pub: pub,
	}
	reclean(&e.asked.Article)
	var err error
	if e.all, err = r.Story(ctx, a.Identity); err == nil {
		err = e.explain(ctx)
	}
	if err != nil {
		return Explanation{}, fmt.Errorf("explain %s: %w", e.name(a), err)
	}
	e.said.Output, e.said.Article = o.Name, withoutTexts(e.drawer.hide(e.asked))
	e.said.Reason = strings.Join(e.words, "; ")
	e.said.Story = feed.Story{Root: e.all.Root, Joins: e.all.Joins}
	for _, b := range e.all.Articles {
		e.said.Story.Articles = append(e.said.Story.Articles, e.drawer.hide(b))
		e.said.Hows = append(e.said.Hows, cmp.Or(b.How, e.all.Joins[b.Identity].How))
	}
	return e.said, nil
}

// explainer puts into words what a chooser decides.
type explainer struct {
	*chooser
	drawer drawer // hides
	asked  feed.Stored
	pub    feed.Publication
	all    feed.Story // of the article, whatever the output takes for one
	words  []string
	said   Explanation
}

func (e *explainer) say(format string, args ...any) {
	e.words = append(e.words, fmt.Sprintf(format, args...))
}

// name is the id of an article as it may be shown.
func (e *explainer) name(a feed.Stored) string { return e.drawer.hide(a).ID }

func (e *explainer) explain(ctx context.Context) error {
	a := e.asked
	if !e.out.held[a.Source] {
		e.said.Rule = "from"
		e.say("its source %s is not among those of the output", a.Source)
		return nil
	}
	by, answer, err := e.verdict(ctx, a)
	if err != nil {
		return err
	}
	if answer != kept {
		e.refused(by, answer)
		return nil
	}
	g, err := e.group(ctx, withoutTexts(a))
	if err != nil {
		return err
	}
	first := g.first[e.branch(g.story, a)]
	e.said.Entry = e.name(first)
	places, err := e.places(ctx, g, first)
	if err != nil {
		return err
	}
	if own := places.of[first.Seq]; own.place > 0 {
		e.standing(g, own)
		return nil
	}
	e.outside(first, places)
	archive, err := archiveOf(ctx, e.reader, e.pub, first.Seq)
	if err != nil {
		return err
	}
	if archive > 0 {
		e.say("it is in archive %d", archive)
	}
	for _, other := range places.of { // an entry of another branch may name it
		if e.said.Place == 0 || other.place < e.said.Place {
			e.said.In, e.said.Place, e.said.Entry = true, other.place, e.name(other.Stored)
		}
	}
	if e.said.In {
		e.said.Rule = "dedup: " + string(e.out.Dedup)
		e.say("entry %d, %s, is of the same story and names it", e.said.Place, e.said.Entry)
	}
	return nil
}

// refused says which rule does not keep the article.
func (e *explainer) refused(by asker, said answer) {
	key := by.key(e.asked.Source)
	e.said.Rule = key + ": " + strings.Join(strings.Fields(e.rules(e.asked)[by].Public()), " ")
	if said == failed {
		e.say("%s has no answer for it: %v", key, e.faults[key].err)
		return
	}
	e.say("%s is not true for it", key)
}

// places is where the entries of a group stand.
type places struct {
	of    map[uint64]turn // those in the document, by arrival number
	asked turn            // the entry that stands for the article, where the walk came to it
	found bool
	full  bool // the document has all the entries that it may have
}

// places walks the output until it knows where the entries of a group stand.
func (e *explainer) places(ctx context.Context, g *group, first feed.Stored) (places, error) {
	p := places{of: map[uint64]turn{}}
	for t, err := range e.turns(ctx) {
		if err != nil {
			return p, err
		}
		if slices.ContainsFunc(g.held, func(m member) bool { return m.Seq == t.Seq }) {
			if t.place > 0 && t.place <= e.out.Limit {
				p.of[t.Seq] = t
			}
			if t.Seq == first.Seq {
				p.asked, p.found = t, true
			}
		}
		p.full = p.full || t.place >= e.out.Limit
		if p.found && (p.full || len(p.of) == len(g.first)) || t.place > e.out.Limit+beyond {
			break
		}
	}
	return p, nil
}

// standing says why the article is in the document, and as what.
func (e *explainer) standing(g *group, own turn) {
	a := e.asked
	e.said.In, e.said.Place = true, own.place
	if a.Seq != own.Seq {
		e.said.Rule = "dedup: " + string(e.out.Dedup)
		e.say("entry %d, %s, stands for it: %s", own.place, e.said.Entry, e.evidence(a, own.Stored))
		if own.shown.Seq == a.Seq {
			e.say("its text is what that entry shows, by prefer")
		}
		return
	}
	e.say("it is entry %d", own.place)
	if own.shown.Seq != a.Seq {
		e.say("what it shows is the text of %s, by prefer", e.name(own.shown))
	}
	if a.Backlog && e.out.Order == feed.OrderSeen {
		e.say("it came with many at once, so it stands where its date puts it, below what the output showed then")
	}
	mine := e.branch(g.story, a)
	i := slices.IndexFunc(g.held, func(m member) bool { return m.branch != mine })
	if i < 0 {
		return
	}
	e.said.Rule = "dedup: " + string(e.out.Dedup)
	one := g.held[i].Stored
	e.say("it stays an entry of its own beside %s (%s): both were published before that was found", e.name(one), e.evidence(a, one))
}

// outside says why the entry that stands for the article is not in the document.
func (e *explainer) outside(first feed.Stored, p places) {
	who := "it"
	if first.Seq != e.asked.Seq {
		who = fmt.Sprintf("the entry that stands for it, %s (%s),", e.name(first), e.evidence(e.asked, first))
	}
	switch oldest := e.oldest(); {
	case !oldest.IsZero() && e.out.Order.Time(first).Before(oldest):
		e.said.Rule = fmt.Sprintf("window: %s", e.out.Window)
		e.say("%s is older than the window", who)
	case p.found && p.asked.place == 0:
		e.said.Rule = fmt.Sprintf("per_source: %d", e.out.PerSource)
		e.say("%s is beyond what the output shows of source %s", who, first.Source)
	case p.found:
		e.said.Rule = fmt.Sprintf("limit: %d", e.out.Limit)
		e.say("%s would be entry %d", who, p.asked.place)
	case p.full:
		e.said.Rule = fmt.Sprintf("limit: %d", e.out.Limit)
		e.say("%s is beyond entry %d", who, e.out.Limit+beyond)
	default:
		e.say("%s was changed while it was looked for: ask again", who)
	}
}

// evidence says since when and by what two articles are one for the output.
func (e *explainer) evidence(a, first feed.Stored) string {
	j, ok := e.all.Between(a.Identity, first.Identity)
	switch {
	case !ok:
		return fmt.Sprintf("one item since %s, by %s", at(a.FirstSeen), e.all.Relation(first, a))
	case j.Operator:
		return "joined by hand at " + at(j.At)
	}
	said := fmt.Sprintf("one text since %s, by %s", at(j.At), j.How)
	if j.Reason != "" {
		said += fmt.Sprintf(" (%s, score %.2f)", j.Reason, j.Score)
	}
	for _, b := range e.all.Articles {
		if j.Via != 0 && b.Seq == j.Via {
			said += ", by way of " + e.name(b)
		}
	}
	return said
}

func at(t time.Time) string { return t.UTC().Format(time.RFC3339) }
