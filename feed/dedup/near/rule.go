package near

import "time"

// The lengths of the shorter text, in words, at which the rules change.
const (
	longText  = 40 // from here on coverage alone tells
	shortText = 12 // below, a text is no evidence
)

// How many words a run has at least. In scripts without blanks they are characters.
const (
	longRun, denseLongRun   = 4, 9
	shortRun, denseShortRun = 3, 7
)

// How long after the other a copy may be first seen. Copies of agency texts come
// within hours; the bounds are for what returns each week.
const (
	longWindow  = 96 * time.Hour
	shortWindow = 72 * time.Hour
	titleWindow = 24 * time.Hour
)

// What is asked of a long text.
const (
	leastLong  = 0.65
	leastPlain = 0.75 // where names cannot be compared

	// Less will do where the titles fit and much of the longer text is shared, and
	// still less where about as much of it is.
	backedSupport              = 0.4
	leastBacked, backedReverse = 0.60, 0.35
	leastMutual, mutualReverse = 0.55, 0.45

	// More is asked for where the titles hardly fit and most of the longer text is
	// another, and still more where what is shared may have been taken over: see lone.
	doubtSupport                       = 0.4
	leastDoubt, doubtReverse           = 0.70, 0.45
	leastLone                          = 0.75
	loneSupport, loneReverse           = 0.4, 0.2
	paragraphReverse                   = 0.25
	backgroundWords, backgroundReverse = 400, 0.4
)

// What is asked of a short text: to be the lead of the other, or like it.
const (
	leastShort = 0.80
	leastFew   = 0.88 // of texts of less than
	fewerWords = 20
	leastRuns  = 0.65 // of it must stand in runs, unless there is
	leastLoose = 0.85

	leadWords  = 80 // that the lead has, or
	leadFactor = 2.5

	leastBrief     = 0.65 // of two short texts, of which the longer has less than
	briefWords     = 70   // and the shorter at least
	fewestBrief    = 24
	leastBriefRuns = 0.55
	leastReverse   = 0.40
	leastTitle     = 0.50 // of the words of each title
)

// titleWords is how many words a title has at least that is evidence by itself.
const titleWords = 6

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

// shared measures how much of the shorter text stands in the longer one.
func (p *pair) shared(run int) Verdict {
	p.at = p.forth.match(p.short.body, p.long.body, run)
	p.runs = share(p.short.body, p.at)
	p.forth.bridge(p.short.body, p.long.body)
	v := Verdict{Reason: Different, Score: share(p.short.body, p.at)}
	for _, j := range p.at {
		if j >= 0 {
			v.Shared++
		}
	}
	return v
}

// reverse returns the share of the longer text that stands in the shorter one.
func (p *pair) reverse(run int) float64 {
	if p.reversed != run {
		p.reversed = run
		p.reverseOf = share(p.long.body, p.back.match(p.long.body, p.short.body, run))
	}
	return p.reverseOf
}

// accept makes a copy of the verdict, unless the other came too long before.
func (p *pair) accept(v Verdict, by Reason, window time.Duration) Verdict {
	v.Copy, v.Reason = true, by
	if p.Apart > window {
		v.Copy, v.Reason = false, Late
	}
	return v
}

// coverage is the rule for long texts.
func (p *pair) coverage() Verdict {
	v := p.shared(p.longRun)
	v.Least = p.leastCoverage(v.Score)
	if v.Score < v.Least {
		return v
	}
	return p.accept(v, Coverage, longWindow)
}

// leastCoverage returns what the score must be. It asks further only where the
// answer depends on it.
func (p *pair) leastCoverage(score float64) float64 {
	switch {
	case p.short.plain || p.long.plain:
		return leastPlain
	case score < leastMutual || score >= leastLone:
	case score >= leastLong && p.lone():
		return leastLone
	case score >= leastLong && p.support() < doubtSupport && p.reverse(p.longRun) < doubtReverse:
		return leastDoubt
	case p.support() < backedSupport:
	case p.reverse(p.longRun) >= mutualReverse:
		return leastMutual
	case p.reverse(p.longRun) >= backedReverse:
		return leastBacked
	}
	return leastLong
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
		case j < last-maxGap || j > last+maxGap:
			first, count = min(first, int(j)), count+1
		}
		last = j
	}
	return first, count
}

// lead is the rule for short texts.
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
		return p.accept(v, Lead, shortWindow)
	case p.brief(v):
		v.Least = leastBrief
		return p.accept(v, Brief, shortWindow)
	}
	return v
}

// brief reports whether two short texts are like each other, as are two editors' cuts
// of one lead.
func (p *pair) brief(v Verdict) bool {
	return len(p.short.body) >= fewestBrief*p.scale && len(p.long.body) < briefWords*p.scale &&
		v.Score >= leastBrief && p.runs >= leastBriefRuns && p.reverse(p.shortRun) >= leastReverse && p.support() >= leastTitle
}

// sameTitle is the rule for articles of hardly any text.
func (p *pair) sameTitle() Verdict {
	v := Verdict{Reason: Different, Least: 1}
	if len(p.short.title) < titleWords*p.scale || !sameWords(p.short.title, p.long.title) {
		return v
	}
	v.Score = 1
	if n := len(p.short.body); n > 0 {
		v = p.shared(min(p.shortRun, n))
		v.Least = leastShort
	}
	if v.Score < v.Least {
		return v
	}
	return p.accept(v, Title, titleWindow)
}

func sameWords(a, b []token) bool { return len(a) == len(b) && sameRun(a, b) }
