package parse

import (
	"strconv"
	"strings"
	"unicode"
)

// nextWord cuts a word off: blanks, commas and brackets separate.
func nextWord(s string) (word, rest string) {
	isSeparator := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",()[];@", r) }
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
		if day, clock, _ := strings.Cut(w, ":"); strings.Contains(day, "/") { // web servers' logs
			return d.mixed(day) && d.timeOfDay(clock)
		}
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
	if d.hasYear && d.hasDay && !d.hasTime && strings.Count(w, ".") == 2 {
		return d.timeOfDay(strings.ReplaceAll(w, ".", ":"))
	}
	a, b := number(parts[0]), number(parts[1])
	if len(w) == 8 && w[2] == '-' && w[5] == '-' && !d.hasYear { // ISO 8601 of 1988: 06-01-02
		a, parts[2] = number(parts[2]), parts[0]
	}
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
	case "am", "a.m":
		d.am = true
		return true
	case "pm", "p.m":
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
