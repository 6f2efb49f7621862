package near

import "time"

// What guards go by.
const (
	fewWords = 60 // of the shorter text: below, each number counts, and each name

	leastSwaps             = 2  // that differ in the same places, and
	mostSwapped            = 34 // per cent of all that stand in such places
	leastNames, mostMissed = 3, 40

	leastAlike    = 0.90 // for articles of one publisher or one document
	leastLikeness = 0.60 // of titles, for articles of one publisher
	dayWindow     = 24 * time.Hour
	halfDayWindow = 12 * time.Hour // for short texts: he prints such things each day

	serialLikeness   = 0.40 // of titles: from here on they are made from one form
	serialFew        = 0.20 // where the texts are short, which means up to
	formWords        = 200
	leastFormSubject = 0.25 // of a title's words, where titles are made from one form
	leastSubject     = 0.50 // where they are not

	leastOther, otherWords  = 0.34, 400 // of a title's words, where the leads differ
	beginWords, mostOfBegin = 25, 0.3
	mostPieces              = 3

	leastSupport             = 0.20 // of each title's words
	wholeWords, wholeReverse = 100, 0.5
	openingWords             = 5 // before which a beginning begins
)

// guard returns the first guard that refuses the pair, or "".
//
// Numbers and names are asked about apart, since copies keep the one where they change
// the other, and then together: a short report of a form may differ in one of each.
func (p *pair) guard(v Verdict) Reason {
	swapped := p.swapped()
	switch {
	case p.Recurring:
		return Recurring
	case p.OneDocument && (p.SamePublisher || v.Score < leastAlike || p.reverse(p.longRun) < leastAlike):
		return Together
	case p.SamePublisher && !p.alike(v):
		return Publisher
	case p.otherNumbers(swapped):
		return Numbers
	case p.otherNames(swapped), swapped.many(swapped.numbers+swapped.names, swapped.keptNumbers+swapped.keptNames):
		return Names
	case p.form():
		return Form
	case p.serial():
		return Serial
	case p.unsupported(v):
		return Unsupported
	}
	return ""
}

// alike reports whether nothing differs: articles of one publisher are copies only then. His
// round-ups, updates and columns share whole paragraphs.
func (p *pair) alike(v Verdict) bool {
	window := dayWindow
	if len(p.short.body) < longText*p.scale {
		window = halfDayWindow // what he prints each day under one title is short
	}
	return v.Score >= leastAlike && p.reverse(p.longRun) >= leastAlike && p.Apart <= window && p.titles() >= leastLikeness
}

// titles returns the likeness of the titles (Jaccard), numbers and days aside, from 0
// to 1; 1 without any.
func (p *pair) titles() float64 {
	p.titleA.fill(p.short.title)
	p.titleB.fill(p.long.title)
	both, all := 0, 0
	for _, t := range p.short.title {
		if t.has(number | calendar) {
			continue
		}
		all++
		if p.titleB.has(t) {
			both++
		}
	}
	for _, t := range p.long.title {
		if !t.has(number|calendar) && !p.titleA.has(t) {
			all++
		}
	}
	if all == 0 {
		return 1
	}
	return float64(both) / float64(all)
}

// otherNumbers reports whether numbers differ where copies agree. In few words none
// may be there that the other article lacks.
func (p *pair) otherNumbers(s swaps) bool {
	if s.many(s.numbers, s.keptNumbers) {
		return true
	}
	if len(p.short.body) >= fewWords*p.scale {
		return false
	}
	if s.numbers > 0 {
		return true
	}
	for _, t := range p.short.whole() {
		if t.has(number) && !p.Judge.long.has(t) {
			return true
		}
	}
	return false
}

// otherNames is the same for names, of which a few may be missing.
func (p *pair) otherNames(s swaps) bool {
	if s.many(s.names, s.keptNames) {
		return true
	}
	if len(p.short.body) >= fewWords*p.scale {
		return false
	}
	names, missing := 0, 0
	for _, t := range p.short.whole() {
		if t.has(name) {
			names++
			if !p.Judge.long.has(t) {
				missing++
			}
		}
	}
	return names >= leastNames && 100*missing > mostMissed*names
}

