package config

import (
	"errors"
	"fmt"
	"testing"
)

// TestWhatIsForgottenOfASourceIsNotMissed reads a file twice, and asks for faults that are
// found when all sources are read, in sources that others stand for, too.
func TestWhatIsForgottenOfASourceIsNotMissed(t *testing.T) {
	const text = `sources:
  - &one {name: one, url: "https://one.example/"}
  - *one
  - name: three
    url: https://three.example/
    interval: 1m
`
	f := newFile("config.yaml", []byte(text), nil)
	for range 2 {
		_, err := f.Config()
		invalid, ok := errors.AsType[*Invalid](err)
		if !ok {
			t.Fatalf("got %v, want problems", err)
		}
		want := []string{
			"config.yaml:2:17: sources[1].name: the name is used already, by sources[0].name",
			"config.yaml:6:15: sources[2].interval: is below ingest.min_interval, 15m",
		}
		if got := fmt.Sprint(invalid.Problems); got != fmt.Sprint(want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	}
}
