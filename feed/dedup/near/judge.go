package near

import (
	"cmp"
	"time"
)

// Reason says which rule decided.
type Reason string

// The reasons to call a pair copies.
const (
	Coverage Reason = "coverage" // most of the shorter text stands in the longer one
	Lead     Reason = "lead"     // the shorter text is the beginning of the longer one
	Brief    Reason = "brief"    // two short texts that cover each other
	Title    Reason = "title"    // the same long title, and hardly a text beside it
)

// The reasons to refuse one.
const (
	Different   Reason = "different"   // too little is shared
	Numbers     Reason = "numbers"     // numbers differ where copies agree
	Names       Reason = "names"       // names differ
	Form        Reason = "form"        // the beginnings are of one form, and say other things
	Serial      Reason = "serial"      // titles that count, or are about other things
	Publisher   Reason = "publisher"   // one publisher's texts must be alike in all
	Recurring   Reason = "recurring"   // the title comes back on other days
	Unsupported Reason = "unsupported" // a title that has nothing to do with the other article
	Late        Reason = "late"        // first seen too long after the other
	Together    Reason = "together"    // one document lists both
)

// Context is what a Judge cannot see in the texts.
type Context struct {
	// SamePublisher says that both articles are of one publisher.
	SamePublisher bool
	// Apart is the time between the polls that brought the two, of either sign:
	// dates that publishers give are no evidence.
	Apart time.Duration
	// OneDocument says that one document lists both, under different guids and addresses.
	OneDocument bool
	// Recurring says that the title of one of them comes back in its feed: see Recurrence.
	Recurring bool
}

// Verdict is what a Judge says of a pair.
type Verdict struct {
	Copy   bool
	Reason Reason
	// Score is how much of the shorter text is shared, from 0 to 1, quotations counted
	// half, and Least what is asked for of a pair like this. Both are the same whichever
	// of the two came first; from Least + 0.05 on a pair is sure.
	Score, Least float64
	// Shared is how many words of the shorter text stand in the longer one.
	Shared int
}

// Compare orders what was said of one article and several roots, the one whose story
// it belongs to first: that with which it shares most words, of equal ones that with
// the higher score. By the score alone it would join a brief that was put into a copy
// of a longer text, for all of the brief is in it.
func (v Verdict) Compare(o Verdict) int {
	return cmp.Or(cmp.Compare(o.Shared, v.Shared), cmp.Compare(o.Score, v.Score))
}

// Judge compares articles. The zero value is ready; it keeps what it allocates and is
// for one goroutine.
type Judge struct {
	forth, back    matcher
	short, long    set
	titleA, titleB set
}

// Judge decides whether two articles are copies of one text. It gives the same
// verdict for (a, b) and (b, a), and takes time linear in the lengths of both.
func (j *Judge) Judge(a, b Doc, c Context) Verdict {
	if less(b, a) {
		a, b = b, a
	}
	c.Apart = c.Apart.Abs()
	p := pair{Judge: j, short: a, long: b, Context: c, scale: 1, longRun: longRun, shortRun: shortRun}
	if a.dense || b.dense {
		p.scale, p.longRun, p.shortRun = denseFactor, denseLongRun, denseShortRun
	}
	v := p.score()
	if v.Copy {
		if guard := p.guard(v); guard != "" {
			v.Copy, v.Reason = false, guard
		}
	}
	return v
}

// less orders by length, and two of one length by what they say.
func less(a, b Doc) bool {
	if len(a.body) != len(b.body) {
		return len(a.body) < len(b.body)
	}
	for i, t := range a.body {
		if u := b.body[i]; t != u {
			return t.hash < u.hash || t.hash == u.hash && t.is < u.is
		}
	}
	return len(a.title) < len(b.title)
}

// pair is two articles, the shorter one first.
type pair struct {
	*Judge
	Context
	short, long       Doc
	scale             int // how many tokens make a word
	longRun, shortRun int
	at                []int32 // where the words of the shorter text stand in the longer one
	runs              float64 // the score without words between runs

	filled    bool
	reversed  int // the run that reverse was last asked for
	reverseOf float64
}

// fill makes the sets of what each article says.
func (p *pair) fill() {
	if !p.filled {
		p.Judge.short.fill(p.short.title, p.short.body)
		p.Judge.long.fill(p.long.title, p.long.body)
		p.filled = true
	}
}
