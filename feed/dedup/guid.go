package dedup

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"sluice/feed"
)

// How often a fault must be seen before a source's guids are not believed any more.
// That is for good: a source that is judged anew at each poll would show its items
// again with each verdict.
const (
	sharedPolls  = 3 // documents in which more than one in twenty shares its guid; one where most do
	changedPolls = 4 // documents in a row in which most known items have another guid than before
	reusedTimes  = 3 // guids that were given to other stories
)

// GUIDs is what is known of a source's guids.
type GUIDs struct {
	Fault   feed.GUIDFault // empty: they are believed
	Shared  int            // polls, until the fault is found; so are the others
	Changed int
	Reused  int
}

// Evidence is what a document shows of a source's guids.
type Evidence struct {
	Items   int // that have one
	Shared  int // of them those whose guid is another item's, too
	Kept    int // that were known, by this guid or others beside it
	Renamed int // that were known, and not by this guid
	Reused  int // that are new, and whose guid was another story's
}

// Add counts an item of the document.
func (e *Evidence) Add(it Item) {
	if it.guid == "" {
		return
	}
	e.Items++
	if it.shared {
		e.Shared++
	}
}

// AddUnread counts an item that was not read, whose article is stored or gone.
func (e *Evidence) AddUnread(u Unread, stored bool) {
	if !u.GUID {
		return
	}
	e.Items++
	if stored {
		e.Kept++
	}
}

// Compare counts what became of an item: whether its article is known, had the
// guid before, and whether any had.
func (e *Evidence) Compare(it Item, known, its, anybodys bool) {
	switch {
	case its:
		e.Kept++
	case known:
		e.Renamed++
	case anybodys && !it.shared:
		e.Reused++
	}
}

// Weigh returns what is known of a source's guids after another document.
func (g GUIDs) Weigh(e Evidence) GUIDs {
	if g.Fault != "" || e.Items == 0 {
		return g
	}
	if e.Shared*20 > e.Items {
		g.Shared++
	}
	switch {
	case e.Renamed > e.Kept:
		g.Changed++
	case e.Kept > 0:
		g.Changed = 0
	}
	g.Reused += e.Reused
	switch {
	case g.Shared >= sharedPolls || e.Items >= 3 && e.Shared*2 > e.Items:
		g.Fault = feed.GUIDsShared
	case g.Changed >= changedPolls:
		g.Fault = feed.GUIDsChange
	case g.Reused >= reusedTimes:
		g.Fault = feed.GUIDsReused
	}
	return g
}

// Distrust returns the item as it is where its source's guids have a fault: one
// that changes at each poll is as if there were none, and one that several items
// may carry finds them and decides nothing. What an operator chose is not doubted.
func (it Item) Distrust(fault feed.GUIDFault) Item {
	if fault == "" || it.trusted || it.guid == "" {
		return it
	}
	isGUID := func(m Mark) bool { return m.Kind == KindGUID || m.Kind == KindPath }
	if fault == feed.GUIDsChange {
		it.Article.GUID, it.guid, it.path, it.Digest.GUID = "", "", "", 0
		it.Marks = slices.DeleteFunc(slices.Clone(it.Marks), isGUID)
		it.Beside = slices.DeleteFunc(slices.Clone(it.Beside), isGUID)
		it.Cross = slices.DeleteFunc(slices.Clone(it.Cross), isGUID)
		it.Contested = slices.DeleteFunc(slices.Clone(it.Contested), isGUID)
		if len(it.Marks) == 0 {
			it.Marks = it.Narrow()
		}
		return it
	}
	return it.contest(isGUID)
}

// DoubtGUID returns the item as it is where its own guid turned out to be another's.
func (it Item) DoubtGUID() Item {
	return it.contest(func(m Mark) bool { return m.Kind == KindGUID || m.Kind == KindPath })
}

func (it Item) contest(which func(Mark) bool) Item {
	it.Contested = slices.Clone(it.Contested)
	for _, m := range it.Marks {
		if which(m) && !slices.Contains(it.Contested, m) {
			it.Contested = append(it.Contested, m)
		}
	}
	it.Cross = slices.DeleteFunc(slices.Clone(it.Cross), which)
	return it
}

// GUIDMark returns the mark of the item's guid, and false without one.
func (it Item) GUIDMark() (Mark, bool) {
	for _, m := range it.Marks {
		if m.Kind == KindGUID {
			return m, true
		}
	}
	return Mark{}, false
}

// retold is how much later a story must be dated to be another one of that guid.
const retold = time.Hour

// otherStory reports whether an item has nothing but its guid in common with the
// article of that guid: an address without a number in common, another title, a
// later date, and a text that shares nothing. What is rewritten keeps one of these:
// a live blog that became a report has its number still.
func (j *Judge) otherStory(it Item, k Known) (bool, error) {
	if k.Digest.URL == 0 || it.Digest.URL == 0 || k.Digest.URL == it.Digest.URL || equal(k.Digest.Title, it.Digest.Title) || it.prose.size == 0 {
		return false, nil
	}
	head, err := k.Head()
	if err != nil {
		return false, err
	}
	if sharesID(head.URL, it.Article.URL) || head.Published.IsZero() || it.Article.Published.Before(head.Published.Add(retold)) || likeTitles(head.Title, it.Article.Title) {
		return false, nil
	}
	there, err := j.text(k)
	if err != nil {
		return false, err
	}
	return there.size > 0 && j.work < maxWork && j.shared(there, it.prose) == 0, nil
}

// sharesID reports whether two addresses have a part in common that looks like a
// number of the article: five letters and digits or more, with a digit among them.
func sharesID(a, b string) bool {
	parts := func(address string) []string {
		return strings.FieldsFunc(address, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	there := parts(a)
	return slices.ContainsFunc(parts(b), func(part string) bool {
		return len(part) >= 5 && strings.ContainsAny(part, "0123456789") && slices.Contains(there, part)
	})
}

// likeTitles reports whether two titles have a quarter of their words in common.
func likeTitles(a, b string) bool {
	one, two := wordSet(NormalTitle(a)), wordSet(NormalTitle(b))
	both := 0
	for w := range one {
		if two[w] && !common[w] {
			both++
		}
	}
	return both*4 >= min(len(one), len(two)) || strings.TrimSpace(a) == ""
}
