package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"sluice/config"
	"sluice/feed/fuzztest"
)

// FuzzParse checks that no file makes Parse panic, that every problem lies within
// the file, is one line, and never holds what comes from the environment.
func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add(secretive)
	for _, pattern := range []string{"testdata/*/*.yaml", example} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
	f.Add("sources:\n  - name: ${A}\n    url: ${B}\n    interval: ${C}\n    tags: ['${D}']\n    keep: ${E}\noutputs:\n  - title_template: ${F}\n    from: ['${G}']\n    order: ${H}\n")
	// Longer than any name, and not like one: no message may take it for one.
	outside := "@" + strings.Repeat("0utside ", 12)
	lineEnds := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzztest.Within(t, len(text), fuzztest.Cost{Bytes: 16 << 20, Each: 4 << 10})()
		if strings.Contains(text, "0utside") || strings.Contains(text, "/dev/") || strings.Contains(text, "/proc/") {
			return // it names a file that is not the test's
		}
		c, err := config.Parse("c.yaml", []byte(text), func(string) (string, bool) { return outside, true })
		if err == nil {
			for _, s := range c.Sources {
				if s.Name == "" || s.URL.Reveal() == "" || s.Keep == nil || s.Interval < c.Ingest.MinInterval {
					t.Errorf("a bad source was accepted: %+v", s)
				}
			}
			return
		}
		invalid, ok := errors.AsType[*config.Invalid](err)
		if !ok || len(invalid.Problems) == 0 {
			t.Fatalf("got %T: %v", err, err)
		}
		lines := strings.Split(lineEnds.Replace(text), "\n")
		for _, p := range invalid.Problems {
			if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > utf8.RuneCountInString(lines[p.Line-1])+2 {
				t.Errorf("outside the file: %s", p)
			}
			if strings.ContainsAny(p.String(), "\n\r") || p.Message == "" {
				t.Errorf("not one line: %q", p.String())
			}
			if strings.Contains(p.String(), "0utside") {
				t.Errorf("a value from outside is shown: %s", p)
			}
		}
	})
}
