package web

import (
	"strings"
	"testing"
	"unicode/utf8"

	"sluice/feed/fuzztest"
)

func TestShortenCutsBetweenWords(t *testing.T) {
	tests := map[string]struct {
		text string
		n    int
		want string
	}{
		"short text stays":             {"one two", 7, "one two"},
		"blanks become one":            {" one\n\n two ", 10, "one two"},
		"cut between words":            {"one two three", 10, "one two…"},
		"a long word is cut":           {"extraordinarily", 6, "extra…"},
		"punctuation before the cut":   {"one two, three", 11, "one two…"},
		"characters are counted whole": {"äöüäöüäöü", 5, "äöüä…"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := shorten(tt.text, tt.n)
			if got != tt.want || utf8.RuneCountInString(got) > tt.n {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func is(ours string) func(string) bool { return func(tag string) bool { return tag == ours } }

func FuzzMatchesNeverPanicsAndFindsItsOwnTag(f *testing.F) {
	f.Add(`"a", W/"b"`)
	f.Add(`*`)
	f.Add(`,,"`)
	f.Fuzz(func(t *testing.T, list string) {
		defer fuzztest.Within(t, len(list), fuzztest.Cost{Bytes: 4 << 20, Each: 4 << 10})()
		matches(list, is(`"x"`))
		if !matches(`"x",`+list, is(`"x"`)) {
			t.Errorf("the first tag of %q is not found", `"x",`+list)
		}
		if strings.Trim(list, " \t") != "*" && !strings.Contains(list, `"y"`) && matches(list, is(`"y"`)) {
			t.Errorf("%q holds no such tag", list)
		}
	})
}
