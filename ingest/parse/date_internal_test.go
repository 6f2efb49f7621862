package parse

import (
	"testing"
	"time"

	"sluice/feed/fuzztest"
)

// second is when most of the dates below mean.
var second = time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC)

func TestDatesMeanWhatTheirPublishersMeant(t *testing.T) {
	midnight, newYear := time.Date(2006, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)
	minute := second.Truncate(time.Minute)
	for name, c := range map[string]struct {
		want  time.Time
		texts []string
	}{
		"the forms of the standards": {second, []string{
			"Mon, 02 Jan 2006 15:04:05 GMT", "02 Jan 06 15:04:05 UT", "Monday, 02-Jan-06 15:04:05 GMT", "Mon Jan  2 15:04:05 2006",
			"2006-01-02T15:04:05Z", "20060102T150405Z", "2006-W01-1T15:04:05Z", "2006-002T15:04:05Z", "20060102T160405+01",
		}},
		"names of zones, with the one that feeds mean by them": {second, []string{
			"Tue, 03 Jan 2006 01:04:05 AEST", "Mon, 02 Jan 2006 20:34:05 IST", "Mon, 02 Jan 2006 10:04:05 EST",
			"Mon, 02 Jan 2006 16:04:05 CET", "Mon, 02 Jan 2006 16:04:05 BST", "2006-01-02 07:04:05 PST", "Mon, 02 Jan 2006 15:04:05 XYZ",
		}},
		"offsets in other clothes": {second, []string{
			"Mon, 02 Jan 2006 17:04:05 GMT+2", "Mon, 02 Jan 2006 17:04:05 UTC+02:00", "Mon, 02 Jan 2006 15:04:05 +0000 (UTC)",
			"Mon, 02 Jan 2006 08:04:05 -0700 (MST)", "2006-01-02T15:04:05 Z", "2006-01-02T15:04:05 UTC", "2006-01-02 15:04:05 +0000 UTC",
			"2006-01-02T16:04:05+01:00[Europe/Berlin]", "02/Jan/2006:16:04:05 +0100", "Mon, 02 Jan 2006 17:04:05 +2",
		}},
		"counted seconds": {second, []string{
			"1136214245", "1136214245000", "1136214245.5", "/Date(1136214245000)/", "20060102150405",
		}},
		"carelessness": {second, []string{
			"Mon,02 January 2006 15:4:5 utc", "Wed, 02 Jan 2006 15.04.05 GMT", "  2006/1/2 15:04:05 ", "2.1.2006 15:04:05",
			"Jan. 2nd, 2006 at 3:04:05 p.m. GMT", "2006-01-02t15:04:05z", "January 2 2006, 3:04:05PM",
		}},
		"minutes alone": {minute, []string{"2006-01-02T15:04", "20060102T1504Z", "Monday 2 Jan 2006 @ 15:04", "02 Jan 06 15:04 Z"}},
		"hours alone":   {second.Truncate(time.Hour), []string{"2006-01-02T15Z", "2006-01-02T15"}},
		"days alone": {midnight, []string{
			"2006-01-02", "20060102", "06-01-02", "2006-002", "2006002", "2006-W01-1", "2006W011", "2006-W01", "2 Jan 2006", "2/1/2006",
		}},
		"other languages": {midnight, []string{
			"lundi 2 janvier 2006", "Mo, 02. Jan. 2006", "2 de enero de 2006", "2 gennaio 2006", "2 января 2006", "2 stycznia 2006",
			"Δευ, 02 Ιαν 2006", "2 ledna 2006", "2006-január-02", "2006年1月2日", "2006年1月2日(月)", "2006년 1월 2일 월요일", "2 Ocak 2006",
		}},
		"the afternoon in Korean":            {second, []string{"2006년 01월 02일 오후 03:04:05", "2006-01-02 오후 03:04:05"}},
		"September of four letters":          {time.Date(2006, 9, 5, 0, 0, 0, 0, time.UTC), []string{"5 Sept 2006", "Tue, 5 Sept 2006 00:00:00 GMT"}},
		"a day's end, and a leap second":     {newYear, []string{"2016-12-31T24:00:00Z", "Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01"}},
		"the day first, unless it cannot be": {time.Date(2006, 4, 3, 0, 0, 0, 0, time.UTC), []string{"3/4/2006", "03.04.2006", "4/3/2006 12:00 AM"}},
		"a month beyond twelve is a day":     {time.Date(2006, 1, 13, 0, 0, 0, 0, time.UTC), []string{"01/13/2006", "13/01/2006"}},
		"fractions": {second.Add(123 * time.Millisecond), []string{
			"2006-01-02T15:04:05.123Z", "2006-01-02T15:04:05,123Z", "2006-01-02 15:04:05.123000 +0000 UTC",
		}},
		"what is no date": {time.Time{}, []string{
			"yesterday", "0001-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 +0000", "0", "1900-01-01", "1989-12-31T23:59:59Z",
			"31 Apr 2006", "2006-13-01", "2006-W53-1", "2006-366", "2006-02-29", "-03-12", "25:00", "Mon, 02 Jan 2006 25:00:00 GMT",
			"99999999999999999999", "2006-01-02T15:61Z", "12345", "",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range c.texts {
				p := &parser{warnings: map[string]int{}}
				if got := p.date(s); !got.Equal(c.want) {
					t.Errorf("%q is %v, want %v", s, got, c.want)
				}
				if noted := p.warnings[warnDate] > 0; noted != (c.want.IsZero() && s != "") {
					t.Errorf("%q: warnings %v", s, p.warnings)
				}
			}
		})
	}
}

// FuzzDate gives the reader of dates anything: what it takes for a date lies in
// the years that are believed, and means the same when it is written as RFC 3339.
func FuzzDate(f *testing.F) {
	for _, s := range []string{
		"Mon, 02 Jan 2006 15:04:05 -0700 (MST)", "2006-W01-1T15:04:05,5Z", "2006年1月2日(月) 15時04分", "06-01-02", "/Date(1136214245000)/",
		"02/Jan/2006:15:04:05 +0200", "1136214245.5", "4/3/2006 12:00 AM", "2006-01-02 오후 03:04:05", "1d15:00", "2006-01-02T,0",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		defer fuzztest.Within(t, len(s), fuzztest.Cost{Bytes: 1 << 20, Each: 1 << 10})()
		p := &parser{warnings: map[string]int{}}
		at := p.date(s)
		if at.IsZero() {
			return
		}
		if at.Year() < earliest || at.Year() > 9999 || at.Location() != time.UTC {
			t.Fatalf("%q is %v", s, at)
		}
		if again := p.date(at.Format(time.RFC3339Nano)); !again.Equal(at) {
			t.Fatalf("%q is %v, and as RFC 3339 %v", s, at, again)
		}
	})
}
