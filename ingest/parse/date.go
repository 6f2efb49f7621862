package parse

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// earliest is the first year that a date is believed to mean: feeds are younger,
// and zero times of generators are older.
const earliest = 1990

// date returns the first of the dates that can be read, in UTC. Those that
// cannot, and years before 1990, are no dates.
func (p *parser) date(candidates ...string) time.Time {
	for _, s := range candidates {
		if strings.TrimSpace(s) == "" {
			continue
		}
		if t, ok := parseDate(s); ok && t.Year() >= earliest && t.Year() <= 9999 {
			return t
		}
		p.warn(warnDate)
	}
	return time.Time{}
}

// parseDate reads the forms of RFC 822, RFC 3339, ISO 8601 and what publishers
// make of them. A date without a zone is taken as UTC.
func parseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if len(s) > 100 {
		return time.Time{}, false
	}
	d := dateParts{month: -1, zone: noZone}
	if isDigits(s) && d.compact(s) {
		return d.time()
	}
	if t, ok := unixSeconds(s); ok {
		return t, true
	}
	if d.iso(s) {
		return d.time()
	}
	d = dateParts{month: -1, zone: noZone}
	if first, rest, found := strings.Cut(s, ","); found && strings.IndexFunc(first, isNoLetter) < 0 {
		s = rest // a weekday in whatever language; some look like months
	}
	for rest := s; rest != ""; {
		var word string
		word, rest = nextWord(rest)
		if word != "" && !d.word(word) {
			return time.Time{}, false
		}
	}
	return d.time()
}

func isNoLetter(r rune) bool { return !unicode.IsLetter(r) && r != '.' }

// unixSeconds reads seconds or milliseconds since 1970.
func unixSeconds(s string) (time.Time, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil:
	case len(s) == 10 || len(s) == 9:
		return time.Unix(n, 0).UTC(), true
	case len(s) == 13:
		return time.UnixMilli(n).UTC(), true
	}
	return time.Time{}, false
}

// noZone marks that no zone was given.
const noZone = 1 << 30

// dateParts is a date while it is read.
type dateParts struct {
	year, month, day   int // month is -1 when unknown
	hour, minute, sec  int
	nano               int
	zone               int // seconds east of UTC
	hasDay, hasYear    bool
	hasTime, pm, am    bool
	weekdays, unknowns int
	early              bool // the month came before anything else: it may be a weekday
	slashed            bool // day and month may be the other way round
}

