package parse_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"sluice/ingest/parse"
)

func TestAllKindsOfWarningsAreListed(t *testing.T) {
	text, err := os.ReadFile("parse.go")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^\twarn[A-Z]\w+\s+= "([a-z-]+)"`).FindAllStringSubmatch(string(text), -1) {
		want = append(want, m[1])
	}
	if got := parse.WarningKinds(); len(want) < 20 || !slices.Equal(got, want) {
		t.Errorf("got %q,\nwant %q", got, want)
	}
}
