package cli

import (
	"strings"
	"testing"

	"sluice/cmd/internal/control"
)

func TestASplitSaysWhichArticlesStandForWhatItParted(t *testing.T) {
	article := func(id string) control.Article { return control.Article{Source: "s", ID: id} }
	story := func(ids ...string) (s control.Story) {
		for _, id := range ids {
			s.Articles = append(s.Articles, article(id))
		}
		return s
	}
	for name, tc := range map[string]struct {
		parted control.Parted
		want   string
	}{
		"one leaves one":                 {control.Parted{Article: article("b"), Left: story("b"), Rest: story("a")}, "s: b left, and stands for itself\ns: a stayed, and stands for itself\n"},
		"the first leaves with others":   {control.Parted{Article: article("b"), Left: story("b", "c"), Rest: story("a", "d", "e")}, "s: b left, and stands for itself and 1 more\ns: a stayed, and stands for itself and 2 more\n"},
		"a later one of those who leave": {control.Parted{Article: article("c"), Left: story("b", "c"), Rest: story("a")}, "s: c left with s: b, which stands for itself and 1 more\ns: a stayed, and stands for itself\n"},
		"nobody is left by now":          {control.Parted{Article: article("b"), Left: story("b")}, "s: b left, and stands for itself\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := printParted(&b, tc.parted); err != nil || b.String() != tc.want {
				t.Errorf("got %q, %v; want %q", b.String(), err, tc.want)
			}
		})
	}
}