// time checks the parts and puts them together.
func (d *dateParts) time() (time.Time, bool) {
	if !d.hasYear || d.month == -1 && d.hasDay {
		return time.Time{}, false
	}
	if d.slashed && (d.am || d.pm) { // only Americans write both
		d.day, d.month = d.month, d.day
	}
	month := max(d.month, 1)
	day := max(d.day, 1)
	if month > 12 || day > 31 || d.minute > 59 || d.sec > 60 || d.hour > 24 || d.hour == 24 && d.minute+d.sec > 0 {
		return time.Time{}, false
	}
	if (d.pm || d.am) && d.hour <= 12 {
		d.hour %= 12
		if d.pm {
			d.hour += 12
		}
	}
	if d.zone == noZone {
		d.zone = 0
	}
	t := time.Date(d.year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day { // 31 April
		return time.Time{}, false
	}
	return t.Add(time.Duration(d.hour)*time.Hour + time.Duration(d.minute)*time.Minute +
		time.Duration(d.sec-d.zone)*time.Second + time.Duration(d.nano)), true
}

// compact reads 20060102, 200601021504 and 20060102150405.
func (d *dateParts) compact(s string) bool {
	switch len(s) {
	case 14:
		d.sec = number(s[12:14])
		fallthrough
	case 12:
		d.hour, d.minute, d.hasTime = number(s[8:10]), number(s[10:12]), true
		fallthrough
	case 8:
		d.year, d.month, d.day = number(s[:4]), number(s[4:6]), number(s[6:8])
	default:
		return false
	}
	d.hasYear, d.hasDay = true, true
	return d.month >= 1 && d.month <= 12
}

// iso reads dates that begin with the year (ISO 8601, RFC 3339), with a month, a
// day of the year or nothing behind it.
func (d *dateParts) iso(s string) bool {
	if len(s) < 4 || !isDigits(s[:4]) {
		return false
	}
	date, clock := s, ""
	if i := strings.IndexAny(s, "Tt "); i > 0 {
		date, clock = s[:i], strings.TrimSpace(s[i+1:])
	}
	if len(date) == 8 && isDigits(date) {
		if !d.compact(date) {
			return false
		}
		return d.clock(clock)
	}
	parts := strings.FieldsFunc(date, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	for _, p := range parts {
		if !isDigits(p) {
			return false
		}
	}
	if len(parts[0]) != 4 {
		return false
	}
	d.year, d.hasYear = number(parts[0]), true
	switch {
	case len(parts) == 1:
		return len(date) == 4 && clock == ""
	case len(parts) == 2 && len(parts[1]) == 3: // day of the year
		t := time.Date(d.year, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, number(parts[1])-1)
		d.month, d.day = int(t.Month()), t.Day()
		return d.clock(clock)
	case len(parts) == 2 && len(parts[1]) <= 2:
		d.month = number(parts[1])
	case len(parts) == 3 && len(parts[1]) <= 2 && len(parts[2]) <= 2:
		d.month, d.day, d.hasDay = number(parts[1]), number(parts[2]), true
	default:
		return false
	}
	return d.month >= 1 && d.month <= 12 && d.clock(clock)
}

// clock reads the time of day with what follows it.
func (d *dateParts) clock(s string) bool {
	if len(s) >= 4 && isDigits(s[:4]) { // T1504, T150405
		n := 4
		if len(s) >= 6 && isDigits(s[4:6]) {
			n = 6
			d.sec = number(s[4:6])
		}
		d.hour, d.minute, d.hasTime = number(s[:2]), number(s[2:4]), true
		s = s[n:]
	}
	for s != "" {
		var word string
		word, s = nextWord(s)
		if word != "" && !d.word(word) {
			return false
		}
	}
	return true
}

// nextWord cuts a word off: blanks, commas and brackets separate.
func nextWord(s string) (word, rest string) {
	isSeparator := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",()[];", r) }
	s = strings.TrimLeftFunc(s, isSeparator)
	end := strings.IndexFunc(s, isSeparator)
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}

// word takes one word of a date in its own order of words.
func (d *dateParts) word(w string) bool {
	c := w[0]
	switch {
	case strings.Contains(w, ":") && c >= '0' && c <= '9':
		return d.timeOfDay(w)
	case (c == '+' || c == '-') && len(w) > 1 && w[1] >= '0' && w[1] <= '9':
		return d.offset(w)
	case isDigits(w):
		return d.number(w)
	case c >= '0' && c <= '9':
		return d.mixed(w)
	}
	return d.name(strings.ToLower(strings.Trim(w, ".")))
}

// number takes a bare number: a year, a day, or an hour without minutes.
func (d *dateParts) number(w string) bool {
	n := number(w)
	switch {
	case len(w) == 4:
		if d.hasYear {
			return false
		}
		d.year, d.hasYear = n, true
	case len(w) <= 2 && !d.hasDay:
		d.day, d.hasDay = n, true
		return n >= 1
	case len(w) <= 2 && !d.hasYear:
		d.year, d.hasYear = century(n), true
	case len(w) <= 2 && !d.hasTime:
		d.hour, d.hasTime = n, true
	default:
		return false
	}
	return true
}

// century makes a year of two digits (RFC 2822, section 4.3, with a later border).
func century(n int) int {
	if n < 70 {
		return 2000 + n
	}
	return 1900 + n
}

