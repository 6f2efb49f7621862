package cli_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sluice/cmd/internal/cli"
)

func TestEveryWordOfACommandLineIsCompleted(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"c.yaml":   "sources: [{name: one, url: https://one.example/}, {name: two, url: https://two.example/}]\noutputs: [{name: all}, {name: some}]",
		"bad.yaml": "sources: 1",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("CONFIGS", dir)
	for _, tc := range []struct {
		name, words, want string // words: ␠ separates, _ is an empty one
	}{
		{"commands first", "_", "serve sync check status enable reload preview explain split join backup restore verify compact discover opml completion version"},
		{"a command that has begun", "st", "status"},
		{"a command of a command", "opml _", "import export"},
		{"flags where a dash is", "status --j", "--json"},
		{"flags of all commands", "--lo", "--log-level --log-format --lock-timeout"},
		{"a flag's values", "--log-level _", "debug info warn error"},
		{"a flag's values behind =", "--log-level=w", "--log-level=warn"},
		{"as bash takes them apart", "--log-level = w", "warn"},
		{"as bash takes them apart, before the value", "--log-level =", "debug info warn error"},
		{"files", "check --config _", ":files"},
		{"files of a command", "preview all --with _", ":files"},
		{"files as an argument", "backup _", ":files"},
		{"one file alone", "restore b.db _", ""},
		{"files behind a short flag", "-c _", ":files"},
		{"a command behind a flag's value", "--log-level debug che", "check"},
		{"a value that is a command's name", "-c status che", "check"},
		{"arguments that are listed", "completion _", "bash zsh fish"},
		{"none beyond", "completion bash _", ""},
		{"sources", "-c $CONFIGS/c.yaml sync _", "one two"},
		{"sources not yet named", "sync --config=$CONFIGS/c.yaml one _", "two"},
		{"no sources of a bad file", "-c $CONFIGS/bad.yaml sync _", ""},
		{"outputs", "-c $CONFIGS/c.yaml explain _", "all some"},
		{"nothing for an article", "-c $CONFIGS/c.yaml split all _", ""},
		{"nothing for two articles", "-c $CONFIGS/c.yaml join x _", ""},
		{"no flags behind --", "sync -- -", ""},
		{"nothing behind an unknown flag's value", "--nothing=x", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			args := []string{"__complete", "--"}
			for word := range strings.FieldsSeq(os.ExpandEnv(tc.words)) {
				args = append(args, strings.TrimPrefix(word, "_"))
			}
			var out, errs bytes.Buffer
			code := cli.Main(context.Background(), cli.Env{Args: args, Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }})
			var got []string
			for line := range strings.Lines(out.String()) {
				word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
				got = append(got, word)
			}
			if strings.Join(got, " ") != tc.want || code != 0 || errs.Len() > 0 {
				t.Errorf("got %q (status %d, %s), want %q", got, code, errs.String(), tc.want)
			}
		})
	}
}

// TestShellsCompleteWithTheirScripts has the shells themselves complete.
func TestShellsCompleteWithTheirScripts(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "sluice")); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, shell, words, script, want string }{
		{"bash", "bash", "sluice --log-level w", `words`, "warn"},
		{"bash, commands", "bash", "sluice rel", `words`, "reload"},
		{"fish", "fish", "", `sluice completion fish | source; complete -C "sluice --log-level=w"`, "--log-level=warn"},
		{"fish, commands", "fish", "", `sluice completion fish | source; complete -C "sluice rel" | cut -f 1`, "reload"},
		{"zsh", "zsh", "", `sluice completion zsh > _sluice; zsh -n _sluice && fpath=($PWD $fpath) && autoload -Uz compinit && compinit -u -d dump && print $_comps[sluice]`, "_sluice"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := exec.LookPath(tc.shell); err != nil {
				t.Skipf("%s is not installed", tc.shell)
			}
			script := tc.script
			if script == "words" {
				script = `source <(sluice completion bash); COMP_WORDS=(` + tc.words + `); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _sluice; echo "${COMPREPLY[@]}"`
			}
			cmd := exec.CommandContext(t.Context(), tc.shell, "-c", script)
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), childEnv+"=1", "HOME="+cmd.Dir, "GORACE=atexit_sleep_ms=0")
			out, err := cmd.CombinedOutput()
			if got := strings.TrimSpace(string(out)); err != nil || got != tc.want {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
		})
	}
}
