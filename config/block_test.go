package config_test

import (
	"strings"
	"testing"
	"unicode"

	"sluice/config"
)

// What lists of strangers say is pasted by people who saw it on a terminal.
func TestBlocksHoldNothingThatCannotBeSeen(t *testing.T) {
	var b strings.Builder
	err := config.WriteBlocks(&b, []config.Block{{
		Name: "a", URL: "https://e.example/\u202egnp\u0085?x=\u009b31m&${HOME}", Tags: []string{"ne\u202ews", "\u200b", "\u009b31mred", "café"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(b.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		t.Errorf("%q", b.String())
	}
	c, err := config.Parse("c.yaml", []byte(b.String()), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	s := c.Sources[0]
	if got := strings.Join(s.Tags, "|"); got != "news|31mred|café" {
		t.Errorf("tags %s", got)
	}
	if got := s.URL.Reveal(); got != "https://e.example/%E2%80%AEgnp%C2%85?x=%C2%9B31m&${HOME}" {
		t.Errorf("address %s", got)
	}
}
