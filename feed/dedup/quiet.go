package dedup

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// quiet returns a text without what changes by itself: how long ago something was,
// and how many commented on it or viewed it. A line of nothing but counters is
// empty. White space is single blanks.
func quiet(text string) string {
	if !strings.ContainsAny(text, "0123456789") && !strings.Contains(text, " ago") && !strings.Contains(text, "omments") {
		return text
	}
	if strings.Contains(text, "前") {
		text = before().ReplaceAllString(text, "")
	}
	words := strings.Fields(text)
	if counts(words) == readers {
		return ""
	}
	kept := words[:0:0]
	for i := 0; i < len(words); {
		if n := moving(words[i:]); n > 0 {
			i += n
			continue
		}
		kept = append(kept, words[i])
		i++
	}
	return strings.Join(kept, " ")
}

// before is "3 hours ago" in scripts that put no blanks between words.
var before = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[0-9０-９]+ ?(秒|分|分钟|分鐘|小时|小時|時間|天|日|周|週間|个月|個月|か月|ヶ月|年)前`)
})

// moving returns how many words, from the first, are a relative time or a counter.
func moving(words []string) int {
	first := bare(words[0])
	word := func(i int) string {
		if i < len(words) {
			return bare(words[i])
		}
		return ""
	}
	switch {
	case isAmount(first) && timeUnits[word(1)] && agos[word(2)]: // 3 hours ago
		return 3
	case joinedTime(first) && agos[word(1)]: // 3h ago
		return 2
	case (isNumeral(first) || first == "no") && counters[word(1)]: // 12 comments
		return 2
	case prefixes[first] && isAmount(word(1)) && timeUnits[word(2)]: // vor 3 Stunden
		return 3
	case first == "il" && word(1) == "y" && word(2) == "a" && isAmount(word(3)) && timeUnits[word(4)]:
		return 5
	case counters[first] && len(words) > 1 && isNumeral(word(1)) &&
		(strings.HasSuffix(words[0], ":") || strings.HasPrefix(words[1], "(")): // Comments: 12
		return 2
	}
	return 0
}

// counting is whether a line is nothing but counters.
type counting int

const (
	nothing counting = iota // it is not
	scores                  // of what may be news: "12 points"
	readers                 // of readers and what they do: "12 likes · 3 comments"
)

// counts says what words, which are a line, count.
func counts(words []string) counting {
	numbers, names, scored := 0, 0, false
	for _, word := range words {
		switch w := bare(word); {
		case isNumeral(w):
			numbers++
		case counters[w] || lineCounters[w]:
			names++
		case scoreCounters[w]:
			names++
			scored = true
		case w != "":
			return nothing
		}
	}
	switch {
	case numbers == 0 || names == 0:
		return nothing
	case scored:
		return scores
	}
	return readers
}

// bare is a word in lower case without the punctuation around it.
func bare(word string) string {
	return strings.ToLower(strings.TrimFunc(word, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M, unicode.N)
	}))
}

// isNumeral reports whether a word is a count in digits: 12, 1,234, 3.4k.
func isNumeral(word string) bool {
	word = strings.TrimRight(word, "km")
	return word != "" && strings.Trim(word, "0123456789.,'’") == "" && strings.ContainsAny(word, "0123456789")
}

func isAmount(word string) bool { return isNumeral(word) || articles[word] }

// joinedTime reports whether a word is digits with a unit of time: 3h, 5min.
func joinedTime(word string) bool {
	unit := strings.TrimLeft(word, "0123456789")
	return unit != word && timeUnits[unit]
}

func wordSet(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

// The words of the above, in languages of which feeds are many.
var (
	counters = wordSet(`comment comments view views pageviews kommentar kommentare kommentarer aufrufe commentaire commentaires vue vues
		comentario comentarios visita visitas comentário comentários commento commenti reactie reacties komentarz komentarze komentarzy
		комментарий комментария комментариев просмотр просмотра просмотров`)
	lineCounters = wordSet(`like likes share shares read reads reply replies reaction reactions retweet retweets repost reposts upvote upvotes
		favorite favorites min mins minute minutes and by`)
	scoreCounters = wordSet(`vote votes point points score follower followers download downloads punkte points puntos`)
	agos          = wordSet(`ago fa geleden sedan siden назад temu önce atrás 전`)
	prefixes      = wordSet(`vor hace há`)
	articles      = wordSet(`a an one ein eine einer einem un une una uno um uma een en et`)

	timeUnits = wordSet(`s sec secs second seconds m min mins minute minutes h hr hrs hour hours d day days w week weeks mo month months y yr
		year years sekunde sekunden minuten stunde stunden tag tagen woche wochen monat monaten jahr jahren
		seconde secondes heure heures jour jours semaine semaines mois an ans segundo segundos minuto minutos hora horas día días dia dias
		semana semanas mes meses mês año años ano anos secondo secondi minuti ora ore giorno giorni settimana settimane mese mesi anno anni
		seconden minuut uur dag dagen weken maand maanden jaar minuter timme timmar time timer dage dager dygn vecka veckor uge uger
		måned måneder månad månader år секунд секунду минут минуту минуты час часа часов день дня дней неделю недели недель месяц месяца
		месяцев год года лет minut minuty godzin godzinę godziny dni dnia tygodni saniye dakika saat gün hafta ay yıl 초 분 시간 일 주 개월 년`)
)
