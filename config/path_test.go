package config_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/config"
)

func TestAPathFromOutsideIsHidden(t *testing.T) {
	c, err := config.Parse("c.yaml", []byte(`
server: {control: "/run/${CANARY}/socket", tls: {cert: "${CANARY}", key: "${CANARY}"}}
storage: {path: "/var/${CANARY}/sluice.db"}
sources: [{name: a, url: https://example.org/feed}]
outputs: [{name: all}]
`), canaryEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Storage.Path.Reveal(); got != "/var/"+canary+"/sluice.db" {
		t.Errorf("the path is %q", got)
	}
	_, err = os.Open(c.Storage.Path.Reveal())
	hidden := c.Storage.Path.Hide(err)
	if !errors.Is(hidden, fs.ErrNotExist) || !strings.Contains(hidden.Error(), "/var/***/sluice.db") {
		t.Errorf("got %v", hidden)
	}
	if c.Storage.Path.Hide(nil) != nil {
		t.Error("no error became one")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		check(t, verb, fmt.Sprintf(verb, c.Server)+fmt.Sprintf(verb, &c.Storage)+fmt.Sprintf(verb, hidden))
	}
}

// locate reads where the control socket is.
func locate(path string) (config.Path, error) {
	f, err := config.Read(path)
	if err != nil {
		return config.Path{}, err
	}
	return f.Control()
}

func TestTheSocketIsFoundWhateverElseIsWrong(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"by default it is beside the store": {"sources: []", "sluice.db.sock"},
		"beside a store that is named":      {"storage: {path: a.db}", "a.db.sock"},
		"where it is named":                 {"server: {control: there}\nstorage: {path: a.db}", "there"},
		"beside keys that are unknown or wrong": {
			"server: {control: there, listen: [], lissen: 1}\nstorage: {retention: never}\nsauces: {}\nsources: 5\noutputs: [{name: A}]", "there",
		},
		"beside a variable that is not set":  {"server: {control: there}\nsources: [{name: a, url: \"${SLUICE_TEST_UNSET}\"}]", "there"},
		"beside a key given twice":           {"server: {control: there}\nsources: []\nsources: []", "there"},
		"where it is no YAML behind it":      {"# mine\n---\nserver: {control: there}\nsources: [{name: a,\noutputs:\n- x: [", "there"},
		"where it is no YAML before it":      {"sources: [\noutputs: ]\nstorage:\n  path: \"a.db\"\r\n", "a.db.sock"},
		"where it is no YAML, by default":    {"sources: [", "sluice.db.sock"},
		"where it is no text behind it":      {"server: {control: there}\nsources: \x00", "there"},
		"not where its own block is no YAML": {"server: {control: there", ""},
		"not where all is in braces":         {"{server: {control: there}, sources: [", ""},
		"not where it is no path":            {"server: {control: [there]}", ""},
		"not where the store is a database":  {"storage: {path: \"postgres://db/x\"}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "c.yaml")
			if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := locate(file)
			if _, invalid := errors.AsType[*config.Invalid](err); got.Reveal() != tc.want || invalid != (tc.want == "") {
				t.Errorf("got %q, %v, want %q", got.Reveal(), err, tc.want)
			}
		})
	}
	if _, err := locate(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
}
