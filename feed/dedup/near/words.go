package near

import (
	"strings"
	"sync"
)

// textStart is how a paragraph begins.
type textStart struct {
	shouts int // how many of its first words are in capitals
	closed int // how many tokens there were when a bracket closed last
	colon  int // how many of its words stand before its first colon; -1 without one
}

// wordOf returns the hash of a word of small letters, as the scanner makes it.
func wordOf(word string) uint32 {
	var s scanner
	s.text(word)
	s.endWord()
	return s.tokens[0].hash
}

// known is what is known of a word: the token that it stands for.
type known struct {
	token
	needsCapital bool // small, it is another word
}

// lexicon is what is known of words, by their hash.
type lexicon struct {
	words    map[uint32]known
	perhaps  [64]uint64          // a bit for each of words: most others are told by it
	phrases  map[uint32][]phrase // by their first word
	agencies map[uint32]bool     // begin a text alone, before a dash
	by       uint32              // begins the line that names the author
}

var lexical = sync.OnceValue(func() *lexicon {
	l := &lexicon{words: words(), phrases: phrases(), agencies: agencies(), by: wordOf("by")}
	for h := range l.words {
		l.perhaps[h>>26] |= 1 << (h >> 20 & 63)
	}
	return l
})

// words are number words and the names of months and days. A copy writes "three"
// where the other has 3.
func words() map[uint32]known {
	words := map[uint32]known{}
	for digits, list := range map[string]string{
		"0": "zero", "2": "two zwei deux", "3": "three drei trois tres", "4": "four vier quatre cuatro quattro",
		"5": "five fünf cinq cinco cinque", "6": "six sechs seis", "7": "seven sieben siete sette", "8": "eight acht huit ocho otto",
		"9": "nine neun neuf nueve nove", "10": "ten zehn dix diez dieci", "11": "eleven onze", "12": "twelve zwölf douze doce",
		"13": "thirteen", "14": "fourteen", "15": "fifteen", "16": "sixteen", "17": "seventeen", "18": "eighteen", "19": "nineteen",
		"20": "twenty", "30": "thirty", "40": "forty", "50": "fifty", "60": "sixty", "70": "seventy", "80": "eighty", "90": "ninety",
	} {
		for word := range strings.FieldsSeq(list) {
			words[wordOf(word)] = known{token: token{wordOf(digits), number}}
		}
	}
	for word := range strings.FieldsSeq(`january february april june july august september october november december
		monday tuesday wednesday thursday friday saturday sunday
		januar februar märz april juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag
		janvier février avril juin juillet août septembre octobre novembre décembre lundi mardi mercredi jeudi vendredi samedi dimanche
		enero febrero abril junio julio septiembre octubre noviembre diciembre lunes miércoles jueves viernes sábado domingo
		gennaio febbraio aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
		lunedì martedì mercoledì giovedì venerdì sabato domenica`) {
		words[wordOf(word)] = known{token: token{wordOf(word), calendar}}
	}
	for word := range strings.FieldsSeq("march may mai marzo mayo martes") {
		words[wordOf(word)] = known{token: token{wordOf(word), calendar}, needsCapital: true}
	}
	return words
}

// lookUp returns the token that a word stands for.
func (l *lexicon) lookUp(t token) token {
	if l == nil || l.perhaps[t.hash>>26]>>(t.hash>>20&63)&1 == 0 {
		return t
	}
	k, ok := l.words[t.hash]
	if !ok || k.needsCapital && !t.has(capital) {
		return t
	}
	t.hash = k.hash
	t.is = t.is&^(weak|name) | k.is
	return t
}

// maxBoilerplate is how many words a paragraph has at most that is left out.
const maxBoilerplate = 40

// phrase is the beginning of a paragraph that belongs to the page.
type phrase struct {
	words []uint32
	colon bool // and a colon follows
}

