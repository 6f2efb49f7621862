package dedup

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTypos is how many words a typographic edit may change.
const maxTypos = 3

// isTypo reports whether two versions of a title and a text differ in three words
// at most, none of which is a number, a name or a negation. Of a text of few words
// these must also be spelled alike.
func isTypo(oldTitle, newTitle, oldText, newText string) bool {
	was := append(cutUp(quiet(oldTitle), true), cutUp(oldText, false)...)
	is := append(cutUp(quiet(newTitle), true), cutUp(newText, false)...)
	changed, ok := swaps(was, is, maxTypos)
	if !ok {
		return false
	}
	v := vocabulary{lower: map[string]bool{}, names: map[string]bool{}, long: len(is) >= 20}
	v.read(was)
	v.read(is)
	few := min(len(was), len(is)) < 4*len(changed)
	for _, s := range changed {
		if !v.harmless(s) || few && !alike(s.was.folded, s.is.folded) {
			return false
		}
	}
	return true
}

// token is a word with what tells names.
type token struct {
	folded string
	upper  bool // begins with a capital
	first  bool // begins a sentence, or is of a title that writes most words with capitals
}

// cutUp cuts a text into words, in scripts without blanks into characters. Numbers
// keep their points, and words their apostrophes.
func cutUp(text string, title bool) []token {
	var all []token
	begins, capitals := true, 0
	for i := 0; i < len(text); {
		n := wordLen(text[i:])
		if n == 0 {
			r, size := utf8.DecodeRuneInString(text[i:])
			begins = begins || strings.ContainsRune(".!?:;•–—\"“„«(", r)
			i += size
			continue
		}
		word := text[i : i+n]
		r, _ := utf8.DecodeRuneInString(word)
		t := token{folded: strings.ToLower(strings.ReplaceAll(word, "’", "'")), upper: unicode.IsUpper(r), first: begins}
		if t.upper {
			capitals++
		}
		all = append(all, t)
		begins, i = false, i+n
	}
	if title && capitals*2 > len(all) {
		for i := range all {
			all[i].first = true
		}
	}
	return all
}

// wordLen is the length of the word that a text begins with, 0 if it is none.
func wordLen(text string) int {
	for i, r := range text {
		switch {
		case isDense(r):
			if i == 0 {
				return utf8.RuneLen(r)
			}
			return i
		case unicode.In(r, unicode.L, unicode.M, unicode.N):
		case i > 0 && strings.ContainsRune("'’.,", r) && joins(text[:i], text[i+utf8.RuneLen(r):], r):
		default:
			return i
		}
	}
	return len(text)
}

// joins reports whether a character belongs to the word around it: an apostrophe
// between letters, a point between digits.
func joins(before, after string, r rune) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeRuneInString(after)
	if r == '.' || r == ',' {
		return unicode.IsDigit(last) && unicode.IsDigit(next)
	}
	return unicode.IsLetter(last) && unicode.IsLetter(next)
}

// swap is a word that became another; one of the two may be missing.
type swap struct{ was, is token }

// swaps returns the fewest words that turn one text into the other, and false if
// they are more than most.
func swaps(was, is []token, most int) ([]swap, bool) {
	for n := range most + 1 {
		if found, ok := within(was, is, n); ok {
			return found, true
		}
	}
	return nil, false
}

func within(was, is []token, most int) ([]swap, bool) {
	for len(was) > 0 && len(is) > 0 && was[0].folded == is[0].folded {
		was, is = was[1:], is[1:]
	}
	switch {
	case len(was) == 0 && len(is) == 0:
		return nil, true
	case most == 0 || max(len(was)-len(is), len(is)-len(was)) > most:
		return nil, false
	}
	try := func(s swap, was, is []token) ([]swap, bool) {
		rest, ok := within(was, is, most-1)
		return append([]swap{s}, rest...), ok
	}
	if len(was) > 0 && len(is) > 0 {
		if found, ok := try(swap{was[0], is[0]}, was[1:], is[1:]); ok {
			return found, true
		}
	}
	if len(was) > 0 {
		if found, ok := try(swap{was: was[0]}, was[1:], is); ok {
			return found, true
		}
	}
	if len(is) > 0 {
		return try(swap{is: is[0]}, was, is[1:])
	}
	return nil, false
}

