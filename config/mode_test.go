package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/config"
)

func TestSecretsThatEverybodyCanReadAreWarnedOf(t *testing.T) {
	for name, tc := range map[string]struct {
		source      string
		file, other os.FileMode // of the configuration, and of a file that it names
		want        []string    // of the warnings
	}{
		"a password":                      {`url: "https://e.example/", auth: {username: a, password: hush}`, 0o644, 0o600, []string{"1:1: sources: everybody"}},
		"a bearer's token":                {`url: "https://e.example/", auth: {bearer: hush}`, 0o604, 0o600, []string{"1:1: sources: everybody"}},
		"in the address":                  {`url: "https://a:hush@e.example/"`, 0o644, 0o600, []string{"1:1: sources: everybody"}},
		"in its query":                    {`url: "https://e.example/?token=hush"`, 0o644, 0o600, []string{"1:1: sources: everybody"}},
		"of the proxy":                    {`url: "https://e.example/", proxy: "http://a:hush@p.example"`, 0o644, 0o600, []string{"1:1: sources: everybody"}},
		"in a header":                     {`url: "https://e.example/", headers: {X-Api-Key: hush}`, 0o644, 0o600, []string{"1:1: sources: everybody"}},
		"a header that opens nothing":     {`url: "https://e.example/", headers: {Accept-Language: de}`, 0o644, 0o600, nil},
		"nothing is secret":               {`url: "https://e.example/?page=1"`, 0o644, 0o600, nil},
		"a group may read it":             {`url: "https://a:hush@e.example/"`, 0o640, 0o600, nil},
		"it stands elsewhere":             {`url: "https://e.example/", auth: {bearer: {file: FILE}}`, 0o644, 0o400, nil},
		"it stands elsewhere, and openly": {`url: "https://e.example/", auth: {bearer: {file: FILE}}`, 0o644, 0o644, []string{"auth.bearer"}},
		"a variable":                      {`url: "https://a:${HUSH}@e.example/"`, 0o644, 0o600, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("HUSH", "of-the-environment")
			write := func(name, text string, mode os.FileMode) string {
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(path, mode); err != nil { // whatever umask says
					t.Fatal(err)
				}
				return path
			}
			other := write("secret", "of-the-file\n", tc.other)
			path := write("c.yaml", "sources: [{name: a, "+strings.ReplaceAll(tc.source, "FILE", `"`+other+`"`)+"}]\noutputs: [{name: all}]\n", tc.file)
			c, err := config.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range c.Warnings {
				if text := w.String(); strings.Contains(text, "everybody on this machine") {
					got = append(got, text)
				}
				if strings.Contains(w.String(), "hush") || strings.Contains(w.String(), "of-the-") {
					t.Errorf("it tells the secret: %s", w)
				}
			}
			if len(got) != len(tc.want) || len(got) == 1 && !strings.Contains(got[0], tc.want[0]) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