// serial reports whether the titles are of one form and count (another number, month or day of the
// week on each side), or name what the other article does not speak of. In short
// texts the latter tells two reports of one form apart even if the titles are not.
func (p *pair) serial() bool {
	few := p.fromForm()
	likeness := p.titles()
	alike := likeness >= serialLikeness
	if (alike || few && likeness >= serialFew) && counts(p.short.title, &p.titleB) && counts(p.long.title, &p.titleA) {
		return true
	}
	p.titleA.fill(p.short.body)
	p.titleB.fill(p.long.body)
	a, b := subject(p.short.title, &p.titleA, &p.Judge.long), subject(p.long.title, &p.titleB, &p.Judge.short)
	switch {
	case alike && few:
		return a > 0 && b > 0
	case alike:
		return a >= leastFormSubject && b >= leastFormSubject
	}
	if min(a, b) >= leastOther && len(p.short.body) < otherWords*p.scale && p.otherLeads() {
		return true
	}
	return few && a >= leastSubject && b >= leastSubject
}

// otherLeads reports whether neither article begins with what the other says, and what
// they share is of a piece. So are the releases of one firm, which end with the same
// words about it.
func (p *pair) otherLeads() bool {
	if _, count := pieces(p.at); count > mostPieces {
		return false
	}
	short := p.short.body[:min(len(p.short.body), beginWords*p.scale)]
	long := p.long.body[:min(len(p.long.body), beginWords*p.scale)]
	p.reverse(p.longRun) // fills back.at
	return share(short, p.at) < mostOfBegin && share(long, p.back.at) < mostOfBegin
}

// counts reports whether a title has a number, month or day that the other lacks.
func counts(title []token, other *set) bool {
	for _, t := range title {
		if t.has(number|calendar) && !other.has(t) {
			return true
		}
	}
	return false
}

// subject returns the share of a title's words that its own text speaks of and the
// other article does not.
func subject(title []token, own, other *set) float64 {
	words, alone := 0, 0
	for _, t := range title {
		if t.has(weak) && !t.has(name) {
			continue
		}
		words++
		if own.has(t) && !other.has(t) {
			alone++
		}
	}
	return float64(alone) / float64(max(words, 1))
}

// unsupported reports whether a title has nothing to do with the other article, as that of
// a round-up has not with an article in it. Of texts that are one but for little it is
// believed all the same; of short ones, and of the very beginning of a text, only if
// one title at least speaks of it, as none does of what a publisher prints under each
// of his articles.
func (p *pair) unsupported(v Verdict) bool {
	p.fill()
	if p.titles() < leastLikeness && p.silent() {
		return true
	}
	a, b := shareOf(p.short.title, &p.Judge.long, 1), shareOf(p.long.title, &p.Judge.short, 1)
	if min(a, b) >= leastSupport {
		return false
	}
	if v.Score >= leastAlike && max(a, b) >= leastTitle {
		if first, _ := pieces(p.at); len(p.long.body) < briefWords*p.scale || first < openingWords*p.scale {
			return false
		}
	}
	return len(p.short.body) < wholeWords*p.scale || p.reverse(p.longRun) < wholeReverse
}

// silent reports whether no word of either title stands in either text: then they are
// about something that the texts do not tell, as those of films are.
func (p *pair) silent() bool {
	if len(p.short.title) == 0 || len(p.long.title) == 0 {
		return false
	}
	p.titleA.fill(p.short.body, p.long.body)
	for _, title := range [][]token{p.short.title, p.long.title} {
		for _, t := range title {
			if !t.has(weak) && p.titleA.has(t) {
				return false
			}
		}
	}
	return true
}

// support returns the share of each title's words that the other article has, the
// smaller of the two. An article without a title supports any.
func (p *pair) support() float64 {
	p.fill()
	return min(shareOf(p.short.title, &p.Judge.long, 1), shareOf(p.long.title, &p.Judge.short, 1))
}

// shareOf returns the share of a title's words that are in the set; ofNone without any.
func shareOf(title []token, in *set, ofNone float64) float64 {
	words, found := 0, 0
	for _, t := range title {
		if t.has(weak) {
			continue
		}
		words++
		if in.has(t) {
			found++
		}
	}
	if words == 0 {
		return ofNone
	}
	return float64(found) / float64(words)
}