// phrases are how paragraphs of the page begin, in the languages that we know it of.
func phrases() map[uint32][]phrase {
	found := map[uint32][]phrase{}
	for line := range strings.SplitSeq(`also read|read also|read more|read the full|read full|read next|continue reading|click here|see also|see more
learn more|find out more|more:|related:|related stories|related articles|related news|recommended:|recommended stories|watch:|watch live:|listen:|don't miss
photo:|photos:|photo by|photo credit|image:|images:|image credit|picture:|pictures:|file photo|file image|file picture|representational image|representative image
credit:|credits:|getty images|source:|video:|gallery:|subscribe|sign up|follow us|follow ap|follow our|join us|join our|download our|download the app|get the app
with inputs from|with input from|with agency inputs|with agencies|with ap inputs|with afp inputs|with reuters inputs|inputs from agencies
associated press writers|associated press writer|agence france presse|scroll down|view gallery|view comments|video loading|have something to add
published:|updated:|last updated|posted:|posted on
reporting by|writing by|editing by|additional reporting|copyright|all rights reserved|this story has been|this article was originally
the post|this post|originally published|first published|advertisement|advertising|please enable|comments:|share this|share on|tags:|filed under|topics:|newsletter
lire aussi|à lire aussi|à lire|lire la suite|en savoir plus|abonnez|inscrivez|lesen sie|lesen sie auch|mehr zum thema|mehr:|weiterlesen|foto:|bild:|abonnieren
leer más|lea también|lee también|te puede interesar|más información|suscríbete|leggi anche|leggi di più|lees ook|lees meer|leia também|leia mais
читайте также|читать далее|подписывайтесь|фото:|источник:|اقرأ أيضا|اقرأ المزيد|यह भी पढ़ें|ये भी पढ़ें|더 보기|관련 기사`, "\n") {
		for text := range strings.SplitSeq(line, "|") {
			var s scanner
			s.text(strings.TrimSuffix(text, ":"))
			s.endWord()
			p := phrase{colon: strings.HasSuffix(text, ":")}
			for _, t := range s.tokens {
				p.words = append(p.words, t.hash)
			}
			found[p.words[0]] = append(found[p.words[0]], p)
		}
	}
	return found
}

// isBoilerplate reports whether a paragraph belongs to the page and not to the text.
func (l *lexicon) isBoilerplate(words []token, colon int) bool {
	if l == nil || len(words) == 0 || len(words) > maxBoilerplate {
		return false
	}
	if l.isCredit(words) {
		return true
	}
next:
	for _, p := range l.phrases[words[0].hash] {
		if len(words) < len(p.words) || p.colon && colon != len(p.words) {
			continue
		}
		for i, w := range p.words {
			if words[i].hash != w {
				continue next
			}
		}
		return true
	}
	return false
}

// agencies are the names that a text may begin with alone, or end with.
func agencies() map[uint32]bool {
	found := map[uint32]bool{}
	for word := range strings.FieldsSeq("ap afp reuters upi pti ani ians dpa xinhua tass bloomberg kyodo yonhap cp pa ansa efe interfax") {
		found[wordOf(word)] = true
	}
	return found
}

// maxCredit is how many words a paragraph has at most that only says who wrote it.
const maxCredit = 8

// isCredit reports whether a paragraph names an agency, or an author after "By", and
// says nothing else.
func (l *lexicon) isCredit(words []token) bool {
	if len(words) > maxCredit {
		return false
	}
	if len(words) <= 2 && l.agencies[words[0].hash] && l.agencies[words[len(words)-1].hash] {
		return true
	}
	if len(words) == 1 || words[0].hash != l.by {
		return false
	}
	for _, w := range words[1:] {
		if !w.has(capital) && !w.has(weak) {
			return false
		}
	}
	return true
}

// How many words stand before a dateline's dash at most, and before its colon.
const (
	maxDateline = 9
	maxShouts   = 3
)

// dash forgets a dateline, which each publisher writes as he likes: "PARIS, May 5
// (AFP) -".
func (s *scanner) dash() {
	line := s.tokens[s.paragraph:]
	if s.lexicon == nil || !s.isBody || len(line) == 0 || len(line) > maxDateline {
		return
	}
	if s.start.shouts > 0 || s.start.closed == len(s.tokens) || s.agencies[line[len(line)-1].hash] && len(line) <= 2 {
		s.tokens = s.tokens[:s.paragraph]
		s.mid = false
	}
}