// vocabulary is what the texts themselves say of their words.
type vocabulary struct {
	lower map[string]bool // written without a capital somewhere
	names map[string]bool // written with one within a sentence
	long  bool            // there is enough text to ask
}

func (v vocabulary) read(text []token) {
	for _, t := range text {
		switch {
		case !t.upper:
			v.lower[t.folded] = true
		case !t.first:
			v.names[t.folded] = true
		}
	}
}

// harmless reports whether a swap changes no number, no name and no negation.
func (v vocabulary) harmless(s swap) bool {
	if s.was.weighs() || s.is.weighs() {
		return false
	}
	one, two := v.isName(s.was), v.isName(s.is)
	if one != two && s.was.folded != "" && s.is.folded != "" && alike(s.was.folded, s.is.folded) {
		// One of them is a word that is known, and the other is how it was misspelled.
		return !v.names[s.was.folded] && !v.names[s.is.folded]
	}
	if one && two && v.long && s.was.first && s.is.first && len(s.is.folded) > 5 && alike(s.was.folded, s.is.folded) {
		return !v.names[s.was.folded] && !v.names[s.is.folded] // of a title with capitals
	}
	return !one && !two
}

// weighs reports whether a word is a number or a negation.
func (t token) weighs() bool {
	return strings.ContainsFunc(t.folded, unicode.IsNumber) || numberWords[t.folded] || negations[t.folded] ||
		strings.HasSuffix(t.folded, "n't") || strings.HasPrefix(t.folded, "n'")
}

// isName reports whether a word may be a name. Where all words have capitals, or
// it begins a sentence, it is one unless it is known to be none.
func (v vocabulary) isName(t token) bool {
	switch {
	case !t.upper:
		return false
	case v.names[t.folded] && !v.lower[t.folded]:
		return true
	}
	return !v.lower[t.folded] && !common[t.folded]
}

// alike reports whether two words differ as misspelled words do: in a letter or
// two, or in two that changed places.
func alike(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	x, y := []rune(a), []rune(b)
	most := 1
	if min(len(x), len(y)) >= 5 {
		most = 2
	}
	if max(len(x)-len(y), len(y)-len(x)) > most || max(len(x), len(y)) > 64 {
		return false
	}
	return distance(x, y) <= most
}

// distance counts letters that were added, dropped, changed or swapped with the next.
func distance(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range b {
		rows[0][j+1] = j + 1
	}
	for i := range a {
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			d := min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(a)][len(b)]
}

// Words that change what a text says, and some that are no names wherever they
// stand, in languages of which feeds are many.
var (
	negations = wordSet(`no not nor never none nobody nothing neither without cannot non nicht nichts kein keine keinen keinem keiner nie niemals
		ohne weder ne pas jamais aucun aucune sans rien nunca sin jamás nada ningún ninguna mai senza né não sem niet geen nooit zonder inte
		ikke aldrig aldri ingen utan uten uden bez nigdy не ни нет без никогда değil hayır yok لا لم لن ليس غير 不 没 沒 無 无 未 非 否 안 않 못`)
	numberWords = wordSet(`zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
		nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions billion billions
		trillion dozen dozens half double twice first second third null zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert
		tausend million millionen milliarde milliarden deux trois quatre cinq sept huit neuf dix cent mille dos tres cuatro cinco seis siete
		ocho nueve diez cien mil millones due quattro cinque sei sette otto nove dieci cento 一 二 三 四 五 六 七 八 九 十 百 千 万 萬 億 亿`)
	common = wordSet(`a an the this that these those he she it we they you i his her its our their my your who what when where why how which
		and or but if as at by for from in into of off on out over to under up with after before because while than then there here is are was
		were be been has have had do does did will would can could may might must should all more most some many much new now just only also
		still even about against between during says said say get gets make makes der die das ein eine und oder aber wenn als auf für mit von
		zu im in es er sie wir le la les un une et ou mais si dans pour par sur avec el los las y o pero en por con il lo gli e ma di da de het
		een en van`)
)
