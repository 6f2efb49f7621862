package parse

import (
	"strings"
	"unicode"
)

// zones are seconds east of UTC. Where an abbreviation means several zones, the
// one that feeds use most is taken.
var zones = map[string]int{
	"z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0,
	"est": -18000, "edt": -14400, "cst": -21600, "cdt": -18000, "mst": -25200, "mdt": -21600, "pst": -28800, "pdt": -25200,
	"et": -18000, "ct": -21600, "mt": -25200, "pt": -28800, "akst": -32400, "akdt": -28800, "hst": -36000, "ast": -14400,
	"adt": -10800, "nst": -12600, "ndt": -9000, "brt": -10800, "brst": -7200, "art": -10800, "clt": -14400, "clst": -10800,
	"west": 3600, "bst": 3600, "cet": 3600, "mez": 3600, "met": 3600, "wat": 3600, "cest": 7200, "mesz": 7200, "mest": 7200,
	"eet": 7200, "sast": 7200, "cat": 7200, "eest": 10800, "eat": 10800, "msk": 10800, "trt": 10800, "msd": 14400,
	"irst": 12600, "pkt": 18000, "ist": 19800, "npt": 20700, "wib": 25200, "ict": 25200, "sgt": 28800, "hkt": 28800,
	"awst": 28800, "pht": 28800, "jst": 32400, "kst": 32400, "acst": 34200, "acdt": 37800, "aest": 36000, "aedt": 39600,
	"nzst": 43200, "nzdt": 46800,
}

// months are beginnings of month names by month: English first, then what other
// languages write in feeds.
var months = [12][]string{
	{"jan", "gen", "ene", "sty", "янв", "led", "oca", "ιαν", "січ", "tam", "ian"},
	{"feb", "fév", "fev", "lut", "фев", "úno", "şub", "φεβ", "лют", "helmi"},
	{"mar", "mär", "mrt", "maa", "мар", "bře", "már", "μάρ", "μαρ", "бер"},
	{"apr", "avr", "abr", "kwi", "апр", "dub", "nis", "ápr", "απρ", "кві", "huh"},
	{"may", "mai", "mei", "mag", "maj", "мая", "май", "kvě", "máj", "μάι", "μαϊ", "μαι", "тра", "tou"},
	{"jun", "juin", "giu", "cze", "июн", "čvn", "haz", "jún", "ιούν", "ιον", "чер", "kes", "iun"},
	{"jul", "juil", "lug", "lip", "июл", "čvc", "tem", "júl", "ιούλ", "ιολ", "лип", "hei", "iul"},
	{"aug", "aoû", "aou", "ago", "sie", "авг", "srp", "ağu", "αύγ", "αυγ", "сер", "elo", "agu"},
	{"sep", "set", "wrz", "сен", "zář", "eyl", "sze", "σεπ", "вер", "syy"},
	{"oct", "okt", "ott", "out", "paź", "окт", "říj", "eki", "οκτ", "жов", "lok"},
	{"nov", "lis", "ноя", "kas", "νοέ", "νοε", "лис", "marras", "noi"},
	{"dec", "dez", "déc", "dic", "gru", "дек", "pro", "ara", "δεκ", "гру", "jou", "des"},
}

// month returns the number of a month, or 0. French June and July need four
// letters, so longer beginnings are tried first.
func month(w string) int {
	if len(w) < 3 {
		return 0
	}
	found, size := 0, 0
	for i, starts := range months {
		for _, s := range starts {
			if len(s) > size && strings.HasPrefix(w, s) {
				found, size = i+1, len(s)
			}
		}
	}
	return found
}

func isWeekday(w string) bool {
	if len(w) < 2 {
		return false
	}
	for _, day := range [...]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		if strings.HasPrefix(w, day) || w == day[:2] {
			return true
		}
	}
	return false
}

// eastAsian writes 2006年1月2日 15時04分 and 2006년 1월 2일 오후 3:04 as ISO 8601
// would; other dates stay as they are.
func eastAsian(s string) string {
	if strings.IndexFunc(s, isEastAsian) < 0 {
		return s
	}
	if open := strings.IndexAny(s, "(（"); open >= 0 { // a weekday of one character, which may be 月
		if _, rest, found := strings.Cut(strings.ReplaceAll(s[open:], "）", ")"), ")"); found {
			s = s[:open] + " " + rest
		}
	}
	s = strings.Join(strings.Fields(eastAsianSigns.Replace(s)), " ")
	s = strings.NewReplacer("- ", "-", ": ", ":").Replace(s)
	return strings.TrimRight(s, ":- ")
}

func isEastAsian(r rune) bool { return r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hangul) }

var eastAsianSigns = strings.NewReplacer(
	"월요일", "", "화요일", "", "수요일", "", "목요일", "", "금요일", "", "토요일", "", "일요일", "",
	"年", "-", "月", "-", "日", " ", "時", ":", "时", ":", "分", ":", "秒", " ",
	"년", "-", "월", "-", "일", " ", "시", ":", "분", ":", "초", " ",
	"오전", " am ", "오후", " pm ", "午前", " am ", "午後", " pm ", "上午", " am ", "下午", " pm ",
)
