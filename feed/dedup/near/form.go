package near

// What tells two reports that are made from one form by where they begin: there copies
// have hardly a word in the place of another, and reports their facts.
const (
	formLead     = 40 // words of a beginning
	untoldLead   = 60 // and where no title tells what the text is about
	leastFacts   = 2  // numbers and names exchanged that are too many, or
	leastOne     = 2  // words, if one is a number or name,
	leastOthers  = 3  // and if none is
	leastOfTitle = 0.5
)

// form reports whether the texts begin in the same words around other facts. Two will
// do; of words that may be no facts one will in short texts whose titles are of one form and
// each about something else, or say nothing of the texts, and more where the titles
// are the same.
func (p *pair) form() bool {
	untold, lead := p.untold(), formLead
	if untold {
		lead = untoldLead
	}
	words, facts := p.exchanged(lead * p.scale)
	switch {
	case words == 0:
		return false
	case facts >= leastFacts:
		return true
	case len(p.long.body) < formWords*p.scale && (untold || p.otherTitles()):
		return true
	case untold || sameWords(p.short.title, p.long.title):
		return words >= leastOthers || words >= leastOne && facts > 0
	}
	return false
}

// exchanged counts the words in the beginning of the shorter text that stand where the longer
// one has another, each unknown to the other article, and the numbers and names among
// them.
func (p *pair) exchanged(lead int) (words, facts int) {
	p.fill()
	short, long := p.short.body, p.long.body
	from, fromLong := 0, int32(0) // behind the run before
	for i, j := range p.at[:min(len(p.at), lead)] {
		if j < 0 {
			continue
		}
		if i > from && j > fromLong && i-from <= maxGap && j-fromLong <= maxGap {
			w, f := alien(short[from:i], &p.Judge.long)
			otherW, otherF := alien(long[fromLong:j], &p.Judge.short)
			words += min(w, otherW)
			facts += min(f, otherF)
		}
		from, fromLong = i+1, j+1
	}
	return words, facts
}

// alien counts the words that the other article lacks, the shortest aside, and the
// numbers and names among them.
func alien(text []token, other *set) (words, facts int) {
	for _, t := range text {
		switch {
		case t.has(weak) && !t.has(capital) || other.has(t):
			continue
		case t.has(number | calendar | capital):
			facts++
		}
		words++
	}
	return words, facts
}

// otherTitles reports whether the titles are made from one form, and each has what the
// other article lacks.
func (p *pair) otherTitles() bool {
	if p.titles() < serialLikeness {
		return false
	}
	short, _ := alien(p.short.title, &p.Judge.long)
	long, _ := alien(p.long.title, &p.Judge.short)
	return short > 0 && long > 0
}

// untold reports whether neither title tells what the texts are about, as none does that stands
// over all that a publisher brings, and none that is not there.
func (p *pair) untold() bool {
	p.titleA.fill(p.short.body, p.long.body)
	return shareOf(p.short.title, &p.titleA, 0) < leastOfTitle && shareOf(p.long.title, &p.titleA, 0) < leastOfTitle
}
