package near

import "time"

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
	Numbers     Reason = "numbers"     // G1, G5: numbers differ where copies agree
	Names       Reason = "names"       // G2: names differ
	Serial      Reason = "serial"      // G3: titles that count, or are about other things
	Publisher   Reason = "publisher"   // G4: one publisher's texts must be alike in all
	Recurring   Reason = "recurring"   // G6: the title comes back on other days
	Unsupported Reason = "unsupported" // G7: a title that has nothing to do with the other article
	Late        Reason = "late"        // first seen too long after the other
	Together    Reason = "together"    // one document lists both
)

// Context is what a Judge cannot see in the texts.
type Context struct {
	// SamePublisher says that both articles are of one publisher.
	SamePublisher bool
	// Apart is the time between the polls that brought the two, whichever came first:
	// dates that publishers give are no evidence.
	Apart time.Duration
	// OneDocument says that one document lists both, under different guids and addresses.
	OneDocument bool
	// Recurring says that the title of one of them comes back in its feed: see Titles.
	Recurring bool
}

// Verdict is what a Judge says of a pair.
type Verdict struct {
	Copy   bool
	Reason Reason
	// Score is how much of the shorter text is shared, from 0 to 1, quotations counted
	// half, and Least what the rule asks for that fits their lengths. A pair whose Score
	// is Least + 0.05 or more is the same in whichever order the two arrive.
	Score, Least float64
}

// How long after the other a copy may be first seen. Copies of agency texts come
// within hours; the bounds are for what returns each week.
const (
	longWindow  = 96 * time.Hour
	shortWindow = 72 * time.Hour
	dayWindow   = 24 * time.Hour // titles alone, and one publisher
)

// The lengths, in words, at which rules change, and what each asks for.
const (
	longText  = 40 // from here on coverage alone tells
	shortText = 12 // below, a text is no evidence
	fewWords  = 60 // below, each number counts

	longRun                     = 4
	shortRun                    = 3
	denseLongRun, denseShortRun = 9, 7

	leastLong  = 0.65
	leastPlain = 0.75 // where names cannot be compared

	// A little less will do where the titles fit and much of the longer text is shared.
	leastBacked, backedSupport, backedReverse = 0.60, 0.5, 0.3
	// More is asked for where little of the longer text is shared: see lone.
	leastLone                          = 0.75
	loneSupport, loneReverse           = 0.4, 0.2
	paragraphReverse                   = 0.25
	backgroundWords, backgroundReverse = 400, 0.4

	leastShort               = 0.80
	leastFew                 = 0.88 // of texts shorter than
	fewerWords               = 20
	leastRuns                = 0.65 // of short texts, in runs, or
	leastLoose               = 0.85 // of them all
	leastBrief               = 0.65 // of two texts shorter than
	briefWords               = 70
	fewBrief                 = 24
	leastReverse             = 0.40
	leastTitle               = 0.50 // of title support, for two short texts
	leastSupport             = 0.20 // of title support, for all
	wholeWords, wholeReverse = 100, 0.5

	leastAlike       = 0.90 // for articles of one publisher or one document
	leastTitles      = 0.60 // likeness of titles, for articles of one publisher
	serialTitles     = 0.40 // from here on titles are made from one form
	serialFew        = 0.20
	leastSubject     = 0.50 // of a title's words, in texts of
	formWords        = 200
	leastFormSubject = 0.25

	leadWords  = 80
	leadFactor = 2.5
	titleWords = 6 // of a title that is evidence by itself
)

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
	at                []int32
	runs              float64 // Score without words between runs
	filled            bool
}

// fill makes the sets of what each article says.
func (p *pair) fill() {
	if !p.filled {
		p.Judge.short.fill(p.short.title, p.short.body)
		p.Judge.long.fill(p.long.title, p.long.body)
		p.filled = true
	}
}

// score applies the rule that fits the shorter text's length.
func (p *pair) score() Verdict {
	n := len(p.short.body)
	switch {
	case n >= longText*p.scale:
		return p.coverage()
	case n >= shortText*p.scale:
		return p.lead()
	}
	return p.sameTitle()
}

