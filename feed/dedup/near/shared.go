package near

// Verbatim cuts plain text up of which nothing is left out: no dateline, caption or
// offer. It is otherwise as Prepare, and has no title.
func Verbatim(text string) Doc {
	s := scanner{lexicon: lexical(), tokens: make([]token, 0, min(len(text)/6+1, maxWork/wordWork))}
	s.text(cut(text, maxBytes))
	s.endParagraph()
	return newDoc(nil, s.tokens)
}

// Shared returns the share, from 0 to 1, of the shorter text that stands in the
// longer as well: of its words those within runs of four or more that both have, or
// of nine characters in scripts without blanks. Texts too short for one run share all
// if they are equal, else nothing. It gives the same for (a, b) and (b, a). Unlike
// the score of a Verdict it makes no difference between words.
func (j *Judge) Shared(a, b Doc) float64 {
	if less(b, a) {
		a, b = b, a
	}
	run := longRun
	if a.dense || b.dense {
		run = denseLongRun
	}
	switch n := len(a.body); {
	case n == 0:
		return 0
	case n < run && sameWords(a.body, b.body):
		return 1
	}
	covered := 0
	for _, at := range j.forth.match(a.body, b.body, run) {
		if at >= 0 {
			covered++
		}
	}
	return float64(covered) / float64(len(a.body))
}
