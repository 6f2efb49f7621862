package dedup

import (
	"slices"
	"strings"

	"sluice/feed"
	"sluice/feed/dedup/near"
)

// Edit is what a listing of a known article changes in it.
type Edit struct {
	Change Change
	// Article is what is to be stored, unless the change is Same: the listing, but
	// for a full text that it only summarises. Digest is that of what is then stored.
	Article feed.Article
	Digest  Digest
}

// Edit says what an item changes in the article that it is. What changes by itself
// is no change, and neither are lines of boilerplate. knows reports whether the
// article had a mark before: an address that it had is no new one, so that a
// publisher who lists it under two in turn does not change it at each poll.
func (j *Judge) Edit(stored feed.Article, it Item, common *Boilerplate, knows func(Mark) bool) Edit {
	is := it.Article
	if j.work += (len(stored.Body()) + len(is.Body())) / 8; j.work >= maxWork {
		return Edit{Change: Edited, Article: is, Digest: it.Digest}
	}
	was := Digests(stored)
	if was.URL != 0 && was.URL != it.Digest.URL && (it.url == "" || knows(NewMark(KindURL, it.url))) {
		is.URL = stored.URL
	}
	part := j.compareBodies(stored, is, common)
	switch {
	case part.change == bodyShorter:
		is.Summary, is.Content, is.Sanitizer = stored.Summary, stored.Content, stored.Sanitizer
		part.change = bodySame
	case part.change == bodySame && sameFrame(stored, is) && quiet(stored.Title) == quiet(is.Title) && was.URL == Digests(is).URL:
		return Edit{Change: Same, Digest: was}
	}
	e := Edit{Article: is, Digest: Digests(is)}
	if e.Digest == was {
		return Edit{Change: Same, Digest: was}
	}
	e.Change = j.weigh(stored, is, part)
	if cleanedAnew(stored, is) {
		e.Change = Touched
	}
	return e
}

// weigh says how much of an edit the parts are together.
func (j *Judge) weigh(was, is feed.Article, body bodies) Change {
	title := quiet(was.Title) != quiet(is.Title)
	switch {
	case correction(was.Title) != correction(is.Title), !slices.Equal(filesOf(was), filesOf(is)):
		return Edited
	case body.change == bodyEdited || title:
		if !isTypo(was.Title, is.Title, body.was, body.is) {
			return Edited
		}
		return Mended
	case body.silent && !slices.Equal(pictures(was), pictures(is)):
		return Edited
	case body.change == bodyFuller || keyOf(was.URL) != keyOf(is.URL):
		return Mended
	}
	return Touched
}

// cleanedAnew reports whether the texts alone differ, and another version of the
// sanitiser made them. Then nobody knows whether the publisher changed a word, and
// an update of the program must not show every article as edited.
func cleanedAnew(was, is feed.Article) bool {
	return was.Sanitizer != is.Sanitizer && quiet(was.Title) == quiet(is.Title) && keyOf(was.URL) == keyOf(is.URL) &&
		slices.Equal(filesOf(was), filesOf(is))
}

// sameFrame compares what is shown beside title and texts.
func sameFrame(a, b feed.Article) bool {
	one, two := newHash(), newHash()
	one.frame(a)
	two.frame(b)
	one.add(filesOf(a)...)
	two.add(filesOf(b)...)
	return one.sum() == two.sum() && a.GUID == b.GUID
}

// bodies is how the texts of two listings differ.
type bodies struct {
	change  bodyChange
	was, is string // their own texts, where they were edited
	silent  bool   // neither has any: what is shown in their place is what they say
}

type bodyChange int

const (
	bodySame    bodyChange = iota // but for what changes by itself
	bodyMarkup                    // the same words otherwise
	bodyFuller                    // a summary became the full text
	bodyShorter                   // and the other way round
	bodyEdited
)

