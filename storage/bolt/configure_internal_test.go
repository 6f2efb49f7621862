package bolt

import (
	"testing"

	"sluice/feed"
)

func TestOnlyAConfigurationThatChangesIsWritten(t *testing.T) {
	s := openTest(t)
	a, b := feed.Source{Name: "a", URL: "http://h/a"}, feed.Source{Name: "b", URL: "http://h/b"}
	renamed := feed.Source{Name: "c", Was: []feed.SourceID{"b"}, URL: "http://h/b"}
	for _, step := range []struct {
		what    string
		sources []feed.Source
		writes  bool
	}{
		{"the first", []feed.Source{a, b}, true},
		{"the same", []feed.Source{a, b}, false},
		{"the same in another order", []feed.Source{b, a}, false},
		{"a new name", []feed.Source{a, renamed}, true},
		{"the new name again", []feed.Source{a, renamed}, false},
		{"one less", []feed.Source{renamed}, true},
		{"none", nil, true},
		{"none again", nil, false},
	} {
		before := transactions(t, s)
		states, err := s.SetSources(t.Context(), step.sources)
		if err != nil || len(states) != len(step.sources) {
			t.Fatalf("%s: %d states, %v", step.what, len(states), err)
		}
		if n := transactions(t, s) - before; (n > 0) != step.writes || n > 1 {
			t.Errorf("%s: %d commits, written %v", step.what, n, step.writes)
		}
	}
}
