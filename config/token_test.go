package config_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/config"
)

const aSource = "sources: [{name: s, url: https://example.org/feed}]\n"

func TestTokensAreDigestsOrComeFromOutside(t *testing.T) {
	const plain = "a token of some length"
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte(plain)))
	file := filepath.Join(t.TempDir(), "token")
	tests := map[string]struct{ written, file string }{
		"a digest":                        {digest, ""},
		"a digest in quotes":              {`"` + digest + `"`, ""},
		"a digest in upper case":          {strings.ToUpper(digest), ""},
		"a file with the digest":          {"{file: " + file + "}", digest + "\n"},
		"a file that sha256sum wrote":     {"{file: " + file + "}", digest + "  -\n"},
		"a file with the token":           {"{file: " + file + "}", plain + "\n"},
		"a file from Windows":             {"{file: " + file + "}", plain + "\r\n"},
		"a variable with the digest":      {`"${TOKEN}"`, digest},
		"a variable with the token":       {`"${TOKEN}"`, plain},
		"a variable that is a part of it": {`"a token of ${TOKEN}"`, "some length"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(file, []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := config.Parse("c.yaml", []byte(aSource+"outputs: [{name: a, tokens: ["+tt.written+"]}]"), func(string) (string, bool) { return tt.file, true })
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Outputs[0].Digests(); len(got) != 1 || got[0] != sha256.Sum256([]byte(plain)) {
				t.Errorf("got %x", got)
			}
			if len(c.Warnings) > 0 {
				t.Errorf("warnings %v", c.Warnings)
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%x"} {
				if shown := fmt.Sprintf(verb, c.Outputs); strings.Contains(shown, digest) || strings.Contains(shown, plain) {
					t.Errorf("%s shows it: %s", verb, shown)
				}
			}
		})
	}
}

func TestTokensThatAreNoneAreRefused(t *testing.T) {
	for name, set := range map[string]string{"empty": "", "two lines": "one\ntwo"} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Parse("c.yaml", []byte(aSource+`outputs: [{name: a, tokens: ["${TOKEN}"]}]`), func(string) (string, bool) { return set, true })
			if err == nil || !strings.Contains(err.Error(), "outputs[0].tokens[0]") || set != "" && strings.Contains(err.Error(), set) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestATokenThatCanBeGuessedIsWarnedOf(t *testing.T) {
	c, err := config.Parse("c.yaml", []byte(aSource+`outputs: [{name: a, tokens: ["${TOKEN}"]}]`), func(string) (string, bool) { return "joe", true })
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].String(), "c.yaml:2:30: outputs[0].tokens[0]: a token as short") || strings.Contains(c.Warnings[0].String(), "joe") {
		t.Errorf("got %v", c.Warnings)
	}
}

func TestOtherTokensAreAChangeThatShowsNone(t *testing.T) {
	at := func(token string) *config.Config {
		c, err := config.Parse("c.yaml", []byte(aSource+`outputs: [{name: a, tokens: ["${TOKEN}"]}]`), func(string) (string, bool) { return token, true })
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if got, want := config.Diff(at("one"), at("two")), []string{"output a: tokens: changed"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := config.Diff(at("one"), at("one")); len(got) > 0 {
		t.Errorf("the same token is a change: %q", got)
	}
}