func (j *Judge) compareBodies(stored, is feed.Article, common *Boilerplate) bodies {
	old, now := lines(stored.Body()), lines(is.Body())
	if !hasOwn(now, common) {
		common = nil // what all items say is what this one says
	}
	lost, gained := difference(old, now)
	moved := slices.Concat(lost, gained)
	own := slices.DeleteFunc(slices.Clone(moved), func(l line) bool { return l.key == 0 || common.has(l) })
	before, after := ownText(old, common), ownText(now, common)
	switch {
	case before == "" && after == "":
		return bodies{change: bodyMarkup, silent: true}
	case before == after && len(own) == 0 && len(moved) > 0 && slices.ContainsFunc(moved, common.has):
		return bodies{change: bodySame} // with whatever markup it came
	case before == after && len(moved) == 0 && sameSummary(stored, is):
		return bodies{change: bodySame}
	case before == after:
		return bodies{change: bodyMarkup, was: before, is: after}
	case j.isSummary(stored, is, before, after):
		return bodies{change: bodyFuller, was: before, is: after}
	case j.isSummary(is, stored, after, before):
		return bodies{change: bodyShorter}
	}
	return bodies{change: bodyEdited, was: before, is: after}
}

// sameSummary compares what stands beside a content.
func sameSummary(a, b feed.Article) bool {
	lost, gained := difference(lines(a.Summary), lines(b.Summary))
	return len(lost)+len(gained) == 0
}

// hasOwn reports whether a body has a text that is not boilerplate.
func hasOwn(body []line, common *Boilerplate) bool {
	return slices.ContainsFunc(body, func(l line) bool { return l.text != "" && !common.has(l) })
}

func ownText(body []line, common *Boilerplate) string {
	var b strings.Builder
	for _, l := range body {
		if l.text != "" && !common.has(l) {
			b.WriteString(l.text)
			b.WriteByte(' ')
		}
	}
	return strings.TrimSuffix(b.String(), " ")
}

// The measures of a summary: how much of it must stand in the full text, how much
// longer that is, and by how many words, where nothing else says what it is.
const (
	summaryShare  = 0.8
	summaryFactor = 3
	summaryWords  = 30
)

// isSummary reports whether one body is a summary of the other: it is what stands
// as such beside the other's content, it was cut, or it is the lesser part of it.
// An article that merely grew is none.
func (j *Judge) isSummary(short, long feed.Article, brief, full string) bool {
	if len(brief) >= len(full) || full == "" {
		return false
	}
	if brief == "" || long.Content != "" && long.Summary != "" && ownText(lines(long.Summary), nil) == ownText(lines(short.Body()), nil) {
		return true
	}
	brief, cut := withoutEllipsis(brief)
	few, many := strings.Count(brief, " ")+1, strings.Count(full, " ")+1
	if !cut && (many < summaryFactor*few || many-few < summaryWords) {
		return false
	}
	a, b := &prose{html: short.Body()}, &prose{html: long.Body()}
	a.words, b.words = near.Verbatim(brief), near.Verbatim(full)
	a.cut, b.cut = true, true
	return j.shared(a, b) >= summaryShare
}

// withoutEllipsis returns a text without the mark that it was cut, and without the
// word before, which may be cut as well.
func withoutEllipsis(text string) (string, bool) {
	text = strings.TrimSpace(text)
	for _, mark := range []string{"[…]", "[...]", "(…)", "(...)", "…", "..."} {
		if whole, ok := strings.CutSuffix(text, mark); ok {
			whole = strings.TrimSpace(whole)
			if i := strings.LastIndexByte(whole, ' '); i > 0 {
				whole = whole[:i]
			}
			return whole, true
		}
	}
	return text, false
}

// correction returns the words of a title by which agencies mark corrected and
// rewritten stories, with their numbers.
func correction(title string) string {
	var found []string
	all := strings.Fields(title)
	for i, word := range all {
		w := bare(strings.TrimSuffix(word, "-"))
		if !corrections[w] || i > 2 && word != strings.ToUpper(word) {
			continue
		}
		found = append(found, w)
		if i+1 < len(all) && isNumeral(bare(all[i+1])) {
			found = append(found, bare(all[i+1]))
		}
	}
	return strings.Join(found, " ")
}

var corrections = wordSet(`corrected correction corrects recast recasts refile refiled retracted retraction withdrawn clarified clarification
	update updated wrapup korrektur korrigiert berichtigung rectificatif correctif rectification corrección corregido rettelse rättelse`)