// mixed takes words such as 2nd, 3pm, 02-Jan-2006, 01/02/2006 and 02.01.2006.
func (d *dateParts) mixed(w string) bool {
	i := strings.IndexFunc(w, func(r rune) bool { return r < '0' || r > '9' })
	head, tail := w[:i], strings.ToLower(w[i:])
	switch tail {
	case "st", "nd", "rd", "th", ".", "º", "er":
		return d.number(head)
	case "am", "pm":
		d.hour, d.hasTime = number(head), true
		return d.name(tail)
	}
	parts := strings.FieldsFunc(w, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	if len(parts) != 3 {
		return false
	}
	if m := month(strings.ToLower(parts[1])); m > 0 {
		d.month = m
		return d.number(parts[0]) && d.number(parts[2])
	}
	a, b := number(parts[0]), number(parts[1])
	if !isDigits(parts[0]) || !isDigits(parts[1]) || !isDigits(parts[2]) || a == 0 || b == 0 {
		return false
	}
	if b > 12 { // only then is the month first for sure
		a, b = b, a
	}
	d.slashed = a <= 12 && strings.Contains(w, "/")
	d.day, d.month, d.hasDay = a, b, true
	return len(parts[2]) != 3 && d.number(parts[2])
}

// timeOfDay takes 15:04, 15:04:05, 15:04:05.999, with a zone or am and pm behind.
func (d *dateParts) timeOfDay(w string) bool {
	end := strings.IndexFunc(w, func(r rune) bool { return !unicode.IsDigit(r) && r != ':' && r != '.' })
	zone := ""
	if end >= 0 {
		w, zone = w[:end], w[end:]
	}
	w, fraction, _ := strings.Cut(w, ".")
	parts := strings.Split(w, ":")
	if len(parts) < 2 || len(parts) > 3 { // "1d15:00" has its colon behind the letter
		return false
	}
	for _, p := range parts {
		if len(p) > 2 || !isDigits(p) {
			return false
		}
	}
	d.hour, d.minute, d.hasTime = number(parts[0]), number(parts[1]), true
	if len(parts) == 3 {
		d.sec = number(parts[2])
	}
	if isDigits(fraction) {
		d.nano = number((fraction + "000000000")[:9])
	}
	return zone == "" || d.word(zone)
}

// offset takes +0200, -02:00, +2 and -700.
func (d *dateParts) offset(w string) bool {
	sign := 1
	if w[0] == '-' {
		sign = -1
	}
	digits := strings.ReplaceAll(w[1:], ":", "")
	if !isDigits(digits) || len(digits) > 4 {
		return false
	}
	n := number(digits)
	if len(digits) <= 2 {
		n *= 100
	}
	if n/100 > 15 || n%100 > 59 {
		return false
	}
	d.zone = sign * (n/100*3600 + n%100*60)
	return true
}

// name takes a month, a weekday, a zone or am and pm. Words of other languages
// are skipped where a weekday may stand.
func (d *dateParts) name(w string) bool {
	switch w {
	case "am":
		d.am = true
		return true
	case "pm":
		d.pm = true
		return true
	case "at", "de", "of", "um", "uhr", "t", "the", "", "-":
		return true
	}
	if d.month < 0 {
		if m := month(w); m > 0 {
			d.month, d.early = m, !d.hasDay && d.weekdays == 0
			return true
		}
	} else if m := month(w); m > 0 && d.early { // "mar 3 feb" is a Tuesday in Italy
		d.month, d.early = m, false
		return true
	}
	if isWeekday(w) {
		return true
	}
	if zone, ok := zones[w]; ok {
		if d.zone == noZone {
			d.zone = zone
		}
		return true
	}
	if i := strings.IndexAny(w, "+-"); i > 0 { // GMT+2, utc-0300
		if _, ok := zones[w[:i]]; ok {
			return d.offset(w[i:])
		}
	}
	if !d.hasDay && d.month < 0 && d.weekdays == 0 {
		d.weekdays++ // a weekday in another language
		return true
	}
	// A zone that nobody knows is no reason to lose the day.
	d.unknowns++
	return d.hasTime && d.unknowns == 1
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// number reads digits; what is too long for a date is 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