func (p *pair) coverage() Verdict {
	v := p.shared(p.longRun)
	v.Least = leastLong
	switch {
	case p.short.plain || p.long.plain:
		v.Least = leastPlain
	case v.Score < leastBacked || v.Score >= leastLone:
	case v.Score >= leastLong:
		if p.lone() {
			v.Least = leastLone
		}
	case p.support() >= backedSupport && p.reverse(p.longRun) >= backedReverse:
		v.Least = leastBacked
	}
	if v.Score < v.Least {
		return v
	}
	v.Copy, v.Reason = true, Coverage
	if p.Apart > longWindow {
		v.Copy, v.Reason = false, Late
	}
	return v
}

// lone reports whether what is shared makes up little of the longer text and may
// have been taken over from it: by a text on something else, as one paragraph of
// several, or as the background of other news.
func (p *pair) lone() bool {
	reverse := p.reverse(p.longRun)
	switch {
	case len(p.short.body) >= backgroundWords*p.scale && reverse < backgroundReverse:
		return true
	case reverse < loneReverse && p.support() < loneSupport:
		return true
	}
	first, pieces := pieces(p.at)
	return reverse < paragraphReverse && pieces == 1 && first >= leadWords*p.scale
}

// pieces counts the stretches of the longer text that were matched, small gaps
// aside, and returns where the first begins.
func pieces(at []int32) (first, count int) {
	last := int32(-maxGap - 1)
	for _, j := range at {
		switch {
		case j < 0:
			continue
		case count == 0:
			first, count = int(j), 1
		case j < last || j > last+maxGap:
			first, count = min(first, int(j)), count+1
		}
		last = j
	}
	return first, count
}

// shared measures how much of the shorter text stands in the longer one.
func (p *pair) shared(run int) Verdict {
	p.at = p.forth.match(p.short.body, p.long.body, run)
	p.runs = share(p.short.body, p.at)
	p.forth.bridge(p.short.body, p.long.body)
	return Verdict{Reason: Different, Score: share(p.short.body, p.at)}
}

func (p *pair) lead() Verdict {
	n := len(p.short.body)
	v := p.shared(p.shortRun)
	v.Least = leastShort
	if n < fewerWords*p.scale {
		v.Least = leastFew
	}
	begin := max(leadWords*p.scale, int(leadFactor*float64(n)))
	within := 0
	for _, j := range p.at {
		if j >= 0 && int(j) < begin {
			within++
		}
	}
	switch {
	case v.Score >= v.Least && (p.runs >= leastRuns || v.Score >= leastLoose) && float64(within) >= leastShort*float64(n):
		v.Reason = Lead
	case n >= fewBrief*p.scale && len(p.long.body) < briefWords*p.scale && v.Score >= leastBrief && p.reverse(p.shortRun) >= leastReverse && p.support() >= leastTitle:
		v.Reason, v.Least = Brief, leastBrief
	default:
		return v
	}
	v.Copy = true
	if p.Apart > shortWindow {
		v.Copy, v.Reason = false, Late
	}
	return v
}

// reverse returns the share of the longer text that stands in the shorter one.
func (p *pair) reverse(run int) float64 {
	return share(p.long.body, p.back.match(p.long.body, p.short.body, run))
}

func (p *pair) sameTitle() Verdict {
	v := Verdict{Reason: Different, Least: 1}
	if len(p.short.title) < titleWords*p.scale || !sameWords(p.short.title, p.long.title) {
		return v
	}
	v.Score = 1
	if len(p.short.body) > 0 {
		run := min(p.shortRun, len(p.short.body))
		p.at = p.forth.match(p.short.body, p.long.body, run)
		v.Score = share(p.short.body, p.at)
		v.Least = leastShort
	} else {
		p.at = nil
	}
	if v.Score < v.Least {
		return v
	}
	v.Copy, v.Reason = true, Title
	if p.Apart > dayWindow {
		v.Copy, v.Reason = false, Late
	}
	return v
}

func sameWords(a, b []token) bool { return len(a) == len(b) && sameRun(a, b) }
