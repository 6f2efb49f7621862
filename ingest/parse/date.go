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
	if s = strings.TrimSpace(s); len(s) > 100 {
		return time.Time{}, false
	}
	if inner, found := strings.CutPrefix(s, "/Date("); found { // .NET
		s = strings.TrimSuffix(inner, ")/")
	}
	s = eastAsian(s)
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

// unixSeconds reads seconds, with or without a fraction, or milliseconds since 1970.
func unixSeconds(s string) (time.Time, bool) {
	if whole, fraction, found := strings.Cut(s, "."); found && isDigits(fraction) && len(whole) >= 9 {
		s = whole
	}
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
