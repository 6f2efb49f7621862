package parse

import (
	"strconv"
	"strings"
	"time"
)

// compact reads 20060102, 200601021504, 20060102150405 and 2006002, the day of
// the year.
func (d *dateParts) compact(s string) bool {
	switch len(s) {
	case 7:
		return d.dayOfYear(number(s[:4]), number(s[4:]))
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
	if (len(date) == 8 || len(date) == 7) && isDigits(date) {
		return d.compact(date) && d.clock(clock)
	}
	if len(date) > 5 && (date[4] == 'W' || date[5] == 'W') {
		return d.week(date) && d.clock(clock)
	}
	parts := strings.FieldsFunc(date, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	for i, p := range parts {
		if m := month(strings.ToLower(p)); i == 1 && m > 0 {
			parts[i] = strconv.Itoa(m)
		} else if !isDigits(p) {
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
		return d.dayOfYear(d.year, number(parts[1])) && d.clock(clock)
	case len(parts) == 2 && len(parts[1]) <= 2:
		d.month = number(parts[1])
	case len(parts) == 3 && len(parts[1]) <= 2 && len(parts[2]) <= 2:
		d.month, d.day, d.hasDay = number(parts[1]), number(parts[2]), true
	default:
		return false
	}
	return d.month >= 1 && d.month <= 12 && d.clock(clock)
}

// dayOfYear takes an ordinal date.
func (d *dateParts) dayOfYear(year, n int) bool {
	t := time.Date(year, 1, n, 0, 0, 0, 0, time.UTC)
	d.set(t)
	return n >= 1 && t.Year() == year
}

// week reads 2006-W01-2, 2006W012 and the same without the day, which is Monday
// then. A year's first week is the one with its first Thursday.
func (d *dateParts) week(s string) bool {
	digits := strings.Replace(strings.ReplaceAll(s, "-", ""), "W", "", 1)
	if len(digits) == 6 {
		digits += "1"
	}
	if len(digits) != 7 || !isDigits(digits) {
		return false
	}
	year, week, day := number(digits[:4]), number(digits[4:6]), number(digits[6:])
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	t := monday.AddDate(0, 0, (week-1)*7+day-1)
	d.set(t)
	_, got := t.ISOWeek()
	return got == week && day >= 1 && day <= 7
}

// set takes a whole day.
func (d *dateParts) set(t time.Time) {
	d.year, d.month, d.day, d.hasYear, d.hasDay = t.Year(), int(t.Month()), t.Day(), true, true
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
	} else if len(s) >= 2 && isDigits(s[:2]) && !strings.Contains(s[:min(len(s), 4)], ":") { // T15
		d.hour, d.hasTime = number(s[:2]), true
		s = s[2:]
	}
	if i := strings.IndexByte(s, ','); i > 0 && i+1 < len(s) && isDigits(s[i-1:i]) && isDigits(s[i+1:i+2]) {
		s = s[:i] + "." + s[i+1:] // ISO 8601 writes fractions so
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
